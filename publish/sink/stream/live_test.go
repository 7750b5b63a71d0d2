package stream

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tracrpc/publish"
)

// serveLive serves live messages as the API's listener does: whoever comes is ann,
// or else nobody.
func serveLive(t *testing.T) *site {
	t.Helper()
	x := serve(t, Settings{}, func(o *Options) { o.Alive = time.Hour })
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if caller, ok := x.people.Caller(w, r); ok {
			x.ServeLive(w, r, caller)
		}
	}))
	t.Cleanup(server.Close)
	x.addr = server.Listener.Addr().String()
	return x
}

// liveNumber is the event that a live message tells of.
func liveNumber(t *testing.T, text string) int {
	t.Helper()
	data, begins := strings.CutPrefix(text, "event: message\ndata: ")
	data, ends := strings.CutSuffix(data, "\n\n")
	var told struct {
		ID   int    `json:"event_id"`
		Type string `json:"event_type"`
	}
	if err := json.Unmarshal([]byte(data), &told); err != nil || !begins || !ends || told.Type != "content.modified.thread" {
		t.Fatalf("live message %q: %v", text, err)
	}
	return told.ID
}

func TestLiveMessages(t *testing.T) {
	t.Parallel()
	x := serveLive(t)
	x.shelf.write(3)
	for _, c := range []struct {
		query string
		first int
	}{{"", 4}, {"?after_event_id=", 4}, {"?after_event_id=0", 4}, {"?after_event_id=2", 3}, {"?after_event_id=3", 4}, {"?after_event_id=99", 4}, {"?after_event_id=x", 4}} {
		s := x.subscribe(t, "/"+c.query)
		if s.header.Get("Content-Type") != "text/event-stream" {
			t.Errorf("%s: %v", c.query, s.header)
		}
		if open := s.chunk(); open != "event: stream-open\ndata: \n\n" {
			t.Errorf("%s: begins with %q", c.query, open)
		}
		if c.first == 3 {
			if n := liveNumber(t, s.chunk()); n != 3 {
				t.Errorf("%s: event %d, want 3", c.query, n)
			}
		}
		defer func() {
			if n := liveNumber(t, s.chunk()); n != 4 {
				t.Errorf("%s: event %d, want 4", c.query, n)
			}
		}()
	}
	if response, text := x.request(t, "POST", "/", "", nil); response.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %s %s", response.Status, text)
	}
	x.shelf.write(1)
}

// TracimDaemon takes what it has read for one message, when it has read all that
// there is. However much has come, it must read one.
func TestLiveMessagesInBlocks(t *testing.T) {
	t.Parallel()
	x := serveLive(t)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+x.addr+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	await(t, "it subscribes", func() bool { return x.Stats().Subscribers == 1 })
	const events = 40
	for n := range events {
		x.shelf.writeTicket(n+1, strings.Repeat("é", n*7))
	}
	await(t, "all is sent", func() bool { return x.Attendance.Report().Sent == events }) // and none of it was read
	if kind, data := readAsDaemon(t, response); kind != "stream-open" || data != "" {
		t.Errorf("begins with %q %q", kind, data)
	}
	for n := 1; n <= events; n++ {
		kind, data := readAsDaemon(t, response)
		var told struct {
			ID int `json:"event_id"`
		}
		if err := json.Unmarshal([]byte(data), &told); err != nil || kind != "message" || told.ID != n {
			t.Fatalf("message %d is %s %q: %v", n, kind, data, err)
		}
	}
}

// readAsDaemon reads pieces of 1024 bytes until one is shorter, and takes that for a
// message.
func readAsDaemon(t *testing.T, response *http.Response) (kind, data string) {
	t.Helper()
	var all []byte
	for {
		piece := make([]byte, 1024)
		n, err := response.Body.Read(piece)
		if err != nil {
			t.Fatal(err)
		}
		if all = append(all, piece[:n]...); n < len(piece) {
			break
		}
	}
	_, rest, _ := strings.Cut(string(all), "event:")
	kind, data, _ = strings.Cut(rest, "\n")
	return strings.TrimSpace(kind), strings.TrimSpace(strings.TrimPrefix(data, "data:"))
}

func TestLiveMessagesOnlyOfWhatMayBeSeen(t *testing.T) {
	t.Parallel()
	x := serveLive(t)
	open, ann := x.subscribe(t, "/"), x.subscribe(t, "/", annsCredentials)
	x.shelf.writeTicket(901, "secret")
	x.shelf.writeTicket(1, "open")
	if err := x.shelf.AddEvent(t.Context(), publish.Event{Realm: publish.Post, ID: "/json", Data: json.RawMessage(`{"line":"{}"}`)}); err != nil {
		t.Fatal(err)
	}
	x.shelf.writeTicket(2, "open")
	for c, want := range map[*client][]int{open: {2, 4}, ann: {1, 2, 4}} {
		c.chunk() // it is open
		for _, n := range want {
			if got := liveNumber(t, c.chunk()); got != n {
				t.Errorf("%s: event %d, want %d", fmt.Sprint(want), got, n)
			}
		}
	}
}
