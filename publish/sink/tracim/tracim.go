// Package tracim serves the events of an environment on a Unix socket as
// TracimDaemon does, to its clients as they are. A client listens on a socket of
// its own and registers that; each frame goes over a connection of its own, and
// whoever has read it closes that.
//
// That a client has closed a connection, and then takes the next, is its
// acknowledgement of an event: nothing else in the protocol is one. So each client
// gets one frame after the other, in order, and how far it is, is kept under the
// name of its socket, as a sink's cursor. Who vanishes without a word, or whose
// server does, goes on with the first event that was not acknowledged. Nobody has a
// queue for events: there is one log, and each client is somewhere in it.
package tracim

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"tracrpc/publish"
	"tracrpc/publish/encode"
)

// Settings are how events are served. They are plain values.
type Settings struct {
	Env  string
	Path string      // of the socket, absolute, as the clients know it
	Mode fs.FileMode // of the socket
	// UID and GID are whom the socket belongs to; -1 for whoever runs the server.
	UID, GID int
	// Users are whom of ours the users of this machine are, by their numbers, and
	// User all others; "" is anonymous. Each client sees what its user may view.
	Users map[uint32]string
	User  string
	// Directories are where the sockets of clients may be; none for anywhere.
	Directories []string
	Most        int           // how many clients there may be; 0 for 1000
	MostEach    int           // of one user of this machine; 0 for 100
	Keep        time.Duration // for how long a client that is away is remembered; 30 days
}

// Book keeps how far clients are: it is a publish.Ledger, and more. It is safe for
// concurrent use.
type Book interface {
	Sinks(ctx context.Context) ([]publish.SinkState, error)
	AddSink(ctx context.Context, name string, after int64) error
	Hold(ctx context.Context, name, owner string, lease time.Duration) (bool, error)
	Keep(ctx context.Context, owner string, lease time.Duration, progress []publish.Progress) (lost []string, err error)
	// RemoveSink forgets a sink; one that nobody knows is forgotten already.
	RemoveSink(ctx context.Context, name string) error
}

// Options are what a Server needs of the world.
type Options struct {
	Feed   *publish.Feed
	Book   Book
	Logger *slog.Logger
	// View tells what a user of ours may see, as things are now.
	View func(ctx context.Context, user string) (publish.View, error)
	// Attendance counts the clients that are there.
	Attendance *publish.Attendance

	Patience time.Duration // how long a client may take to read a frame; 30 s
	Ping     time.Duration // how often a client is pinged; 30 s
	Confirm  time.Duration // how long after an event a ping asks whether it was read, if nothing else does; 2 s
	Retry    time.Duration // how long to wait at first when a client is away; 100 ms
}

// Endings are the causes by which clients leave, as the Attendance tells them.
func Endings() []string { return []string{left, gone, slow, failed, stopped} }

const (
	left    = "left"    // it unregistered
	gone    = "gone"    // nobody listens on its socket
	slow    = "slow"    // it read nothing for too long
	failed  = "failed"  // we could not go on
	stopped = "stopped" // the server was
)

// Server serves the clients of an environment.
type Server struct {
	Settings
	Options
	encoder encode.Tracim
	recent  publish.Shared[[][]byte]
	doors   doors

	mu      sync.Mutex
	clients map[string]*client // by the path of their socket
	closed  bool
	running sync.WaitGroup // the clients' goroutines

	looked time.Time // when it was last looked what others want of clients; only Serve touches it
}

// New makes a Server.
func New(s Settings, o Options) *Server {
	for _, d := range []struct {
		value     *time.Duration
		otherwise time.Duration
	}{
		{&o.Patience, 30 * time.Second}, {&o.Ping, 30 * time.Second}, {&o.Confirm, 2 * time.Second},
		{&o.Retry, 100 * time.Millisecond}, {&s.Keep, 30 * 24 * time.Hour},
	} {
		if *d.value <= 0 {
			*d.value = d.otherwise
		}
	}
	if s.Most <= 0 {
		s.Most = 1000
	}
	if s.MostEach <= 0 {
		s.MostEach = 100
	}
	if o.Attendance == nil {
		o.Attendance = publish.NewAttendance(Endings()...)
	}
	return &Server{Settings: s, Options: o, clients: map[string]*client{}, doors: doors{open: map[uint32]int{}}}
}

// Serve takes clients until ctx ends. Those who were there before are served
// without registering again.
func (s *Server) Serve(ctx context.Context) error {
	listener, err := s.listen(ctx)
	if err != nil {
		return fmt.Errorf("serve TracimDaemon's clients: %w", err)
	}
	serving, stop := context.WithCancel(ctx)
	defer s.close(serving, stop)
	s.restore(serving)
	s.Logger.Info("socket of TracimDaemon listening", "path", s.Path)
	var accepting sync.WaitGroup
	defer accepting.Wait()
	defer listener.remove()
	// It ends with the listener, which is closed when Serve returns.
	ended := make(chan error, 1)
	accepting.Go(func() { ended <- s.accept(serving, listener) })
	ticker := time.NewTicker(keepEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			s.keep(serving)
		case err := <-ended:
			return fmt.Errorf("serve TracimDaemon's clients: %w", err)
		case <-ctx.Done():
			return nil
		}
	}
}

// close lets all clients go, and waits until they are gone.
func (s *Server) close(ctx context.Context, stop context.CancelFunc) {
	stop()
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.running.Wait()
	s.handBack(ctx)
}

// accept takes connections until the listener is closed.
func (s *Server) accept(ctx context.Context, l *listener) error {
	var reading sync.WaitGroup
	defer reading.Wait()
	for {
		conn, err := l.AcceptUnix()
		if errors.Is(err, net.ErrClosed) {
			return err
		}
		if err != nil {
			// Too many files are open, most likely. Some will be closed.
			s.Logger.Warn("connection not taken", "err", err)
			select {
			case <-time.After(100 * time.Millisecond):
			case <-ctx.Done():
				return ctx.Err()
			}
			continue
		}
		// Ends when the frame was read and answered, or with its patience.
		reading.Go(func() { s.receive(ctx, conn) })
	}
}

// listener is the socket that clients connect to.
type listener struct {
	*net.UnixListener
	path string
	info fs.FileInfo
}

// remove closes the socket and takes it away, unless another is there by now.
func (l *listener) remove() {
	if info, err := os.Lstat(l.path); err == nil && os.SameFile(info, l.info) {
		os.Remove(l.path) // if it cannot be, the next server finds that nobody listens there
	}
	l.Close() // it was only listened on
}
