package tracim

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"tracrpc/publish"
)

const (
	// keepEvery is how long it is only in memory how far clients are.
	keepEvery = 500 * time.Millisecond
	// lookEvery is how often to look whether somebody has moved or paused one.
	lookEvery = 2 * time.Second
	// lease is how long a client stays ours when we are gone; nobody else who has
	// the same socket is kept waiting.
	lease = time.Minute
	// unproven is how long to wait for a client that registered and was never there.
	unproven = time.Minute
	// namePrefix is what the names of clients among the sinks begin with.
	namePrefix = "tracim:"
)

// standing is how far a client is, and what of that is not written down yet.
type standing struct {
	publish.Progress
	held   bool // it is ours to write down
	paused bool
	moved  bool // somebody has moved the cursor
	dirty  bool
	kept   time.Time
}

func sinkName(uid uint32, path string) string {
	return namePrefix + strconv.FormatUint(uint64(uid), 10) + ":" + path
}

func parseSinkName(name string) (uid uint32, path string, ok bool) {
	rest, ok := strings.CutPrefix(name, namePrefix)
	number, path, found := strings.Cut(rest, ":")
	n, err := strconv.ParseUint(number, 10, 32)
	return uint32(n), path, ok && found && err == nil
}

// owner is who writes down how far clients are: whoever serves this socket.
func (s *Server) owner() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return host + ":" + s.Path
}

// note changes the standing.
func (c *client) note(change func(*standing)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(&c.standing)
	c.standing.dirty = true
}

// safe is the last event that needs not be sent again, whatever happens.
func (c *client) safe() int64 {
	if c.last.frames != nil {
		return min(c.last.seq-1, c.after)
	}
	return c.after
}

// place is the event after which to go on, also if somebody has moved that.
func (c *client) place() (after int64, paused bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.standing.moved {
		c.after, c.last, c.redo, c.standing.moved = c.standing.Cursor, sent{}, false, false
	}
	if safe := c.safe(); safe != c.standing.Cursor {
		c.standing.Cursor, c.standing.dirty = safe, true
	}
	return c.after, c.standing.paused
}

// missed goes on with the oldest event that is kept.
func (c *client) missed(g *publish.Gone) {
	c.server.Logger.Warn("events were gone before a client of TracimDaemon could have them", "client", c.path, "count", g.Oldest-1-g.After)
	c.after = g.Oldest - 1
	c.note(func(s *standing) { s.Cursor, s.Missed = c.safe(), s.Missed+g.Oldest-1-g.After })
}

// hold writes the client down, or finds what is written of it. While that cannot
// be done, it is served all the same.
func (c *client) hold(ctx context.Context, after int64) {
	err := c.server.Book.AddSink(ctx, c.name, after)
	if err == nil {
		var held bool
		if held, err = c.server.Book.Hold(ctx, c.name, c.server.owner(), lease); err == nil && !held {
			err = fmt.Errorf("another server serves the client of that name")
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.standing.held, c.standing.dirty = err == nil, true
	if err != nil && ctx.Err() == nil {
		c.server.Logger.Error("client of TracimDaemon not written down", "client", c.path, "err", err)
	}
}

// restore begins to serve those who were there before.
func (s *Server) restore(ctx context.Context) {
	known, err := s.Book.Sinks(ctx)
	if err != nil {
		s.Logger.Error("clients of TracimDaemon not read, they must register again", "err", err)
		return
	}
	for _, state := range known {
		uid, path, ok := parseSinkName(state.Name)
		if !ok || state.Owner != "" && state.Owner != s.owner() && state.Lease.After(time.Now()) {
			continue
		}
		if time.Since(state.Seen) > s.Keep {
			s.forget(ctx, state.Name)
			continue
		}
		if _, err := s.admit(ctx, uid, path, state); err != nil {
			s.Logger.Warn("client of TracimDaemon not served any more", "client", path, "err", err)
		}
	}
}

// forget removes what is written down of a client.
func (s *Server) forget(ctx context.Context, name string) {
	if err := s.Book.RemoveSink(ctx, name); err != nil {
		s.Logger.Error("client of TracimDaemon not forgotten", "sink", name, "err", err)
	}
}

// keep writes down how far clients are, follows what others want of them, and
// forgets those who have been away for too long.
func (s *Server) keep(ctx context.Context) {
	all := s.all()
	if len(all) == 0 {
		return
	}
	s.write(ctx, all, lease, func(c *client) bool {
		return c.standing.held && (c.standing.dirty || c.live && time.Since(c.standing.kept) > lease/3)
	})
	if now := time.Now(); now.Sub(s.looked) > lookEvery {
		s.looked = now
		s.look(ctx, all)
	}
}

// write writes down the standing of some clients.
func (s *Server) write(ctx context.Context, all []*client, lease time.Duration, due func(*client) bool) {
	var progress []publish.Progress
	written := map[string]*client{}
	for _, c := range all {
		c.mu.Lock()
		if due(c) && !c.standing.moved {
			progress = append(progress, c.standing.Progress)
			written[c.name] = c
			c.standing.Published, c.standing.Missed = 0, 0
			c.standing.dirty, c.standing.kept = false, time.Now()
		}
		c.mu.Unlock()
	}
	if len(progress) == 0 {
		return
	}
	lost, err := s.Book.Keep(ctx, s.owner(), lease, progress)
	if err != nil {
		s.Logger.Error("progress of TracimDaemon's clients not kept", "err", err)
		for _, p := range progress {
			written[p.Name].note(func(own *standing) { own.Published += p.Published; own.Missed += p.Missed })
		}
	}
	for _, name := range lost {
		written[name].note(func(own *standing) { own.held = false })
	}
}

// look finds out whether somebody has moved or paused clients, and forgets those
// that have been away for too long.
func (s *Server) look(ctx context.Context, all []*client) {
	known, err := s.Book.Sinks(ctx)
	if err != nil {
		s.Logger.Error("clients of TracimDaemon not read", "err", err)
		return
	}
	states := map[string]publish.SinkState{}
	for _, state := range known {
		states[state.Name] = state
	}
	for _, c := range all {
		state, found := states[c.name]
		if c.awayFor() > s.patience(c) {
			s.dismiss(ctx, c)
			continue
		}
		if held := c.follow(state, found); !held {
			c.hold(ctx, c.cursor())
		}
	}
}

// patience is for how long a client that is away is remembered. One that has never
// been there is soon forgotten.
func (s *Server) patience(c *client) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.proven {
		return min(s.Keep, unproven)
	}
	return s.Keep
}

// follow takes over what others want; it tells whether the client is written down
// as ours.
func (c *client) follow(state publish.SinkState, found bool) (held bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	own := &c.standing
	if !found || !own.held {
		return false
	}
	if paused := !state.Paused.IsZero(); paused != own.paused || state.Turn != own.Turn {
		own.paused = paused
		if state.Turn != own.Turn {
			own.Turn, own.Cursor, own.moved = state.Turn, state.Cursor, true
		}
		c.rouse()
	}
	return true
}

func (c *client) cursor() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.standing.Cursor
}

// awayFor is for how long he has been away; 0 while he is there, or has just
// registered.
func (c *client) awayFor() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.away {
		return 0
	}
	return time.Since(c.since)
}

// handBack writes down how far all are, and leaves them to others.
func (s *Server) handBack(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	s.write(ctx, s.all(), 0, func(c *client) bool { return c.standing.held })
}
