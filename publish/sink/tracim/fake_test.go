package tracim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"tracrpc/publish"
	"tracrpc/publish/encode"
)

// shelf is a log in memory.
type shelf struct {
	mu     sync.Mutex
	events []publish.Event
	gone   int // of events, from the first on
	wake   chan struct{}
}

func (s *shelf) Events(_ context.Context, after int64, limit int) ([]publish.Event, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	from := min(max(int(after), s.gone), len(s.events))
	return slices.Clone(s.events[from:min(from+limit, len(s.events))]), nil
}

func (s *shelf) EventRange(context.Context) (oldest, newest int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return int64(s.gone + 1), int64(len(s.events)), nil
}

func (s *shelf) NewEvents() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.wake == nil {
		s.wake = make(chan struct{})
	}
	return s.wake
}

// write writes events about new tickets, whose numbers are the events'.
func (s *shelf) write(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range n {
		id := len(s.events) + 1
		data, _ := json.Marshal(publish.TicketData{Ticket: publish.TicketState{ID: id, Fields: map[string]string{"summary": fmt.Sprint("ticket ", id)}}})
		s.events = append(s.events, publish.Event{
			Seq: int64(id), Time: time.Unix(1_700_000_000, 0), Realm: publish.Ticket, Verb: publish.Created, ID: strconv.Itoa(id), Author: "ann", Data: data,
		})
	}
	if s.wake != nil {
		close(s.wake)
		s.wake = nil
	}
}

// book keeps sinks in memory.
type book struct {
	mu    sync.Mutex
	sinks map[string]publish.SinkState
}

func (b *book) Sinks(context.Context) ([]publish.SinkState, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []publish.SinkState
	for _, s := range b.sinks {
		all = append(all, s)
	}
	return all, nil
}

func (b *book) AddSink(_ context.Context, name string, after int64) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, known := b.sinks[name]; !known {
		b.sinks[name] = publish.SinkState{Name: name, Cursor: after, Seen: time.Now()}
	}
	return nil
}

func (b *book) Hold(_ context.Context, name, owner string, lease time.Duration) (bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.sinks[name]
	s.Owner, s.Lease = owner, time.Now().Add(lease)
	b.sinks[name] = s
	return true, nil
}

func (b *book) Keep(_ context.Context, owner string, lease time.Duration, progress []publish.Progress) (lost []string, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range progress {
		s, known := b.sinks[p.Name]
		if !known {
			lost = append(lost, p.Name)
			continue
		}
		if s.Turn == p.Turn {
			s.Cursor = max(s.Cursor, p.Cursor)
		}
		s.Published, s.Missed, s.Seen = s.Published+p.Published, s.Missed+p.Missed, time.Now()
		b.sinks[p.Name] = s
	}
	return lost, nil
}

func (b *book) RemoveSink(_ context.Context, name string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.sinks, name)
	return nil
}

// change changes what is known of the only sink.
func (b *book) change(f func(*publish.SinkState)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for name, s := range b.sinks {
		f(&s)
		b.sinks[name] = s
	}
}

func (b *book) only() publish.SinkState {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.sinks {
		return s
	}
	return publish.SinkState{}
}

// site is a Server over a log in memory.
type site struct {
	t          testing.TB
	dir        string
	shelf      *shelf
	book       *book
	settings   Settings
	options    Options
	attendance *publish.Attendance
	stop       func() // ends it; start begins it again
}

// serve serves an empty log until the test ends. Users may see tickets up to 900,
// and ann all.
func serve(t testing.TB, change func(*Settings, *Options)) *site {
	t.Helper()
	dir, err := os.MkdirTemp("", "tracim") // t.TempDir is too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) }) // nothing is at stake
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	x := &site{t: t, dir: dir, shelf: &shelf{}, book: &book{sinks: map[string]publish.SinkState{}}, attendance: publish.NewAttendance(Endings()...)}
	x.settings = Settings{Env: "mine", Path: filepath.Join(dir, "master.sock"), Mode: 0o660, UID: -1, GID: -1}
	x.options = Options{
		Feed: publish.NewFeed("mine", x.shelf, log, time.Hour), Book: x.book, Logger: log, Attendance: x.attendance,
		View: func(_ context.Context, user string) (publish.View, error) {
			return func(_ context.Context, e publish.Event) (bool, error) { return user == "ann" || e.Seq <= 900, nil }, nil
		},
		Patience: 30 * time.Second, Ping: time.Hour, Confirm: time.Hour, Retry: time.Millisecond,
	}
	if change != nil {
		change(&x.settings, &x.options)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { x.options.Feed.Run(ctx) }) // ends with ctx
	t.Cleanup(func() { x.stop(); cancel(); running.Wait() })
	x.start()
	return x
}

// start begins to serve.
func (x *site) start() {
	x.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- New(x.settings, x.options).Serve(ctx) }() // ends with ctx
	await(x.t, "it listens", func() bool { return reachable(x.settings.Path) })
	x.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			x.t.Errorf("Serve = %v", err)
		}
	})
}

func reachable(path string) bool {
	conn, err := net.Dial("unix", path)
	if err == nil {
		conn.Close()
	}
	return err == nil
}

func await(t testing.TB, what string, so func() bool) {
	t.Helper()
	ticker := time.NewTicker(2 * time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(time.Minute)
	for !so() {
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatalf("it never came that %s", what)
		}
	}
}

// send sends a frame as the SDKs do.
func (x *site) send(text string) {
	x.t.Helper()
	conn, err := net.Dial("unix", x.settings.Path)
	for errors.Is(err, syscall.EAGAIN) {
		conn, err = net.Dial("unix", x.settings.Path)
	}
	if err != nil {
		x.t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, text) // the server may have hung up
}

// app is a client: it listens on a socket of its own.
type app struct {
	x        *site
	path     string
	listener net.Listener
	heard    chan encode.TracimFrame

	mu      sync.Mutex
	stalled chan struct{} // while it is there, frames are read only when it is closed
}

// open begins to listen, as the Python SDK does: one connection after the other,
// with a queue of one.
func (x *site) open(name string) *app {
	x.t.Helper()
	a := &app{x: x, path: filepath.Join(x.dir, name), heard: make(chan encode.TracimFrame, 100_000)}
	os.Remove(a.path) // of a former one
	a.listener = listenOne(x.t, a.path)
	go a.read() // ends with the listener
	x.t.Cleanup(func() { a.listener.Close() })
	return a
}

// listenOne listens with a queue of one place.
func listenOne(t testing.TB, path string) net.Listener {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err == nil {
		err = syscall.Bind(fd, &syscall.SockaddrUnix{Name: path})
	}
	if err == nil {
		err = syscall.Listen(fd, 1)
	}
	if err != nil {
		t.Fatal(err)
	}
	file := os.NewFile(uintptr(fd), path)
	defer file.Close()
	l, err := net.FileListener(file)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func (a *app) read() {
	defer close(a.heard)
	for {
		conn, err := a.listener.Accept()
		if err != nil {
			return
		}
		a.mu.Lock()
		stalled := a.stalled
		a.mu.Unlock()
		if stalled != nil {
			<-stalled
		}
		buffer := make([]byte, 4096)
		n, err := conn.Read(buffer)
		if err != nil {
			conn.Close()
			continue
		}
		var f encode.TracimFrame
		if err := json.Unmarshal(buffer[:n], &f); err != nil {
			a.x.t.Errorf("frame %q: %v", buffer[:n], err)
		}
		if f.Type == encode.TracimPing {
			a.x.send(fmt.Sprintf(`{"path":%q,"type":"daemon_pong"}`, a.path))
		} else {
			a.heard <- f
		}
		conn.Close()
	}
}

func (a *app) register() {
	a.x.t.Helper()
	a.x.send(fmt.Sprintf(`{"path":%q,"type":"daemon_client_add","data":{"path":%q,"pid":"%d"}}`, a.path, a.path, os.Getpid()))
}

// join listens and registers, and waits until that is answered.
func (x *site) join(name string) *app {
	x.t.Helper()
	a := x.open(name)
	a.register()
	a.want(encode.TracimAccount)
	a.want(encode.TracimClientAdded)
	return a
}

// next is the next frame; of acks there may be any number before it.
func (a *app) next() encode.TracimFrame {
	a.x.t.Helper()
	for {
		select {
		case f, open := <-a.heard:
			if !open {
				a.x.t.Fatalf("%s hears nothing any more", a.path)
			}
			if f.Type != encode.TracimAck {
				return f
			}
		case <-time.After(time.Minute):
			a.x.t.Fatalf("%s hears nothing", a.path)
		}
	}
}

func (a *app) want(kind string) encode.TracimFrame {
	a.x.t.Helper()
	f := a.next()
	if f.Type != kind || f.Path != a.x.settings.Path {
		a.x.t.Fatalf("%s heard %s from %s, want %s", a.path, f.Type, f.Path, kind)
	}
	return f
}

// wantEvents hears of these events, in order.
func (a *app) wantEvents(from, to int) {
	a.x.t.Helper()
	for n := from; n <= to; n++ {
		var text string
		var event struct {
			ID int `json:"event_id"`
		}
		f := a.want(encode.TracimEvent)
		if err := errors.Join(json.Unmarshal(f.Data, &text), json.Unmarshal([]byte(text), &event)); err != nil {
			a.x.t.Fatalf("%s: %v", f.Data, err)
		}
		if event.ID != n {
			a.x.t.Fatalf("%s heard event %d, want %d", a.path, event.ID, n)
		}
	}
}

// quiet is an error if anything was heard.
func (a *app) quiet() {
	a.x.t.Helper()
	select {
	case f := <-a.heard:
		a.x.t.Errorf("%s heard %s, want nothing", a.path, f.Type)
	default:
	}
}

func (a *app) stall() (wakeUp func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stalled = make(chan struct{})
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		close(a.stalled)
		a.stalled = nil
	}
}
