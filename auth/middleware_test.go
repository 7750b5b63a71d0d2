package auth

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"unicode"
	"unicode/utf8"
)

func basic(text string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(text))
}

// gate is a server whose handler answers with the name of who asks.
func gate(t testing.TB, log io.Writer) (*Gate, *httptest.Server) {
	t.Helper()
	logger := slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	users, err := OpenHtpasswd(writeUsers(t, htpasswdFile), logger)
	if err != nil {
		t.Fatal(err)
	}
	g := &Gate{
		Authority: NewAuthority(&memory{rows: rows}, DefaultActions(), nil),
		Schemes:   []Scheme{NewBasic("trac", users, NewGuesses())},
		WriteFault: func(w http.ResponseWriter, r *http.Request, status int, err error) bool {
			if r.Header.Get("Content-Type") != "text/xml" {
				return false
			}
			w.Header().Set("Content-Type", "text/xml")
			w.WriteHeader(status)
			fmt.Fprintf(w, "<fault>%v</fault>", err)
			return true
		},
		Log: logger,
	}
	server := httptest.NewServer(g.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, FromContext(r.Context()).Name())
	})))
	t.Cleanup(server.Close)
	return g, server
}

func ask(t testing.TB, url string, headers ...string) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader("<methodCall/>"))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Add(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

func TestGate(t *testing.T) {
	var log syncBuffer
	_, server := gate(t, &log)
	const refused = ""
	for _, c := range []struct {
		name, path, authorization string
		want                      string
	}{
		{"anonymous", "/rpc", "", "anonymous"},
		{"anonymous elsewhere", "/loginx", "", "anonymous"},
		{"no credentials", "/login/rpc", "", refused},
		{"login itself", "/login", "", refused},
		{"escaped path", "/%6cogin/rpc", "", refused},
		{"user", "/login/rpc", basic("user:user"), "user"},
		{"user on rpc", "/rpc", basic("user:user"), "user"},
		{"latin-1 name", "/rpc", basic("j\xf6rg:user"), "jörg"},
		{"utf-8 name", "/rpc", basic("jörg:user"), "jörg"},
		{"lower-case scheme", "/login/rpc", "basic dXNlcjp1c2Vy", "user"},
		{"two spaces", "/login/rpc", "Basic  dXNlcjp1c2Vy", "user"},
		{"wrong password", "/login/rpc", basic("user:hunter2"), refused},
		{"wrong password on rpc", "/rpc", basic("user:hunter2"), refused},
		{"other case", "/rpc", basic("User:user"), refused},
		{"space after", "/rpc", basic("user:user "), refused},
		{"hash as password", "/rpc", basic("user:abaDO60yMJS9Y"), refused},
		{"password of a plain line", "/rpc", basic("plain:secret"), refused},
		{"no colon", "/rpc", basic("user"), refused},
		{"no name", "/rpc", basic(":user"), refused},
		{"no password", "/rpc", basic("user:"), refused},
		{"anonymous by name", "/rpc", basic("anonymous:user"), refused},
		{"control character", "/rpc", basic("us\x00er:user"), refused},
		{"line end", "/rpc", basic("user:user\n"), refused},
		{"huge", "/rpc", basic("user:" + strings.Repeat("x", 30_000)), refused},
		{"not base64", "/rpc", "Basic !!!!", refused},
		{"no padding", "/rpc", "Basic dXNlcjp1c2VyMQ", refused},
		{"scheme only", "/rpc", "Basic", refused},
		{"bearer", "/rpc", "Bearer abcdef", refused},
		{"digest", "/rpc", `Digest username="user"`, refused},
		{"token as a name", "/rpc", basic("tracrpc_hunter2:x"), refused},
		{"token in the path", "/login/tracrpc_hunter2", basic("user:x"), refused},
		{"token in the query", "/login/rpc?access_token=tracrpc_hunter2", "", refused},
		{"long name", "/rpc", basic(strings.Repeat("ä", 300) + "hunter2:x"), refused},
		{"long path", "/login/" + strings.Repeat("p", 300) + "hunter2", basic("user:x"), refused},
	} {
		t.Run(c.name, func(t *testing.T) {
			headers := []string{"Content-Type", "text/xml"}
			if c.authorization != "" {
				headers = append(headers, "Authorization", c.authorization)
			}
			response, body := ask(t, server.URL+c.path, headers...)
			if c.want != refused {
				if response.StatusCode != http.StatusOK || body != c.want {
					t.Errorf("%d %q, want 200 %q", response.StatusCode, body, c.want)
				}
				return
			}
			challenge := strings.Join(response.Header.Values("WWW-Authenticate"), ", ")
			if response.StatusCode != http.StatusUnauthorized || challenge != `Basic realm="trac"` {
				t.Errorf("%d, challenge %q, want 401 and a Basic one", response.StatusCode, challenge)
			}
			if !strings.HasPrefix(body, "<fault>Authorization Required") {
				t.Errorf("body %q", body)
			}
		})
	}
	for _, secret := range []string{"hunter2", "secret", "xxx", "abcdef", "dXNlcj"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log has %q:\n%s", secret, log.String())
		}
	}
	for _, want := range []string{"user=tracrpc_… ", "path=/login/tracrpc_… ", "user=" + strings.Repeat("ä", 100) + "… "} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log has no %q:\n%s", want, log.String())
		}
	}
	if !strings.Contains(log.String(), `level=WARN msg="login refused" address=127.0.0.1 path=/rpc user=user err="wrong user name or password"`) {
		t.Errorf("no audit line:\n%s", log.String())
	}
}

// syncBuffer is a buffer that a server may log to.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func TestGateOddRequests(t *testing.T) {
	g, server := gate(t, io.Discard)
	response, body := ask(t, server.URL+"/login/rpc")
	if response.StatusCode != http.StatusUnauthorized || !strings.HasPrefix(body, "Authorization Required") ||
		!strings.HasPrefix(response.Header.Get("Content-Type"), "text/plain") {
		t.Errorf("without a protocol: %d %q", response.StatusCode, body)
	}
	response, _ = ask(t, server.URL+"/rpc", "Authorization", basic("user:user"), "Authorization", basic("mail:user"))
	if response.StatusCode != http.StatusUnauthorized {
		t.Errorf("two headers: %d, want 401", response.StatusCode)
	}
	response, body = ask(t, server.URL+"/rpc", "Authorization", "")
	if response.StatusCode != http.StatusOK || body != "anonymous" {
		t.Errorf("empty header: %d %q, want anonymous", response.StatusCode, body)
	}
	g.IgnoreCase = true
	users := "Ann:{SHA}Et6pb+wgWTVmq3VpLJlJWWgzrck=\n"
	g.Schemes = []Scheme{NewBasic(`a "quoted" realm`, openUsers(t, writeUsers(t, users), new(bytes.Buffer)), NewGuesses())}
	if _, body = ask(t, server.URL+"/rpc", "Authorization", basic("Ann:user")); body != "ann" {
		t.Errorf("ignore_auth_case: %q, want ann", body)
	}
	users = "Anonymous:{SHA}Et6pb+wgWTVmq3VpLJlJWWgzrck=\nAUTHENTICATED:{SHA}Et6pb+wgWTVmq3VpLJlJWWgzrck=\n"
	everybody := NewBasic("trac", openUsers(t, writeUsers(t, users), new(bytes.Buffer)), NewGuesses())
	g.Schemes = append(g.Schemes[:0:0], everybody)
	for _, name := range []string{"Anonymous", "AUTHENTICATED"} {
		if response, _ := ask(t, server.URL+"/login/rpc", "Authorization", basic(name+":user")); response.StatusCode != http.StatusUnauthorized {
			t.Errorf("ignore_auth_case, %s: %d, want 401", name, response.StatusCode)
		}
	}
	everybody.realm = `a "quoted" realm`
	response, _ = ask(t, server.URL+"/login/rpc")
	if got, want := response.Header.Get("WWW-Authenticate"), `Basic realm="a \"quoted\" realm"`; got != want {
		t.Errorf("challenge %s, want %s", got, want)
	}
	g.Authority = NewAuthority(&memory{err: errors.New("secret path")}, DefaultActions(), nil)
	response, body = ask(t, server.URL+"/rpc")
	if response.StatusCode != http.StatusInternalServerError || strings.Contains(body, "secret") {
		t.Errorf("broken store: %d %q, want 500 and nothing told", response.StatusCode, body)
	}
}

func TestGateRefusesTooManyAttempts(t *testing.T) {
	g, _ := gate(t, io.Discard)
	b := g.Schemes[0].(*Basic)
	pair, _, err := b.guesses.enter("user", "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	pair.waiting = waitersEach + 1
	request := httptest.NewRequest(http.MethodPost, "/rpc", nil)
	request.RemoteAddr = "192.0.2.1:5000"
	request.Header.Set("Authorization", basic("user:user"))
	answer := httptest.NewRecorder()
	g.Handler(http.NotFoundHandler()).ServeHTTP(answer, request)
	if answer.Code != http.StatusTooManyRequests || answer.Header().Get("Retry-After") != "2" {
		t.Errorf("%d, Retry-After %q, want 429 and 2", answer.Code, answer.Header().Get("Retry-After"))
	}
}

// TestConnectionAfterRefusal sends a body that nobody wants, and then another
// request on the same connection.
func TestConnectionAfterRefusal(t *testing.T) {
	_, server := gate(t, io.Discard)
	for _, c := range []struct {
		name  string
		send  string
		reuse bool
	}{
		{"body", "Content-Length: 300000\r\n\r\n" + strings.Repeat("x", 300_000), true},
		{"chunked", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", true},
		{"no body", "\r\n", true},
		{"waits for 100 Continue", "Expect: 100-continue\r\nContent-Length: 10\r\n\r\n", false},
		{"too large", "Content-Length: 100000000\r\n\r\n" + strings.Repeat("x", 1000), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn, err := net.Dial("tcp", server.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			in := bufio.NewReader(conn)
			io.WriteString(conn, "POST /login/rpc HTTP/1.1\r\nHost: x\r\n"+c.send)
			response, err := http.ReadResponse(in, nil)
			if err != nil || response.StatusCode != http.StatusUnauthorized || response.Close == c.reuse {
				t.Fatalf("%v, %v, want 401 and reuse = %v", response, err, c.reuse)
			}
			io.Copy(io.Discard, response.Body)
			if !c.reuse {
				return
			}
			io.WriteString(conn, "GET /rpc HTTP/1.1\r\nHost: x\r\n\r\n")
			response, err = http.ReadResponse(in, nil)
			if err != nil || response.StatusCode != http.StatusOK {
				t.Errorf("second request: %v, %v", response, err)
			}
		})
	}
}

func TestGateConcurrently(t *testing.T) {
	_, server := gate(t, io.Discard)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range 10 {
				if _, body := ask(t, server.URL+"/login/rpc", "Authorization", basic("admin:user")); body != "admin" {
					t.Errorf("%q, want admin", body)
				}
				if r, _ := ask(t, server.URL+"/rpc", "Authorization", basic(fmt.Sprintf("ghost%d:user", i))); r.StatusCode != 401 {
					t.Errorf("ghost: %d, want 401", r.StatusCode)
				}
			}
		})
	}
	all.Wait()
}

// FuzzAuthorization checks that only the right name and password get in, and
// that what is taken apart is clean.
func FuzzAuthorization(f *testing.F) {
	for _, seed := range []string{basic("user:user"), "basic  dXNlcjp1c2Vy", "Basic", "Bearer x", basic("a:b:c"), basic("\xff:\xfe"), "Basic !!"} {
		f.Add(seed)
	}
	users, err := OpenHtpasswd(writeUsers(f, "user:{SHA}Et6pb+wgWTVmq3VpLJlJWWgzrck=\n"), slog.New(slog.DiscardHandler))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, header string) {
		g := &Gate{Schemes: []Scheme{NewBasic("trac", users, NewGuesses())}, Log: slog.New(slog.DiscardHandler)}
		request := httptest.NewRequest(http.MethodPost, "/rpc", nil).WithContext(context.Background())
		request.Header["Authorization"] = []string{header}
		login, err := g.authenticate(request)
		name := login.Name
		word, rest, _ := strings.Cut(header, " ")
		text, bad := base64.StdEncoding.DecodeString(strings.Trim(rest, " "))
		right := strings.EqualFold(word, "Basic") && bad == nil && string(text) == "user:user"
		if right != (err == nil && name == "user") || !right && name != "" {
			t.Errorf("%q: %q, %v", header, name, err)
		}
		if name, password, ok := parseBasic(rest); ok {
			both := name + password
			if name == "" || strings.Contains(name, ":") || !utf8.ValidString(both) || strings.ContainsFunc(both, unicode.IsControl) {
				t.Errorf("%q: %q and %q", header, name, password)
			}
		}
	})
}

func BenchmarkGate(b *testing.B) {
	g, _ := gate(b, io.Discard)
	handler := g.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	request := httptest.NewRequest(http.MethodPost, "/login/rpc", nil)
	request.Header.Set("Authorization", basic("user:user"))
	for b.Loop() {
		handler.ServeHTTP(httptest.NewRecorder(), request)
	}
}
