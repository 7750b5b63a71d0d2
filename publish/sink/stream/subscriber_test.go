package stream

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

const annsCredentials = "Authorization: Basic YW5uOmFubg=="

var alive = regexp.MustCompile(`^\{"stillalive": [0-9]{10}\.[0-9]{6}\}\r\n$`)

func TestStreamIsWhatGitPubSubSends(t *testing.T) {
	t.Parallel()
	x := serve(t, Settings{}, nil)
	c := x.subscribe(t, "/")
	if c.status != "HTTP/1.1 200 OK" || c.header.Get("Transfer-Encoding") != "chunked" || c.header.Get("Content-Type") != "application/x-gitpubsub" {
		t.Errorf("answer %s %v", c.status, c.header)
	}
	if c.header.Get("X-Replay-From") != "" {
		t.Errorf("X-Replay-From: %s for who asked for nothing old", c.header.Get("X-Replay-From"))
	}
	for range 2 { // at once, and again
		if text := c.chunk(); !alive.MatchString(text) {
			t.Errorf("sign of life %q", text)
		}
	}
	x.shelf.write(1)
	if text := c.line(); !strings.HasPrefix(text, `{"payload": {"type": "ticket", `) || !strings.HasSuffix(text, "\"}\r\n") {
		t.Errorf("event %q", text)
	}
	x.Close()
	for text := c.chunk(); text != ""; text = c.chunk() {
		if !alive.MatchString(text) {
			t.Errorf("last words %q", text)
		}
	}
	if _, err := c.in.ReadByte(); err != io.EOF {
		t.Errorf("after the last chunk: %v, want the end", err)
	}
	if got := x.Stats().Ended["stopped"]; got != 1 {
		t.Errorf("%d subscriptions ended because the hub was closed, want 1", got)
	}
}

func TestForms(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		settings Settings
		request  []string
		kind     string
		want     string // what an event ends in
	}{
		"gitpubsub":  {Settings{}, []string{"GET / HTTP/1.1", "Host: x"}, "application/x-gitpubsub", "}\r\n\r\n"},
		"pypubsub":   {Settings{PyPubSub: true}, []string{"GET / HTTP/1.1", "Host: x"}, "application/vnd.pypubsub-stream", "}\n\r\n"},
		"svnwcsub":   {Settings{PyPubSub: true}, []string{"GET / HTTP/1.1", "Host: x", "User-Agent: a svnwcsub/1"}, "application/vnd.pypubsub-stream", "}\n\x00\r\n"},
		"svnpubsub":  {Settings{}, []string{"GET / HTTP/1.0"}, "application/x-gitpubsub", "}\n\x00"},
		"browser":    {Settings{}, []string{"GET /trac HTTP/1.1", "Host: x", "Accept: text/event-stream"}, "text/event-stream", "}\n\n\r\n"},
		"events":     {Settings{}, []string{"GET /events?x HTTP/1.1", "Host: x"}, "text/event-stream", "}\n\n\r\n"},
		"events 1.0": {Settings{}, []string{"GET /events HTTP/1.0"}, "text/event-stream", "}\n\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := serve(t, c.settings, nil)
			client := x.dial(t, c.request...)
			old := strings.HasSuffix(c.request[0], "1.0")
			if client.header.Get("Content-Type") != c.kind || (client.header.Get("Transfer-Encoding") == "") != old {
				t.Errorf("header %v", client.header)
			}
			if _, err := client.in.Peek(10); err != nil { // it has subscribed
				t.Fatal(err)
			}
			x.shelf.write(2)
			end := fmt.Sprintf(`"pubsub_cursor": "%s"%s`, x.ids.Of(2), c.want)
			var text bytes.Buffer
			for !strings.Contains(text.String(), end) {
				b, err := client.in.ReadByte()
				if err != nil {
					t.Fatalf("%v after %q, want %q", err, &text, end)
				}
				text.WriteByte(b)
			}
			if c.kind == "text/event-stream" && !strings.Contains(text.String(), "\nid: "+x.ids.Of(2)+"\ndata: {") {
				t.Errorf("no id in %q", &text)
			}
		})
	}
}

// One path, one subscriber; what is written together is still one chunk each.
func TestSubscribersGetWhatTheyAskFor(t *testing.T) {
	t.Parallel()
	x := serve(t, Settings{}, nil)
	all, one, none := x.subscribe(t, "/"), x.subscribe(t, "/trac/mine/ticket/7"), x.subscribe(t, "/json/*")
	x.shelf.write(100)
	all.wantNumbers(1, 100)
	one.wantNumbers(7, 7)
	if response, text := x.request(t, "POST", "/json", `{"n":1}`, nil); response.StatusCode != http.StatusOK {
		t.Fatal(text)
	}
	for name, c := range map[string]*client{"/": all, "/json/*": none} {
		if got := c.line(); got != "{\"n\":1}\r\n" {
			t.Errorf("%s got %q", name, got)
		}
	}
}

func TestReplay(t *testing.T) {
	t.Parallel()
	x := serve(t, Settings{}, nil)
	x.shelf.write(400)
	second := func(n float64) string { return fmt.Sprintf("%f", float64(epoch.Unix())+n) }
	other := NewHub(Settings{Env: "other"}, Options{}).ids.Of(100)
	for name, c := range map[string]struct {
		path, header string
		first        int // of what is replayed; 401 for what comes then
		from         string
	}{
		"cursor":               {"/", "X-Fetch-Since-Cursor: " + x.ids.Of(100), 101, x.ids.Of(100)},
		"cursor in capitals":   {"/", "x-fetch-since-cursor: " + strings.ToUpper(x.ids.Of(100)), 101, x.ids.Of(100)},
		"newest cursor":        {"/", "X-Fetch-Since-Cursor: " + x.ids.Of(400), 401, x.ids.Of(400)},
		"cursor of none":       {"/", "X-Fetch-Since-Cursor: " + x.ids.Of(401), 401, unknown},
		"cursor of others":     {"/", "X-Fetch-Since-Cursor: " + other, 401, unknown},
		"cursor of PyPubSub":   {"/", "X-Fetch-Since-Cursor: 0b9d5a5c-1f7f-4a1f-8b4e-0b9d5a5c1f7f", 401, unknown},
		"since":                {"/", "X-Fetch-Since: " + second(100), 100, x.ids.Of(99)},
		"since a moment after": {"/", "X-Fetch-Since: " + second(100.5), 101, x.ids.Of(100)},
		"since ever":           {"/", "X-Fetch-Since: 0", 1, earliest},
		"since before ever":    {"/", "X-Fetch-Since: -1e300", 1, earliest},
		"since later":          {"/", "X-Fetch-Since: 1e300", 401, x.ids.Of(400)},
		"since nonsense":       {"/", "X-Fetch-Since: yesterday", 401, ""},
		"since nan":            {"/", "X-Fetch-Since: nan", 401, ""},
		"last event id":        {"/events", "Last-Event-ID: " + x.ids.Of(399), 400, x.ids.Of(399)},
		"after":                {"/events?after=" + x.ids.Of(399), "Accept: */*", 400, x.ids.Of(399)},
		"after all":            {"/events?after=earliest", "Accept: */*", 1, earliest},
		"since in the query":   {"/events?since=" + second(399), "Accept: */*", 399, x.ids.Of(398)},
		"query of a path":      {"/?after=" + x.ids.Of(399), "Accept: */*", 401, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := x.subscribe(t, c.path, c.header)
			if got := s.header.Get("X-Replay-From"); got != c.from {
				t.Errorf("X-Replay-From: %q, want %q", got, c.from)
			}
			if c.first == 401 {
				if text := s.chunk(); !strings.Contains(text, "stillalive") {
					t.Errorf("replayed %q", text)
				}
				return
			}
			if text := s.line(); !strings.Contains(text, fmt.Sprintf("event %d\"", c.first)) {
				t.Errorf("the first is %q, want event %d", text, c.first)
			}
		})
	}
}

// What was is followed by what comes: while one writes, each reader comes and
// goes, and finds every event once.
func TestNoSeam(t *testing.T) {
	t.Parallel()
	const events, readers = 1500, 6
	x := serve(t, Settings{}, nil)
	x.shelf.write(100)
	var all sync.WaitGroup
	// Ends when all is written.
	all.Go(func() { x.shelf.write(events - 100) })
	for r := range readers {
		// Ends when it has read all.
		all.Go(func() {
			cursor := earliest
			for n := 1; n <= events; {
				c := x.subscribe(t, "/trac", "X-Fetch-Since-Cursor: "+cursor)
				last := min(events, n+r*97+11)
				cursor = c.wantNumbers(n, last)
				c.conn.Close()
				n = last + 1
			}
		})
	}
	all.Wait()
}

func TestGoneEventsAreReported(t *testing.T) {
	t.Parallel()
	x := serve(t, Settings{}, nil)
	x.shelf.write(10)
	x.shelf.mu.Lock()
	x.shelf.gone = 5
	x.shelf.mu.Unlock()
	c := x.subscribe(t, "/", "X-Fetch-Since-Cursor: "+x.ids.Of(3))
	if got := c.header.Get("X-Replay-From"); got != expired {
		t.Errorf("X-Replay-From: %q", got)
	}
	c.wantNumbers(6, 10)
	if c = x.subscribe(t, "/", "X-Fetch-Since-Cursor: "+x.ids.Of(5)); c.header.Get("X-Replay-From") != x.ids.Of(5) {
		t.Errorf("nothing is gone, but X-Replay-From: %s", c.header.Get("X-Replay-From"))
	}
	browser := x.subscribe(t, "/events", "Last-Event-ID: "+x.ids.Of(3))
	if text := browser.chunk(); text != "event: expired\ndata: {}\n\n" {
		t.Errorf("a browser is told %q", text)
	}
	if response, _ := x.request(t, "GET", "/events/"+x.ids.Of(3), "", nil); response.StatusCode != http.StatusNotFound {
		t.Errorf("GET of what is gone: %s", response.Status)
	}
}

func TestOnlyWhatMayBeSeen(t *testing.T) {
	t.Parallel()
	x := serve(t, Settings{}, nil)
	open, ann := x.subscribe(t, "/"), x.subscribe(t, "/", annsCredentials)
	inside := x.subscribe(t, "/private/trac/mine/ticket/901", annsCredentials)
	below := x.subscribe(t, "/trac/mine/ticket/901", annsCredentials)
	secret := func() {
		x.shelf.writeTicket(1, "open before")
		x.shelf.writeTicket(901, "secret")
		x.shelf.writeTicket(2, "open after")
	}
	secret()
	again := x.subscribe(t, "/", "X-Fetch-Since: 0")
	for name, c := range map[string]*client{"live": open, "replay": again} {
		for _, want := range []string{"open before", "open after"} {
			if got := c.next(); got.Payload.Title != want || strings.Contains(got.Path, "private") {
				t.Errorf("%s: got %+v, want %q", name, got, want)
			}
		}
	}
	ann.next()
	for _, c := range []*client{ann, inside, below} {
		if got := c.next(); got.Payload.Title != "secret" || got.Path != "/private/trac/mine/ticket/901" {
			t.Errorf("ann got %+v", got)
		}
	}
	for path, want := range map[string]int{x.ids.Of(1): 200, x.ids.Of(2): 404, x.ids.Of(4): 404, "nonsense": 404, "": 404} {
		if response, text := x.request(t, "GET", "/events/"+path, "", nil); response.StatusCode != want {
			t.Errorf("GET of event %q: %s %s, want %d", path, response.Status, text, want)
		}
	}
	response, text := x.request(t, "GET", "/events/"+x.ids.Of(2), "", func(r *http.Request) { r.SetBasicAuth("ann", "ann") })
	if response.StatusCode != http.StatusOK || !strings.Contains(text, `"title": "secret"`) || response.Header.Get("Content-Type") != "application/json" {
		t.Errorf("ann's GET of her event: %s %v %s", response.Status, response.Header, text)
	}
}

func TestLogin(t *testing.T) {
	t.Parallel()
	x := serve(t, Settings{}, nil)
	for name, c := range map[string]struct {
		path, header, want string
	}{
		"wrong":          {"/", "Authorization: Basic YW5uOmJvYg==", "HTTP/1.1 401 Unauthorized"},
		"no scheme":      {"/", "Authorization: Bearer x", "HTTP/1.1 401 Unauthorized"},
		"login wants it": {"/login/trac", "Accept: */*", "HTTP/1.1 401 Unauthorized"},
		"no login":       {"/loginx", "Accept: */*", "HTTP/1.1 200 OK"},
		"login":          {"/login/events", annsCredentials, "HTTP/1.1 200 OK"},
	} {
		client := x.dial(t, "GET "+c.path+" HTTP/1.1", "Host: x", c.header)
		if client.status != c.want {
			t.Errorf("%s: %s, want %s", name, client.status, c.want)
		}
		if got := client.header.Get("WWW-Authenticate"); strings.Contains(c.want, "401") && got != `Basic realm="trac"` {
			t.Errorf("%s: WWW-Authenticate: %s", name, got)
		}
	}
}

func TestPasswordIsAskedForAgain(t *testing.T) {
	t.Parallel()
	x := serve(t, Settings{}, func(o *Options) { o.Alive = time.Millisecond })
	ann, open := x.subscribe(t, "/", annsCredentials), x.subscribe(t, "/")
	ann.chunk()
	x.people.mu.Lock()
	x.people.wrong = true
	x.people.mu.Unlock()
	for ann.chunk() != "" { // until the last chunk
	}
	open.chunk()
	await(t, "the subscription was counted", func() bool { return x.Stats().Ended["revoked"] == 1 })
}

// stall writes so much that a subscriber who reads nothing takes no more.
func (x *site) stall(t *testing.T, events int) *client {
	t.Helper()
	c := x.subscribe(t, "/")
	c.chunk()
	long := strings.Repeat("x", 25<<10)
	for n := range events {
		x.shelf.writeTicket(n+1, long)
	}
	return c
}

// wantCursors reads long lines.
func (c *client) wantCursors(x *site, from, to int64) {
	c.t.Helper()
	for n := from; n <= to; n++ {
		line := c.line()
		if end := `"pubsub_cursor": "` + x.ids.Of(n) + "\"}\r\n"; !strings.HasSuffix(line, end) {
			c.t.Fatalf("after event %d comes what ends in %q", n-1, line[max(0, len(line)-60):])
		}
	}
}

func TestStalledSubscriberDisturbsNobody(t *testing.T) {
	t.Parallel()
	const events = 200
	x := serve(t, Settings{}, nil)
	lively := x.subscribe(t, "/")
	x.stall(t, events)
	lively.wantCursors(x, 1, events)
	if stats := x.Stats(); stats.Subscribers != 2 {
		t.Errorf("%d subscribers are left, want both", stats.Subscribers)
	}
}

// Who takes nothing is disconnected, and goes on where that ends which had
// reached it.
func TestStalledSubscriberIsDisconnected(t *testing.T) {
	t.Parallel()
	const events = 200
	x := serve(t, Settings{}, func(o *Options) { o.Patience = 100 * time.Millisecond })
	stalled := x.stall(t, events)
	await(t, "it is disconnected", func() bool { return x.Stats().Ended["slow"] == 1 })
	last := ""
	for {
		line, err := stalled.in.ReadString('\n')
		if err != nil {
			break
		}
		if _, cursor, found := strings.Cut(line, `"pubsub_cursor": "`); found && len(cursor) > 36 {
			last = cursor[:36]
		}
	}
	seq, ok := x.ids.Seq(last)
	if !ok || seq == events {
		t.Fatalf("the stalled one had got to %q", last)
	}
	x.Patience = time.Minute // nobody is connected
	c := x.subscribe(t, "/", "X-Fetch-Since-Cursor: "+last)
	c.wantCursors(x, seq+1, events)
}

func TestCloseEndsEvenWhoIsStalled(t *testing.T) {
	t.Parallel()
	x := serve(t, Settings{}, func(o *Options) { o.Patience = time.Hour })
	x.stall(t, 200)
	x.Close()
	if stats := x.Stats(); stats.Subscribers != 0 || stats.Ended["stopped"] != 1 {
		t.Errorf("after Close: %+v", stats)
	}
	if c := x.dial(t, "GET / HTTP/1.1", "Host: x"); c.status != "HTTP/1.1 503 Service Unavailable" {
		t.Errorf("subscribing to a closed hub: %s", c.status)
	}
}

func TestTooManySubscribers(t *testing.T) {
	t.Parallel()
	x := serve(t, Settings{Most: 1}, nil)
	first := x.subscribe(t, "/")
	if c := x.dial(t, "GET / HTTP/1.1", "Host: x"); c.status != "HTTP/1.1 503 Service Unavailable" || c.header.Get("Retry-After") == "" {
		t.Errorf("a second subscriber: %s %v", c.status, c.header)
	}
	first.conn.Close()
	await(t, "there is room", func() bool { return x.Stats().Subscribers == 0 })
	x.subscribe(t, "/").chunk()
}

func TestUnreadableLogEndsSubscriptions(t *testing.T) {
	t.Parallel()
	x := serve(t, Settings{}, nil)
	x.shelf.write(10)
	await(t, "the feed has read the log", func() bool {
		last, err := x.Feed.Last(t.Context())
		return err == nil && last == 10
	})
	x.shelf.mu.Lock()
	x.shelf.closed = true
	x.shelf.mu.Unlock()
	c := x.subscribe(t, "/", "X-Fetch-Since: 0")
	for c.chunk() != "" { // until the last chunk
	}
	await(t, "the subscription was counted", func() bool { return x.Stats().Ended["failed"] == 1 })
}
