package webhook

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tracrpc/publish"
)

// receiver is a server that remembers what it was sent, and answers as it is
// told.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	ids    []string
	heads  []http.Header
	bodies []string
	answer http.HandlerFunc
}

func newReceiver(t *testing.T, answer http.HandlerFunc) *receiver {
	t.Helper()
	r := &receiver{answer: answer}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, _ := io.ReadAll(request.Body) // what is missing is missed
	r.mu.Lock()
	r.ids = append(r.ids, request.Header.Get("webhook-id"))
	r.heads = append(r.heads, request.Header)
	r.bodies = append(r.bodies, string(body))
	r.mu.Unlock()
	if r.answer != nil {
		r.answer(w, request)
	}
}

const testSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// open opens a webhook that may send to this machine.
func open(t *testing.T, s Settings, o Options) *Webhook {
	t.Helper()
	if s.Secret == "" {
		s.Secret = testSecret
	}
	if s.Allowed == nil {
		s.Allowed = prefixes("127.0.0.0/8")
	}
	s.Env = "env"
	w, err := Open(s, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

func events(n int) []publish.Event {
	list := make([]publish.Event, n)
	for i := range list {
		list[i] = publish.Event{Seq: int64(i + 1), Time: time.Unix(int64(i), 0).UTC(), Env: "env", Realm: publish.Ticket, Verb: publish.Changed, ID: fmt.Sprint(i + 1), Data: json.RawMessage(`{}`)}
	}
	return list
}

func TestDelivers(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	w := open(t, Settings{URL: r.URL + "/a?b=c", Version: "me/1"}, Options{})
	list := events(3)
	if err := w.Deliver(t.Context(), list); err != nil {
		t.Fatal(err)
	}
	ids := publish.NewIDs("env")
	for i, e := range list {
		var got publish.Event
		if err := json.Unmarshal([]byte(r.bodies[i]), &got); err != nil || got.Seq != e.Seq || r.ids[i] != ids.Of(e.Seq) {
			t.Errorf("request %d is %s, %s", i, r.ids[i], r.bodies[i])
		}
		if h := r.heads[i]; h.Get("Content-Type") != "application/json" || h.Get("User-Agent") != "me/1" || h.Get("Accept-Encoding") != "" || h["X-Idempotency-Key"] != nil {
			t.Errorf("request %d has %v", i, h)
		}
	}
	if got := w.String(); strings.Contains(got, "b=c") || !strings.Contains(got, "http://127.0.0.1") {
		t.Errorf("it is called %s", got)
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status  int
		after   string
		arrived bool
		want    publish.Failure
	}{
		{status: 200, arrived: true},
		{status: 299, arrived: true},
		{status: 404},
		{status: 500},
		{status: 500, after: "7", want: publish.Failure{After: 7 * time.Second}},
		{status: 500, after: "-7"},
		{status: 500, after: "99999999", want: publish.Failure{After: longestAfter}},
		{status: 503, want: publish.Failure{After: throttle}},
		{status: 429, want: publish.Failure{After: throttle}},
		{status: 429, after: "120", want: publish.Failure{After: 2 * time.Minute}},
		{status: 400, want: publish.Failure{Refused: true}},
		{status: 413, want: publish.Failure{Refused: true}},
		{status: 422, want: publish.Failure{Refused: true}},
		{status: 410, want: publish.Failure{Pause: true}},
		{status: 302},
		{status: 307},
	} {
		r := newReceiver(t, nil)
		r.answer = func(w http.ResponseWriter, request *http.Request) {
			if len(r.ids) == 1 {
				return
			}
			if c.after != "" {
				w.Header().Set("Retry-After", c.after)
			}
			w.Header().Set("Location", r.URL+"/elsewhere")
			w.WriteHeader(c.status)
			io.WriteString(w, "inner secrets")
		}
		w := open(t, Settings{URL: r.URL}, Options{})
		err := w.Deliver(t.Context(), events(2))
		if len(r.ids) != 2 {
			t.Errorf("%d: %d requests, want 2", c.status, len(r.ids))
		}
		if c.arrived {
			if err != nil {
				t.Errorf("%d: %v", c.status, err)
			}
			continue
		}
		var f *publish.Failure
		if !errors.As(err, &f) || f.Delivered != 1 || f.Refused != c.want.Refused || f.Pause != c.want.Pause || f.After != c.want.After {
			t.Errorf("%d, Retry-After %q: %+v, want %+v", c.status, c.after, f, c.want)
		} else if !strings.Contains(f.Error(), fmt.Sprint(c.status)) || strings.Contains(f.Error(), "inner") {
			t.Errorf("%d is told as %q", c.status, f)
		}
	}
}

func TestRetryAfterADate(t *testing.T) {
	t.Parallel()
	now := time.Unix(1e9, 0)
	r := &http.Response{StatusCode: 503, Header: http.Header{"Retry-After": {now.Add(time.Hour).UTC().Format(http.TimeFormat)}}}
	if got := newAnswer(r, now).after; got != time.Hour {
		t.Errorf("after %v, want 1h", got)
	}
	r.Header.Set("Retry-After", now.Add(-time.Hour).UTC().Format(http.TimeFormat))
	if got := newAnswer(r, now).after; got != 0 {
		t.Errorf("after %v, want 0", got)
	}
}

func TestFilterAndView(t *testing.T) {
	t.Parallel()
	list := []publish.Event{
		{Realm: "ticket", Verb: "created"}, {Realm: "ticket", Verb: "changed"}, {Realm: "wiki", Verb: "created"},
		{Realm: "wiki", Verb: "version_deleted"}, {Realm: "component", Verb: "changed", Private: true},
	}
	for i := range list {
		list[i].Seq, list[i].Data = int64(i+1), json.RawMessage(`{}`)
	}
	for _, c := range []struct {
		filter []string
		view   publish.View
		want   string
	}{
		{nil, nil, "1234"},
		{[]string{"ticket"}, nil, "12"},
		{[]string{"ticket.*", "*.version_deleted"}, nil, "124"},
		{[]string{"*.created"}, nil, "13"},
		{nil, func(context.Context, publish.Event) (bool, error) { return true, nil }, "12345"},
		{[]string{"*"}, func(_ context.Context, e publish.Event) (bool, error) { return e.Realm == "wiki", nil }, "34"},
	} {
		r := newReceiver(t, nil)
		o := Options{}
		if c.view != nil {
			o.View = func(context.Context) (publish.View, error) { return c.view, nil }
		}
		if err := open(t, Settings{URL: r.URL, Events: c.filter}, o).Deliver(t.Context(), list); err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, b := range r.bodies {
			var e publish.Event
			if err := json.Unmarshal([]byte(b), &e); err != nil {
				t.Fatal(err)
			}
			got += fmt.Sprint(e.Seq)
		}
		if got != c.want {
			t.Errorf("%v sends %s, want %s", c.filter, got, c.want)
		}
	}
	for _, bad := range []string{"", ".", "ticket.", ".created", "Ticket.created", "ticket.created.x", "*x"} {
		if _, err := ParseFilter([]string{bad}); err == nil {
			t.Errorf("%q is a filter", bad)
		}
	}
}

func TestRotation(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, nil)
	now := time.Unix(1e9, 0)
	w := open(t, Settings{URL: r.URL, Secret: NewSecret(true), Former: testSecret, Until: now.Add(time.Hour)}, Options{now: func() time.Time { return now }})
	for _, c := range []struct {
		now  time.Time
		want []string
	}{{now, []string{"v1a,", "v1,"}}, {now.Add(time.Hour), []string{"v1a,"}}} {
		now = c.now
		if err := w.Deliver(t.Context(), events(1)); err != nil {
			t.Fatal(err)
		}
		signatures := strings.Fields(r.heads[len(r.heads)-1].Get("webhook-signature"))
		if !slices.EqualFunc(signatures, c.want, strings.HasPrefix) {
			t.Errorf("signed %v, want %v", signatures, c.want)
		}
	}
}

// A webhook where nothing arrives for five days is paused; each change of how it
// goes is kept.
func TestGivesUp(t *testing.T) {
	t.Parallel()
	status := http.StatusInternalServerError
	r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
	now := time.Unix(1e9, 0).UTC()
	begin := now
	var noted []time.Time
	w := open(t, Settings{URL: r.URL}, Options{
		now:  func() time.Time { return now },
		Note: func(_ context.Context, since time.Time) error { noted = append(noted, since); return nil },
	})
	try := func(after time.Duration) *publish.Failure {
		t.Helper()
		now = begin.Add(after)
		var f *publish.Failure
		if err := w.Deliver(t.Context(), events(1)); err != nil && !errors.As(err, &f) {
			t.Fatal(err)
		}
		return f
	}
	day := 24 * time.Hour
	for _, after := range []time.Duration{0, time.Hour, 5*day - 1} {
		if f := try(after); f.Pause {
			t.Errorf("paused after %v", after)
		}
	}
	if f := try(5 * day); !f.Pause || !strings.Contains(f.Error(), "2001-09-09") {
		t.Errorf("after five days: %+v", f)
	}
	if f := try(6 * day); f.Pause {
		t.Error("after it was resumed, paused at once")
	}
	status = http.StatusOK
	if f := try(7 * day); f != nil {
		t.Errorf("%+v", f)
	}
	want := []time.Time{begin, {}, begin.Add(6 * day), {}}
	if !slices.EqualFunc(noted, want, time.Time.Equal) {
		t.Errorf("noted %v, want %v", noted, want)
	}
}

// TestPolicy goes by the table for an endpoint that never answers well.
func TestPolicy(t *testing.T) {
	t.Parallel()
	p := Policy()
	var whole time.Duration
	for _, w := range p.Waits {
		whole += w
	}
	if p.Tries != len(p.Waits)+1 || whole != 75*time.Hour+35*time.Minute+5*time.Second {
		t.Errorf("%d tries, %d waits of %v in all, want 10 in 75h35m5s", p.Tries, len(p.Waits), whole)
	}
}

func TestErrorsDoNotShowTheURL(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close() // nobody is there
	for _, s := range []Settings{
		{URL: "http://" + address + "/token"}, {URL: "http://me:token@" + address}, {URL: "http://localhost:1/token", Allowed: prefixes("192.0.2.0/24")},
		{URL: "http://nowhere.invalid/token"}, {URL: "https://" + address + "/?token"},
	} {
		w := open(t, s, Options{})
		err := w.Deliver(t.Context(), events(1))
		if err == nil || strings.Contains(err.Error(), "token") || strings.Contains(w.String(), "token") {
			t.Errorf("%s: %v", w, err)
		}
	}
	for _, bad := range []string{"", "token", "ftp://h/token", "https:///token", "http://%zz/token", "https://h/#token"} {
		if _, err := ParseURL(bad); err == nil || strings.Contains(err.Error(), "token") {
			t.Errorf("ParseURL(%q) = %v", bad, err)
		}
	}
	for text, want := range map[string]bool{"http://127.0.0.1/": false, "http://[::1]:80/": false, "http://localhost/": true, "https://1.1.1.1/": true} {
		u, err := ParseURL(text)
		if err != nil || Permits(u, nil) != want {
			t.Errorf("Permits(%s) = %v, %v, want %v", text, !want, err, want)
		}
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	r := &receiver{}
	r.Server = httptest.NewTLSServer(r)
	t.Cleanup(r.Close)
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: r.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := open(t, Settings{URL: r.URL, CA: file}, Options{}).Deliver(t.Context(), events(1)); err != nil {
		t.Error(err)
	}
	if err := open(t, Settings{URL: r.URL}, Options{}).Deliver(t.Context(), events(1)); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a certificate that nobody trusts: %v", err)
	}
	if len(r.ids) != 1 {
		t.Errorf("%d requests, want 1", len(r.ids))
	}
}

// TestProxiesAreNotAsked sends although the surroundings name a proxy.
func TestProxiesAreNotAsked(t *testing.T) {
	r := newReceiver(t, nil)
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	if p := open(t, Settings{URL: r.URL}, Options{}).client.Transport.(*http.Transport).Proxy; p != nil {
		t.Error("there is a proxy")
	}
}

// TestSlowReceivers has servers that answer too late, or go on for ever, in time
// that only seems to pass.
func TestSlowReceivers(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(net.Conn){
		"says nothing":    func(net.Conn) {},
		"begins a line":   func(c net.Conn) { io.WriteString(c, "HTTP/1.1 20") },
		"endless headers": func(c net.Conn) { io.WriteString(c, "HTTP/1.1 200 OK\r\n"); forever(c, "X: y\r\n") },
	} {
		synctest.Test(t, func(t *testing.T) {
			w := open(t, Settings{URL: "http://127.0.0.1/"}, Options{})
			began := time.Now()
			w.client.Transport.(*http.Transport).DialContext = func(context.Context, string, string) (net.Conn, error) {
				ours, theirs := net.Pipe()
				go io.Copy(io.Discard, theirs) // ends when the other end is closed
				go answer(theirs)              // too
				return ours, nil
			}
			err := w.Deliver(t.Context(), events(1))
			if err == nil || time.Since(began) > timeout {
				t.Errorf("%s: %v after %v", name, err, time.Since(began))
			}
			w.Close()
		})
	}
	// A success is one as soon as it is told, however long the rest takes.
	r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, strings.Repeat("x", 1<<20)) })
	if err := open(t, Settings{URL: r.URL}, Options{}).Deliver(t.Context(), events(2)); err != nil {
		t.Error(err)
	}
}

func forever(c net.Conn, text string) {
	for {
		if _, err := io.WriteString(c, text); err != nil {
			return
		}
	}
}

func TestSendsATest(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, nil)
	status, err := open(t, Settings{URL: r.URL}, Options{}).Test(t.Context(), "test-1")
	if err != nil || status != "200 OK" || r.ids[0] != "test-1" || !strings.Contains(r.bodies[0], `"type":"webhook.test"`) {
		t.Errorf("%s, %v: %v", status, err, r.bodies)
	}
	if _, err := url.Parse(r.URL); err != nil {
		t.Error(err)
	}
}
