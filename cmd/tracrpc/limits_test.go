package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestCrowd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrowd(3, 2, time.Minute, func(string) {})
		ctx := t.Context()
		one, two := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
		var entered []string
		enter := func(name string, address netip.Addr) {
			go func() {
				if c.enter(ctx, address) {
					entered = append(entered, name)
				} else {
					entered = append(entered, name+" late")
				}
			}()
			synctest.Wait()
		}
		expect := func(want string) {
			t.Helper()
			if got := strings.Join(entered, ","); got != want {
				t.Errorf("entered %s, want %s", got, want)
			}
		}
		enter("a", one)
		enter("b", one)
		enter("c", one) // two of one address are enough
		enter("d", two)
		enter("e", two) // three of all are enough
		expect("a,b,d")
		c.leave(two)
		synctest.Wait()
		expect("a,b,d,e") // c would be the third of its address still
		c.leave(one)
		synctest.Wait()
		expect("a,b,d,e,c")
		enter("f", one)
		time.Sleep(time.Minute)
		synctest.Wait()
		expect("a,b,d,e,c,f late")
		for range 2 {
			c.leave(one)
		}
		c.leave(two)
		if len(c.by) != 0 || c.running != 0 || len(c.waiting) != 0 {
			t.Errorf("left behind: %+v", c)
		}
	})
}

func TestCrowdQueueIsBounded(t *testing.T) {
	c := newCrowd(1, 1, time.Minute, func(string) {})
	address := netip.MustParseAddr("192.0.2.1")
	for i := range maxWaiting + 1 {
		waits, ok := c.queue(address)
		if (waits == nil) != (i == 0) || ok != true {
			t.Fatalf("request %d: %v, %v", i, waits, ok)
		}
	}
	if waits, ok := c.queue(address); waits != nil || ok {
		t.Errorf("one more: %v, %v, want it refused", waits, ok)
	}
	if waits, ok := c.queue(netip.MustParseAddr("192.0.2.2")); waits != nil || ok {
		t.Errorf("another's: %v, %v, want it refused, too", waits, ok)
	}
}

func TestCrowdRefuses(t *testing.T) {
	reason := ""
	c := newCrowd(1, 1, time.Nanosecond, func(r string) { reason = r })
	if !c.enter(t.Context(), netip.MustParseAddr("192.0.2.1")) {
		t.Fatal("the first one is refused")
	}
	answer := httptest.NewRecorder()
	c.handler(http.NotFoundHandler()).ServeHTTP(answer, httptest.NewRequest(http.MethodPost, "/rpc", nil))
	if answer.Code != http.StatusServiceUnavailable || answer.Header().Get("Retry-After") == "" || reason == "" {
		t.Errorf("%d %v, %q, want 503 and when to try again", answer.Code, answer.Header(), reason)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if c.enter(ctx, netip.MustParseAddr("192.0.2.1")) {
		t.Error("who has gone is let in")
	}
}

func TestNeighbourhood(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.1:80": "192.0.2.1", "[2001:db8:1:2:3::4]:80": "2001:db8:1:2::", "[::ffff:192.0.2.1]:80": "192.0.2.1", "@": "invalid IP",
	} {
		if got := neighbourhood(remote).String(); got != want {
			t.Errorf("%s: %s, want %s", remote, got, want)
		}
	}
}

func TestConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		settings := defaultConfig()
		settings.MaxConnections = 3
		told := newReached(slog.New(slog.DiscardHandler), settings.limits())
		c := newConnections(settings, told)
		conns := make([]net.Conn, 6)
		others := make([]net.Conn, 6)
		for i := range conns {
			conns[i], others[i] = net.Pipe()
		}
		closed := func(i int) bool {
			others[i].SetReadDeadline(time.Now().Add(time.Millisecond))
			_, err := others[i].Read(make([]byte, 1))
			return err == io.EOF
		}
		for i := range 3 {
			c.begin(t.Context(), conns[i])
			time.Sleep(time.Second)
		}
		c.changed(conns[0], http.StateActive)
		c.changed(conns[1], http.StateActive)
		c.changed(conns[1], http.StateIdle) // now 2 is the oldest
		c.begin(t.Context(), conns[3])
		c.changed(conns[3], http.StateActive)
		if !closed(2) || closed(0) || closed(1) || told.counts["max-connections"].all != 1 {
			t.Errorf("closed %v %v %v, want the third", closed(0), closed(1), closed(2))
		}
		c.changed(conns[2], http.StateClosed)
		c.changed(conns[1], http.StateActive)
		c.begin(t.Context(), conns[4]) // all are active, so none goes
		if closed(0) || closed(1) || closed(3) || told.counts["max-connections"].all != 1 {
			t.Error("an active connection was closed")
		}
		c.begin(t.Context(), conns[5])
		if !closed(4) {
			t.Error("the one that waits is not closed")
		}
		for i := range conns {
			c.changed(conns[i], http.StateClosed)
		}
		if len(c.open) != 0 {
			t.Errorf("%d connections are left", len(c.open))
		}
	})
}

func TestPace(t *testing.T) {
	start := time.Unix(1000, 0)
	for _, c := range []struct {
		pace pace
		n    int64
		want time.Time
	}{
		{pace{30 * time.Second, 1024}, 0, start.Add(30 * time.Second)},
		{pace{30 * time.Second, 1024}, 10_240, start.Add(40 * time.Second)},
		{pace{time.Second, 0}, 10_240, time.Time{}},
	} {
		if got := c.pace.until(start, c.n); !got.Equal(c.want) {
			t.Errorf("%+v, %d bytes: %v, want %v", c.pace, c.n, got, c.want)
		}
	}
}

// TestSlowCallsAreNotGivenUp makes a call that takes longer than its body may.
func TestSlowCallsAreNotGivenUp(t *testing.T) {
	t.Parallel()
	const patience = time.Second
	server := httptest.NewServer(paced(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		select {
		case <-r.Context().Done():
			w.WriteHeader(http.StatusInternalServerError)
		case <-time.After(patience * 3 / 2):
			io.WriteString(w, "done")
		}
	}), pace{patience, 1}, pace{patience, 1}, func(string) {}))
	defer server.Close()
	for range 2 { // on the same connection
		response, err := http.Post(server.URL, "text/plain", strings.NewReader("x"))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if string(body) != "done" || err != nil {
			t.Errorf("%s %q %v, want done", response.Status, body, err)
		}
	}
}

func TestReached(t *testing.T) {
	var log, text bytes.Buffer
	r := newReached(slog.New(slog.NewTextHandler(&log, nil)), []limit{{name: "many"}, {name: "a-part", part: true}, {name: "other"}, {name: "idle"}})
	now := time.Unix(1000, 0)
	r.now = func() time.Time { return now }
	for range 100 {
		r.add("many")
	}
	now = now.Add(tellEvery)
	r.add("many")
	r.add("other")
	r.quietly("idle")
	var counts []string
	for line := range strings.Lines(log.String()) {
		_, rest, _ := strings.Cut(strings.TrimSpace(line), "limit=")
		counts = append(counts, rest)
	}
	if got, want := fmt.Sprintf("%q", counts), `["many count=1" "many count=100" "other count=1"]`; got != want {
		t.Errorf("logged %s, want %s", got, want)
	}
	r.write(&text)
	const want = "# HELP tracrpc_limit_reached_total How often somebody has come to a limit, by the flag that sets it.\n" +
		"# TYPE tracrpc_limit_reached_total counter\n" +
		"tracrpc_limit_reached_total{limit=\"many\"} 101\n" +
		"tracrpc_limit_reached_total{limit=\"other\"} 1\n" +
		"tracrpc_limit_reached_total{limit=\"idle\"} 1\n"
	if got := text.String(); got != want {
		t.Errorf("told %s, want %s", got, want)
	}
}

// TestHijackers has requests that keep their connections for themselves, which
// must not keep others out.
func TestHijackers(t *testing.T) {
	t.Parallel()
	c := newCrowd(1, 1, time.Nanosecond, func(string) {})
	taken, free := make(chan bool), make(chan bool)
	server := httptest.NewServer(c.handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/events" {
			return
		}
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			close(taken)
			return
		}
		close(taken)
		<-free
		conn.Close()
	})))
	defer server.Close()
	gone := make(chan bool)
	// Ends when the connection is closed.
	go func() {
		defer close(gone)
		if response, err := http.Get(server.URL + "/events"); err == nil {
			response.Body.Close()
		}
	}()
	<-taken
	response, err := http.Get(server.URL)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Errorf("beside a subscriber: %v, %v", response, err)
	}
	close(free)
	<-gone
}
