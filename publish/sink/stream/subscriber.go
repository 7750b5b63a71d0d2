package stream

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"tracrpc/publish"
	"tracrpc/publish/encode"
)

const (
	batch    = 32       // how many events a subscriber takes from the log at once
	together = 64 << 10 // how many bytes are written at once, but for the last line
	farewell = time.Second
	// askAgain is how many times a subscriber is told that we are there before it
	// is asked again whether it still is who it was.
	askAgain = 12
)

// subscriber is one connection that events are written to.
type subscriber struct {
	hub    *Hub
	caller Caller
	filter filter
	form   form
	cancel context.CancelFunc

	// Only the request's own goroutine touches these.
	after  int64 // the last event that it had, or did not want or may not see
	caught bool  // it has had all that there was

	mu       sync.Mutex
	conn     net.Conn // nil before it is connected; then only its deadline needs the lock
	stopping bool
}

// subscribe answers a request with events until either side ends it.
func (h *Hub) subscribe(w http.ResponseWriter, r *http.Request, caller Caller, path string, form form) {
	f, ok := newFilter(path, h.PyPubSub, h.Prefix)
	if !ok {
		http.Error(w, "That is too much to ask for in one subscription.", http.StatusBadRequest)
		return
	}
	from, err := h.start(r, form)
	if err != nil {
		h.Logger.Error("subscription not begun", "err", err)
		http.Error(w, "The server could not read its events.", http.StatusInternalServerError)
		return
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	s := &subscriber{
		hub: h, caller: caller, filter: f, form: form, cancel: cancel, after: from.after, caught: from.replay == "",
	}
	if !h.add(s) {
		w.Header().Set("Retry-After", "30")
		http.Error(w, "There are too many subscribers.", http.StatusServiceUnavailable)
		return
	}
	defer h.remove(s)
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, "Events are only to be had over HTTP/1.", http.StatusHTTPVersionNotSupported)
		return
	}
	defer conn.Close() // there is nobody to tell
	s.connect(conn)
	h.Attendance.Come()
	h.Attendance.Leave(endings[s.run(ctx, r, from)])
}

// form is how the client of a request wants its lines.
func (h *Hub) form(r *http.Request, sse bool) form {
	switch old := !r.ProtoAtLeast(1, 1); {
	case sse && old:
		return plainSSE
	case sse:
		return chunkedSSE
	case old:
		return plainNUL
	case h.PyPubSub && oldSchool(r):
		return chunkedNUL
	case h.PyPubSub:
		return chunkedLF
	}
	return chunkedCRLF
}

func (s *subscriber) connect(conn net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conn = conn
}

// stop ends the subscription soon, even in the middle of writing.
func (s *subscriber) stop() {
	s.cancel()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopping = true
	if s.conn != nil {
		s.conn.SetWriteDeadline(time.Now().Add(farewell)) // a closed connection needs none
	}
}

// run writes the head of the answer, and events until the end.
func (s *subscriber) run(ctx context.Context, r *http.Request, from start) ending {
	end, err := s.follow(ctx, r, from)
	if err != nil {
		return s.ending(ctx, err)
	}
	if s.form.chunked() {
		_ = s.write([]byte("0\r\n\r\n")) // if nobody is there, nobody misses it
	}
	return end
}

// ending tells by an error of the connection why it ended.
func (s *subscriber) ending(ctx context.Context, err error) ending {
	var netErr net.Error
	switch {
	case ctx.Err() != nil:
		return stopped
	case errors.As(err, &netErr) && netErr.Timeout():
		s.hub.Logger.Info("subscriber disconnected, it was too slow", "user", s.caller.Name, "address", s.conn.RemoteAddr().String())
		return slow
	}
	return left
}

// follow writes until there is no more to write. The error is one of the
// connection.
func (s *subscriber) follow(ctx context.Context, r *http.Request, from start) (ending, error) {
	if err := s.writeApart(ctx, net.Buffers{s.head(r, from)}); err != nil {
		return left, err
	}
	for n := 1; ; n++ {
		// A quiet time ends when it is time to say that we are there.
		quiet, cancel := context.WithTimeout(ctx, s.hub.Alive*time.Duration(s.slower()))
		end, err := s.untilQuiet(ctx, quiet)
		cancel()
		if err != nil || ctx.Err() != nil {
			return stopped, err
		}
		if end == nil && n%(askAgain/s.slower()) == 0 {
			end = s.recheck(ctx)
		}
		if end != nil {
			return *end, nil
		}
		if err := s.writeApart(ctx, net.Buffers{s.alive()}); err != nil {
			return left, err
		}
	}
}

// recheck ends the subscription of who is not any more whom he was.
func (s *subscriber) recheck(ctx context.Context) *ending {
	if s.caller.Still == nil {
		return nil
	}
	still, err := s.caller.Still(ctx)
	if err != nil {
		return s.broken(err)
	}
	if !still {
		end := revoked
		return &end
	}
	return nil
}

// untilQuiet writes events until quiet ends. The ending is why it cannot go on,
// the error one of the connection.
func (s *subscriber) untilQuiet(ctx, quiet context.Context) (*ending, error) {
	for quiet.Err() == nil {
		text, err := s.next(ctx, quiet)
		if err != nil && quiet.Err() == nil {
			return s.broken(err), nil
		}
		if err := s.writeApart(ctx, text); err != nil {
			return nil, err
		}
		s.hub.Attendance.Send(len(text))
	}
	return nil, nil
}

// next waits for events and picks those to write.
func (s *subscriber) next(ctx, quiet context.Context) (net.Buffers, error) {
	events, err := s.read(quiet)
	if err != nil {
		return nil, err
	}
	return s.take(ctx, events)
}

// broken is the ending for an error that is not the connection's.
func (s *subscriber) broken(err error) *ending {
	end := failed
	var gone *publish.Gone
	if errors.As(err, &gone) {
		end = behind
	} else {
		s.hub.Logger.Error("subscription ended", "user", s.caller.Name, "err", err)
	}
	return &end
}

// read waits for events. Who has to catch up takes turns with others.
func (s *subscriber) read(ctx context.Context) ([]publish.Event, error) {
	h := s.hub
	if !s.caught {
		last, err := h.Feed.Last(ctx)
		if err != nil {
			return nil, err
		}
		if s.caught = last <= s.after; !s.caught {
			select {
			case h.catching <- struct{}{}:
				defer func() { <-h.catching }()
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
	}
	return h.Feed.Read(ctx, s.after, batch)
}

// take picks the events that the subscriber wants and may see, as many as are to
// be written together, and moves on behind them.
func (s *subscriber) take(ctx context.Context, events []publish.Event) (net.Buffers, error) {
	var text net.Buffers
	size, after := 0, s.after
	for _, e := range events {
		if size >= together {
			break
		}
		after = e.Seq
		m := s.hub.message(ctx, e)
		if !asked(s.filter, m) {
			continue
		}
		may, err := s.caller.Meets(ctx, m.needs)
		if err != nil {
			return nil, fmt.Errorf("may %q view event %d: %w", s.caller.Name, e.Seq, err)
		}
		if may {
			for _, frame := range s.hub.in(m, s.form) {
				text = append(text, frame)
				size += len(frame)
			}
		}
	}
	s.after = after
	return text, nil
}

func (s *subscriber) write(text []byte) error { return s.writeAll(net.Buffers{text}) }

// writeAll writes to the connection, for which there is only so much time.
func (s *subscriber) writeAll(text net.Buffers) error {
	if len(text) == 0 {
		return nil
	}
	if err := s.setDeadline(); err != nil {
		return err
	}
	n, err := text.WriteTo(s.conn)
	s.hub.count.sent.Add(n)
	return err
}

func (s *subscriber) setDeadline() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	patience := s.hub.Patience
	if s.stopping {
		patience = farewell
	}
	return s.conn.SetWriteDeadline(time.Now().Add(patience))
}

// alive is what is written while nothing happens.
func (s *subscriber) alive() []byte {
	switch {
	case s.form.live():
		return s.form.liveMessage("keep-alive", nil, 0)
	case s.form.sse():
		return s.form.chunk([]byte(": stillalive\n\n"))
	}
	return s.form.frame("", encode.StillAlive(time.Now()))
}
