package tracim

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"tracrpc/publish"
	"tracrpc/publish/encode"
)

var errFull = errors.New("there are too many clients")

// all are the clients as they are now.
func (s *Server) all() []*client {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]*client, 0, len(s.clients))
	for _, c := range s.clients {
		all = append(all, c)
	}
	return all
}

// client is the one with a socket; nil when nobody registered it.
func (s *Server) client(path string) *client {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.clients[path]
}

// register lets a client in, who listens on a socket of a user's, and has him told
// something before all else. Fresh says that he was not there.
func (s *Server) register(ctx context.Context, told encode.TracimClient, uid uint32, first []byte) (c *client, fresh bool, err error) {
	if former := s.client(told.Path); former != nil && former.uid != uid {
		s.dismiss(ctx, former) // the socket has changed hands
	}
	last, err := s.Feed.Last(ctx)
	if err != nil {
		return nil, false, err
	}
	if c, err = s.admit(ctx, uid, told.Path, publish.SinkState{Cursor: last}); errors.Is(err, errFull) && s.makeRoom(ctx, uid) {
		c, err = s.admit(ctx, uid, told.Path, publish.SinkState{Cursor: last})
	}
	if err != nil {
		return nil, false, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	fresh = c.away || c.pid == ""
	c.pid, c.away = told.PID, false
	if first != nil && len(c.waiting) < mostWaiting {
		c.waiting = append(c.waiting, first)
	}
	c.rouse()
	return c, fresh, nil
}

// admit begins to serve a client from where it stands, unless it is served
// already. A state with a name is that of one who was there before.
func (s *Server) admit(ctx context.Context, uid uint32, path string, state publish.SinkState) (*client, error) {
	serving, stop := context.WithCancel(ctx)
	c, known, err := s.enter(uid, path, state, stop)
	if err != nil || known {
		stop()
		return c, err
	}
	c.hold(ctx, state.Cursor)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		stop()
		close(c.ended)
		return nil, context.Canceled
	}
	// Ends with serving, which Serve and dismiss end; both wait for it.
	s.running.Go(func() { c.run(serving) })
	return c, nil
}

// enter finds a client or makes one.
func (s *Server) enter(uid uint32, path string, state publish.SinkState, stop context.CancelFunc) (c *client, known bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c, known = s.clients[path]; known {
		return c, true, nil
	}
	if len(s.clients) >= s.Most || s.countOf(uid) >= s.MostEach {
		return nil, false, errFull
	}
	c = &client{
		server: s, name: sinkName(uid, path), path: path, uid: uid, user: s.userOf(uid), ended: make(chan struct{}),
		away: state.Name != "", proven: state.Name != "", stop: stop, since: time.Now(), wake: make(chan struct{}, 1), after: state.Cursor,
	}
	c.standing = standing{
		Progress: publish.Progress{Name: c.name, Turn: state.Turn, Cursor: state.Cursor}, paused: !state.Paused.IsZero(),
	}
	s.clients[path] = c
	return c, false, nil
}

// makeRoom dismisses the client of a user of this machine who has been away for
// the longest time; false when none is away.
func (s *Server) makeRoom(ctx context.Context, uid uint32) bool {
	var longest *client
	for _, c := range s.all() {
		if c.uid == uid && c.awayFor() > 0 && (longest == nil || c.awayFor() > longest.awayFor()) {
			longest = c
		}
	}
	if longest != nil {
		s.dismiss(ctx, longest)
	}
	return longest != nil
}

// countOf is how many clients a user of this machine has. The lock is held.
func (s *Server) countOf(uid uint32) int {
	n := 0
	for _, c := range s.clients {
		if c.uid == uid {
			n++
		}
	}
	return n
}

// dismiss lets a client go for good.
func (s *Server) dismiss(ctx context.Context, c *client) {
	c.mu.Lock()
	c.leaves = true
	c.mu.Unlock()
	s.mu.Lock()
	mine := s.clients[c.path] == c
	if mine {
		delete(s.clients, c.path)
	}
	s.mu.Unlock()
	if !mine {
		return // somebody else does
	}
	c.stop()
	<-c.ended
	s.forget(ctx, c.name)
}

// tellOthers has a frame sent to all clients that are there but one.
func (s *Server) tellOthers(but *client, frame []byte) {
	for _, c := range s.all() {
		if c != but && c.isHere() {
			c.tell(frame)
		}
	}
}

// userOf is whom of ours a user of this machine is.
func (s *Server) userOf(uid uint32) string {
	if user, named := s.Users[uid]; named {
		return user
	}
	return s.User
}

// isHere tells whether the client is there, or has just registered.
func (c *client) isHere() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.away
}

// list is the clients that are there, as many as a frame has room for.
func (s *Server) list() []encode.TracimClient {
	list := []encode.TracimClient{}
	room := encode.TracimFrameSize - len(s.frame(encode.TracimClients, list))
	for _, c := range s.all() {
		c.mu.Lock()
		here, told := !c.away, encode.TracimClient{Path: c.path, PID: c.pid}
		c.mu.Unlock()
		if !here {
			continue
		}
		entry, err := json.Marshal(told)
		if err != nil || len(entry)+1 > room {
			continue
		}
		room -= len(entry) + 1
		list = append(list, told)
	}
	return list
}
