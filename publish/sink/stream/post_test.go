package stream

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tracrpc/publish"
)

func TestPost(t *testing.T) {
	t.Parallel()
	long := `{"x":"` + strings.Repeat("x", 100<<10) + `"}`
	for name, c := range map[string]struct {
		body                string
		gitpubsub, pypubsub int // status
		git, py             string
	}{
		"line":             {"{\"commit\": {\"a\": \"\\/\"}}\r\n", 200, 202, `{"commit": {"a": "\/"}}`, `{"commit": {"a": "\/"}, "pubsub_`},
		"no end of line":   {`{"commit":{}}`, 200, 202, `{"commit":{}}`, `{"commit":{}, "pubsub_`},
		"two ends":         {"{\"a\": 1}\n\n", 200, 202, `{"a": 1}`, `{"a": 1, "pubsub_`},
		"empty object":     {"{ }", 200, 202, `{ }`, `{"pubsub_`},
		"pretty":           {"{\n  \"a\":\r\n 1\n}\n", 200, 202, `{"a":1}`, `{"a":1, "pubsub_`},
		"line and more":    {"{\"a\":1}\nnonsense", 200, 202, `{"a":1}`, `{"a":1, "pubsub_`},
		"number":           {"42", 200, 400, "42", ""},
		"list":             {"[{}]", 200, 400, "[{}]", ""},
		"carriage return":  {"{\"a\":\r1}", 200, 202, `{"a":1}`, `{"a":1, "pubsub_`},
		"Latin-1":          {"{\"a\":\"\xe4\"}", 200, 202, "{\"a\":\"\ufffd\"}", "{\"a\":\"\ufffd\", \"pubsub_"},
		"no JSON":          {"nonsense", 400, 400, "", ""},
		"cut off":          {`{"a":`, 400, 400, "", ""},
		"nothing":          {"\n", 400, 400, "", ""},
		"too long":         {long, 413, 400, "", ""},
		"NUL":              {"{\"a\":\"\x00\"}", 400, 400, "", ""},
		"newline in a key": {"{\"a\nb\":1}", 400, 400, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, d := range []struct {
				settings Settings
				status   int
				want     string
			}{{Settings{}, c.gitpubsub, c.git}, {Settings{PyPubSub: true}, c.pypubsub, c.py}} {
				x := serve(t, d.settings, nil)
				s := x.subscribe(t, "/json")
				response, text := x.request(t, "PUT", "/json?x", c.body, nil)
				if response.StatusCode != d.status || response.Header.Get("X-Timestamp") == "" {
					t.Errorf("%+v: %s %q, want %d", d.settings, response.Status, text, d.status)
				}
				if response.StatusCode >= 300 {
					continue
				}
				if got := strings.TrimRight(s.line(), "\r\n"); !strings.HasPrefix(got, d.want) || !d.settings.PyPubSub && got != d.want {
					t.Errorf("%+v: subscribers get %q, want %q", d.settings, got, d.want)
				}
			}
		})
	}
}

// GitPubSub's hook does not say how long its line is, and does not wait.
func TestPostWithoutLength(t *testing.T) {
	t.Parallel()
	x := serve(t, Settings{}, nil)
	s := x.subscribe(t, "/json")
	for _, c := range []struct{ request, answer, want string }{
		{"POST /json HTTP/1.1\r\nHost: localhost\r\n\r\n{\"n\":1}\r\n", "HTTP/1.1 200 OK\r\n", `{"n":1}`},
		{"POST /json HTTP/1.0\r\n\r\n{\"n\":2}\nmore\n", "HTTP/1.1 200 OK\r\n", `{"n":2}`},
		{"PUT /json HTTP/1.1\r\nHost: localhost\r\n\r\nnonsense\r\n", "HTTP/1.1 400 Bad Request\r\n", ""},
		{"POST /json HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 400 Bad Request\r\n", ""},
		{"POST /json HTTP/1.1\r\nHost: localhost\r\n\r\n\"" + strings.Repeat("x", 110<<10) + "\"\r\n", "HTTP/1.1 413 Request Entity Too Large\r\n", ""},
		{"POST /json HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n{\"n\":3}\r\n0\r\n\r\n", "HTTP/1.1 200 OK\r\n", `{"n":3}`},
	} {
		conn := x.connect(t)
		if _, err := io.WriteString(conn, c.request); err != nil {
			t.Fatal(err)
		}
		answer := make([]byte, len(c.answer))
		if _, err := io.ReadFull(conn, answer); err != nil || string(answer) != c.answer {
			t.Errorf("%.80q: %q, %v, want %q", c.request, answer, err, c.answer)
		}
		if c.want != "" {
			if got := s.line(); got != c.want+"\r\n" {
				t.Errorf("%.80q: subscribers get %q", c.request, got)
			}
		}
	}
	// In two pieces, without an end, and gone.
	conn := x.connect(t)
	for _, part := range []string{"POST /json HTTP/1.1\r\nHost: localhost\r\n\r\n", "{\"n\"", ":4}"} {
		if _, err := io.WriteString(conn, part); err != nil {
			t.Fatal(err)
		}
	}
	conn.Close()
	if got := s.line(); got != "{\"n\":4}\r\n" {
		t.Errorf("subscribers get %q", got)
	}
	if posted := x.Stats().Posted; posted != 4 {
		t.Errorf("%d posts are counted, want 4", posted)
	}
}

// What was sent counts, also when the publisher is gone before anybody looks.
func TestPostAndGo(t *testing.T) {
	t.Parallel()
	x := serve(t, Settings{}, func(o *Options) { o.Log = whileThere{o.Log} })
	s := x.subscribe(t, "/json")
	done := make(chan struct{})
	late := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		x.ServeHTTP(w, r)
		close(done)
	}))
	defer late.Close()
	conn, err := net.Dial("tcp", late.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, "POST /json HTTP/1.1\r\nHost: localhost\r\n\r\n{\"n\":1}\r\n"); err != nil {
		t.Fatal(err)
	}
	conn.Close()
	<-done
	if x.Stats().Posted != 1 {
		t.Fatal("the line is lost")
	}
	if got := s.line(); got != "{\"n\":1}\r\n" {
		t.Errorf("subscribers get %q", got)
	}
}

// whileThere is a log that writes nothing for who is gone, as a database does not.
type whileThere struct{ Log }

func (l whileThere) AddEvent(ctx context.Context, e publish.Event) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return l.Log.AddEvent(ctx, e)
}

func (x *site) connect(t testing.TB) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", x.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// A publisher who first sends all and then reads is told what was wrong.
func TestPostThatIsTooLongIsAnswered(t *testing.T) {
	t.Parallel()
	x := serve(t, Settings{}, nil)
	conn := x.connect(t)
	const size = 2 << 20
	fmt.Fprintf(conn, "POST /json HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\nConnection: close\r\n\r\n", size)
	if _, err := conn.Write(bytes.Repeat([]byte("x"), size)); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil || !bytes.HasPrefix(answer, []byte("HTTP/1.1 413 ")) {
		t.Errorf("%.60q, %v; want 413", answer, err)
	}
}

func TestOnlyTrustedMayPost(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		trusted, header string
		want            int
	}{
		"trusted":             {"10.0.0.0/8 127.0.0.1", "X-Y: z", 200},
		"GitPubSub's pattern": {"192.168.0.*, 127.0.*", "X-Y: z", 200},
		"others":              {"10.0.0.0/8,::1", "X-Y: z", 403},
		"a page in a browser": {"127.0.0.1", "Origin: http://evil.example", 403},
		"through a proxy":     {"127.0.0.1", "X-Forwarded-For: 127.0.0.1", 403},
	} {
		trusted, err := ParsePeers(c.trusted)
		if err != nil {
			t.Fatal(err)
		}
		x := serve(t, Settings{Trusted: trusted}, nil)
		key, value, _ := strings.Cut(c.header, ": ")
		response, _ := x.request(t, "POST", "/json", "{}", func(r *http.Request) { r.Header.Set(key, value) })
		if response.StatusCode != c.want {
			t.Errorf("%s: %s, want %d", name, response.Status, c.want)
		}
	}
}

func TestParsePeers(t *testing.T) {
	t.Parallel()
	for list, want := range map[string]string{
		"":                           "[]",
		"127.0.0.* 192.168.0.*":      "[127.0.0.0/24 192.168.0.0/24]",
		"127.0.0.1,\n10.1.2.3/8 ::1": "[127.0.0.1/32 10.0.0.0/8 ::1/128]",
		"10.*.*.*":                   "[10.0.0.0/8]",
		"10.1.*":                     "[10.1.0.0/16]",
		"10.*.0.*":                   "",
		"*":                          "",
		".*":                         "",
		"1.2.3.4.*":                  "",
		"example.org":                "",
		"300.1.1.*":                  "",
	} {
		peers, err := ParsePeers(list)
		if got := strings.Join(texts(peers), " "); (err != nil) != (want == "") || err == nil && "["+got+"]" != want {
			t.Errorf("ParsePeers(%q) = %s, %v, want %s", list, got, err, want)
		}
	}
}

func texts[T interface{ String() string }](list []T) []string {
	var all []string
	for _, item := range list {
		all = append(all, item.String())
	}
	return all
}

func TestPostsAreKeptWithTheirSender(t *testing.T) {
	t.Parallel()
	x := serve(t, Settings{}, nil)
	x.request(t, "POST", "/a/b%20c", "{}", func(r *http.Request) { r.SetBasicAuth("ann", "ann") })
	x.shelf.mu.Lock()
	defer x.shelf.mu.Unlock()
	if len(x.shelf.events) != 1 {
		t.Fatalf("%d events", len(x.shelf.events))
	}
	e := x.shelf.events[0]
	if e.Realm != publish.Post || e.Verb != publish.Created || e.ID != "/a/b%20c" || e.Author != "ann" || time.Since(e.Time) > time.Hour {
		t.Errorf("event %+v", e)
	}
}

func TestHead(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		settings Settings
		status   int
	}{{Settings{}, 200}, {Settings{PyPubSub: true}, 204}} {
		x := serve(t, c.settings, nil)
		x.subscribe(t, "/")
		x.request(t, "POST", "/", "{}", nil)
		response, _ := x.request(t, "HEAD", "/private", "", nil)
		if response.StatusCode != c.status {
			t.Errorf("HEAD: %s, want %d", response.Status, c.status)
		}
		for name, want := range map[string]string{
			"X-Subscribers": "1", "X-Connections": "1", "X-Total-Connections": "1", "X-Requests": "3", "X-Received": "2",
		} {
			if got := response.Header.Get(name); got != want {
				t.Errorf("%s: %q, want %s", name, got, want)
			}
		}
		if response.Header.Get("X-Uptime") == "" || response.Header.Get("X-Sent") == "0" {
			t.Errorf("header %v", response.Header)
		}
	}
}

func TestOtherMethods(t *testing.T) {
	t.Parallel()
	x := serve(t, Settings{}, nil)
	if response, _ := x.request(t, "DELETE", "/", "", nil); response.StatusCode != http.StatusBadRequest {
		t.Errorf("DELETE: %s", response.Status)
	}
	// A path that nobody could have asked for is no path to post to.
	if response, _ := x.request(t, "POST", "/"+strings.Repeat("x", maxPath), "{}", nil); response.StatusCode != http.StatusBadRequest {
		t.Errorf("POST to a long path: %s", response.Status)
	}
}
