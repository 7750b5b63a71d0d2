package tracim

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"tracrpc/publish"
	"tracrpc/publish/encode"
)

const (
	// batch is how many events a client takes from the log at once.
	batch = 32
	// mostWaiting is how many answers may wait for a client. Who asks for more
	// without reading gets none.
	mostWaiting = 64
	// longestRetry is how long a client that is away is left alone, at most.
	longestRetry = 30 * time.Second
)

// client is somebody who registered, whether he is there or away. Its goroutine
// sends him one frame after the other.
type client struct {
	server *Server
	name   string // as a sink's
	path   string
	uid    uint32
	user   string
	stop   context.CancelFunc
	ended  chan struct{} // closed when the goroutine has

	mu       sync.Mutex
	pid      string    // as he told
	live     bool      // he is there
	away     bool      // he was looked for, and is not there
	since    time.Time // that he is there, or not
	proven   bool      // he has been there
	leaves   bool      // he unregistered
	waiting  [][]byte  // answers, which go before events
	wake     chan struct{}
	standing standing

	// Only the goroutine touches these.
	after    int64 // the last event that was sent, or that he may not see
	last     sent
	redo     bool // somebody else listens now than the one who was sent the last event
	listens  incarnation
	pinged   time.Time
	failures int // in a row, since an event or a later ping arrived
}

// sent is an event of which it is not known whether it was dealt with: whoever
// closed the connection may have been killed. The zero value is none.
type sent struct {
	seq    int64
	frames [][]byte
	at     time.Time
}

// run serves the client until ctx ends.
func (c *client) run(ctx context.Context) {
	defer close(c.ended)
	if !c.proven {
		select {
		case <-c.wake: // he has been told something, which goes first
		case <-ctx.Done():
		}
	}
	for ctx.Err() == nil {
		err := c.serve(ctx)
		c.goes(ctx, err)
		if ctx.Err() != nil {
			return
		}
		c.failures++
		timer := time.NewTimer(min(longestRetry, c.server.Retry<<min(c.failures-1, 16)))
		select {
		case <-timer.C:
		case <-c.wake:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// serve finds out whether he is there, and sends what there is, until that fails.
func (c *client) serve(ctx context.Context) error {
	told, err := c.answer(ctx)
	if err == nil && !told {
		err = c.ping(ctx)
	}
	if err != nil {
		return err
	}
	c.pinged = time.Now()
	c.comes()
	for {
		if err := c.step(ctx); err != nil {
			return err
		}
	}
}

func (c *client) comes() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.live, c.away, c.proven, c.since = true, false, true, time.Now()
	c.server.Attendance.Come()
}

// goes notes that he is away, and why.
func (c *client) goes(ctx context.Context, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.away {
		c.away, c.since = true, time.Now()
	}
	if !c.live {
		return
	}
	cause := gone
	var broken *ourError
	switch {
	case c.leaves:
		cause = left
	case ctx.Err() != nil:
		cause = stopped
	case errors.Is(err, errSlow):
		cause = slow
	case errors.As(err, &broken):
		cause = failed
		c.server.Logger.Error("client of TracimDaemon not served", "client", c.path, "err", err)
	}
	c.live, c.waiting = false, nil
	c.server.Attendance.Leave(cause)
	c.server.Logger.Info("client of TracimDaemon is gone", "client", c.path, "cause", cause)
}

// ourError is what is wrong on our side.
type ourError struct{ error }

func (e *ourError) Unwrap() error { return e.error }

// step sends what waits, or else waits for something to send.
func (c *client) step(ctx context.Context) error {
	if _, err := c.answer(ctx); err != nil {
		return err
	}
	due := c.pingDue()
	if due <= 0 {
		err := c.ping(ctx)
		if err == nil {
			c.failures = 0
		}
		return err
	}
	events, err := c.read(ctx, due)
	if err != nil || len(events) == 0 {
		return err
	}
	return c.events(ctx, events)
}

// pingDue is how long it is until he is to be pinged: now and then, and soon after
// an event of which nothing else will tell whether it was dealt with.
func (c *client) pingDue() time.Duration {
	due := time.Until(c.pinged.Add(c.server.Ping))
	if c.last.frames != nil {
		due = min(due, time.Until(c.last.at.Add(c.server.Confirm)))
	}
	return due
}

func (c *client) ping(ctx context.Context) error {
	c.pinged = time.Now()
	return c.send(ctx, c.server.frame(encode.TracimPing, nil))
}

// read waits for events, but no longer than until due, or until something else is
// to be done.
func (c *client) read(ctx context.Context, due time.Duration) ([]publish.Event, error) {
	quiet, cancel := context.WithTimeout(ctx, due)
	defer cancel()
	after, paused := c.place()
	if paused {
		select {
		case <-c.wake:
		case <-quiet.Done():
		}
		return nil, ctx.Err()
	}
	// Ends with quiet.
	stop := c.interrupt(quiet, cancel)
	defer stop()
	events, err := c.server.Feed.Read(quiet, after, batch)
	if err == nil || ctx.Err() != nil {
		return events, ctx.Err()
	}
	var gone *publish.Gone
	switch {
	case errors.As(err, &gone):
		c.missed(gone)
	case quiet.Err() == nil:
		return nil, &ourError{err}
	}
	return nil, nil
}

// interrupt calls cancel when something else is to be done; what it returns ends
// that, and waits for the end.
func (c *client) interrupt(ctx context.Context, cancel context.CancelFunc) (stop func()) {
	ended := make(chan struct{})
	// Ends with ctx at the latest.
	go func() {
		defer close(ended)
		select {
		case <-c.wake:
			cancel()
		case <-ctx.Done():
		}
	}()
	return func() { cancel(); <-ended }
}

// events sends those of some events that he may see, until something else is to be
// done first.
func (c *client) events(ctx context.Context, events []publish.Event) error {
	may, err := c.server.View(ctx, c.user)
	if err != nil {
		return &ourError{err}
	}
	for _, e := range events {
		seen, err := may(ctx, e)
		if err != nil {
			return &ourError{err}
		}
		if seen {
			if err := c.event(ctx, e); err != nil {
				return err
			}
		}
		c.after = e.Seq
		c.note(func(s *standing) { s.Cursor = c.safe() })
		if c.busy() {
			return nil
		}
	}
	return nil
}

// event sends the frames about an event.
func (c *client) event(ctx context.Context, e publish.Event) error {
	frames := c.server.frames(e)
	for i, frame := range frames {
		err := c.send(ctx, frame)
		if err == errUnread && i == len(frames)-1 {
			// It waits for him, and he reads it if he ever reads again.
			c.last, c.after = sent{e.Seq, frames, time.Now()}, e.Seq
		}
		if err != nil {
			return err
		}
		c.last = sent{e.Seq, frames[:i+1], time.Now()}
	}
	if len(frames) > 0 {
		c.failures = 0
		c.server.Attendance.Send(1)
		c.note(func(s *standing) { s.Published++ })
	}
	return nil
}

// errUnread is that a frame was sent, but not read in time.
var errUnread = fmt.Errorf("after a frame was sent: %w", errSlow)

// send sends a frame. If somebody else listens than before, they first get the
// last event once more, which the former one may have died of. Whoever has read
// the frame has dealt with the last event.
func (c *client) send(ctx context.Context, frame []byte) error {
	for {
		conn, err := c.connect(ctx)
		if err != nil {
			return err
		}
		if c.redo {
			if err := c.again(ctx, conn); err != nil {
				return err
			}
			continue
		}
		written, err := exchange(ctx, conn, frame, c.server.Patience)
		switch {
		case err == nil:
			c.last = sent{}
		case written:
			err = errUnread
		}
		return err
	}
}

// connect connects to whoever listens, and finds out whether that is another than
// before.
func (c *client) connect(ctx context.Context) (*net.UnixConn, error) {
	conn, who, err := dial(ctx, c.path, c.uid, c.server.Patience)
	if err != nil {
		return nil, err
	}
	if who != c.listens {
		c.listens, c.redo = who, c.last.frames != nil
	}
	return conn, nil
}

// again sends the last event once more, beginning with a connection that is open.
func (c *client) again(ctx context.Context, conn *net.UnixConn) (err error) {
	c.redo = false
	for i, frame := range c.last.frames {
		if i > 0 {
			if conn, err = c.connect(ctx); err != nil {
				break
			}
		}
		if _, err = exchange(ctx, conn, frame, c.server.Patience); err != nil {
			break
		}
	}
	c.redo = c.redo || err != nil
	return err
}
