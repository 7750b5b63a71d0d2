package resp

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tracrpc/publish"
	"tracrpc/publish/encode"
	"tracrpc/publish/sink/listen"
)

// memory is a log of events in memory.
type memory struct {
	mu     sync.Mutex
	events []publish.Event
	wake   chan struct{}
}

func (m *memory) add(events ...publish.Event) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range events {
		e.Seq = int64(len(m.events) + 1)
		m.events = append(m.events, e)
	}
	close(m.wake)
	m.wake = make(chan struct{})
}

func (m *memory) Events(_ context.Context, after int64, limit int) ([]publish.Event, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	from := min(after, int64(len(m.events)))
	return append([]publish.Event{}, m.events[from:min(from+int64(limit), int64(len(m.events)))]...), nil
}

func (m *memory) EventRange(context.Context) (int64, int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return min(1, int64(len(m.events))), int64(len(m.events)), nil
}

func (m *memory) NewEvents() <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.wake
}

// people are users whose passwords are their names, and who may view what has
// their name, or nobody's, as its author.
type people struct {
	mu      sync.Mutex
	blocked string // a user who may not log in any more
}

func (p *people) View(_ context.Context, user string) (publish.View, error) {
	return func(_ context.Context, e publish.Event) (bool, error) { return e.Author == "" || e.Author == user, nil }, nil
}

func (p *people) Login(_ context.Context, user, password, _ string) (bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return user != "" && user == password && user != p.blocked, nil
}

// world is a Server with its surroundings.
type world struct {
	t       testing.TB
	log     *memory
	people  *people
	server  *Server
	address string
	stop    func() // and wait
}

func newWorld(t testing.TB, o Options, most int) *world {
	t.Helper()
	w := &world{t: t, log: &memory{wake: make(chan struct{})}, people: &people{}}
	logger := slog.New(slog.DiscardHandler)
	o.Feed, o.Audience, o.Logger = publish.NewFeed("env", w.log, logger, time.Hour), w.people, logger
	w.server = New(Settings{Encode: encode.Redis{Prefix: "trac", PrivatePrefix: "trac-private", Tickets: true, Pages: true, All: true}, Most: most}, o)
	w.address = freeAddress(t)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	// They end with ctx; stop waits for them.
	running.Go(func() { o.Feed.Run(ctx) })
	running.Go(func() {
		if err := w.server.Serve(ctx, listen.At{Address: w.address}); err != nil {
			t.Error(err)
		}
	})
	w.stop = sync.OnceFunc(func() { cancel(); running.Wait() })
	t.Cleanup(w.stop)
	w.dial().close() // it listens now
	return w
}

func freeAddress(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// page is an event about a page.
func page(name, author, text string) publish.Event {
	data, err := json.Marshal(publish.PageData{Name: name, Version: 1, Author: author, Text: text})
	if err != nil {
		panic(err)
	}
	return publish.Event{Realm: publish.Wiki, Verb: publish.Created, ID: name, Author: author, Data: data}
}

// until waits until something is so, looking again and again.
func (w *world) until(what string, is func(publish.AttendanceReport) bool) {
	w.t.Helper()
	ticker, deadline := time.NewTicker(2*time.Millisecond), time.After(time.Minute)
	defer ticker.Stop()
	for !is(w.server.Attendance.Report()) {
		select {
		case <-ticker.C:
		case <-deadline:
			w.t.Fatalf("it never came to pass that %s: %+v", what, w.server.Attendance.Report())
		}
	}
}

// line is a connection to a server.
type line struct {
	t    testing.TB
	conn net.Conn
	in   *bufio.Reader
}

func (w *world) dial() *line { return dial(w.t, w.address) }

func dial(t testing.TB, address string) *line {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.SetDeadline(deadline)
			t.Cleanup(func() { conn.Close() })
			return &line{t, conn, bufio.NewReader(conn)}
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
		<-time.After(10 * time.Millisecond)
	}
}

func (l *line) close() { l.conn.Close() }

func (l *line) send(text string) {
	l.t.Helper()
	if _, err := io.WriteString(l.conn, text); err != nil {
		l.t.Fatal(err)
	}
}

// rest is what comes until the other side hangs up. One that hangs up on bytes
// that it has not read resets the connection; what it said is there all the same.
func (l *line) rest() string {
	text, err := io.ReadAll(l.in)
	if err != nil && !strings.Contains(err.Error(), "reset") {
		l.t.Fatal(err)
	}
	return string(text)
}

// want reads what must come next.
func (l *line) want(text string) {
	l.t.Helper()
	got := make([]byte, len(text))
	n, err := io.ReadFull(l.in, got)
	if err != nil || string(got) != text {
		l.t.Fatalf("got %q (%v), want %q", got[:n], err, text)
	}
}

// through reads up to a text.
func (l *line) through(text string) {
	l.t.Helper()
	for got := ""; !strings.HasSuffix(got, text); {
		c, err := l.in.ReadByte()
		if err != nil {
			l.t.Fatalf("%v after %q, want %q", err, got, text)
		}
		got += string(c)
	}
}

// message reads an array or a push of strings.
func (l *line) message() string {
	l.t.Helper()
	text, err := l.in.ReadString('\n')
	if err != nil || text[0] != '*' && text[0] != '>' {
		l.t.Fatalf("got %q, %v, want a message", text, err)
	}
	for range int(text[1] - '0') {
		length, err := l.in.ReadString('\n')
		if err != nil {
			l.t.Fatal(err)
		}
		n, err := strconv.Atoi(strings.TrimSpace(length[1:]))
		if err != nil {
			l.t.Fatal(err)
		}
		part := make([]byte, n+2)
		if _, err := io.ReadFull(l.in, part); err != nil {
			l.t.Fatal(err)
		}
		text += length + string(part)
	}
	return text
}

// say is a command as clients send it.
func say(words ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(words))
	for _, w := range words {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(w), w)
	}
	return b.String()
}

// startRedis starts a Redis server, and returns its address.
func startRedis(t *testing.T, args ...string) string {
	t.Helper()
	if err := exec.Command("redis-server", "--version").Run(); err != nil {
		t.Skip("needs redis-server: apt-get install redis-server, or script/bootstrap")
	}
	address := freeAddress(t)
	_, port, _ := net.SplitHostPort(address)
	command := exec.Command("redis-server", append([]string{"--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", t.TempDir()}, args...)...)
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		command.Process.Kill() // it does not end by itself
		command.Wait()         // says only that it was killed
	})
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if strings.Contains(lines.Text(), "Ready to accept connections") {
			return address
		}
	}
	t.Fatal("redis-server did not start")
	return ""
}

// recorded are the events by which package encode is tested.
func recorded(t *testing.T) []publish.Event {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "encode", "testdata", "events.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var events []publish.Event
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		var e publish.Event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		e.Author = "" // so that everybody may view it
		events = append(events, e)
	}
	return events
}

func bulk(text string) string { return "$" + strconv.Itoa(len(text)) + "\r\n" + text + "\r\n" }
