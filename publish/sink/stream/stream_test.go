package stream

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/textproto"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tracrpc/publish"
)

// shelf is a log in memory.
type shelf struct {
	mu     sync.Mutex
	events []publish.Event
	gone   int // of events, from the first on
	wake   chan struct{}
	closed bool // it can no longer be read
}

func (s *shelf) AddEvent(_ context.Context, e publish.Event) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	e.Seq = int64(len(s.events) + 1)
	s.events = append(s.events, e)
	if s.wake != nil {
		close(s.wake)
		s.wake = nil
	}
	return nil
}

func (s *shelf) Events(_ context.Context, after int64, limit int) ([]publish.Event, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, errors.New("disk gone")
	}
	from := min(max(int(after), s.gone), len(s.events))
	return append([]publish.Event(nil), s.events[from:min(from+limit, len(s.events))]...), nil
}

func (s *shelf) EventRange(context.Context) (oldest, newest int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.events) == s.gone {
		return 0, 0, nil
	}
	return int64(s.gone + 1), int64(len(s.events)), nil
}

func (s *shelf) EventsBefore(_ context.Context, when time.Time) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, e := range s.events[s.gone:] {
		if !e.Time.Before(when) {
			return int64(s.gone + i), nil
		}
	}
	return int64(len(s.events)), nil
}

func (s *shelf) NewEvents() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.wake == nil {
		s.wake = make(chan struct{})
	}
	return s.wake
}

// epoch is when events on a shelf happen, one a second.
var epoch = time.Unix(1_700_000_000, 0).UTC()

// write writes events about tickets that everybody may see, and whose numbers
// follow the events' own as long as there are some.
func (s *shelf) write(n int) {
	for range n {
		s.mu.Lock()
		seq := len(s.events) + 1
		s.mu.Unlock()
		s.writeTicket((seq-1)%900+1, fmt.Sprintf("event %d", seq))
	}
}

func (s *shelf) writeTicket(id int, summary string) {
	data, _ := json.Marshal(publish.TicketData{Ticket: publish.TicketState{ID: id, Fields: map[string]string{"summary": summary}}})
	s.mu.Lock()
	when := epoch.Add(time.Duration(len(s.events)+1) * time.Second)
	s.mu.Unlock()
	s.AddEvent(context.Background(), publish.Event{ // which never fails
		Time: when, Env: "mine", Realm: publish.Ticket, Verb: publish.Changed, ID: strconv.Itoa(id), Author: "ann", Data: data,
	})
}

// people knows one user, ann, whose password is her name.
type people struct {
	mu    sync.Mutex
	wrong bool // her password has changed
}

func (p *people) right(r *http.Request) (name string, right bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r.Header.Get("Authorization") == "" {
		return "", !isBelow(r.URL.Path, loginPath)
	}
	name, password, _ := r.BasicAuth()
	return name, name == "ann" && password == "ann" && !p.wrong
}

func (p *people) Caller(w http.ResponseWriter, r *http.Request) (Caller, bool) {
	name, right := p.right(r)
	if !right {
		w.Header().Set("WWW-Authenticate", `Basic realm="trac"`)
		http.Error(w, "no", http.StatusUnauthorized)
	}
	return Caller{
		Name:  name,
		Meets: func(_ context.Context, needs Needs) (bool, error) { return name == "ann" || needs == everybody, nil },
		Still: func(context.Context) (bool, error) {
			_, right := p.right(r)
			return right, nil
		},
	}, right
}

const everybody = "everybody"

// needs are that everybody sees all but the tickets above 900, which are ann's.
func needs(e publish.Event) Needs {
	if id, _ := strconv.Atoi(e.ID); id > 900 {
		return "ann"
	}
	return everybody
}

// site is a Hub with a server around it.
type site struct {
	*Hub
	shelf  *shelf
	people *people
	addr   string
}

// serve serves a hub over an empty log, until the test ends. Who waits for a sign
// of life has one each 50 ms.
func serve(t testing.TB, s Settings, change func(*Options)) *site {
	t.Helper()
	s.Env = "mine"
	if s.Trusted == nil {
		s.Trusted = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	}
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	x := &site{shelf: &shelf{}, people: &people{}}
	o := Options{
		Feed: publish.NewFeed("mine", x.shelf, log, time.Hour), Log: x.shelf, Logger: log, Callers: x.people, Needs: needs,
		Open:  func(_ context.Context, needs Needs) (bool, error) { return needs == everybody, nil },
		Alive: 50 * time.Millisecond, Patience: time.Minute,
	}
	if change != nil {
		change(&o)
	}
	x.Hub = NewHub(s, o)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	// Ends with ctx, in the clean-up below.
	running.Go(func() { o.Feed.Run(ctx) })
	server := httptest.NewServer(x.Hub)
	x.addr = server.Listener.Addr().String()
	t.Cleanup(func() {
		x.Hub.Close()
		server.Close()
		cancel()
		running.Wait()
	})
	return x
}

// client is a connection of a subscriber.
type client struct {
	t      testing.TB
	conn   net.Conn
	in     *bufio.Reader
	status string
	header textproto.MIMEHeader
}

// dial sends a request, whose lines are separated by "\n", and reads the head of
// the answer.
func (x *site) dial(t testing.TB, lines ...string) *client {
	t.Helper()
	conn, err := net.Dial("tcp", x.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	c := &client{t: t, conn: conn, in: bufio.NewReader(conn)}
	if _, err := io.WriteString(conn, strings.Join(lines, "\r\n")+"\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	text := textproto.NewReader(c.in)
	if c.status, err = text.ReadLine(); err != nil {
		t.Fatal(err)
	}
	if c.header, err = text.ReadMIMEHeader(); err != nil {
		t.Fatal(err)
	}
	return c
}

// subscribe subscribes to a path. Extra are header lines.
func (x *site) subscribe(t testing.TB, path string, extra ...string) *client {
	t.Helper()
	c := x.dial(t, append([]string{"GET " + path + " HTTP/1.1", "Host: x"}, extra...)...)
	if !strings.HasSuffix(c.status, " 200 OK") {
		t.Fatalf("GET %s: %s", path, c.status)
	}
	return c
}

// chunk is the next chunk; "" at the end.
func (c *client) chunk() string {
	c.t.Helper()
	head, err := c.in.ReadString('\n')
	if err != nil {
		c.t.Fatalf("no chunk: %v", err)
	}
	size, err := strconv.ParseInt(strings.TrimSuffix(head, "\r\n"), 16, 64)
	if err != nil {
		c.t.Fatalf("chunk begins with %q", head)
	}
	text := make([]byte, size+2)
	if _, err := io.ReadFull(c.in, text); err != nil || string(text[size:]) != "\r\n" {
		c.t.Fatalf("chunk of %d bytes ends in %q: %v", size, text[max(0, size-20):], err)
	}
	return string(text[:size])
}

// line is the next event, for which signs of life are passed over.
func (c *client) line() string {
	c.t.Helper()
	for {
		text := c.chunk()
		if !strings.Contains(text, "stillalive") {
			return text
		}
	}
}

// next is the next event, as far as the tests care.
func (c *client) next() (e struct {
	Payload struct {
		ID    any    `json:"id"`
		Title string `json:"title"`
	} `json:"payload"`
	Path   string `json:"pubsub_path"`
	Cursor string `json:"pubsub_cursor"`
}) {
	c.t.Helper()
	text := c.line()
	if err := json.Unmarshal([]byte(strings.TrimRight(text, "\r\n\x00")), &e); err != nil {
		c.t.Fatalf("%q: %v", text, err)
	}
	return e
}

// wantTitles reads events with these numbers.
func (c *client) wantNumbers(from, to int) (cursor string) {
	c.t.Helper()
	for n := from; n <= to; n++ {
		e := c.next()
		if e.Payload.Title != fmt.Sprintf("event %d", n) {
			c.t.Fatalf("got %q, want event %d", e.Payload.Title, n)
		}
		cursor = e.Cursor
	}
	return cursor
}

// await waits until something is so.
func await(t testing.TB, what string, so func() bool) {
	t.Helper()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for !so() {
		select {
		case <-ticker.C:
		case <-t.Context().Done():
			t.Fatalf("the test ended before %s", what)
		}
	}
}

// request makes an ordinary request.
func (x *site) request(t testing.TB, method, path, body string, change func(*http.Request)) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "http://"+x.addr+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(r)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(text)
}
