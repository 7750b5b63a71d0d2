package resp

import (
	"bufio"
	"context"
	"errors"
	"net"
	"time"

	"tracrpc/publish"
)

// client is one connection. Only its own goroutine touches it, but for what is
// read from the connection.
type client struct {
	server   *Server
	conn     net.Conn
	id       int64
	name     string // that it has given itself
	user     string // "" is anonymous
	password string // the user's, for as long as it is to be asked for again
	reply    reply
	end      *ending // set by what ends the connection

	channels map[string]bool
	patterns map[string]pattern
	held     int // bytes of their names
	news     chan news
	unfollow context.CancelFunc
}

// news are events that have come, or why no more do.
type news struct {
	events []publish.Event
	err    error
}

// received is a command that has come, or why none does any more.
type received struct {
	words []string
	err   error
}

func newClient(s *Server, conn net.Conn) *client {
	return &client{
		server: s, conn: conn, id: s.lastID.Add(1), reply: reply{version: 2},
		channels: map[string]bool{}, patterns: map[string]pattern{},
	}
}

// run serves the connection until its end.
func (c *client) run(ctx context.Context) ending {
	ctx, cancel := context.WithCancel(ctx)
	commands, done := make(chan received), make(chan bool)
	ended := make(chan struct{})
	// Ends when the connection is closed, below.
	go func() { defer close(ended); c.read(ctx, commands, done) }()
	defer func() {
		cancel()
		c.forget()
		c.conn.Close() // there is nobody to tell
		<-ended
	}()
	// Whatever is being read or written ends with ctx.
	stop := context.AfterFunc(ctx, func() { c.conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	recheck := time.NewTicker(c.server.Recheck)
	defer recheck.Stop()
	for c.end == nil {
		select {
		case r := <-commands:
			c.obey(ctx, r)
			if c.end == nil {
				done <- c.subscribed() > 0
			}
		case n := <-c.news:
			c.tell(ctx, n)
		case <-recheck.C:
			c.askAgain(ctx)
		case <-ctx.Done():
			return stopped
		}
	}
	return *c.end
}

// read hands over the commands that come, each when the one before is done.
func (c *client) read(ctx context.Context, commands chan<- received, done <-chan bool) {
	r := bufio.NewReaderSize(c.conn, 1024)
	for subscribed := false; ; {
		words, err := c.next(ctx, r, subscribed)
		select {
		case commands <- received{words, err}:
		case <-ctx.Done():
			return
		}
		if err != nil {
			return
		}
		select {
		case subscribed = <-done:
		case <-ctx.Done():
			return
		}
	}
}

// next reads a command. Who has a subscription need not say anything, but who
// begins a command has to end it.
func (c *client) next(ctx context.Context, r *bufio.Reader, subscribed bool) ([]string, error) {
	deadline := time.Now().Add(c.server.Idle)
	if subscribed {
		deadline = time.Time{}
	}
	if err := c.patience(ctx, deadline); err != nil {
		return nil, err
	}
	if _, err := r.Peek(1); err != nil {
		return nil, err
	}
	if err := c.patience(ctx, time.Now().Add(c.server.Command)); err != nil {
		return nil, err
	}
	return readCommand(r)
}

// patience bounds for how long is read; the end of ctx bounds it in any case.
func (c *client) patience(ctx context.Context, deadline time.Time) error {
	if err := c.conn.SetReadDeadline(deadline); err != nil {
		return err
	}
	return ctx.Err()
}

// obey does what a command says.
func (c *client) obey(ctx context.Context, r received) {
	var unreadable protocolError
	switch {
	case errors.As(r.err, &unreadable):
		c.reply.fail("ERR " + unreadable.Error())
		c.flush(ctx)
		c.leave(broken)
	case isTimeout(r.err):
		c.leave(idle)
	case r.err != nil:
		c.leave(left)
	case len(r.words) > 0:
		c.do(ctx, r.words)
		c.flush(ctx)
	}
}

// leave ends the connection. The first reason counts.
func (c *client) leave(why ending) {
	if c.end == nil {
		c.end = &why
	}
}

func isTimeout(err error) bool {
	var e net.Error
	return errors.As(err, &e) && e.Timeout()
}

// flush writes what there is to say.
func (c *client) flush(ctx context.Context) {
	const usual = 4 << 10
	text := c.reply.text
	c.reply.text = text[:0]
	if cap(text) > usual {
		c.reply.text = nil // most have little to be told
	}
	if len(text) == 0 {
		return
	}
	err := c.conn.SetWriteDeadline(time.Now().Add(c.server.Patience))
	if err == nil {
		err = ctx.Err()
	}
	if err == nil {
		_, err = c.conn.Write(text)
	}
	switch {
	case ctx.Err() != nil:
		c.leave(stopped)
	case isTimeout(err):
		c.server.Logger.Info("subscriber disconnected, it was too slow", "user", c.user, "address", c.conn.RemoteAddr().String())
		c.leave(slow)
	case err != nil:
		c.leave(left)
	}
}

// askAgain ends the connection of who would not be let in again.
func (c *client) askAgain(ctx context.Context) {
	if c.user == "" {
		return
	}
	still, err := c.server.Audience.Login(ctx, c.user, c.password, c.address())
	if err != nil {
		c.server.Logger.Warn("password not asked for again", "user", c.user, "err", err)
	} else if !still {
		c.leave(revoked)
	}
}

// address is the client's, without the port.
func (c *client) address() string {
	host, _, err := net.SplitHostPort(c.conn.RemoteAddr().String())
	if err != nil {
		return c.conn.RemoteAddr().String()
	}
	return host
}
