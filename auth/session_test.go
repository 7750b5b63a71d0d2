package auth

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tracrpc/fault"
)

// cookieMemory keeps the rows of auth_cookie.
type cookieMemory struct {
	mu   sync.Mutex
	rows []cookieRow
	err  error
}

type cookieRow struct {
	cookie, user, address string
	time                  int64
}

func (m *cookieMemory) CookieUser(_ context.Context, cookie, address string, since int64) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, row := range m.rows {
		if row.cookie == cookie && (address == "" || row.address == address) && row.time >= since {
			return row.user, nil
		}
	}
	if m.err != nil {
		return "", m.err
	}
	return "", fault.New(fault.NotFound, "There is no such cookie.")
}

func (m *cookieMemory) AddCookie(_ context.Context, cookie, user, address string, now, before int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rows = append(slices.DeleteFunc(m.rows, func(r cookieRow) bool { return r.time < before }), cookieRow{cookie, user, address, now})
	return m.err
}

func (m *cookieMemory) RemoveCookie(_ context.Context, cookie string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rows = slices.DeleteFunc(m.rows, func(r cookieRow) bool { return r.cookie == cookie })
	return m.err
}

// sessionGate is a handler that answers with the name of who asks, behind a Gate
// and Sessions.
func sessionGate(t *testing.T) (*Sessions, *cookieMemory, http.Handler) {
	t.Helper()
	g, _ := gate(t, io.Discard)
	store := &cookieMemory{}
	s := &Sessions{Store: store, Log: g.Log, Path: "/env", Home: "/rpc",
		BaseURL: func(r *http.Request) string { return "http://" + r.Host + "/env" }}
	g.Ambient = []Ambient{s}
	tokens := &tokenMemory{tokens: map[string]Token{hashToken("tracrpc_x"): {User: "ann"}}}
	g.Schemes = append(g.Schemes, NewBearer(NewTokens(tokens, g.Log), NewGuesses()))
	return s, store, g.Handler(s.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, FromContext(r.Context()).Name())
	})))
}

func send(handler http.Handler, method, path string, headers ...string) *http.Response {
	request := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(headers); i += 2 {
		request.Header.Add(headers[i], headers[i+1])
	}
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, request)
	return answer.Result()
}

func text(t *testing.T, response *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestSession(t *testing.T) {
	s, store, handler := sessionGate(t)
	response := send(handler, "GET", "/login", "Authorization", basic("user:user"), "Referer", "http://example.com/env/wiki/Page?x=1")
	if len(store.rows) != 1 || store.rows[0].user != "user" || store.rows[0].address != "192.0.2.1" || len(store.rows[0].cookie) != 32 {
		t.Fatalf("rows %+v", store.rows)
	}
	set := response.Header.Get("Set-Cookie")
	if response.StatusCode != 302 || response.Header.Get("Location") != "http://example.com/env/wiki/Page?x=1" ||
		set != "trac_auth="+store.rows[0].cookie+"; Path=/env; HttpOnly; SameSite=Lax" {
		t.Errorf("login: %d %v", response.StatusCode, response.Header)
	}
	cookie := "trac_auth=" + store.rows[0].cookie
	for _, c := range []struct {
		name, method, path string
		headers            []string
		status             int
		body               string
	}{
		{"with the cookie", "POST", "/rpc", []string{"Cookie", cookie}, 200, "user"},
		{"among others", "POST", "/rpc", []string{"Cookie", "a=b; " + cookie + "; c=d"}, 200, "user"},
		{"without", "POST", "/rpc", nil, 200, "anonymous"},
		{"unknown cookie", "POST", "/rpc", []string{"Cookie", "trac_auth=" + strings.Repeat("0", 32)}, 200, "anonymous"},
		{"odd cookie", "POST", "/rpc", []string{"Cookie", "trac_auth=' OR 1"}, 200, "anonymous"},
		{"below /login", "POST", "/login/rpc", []string{"Cookie", cookie}, 401, ""},
		{"password wins", "POST", "/rpc", []string{"Cookie", cookie, "Authorization", basic("admin:user")}, 200, "admin"},
		{"wrong password", "POST", "/rpc", []string{"Cookie", cookie, "Authorization", basic("admin:wrong")}, 401, ""},
		{"same origin", "POST", "/rpc", []string{"Cookie", cookie, "Origin", "http://example.com"}, 200, "user"},
		{"same origin, by metadata", "POST", "/rpc", []string{"Cookie", cookie, "Sec-Fetch-Site", "same-origin"}, 200, "user"},
		{"typed", "GET", "/rpc", []string{"Cookie", cookie, "Sec-Fetch-Site", "none"}, 200, "user"},
		{"other origin", "POST", "/rpc", []string{"Cookie", cookie, "Origin", "http://evil.example"}, 403, ""},
		{"other port", "POST", "/rpc", []string{"Cookie", cookie, "Origin", "http://example.com:81"}, 403, ""},
		{"no origin", "POST", "/rpc", []string{"Cookie", cookie, "Origin", "null"}, 403, ""},
		{"cross-site", "POST", "/rpc", []string{"Cookie", cookie, "Sec-Fetch-Site", "cross-site"}, 403, ""},
		{"same site", "PUT", "/rpc", []string{"Cookie", cookie, "Sec-Fetch-Site", "same-site"}, 403, ""},
		{"cross-site without a cookie", "POST", "/rpc", []string{"Sec-Fetch-Site", "cross-site"}, 200, "anonymous"},
		{"cross-site reading", "GET", "/rpc", []string{"Cookie", cookie, "Sec-Fetch-Site", "cross-site"}, 200, "user"},
		{"cross-site logout", "GET", "/logout", []string{"Cookie", cookie, "Sec-Fetch-Site", "cross-site"}, 302, ""},
	} {
		response := send(handler, c.method, c.path, c.headers...)
		if got := text(t, response); response.StatusCode != c.status || c.body != "" && got != c.body {
			t.Errorf("%s: %d %q, want %d %q", c.name, response.StatusCode, got, c.status, c.body)
		}
	}

	send(handler, "GET", "/login/", "Authorization", basic("user:user"), "Cookie", cookie)
	if len(store.rows) != 1 {
		t.Errorf("a second login made another cookie: %+v", store.rows)
	}
	send(handler, "GET", "/login", "Authorization", basic("admin:user"), "Cookie", cookie)
	if len(store.rows) != 2 || store.rows[1].user != "admin" {
		t.Errorf("another's login: %+v", store.rows)
	}
	for _, site := range []string{"cross-site", "same-site"} { // where a link had a name and a password in it
		response = send(handler, "GET", "/login", "Authorization", basic("mail:user"), "Cookie", cookie, "Sec-Fetch-Site", site)
		if response.StatusCode != 302 || response.Header.Get("Set-Cookie") != "" || len(store.rows) != 2 {
			t.Errorf("another's login, %s: %d %v, %+v", site, response.StatusCode, response.Header, store.rows)
		}
	}
	s.CheckAddress = true
	store.rows[0].address = "192.0.2.9"
	if got := text(t, send(handler, "POST", "/rpc", "Cookie", cookie)); got != "anonymous" {
		t.Errorf("from another address: %q", got)
	}
	s.CheckAddress = false
	store.rows[0].time = time.Now().Add(-cookieAge - time.Minute).Unix()
	if got := text(t, send(handler, "POST", "/rpc", "Cookie", cookie)); got != "anonymous" {
		t.Errorf("with an old cookie: %q", got)
	}
	store.rows[0].time = time.Now().Unix()
	response = send(handler, "POST", "/logout", "Cookie", cookie)
	if response.StatusCode != 303 || response.Header.Get("Location") != "http://example.com/env/rpc" ||
		response.Header.Get("Set-Cookie") != "trac_auth=; Path=/env; Max-Age=0; HttpOnly; SameSite=Lax" || len(store.rows) != 1 {
		t.Errorf("logout: %d %v, %+v", response.StatusCode, response.Header, store.rows)
	}
}

func TestSessionRedirects(t *testing.T) {
	_, _, handler := sessionGate(t)
	const home = "http://example.com/env/rpc"
	for referer, want := range map[string]string{
		"":                                   home,
		"http://example.com/env/ticket/1":    "http://example.com/env/ticket/1",
		"http://example.com/environment":     home,
		"http://example.com/env":             home,
		"http://example.com/env/login":       home,
		"http://example.com/env/logout?x":    home,
		"https://example.com/env/ticket/1":   home,
		"http://evil.example/env/ticket/1":   home,
		"http://example.com@evil.example/":   home,
		"http://u@example.com/env/ticket/1":  home,
		"//evil.example/env/x":               home,
		"javascript:alert(1)":                home,
		"http://example.com/other/../env/x":  home,
		"http://example.com/env/\r\nX: y":    home,
		"http://example.com/env/wiki/A%20B/": "http://example.com/env/wiki/A%20B/",
		"http://example.com/env/loginpage":   "http://example.com/env/loginpage",
		"http://example.com/env/":            home,
		"http://example.com/env/login/rpc":   home,
		"http://example.com/env/%6cogin":     home,
		"http://example.com/env/x/../logout": home,
		"http://example.com/env/x/%2e%2e/y":  home,
		"http://example.com/env/../other":    home,
		"http://example.com/env//evil":       home,
		"http://example.com/env/\\evil":      home,
		"http://example.com\\@evil/env/x":    home,
		"http://example.com:81/env/x":        home,
		"ftp://example.com/env/x":            home,
	} {
		response := send(handler, "GET", "/login", "Authorization", basic("user:user"), "Referer", referer)
		if got := response.Header.Get("Location"); got != want {
			t.Errorf("from %q to %q, want %q", referer, got, want)
		}
	}
	response := send(handler, "GET", "/login?referer=http://example.com/env/ticket/2", "Authorization", basic("user:user"))
	if got := response.Header.Get("Location"); got != "http://example.com/env/ticket/2" {
		t.Errorf("by parameter to %q", got)
	}
}

func TestSessionRefuses(t *testing.T) {
	_, store, handler := sessionGate(t)
	if response := send(handler, "GET", "/login"); response.StatusCode != 401 || response.Header.Get("Set-Cookie") != "" {
		t.Errorf("without credentials: %d", response.StatusCode)
	}
	response := send(handler, "GET", "/login", "Authorization", "Bearer tracrpc_x")
	if response.StatusCode != 403 || response.Header.Get("Set-Cookie") != "" || len(store.rows) != 0 {
		t.Errorf("with a token: %d, %+v", response.StatusCode, store.rows)
	}
	store.err = errors.New("secret path")
	for _, headers := range [][]string{
		{"Authorization", basic("user:user")},
		{"Authorization", basic("user:user"), "Cookie", "trac_auth=" + strings.Repeat("0", 32)},
	} {
		response = send(handler, "GET", "/login", headers...)
		if got := text(t, response); response.StatusCode != 500 || strings.Contains(got, "secret") {
			t.Errorf("broken store: %d %q", response.StatusCode, got)
		}
	}
	response = send(handler, "POST", "/rpc", "Cookie", "trac_auth="+strings.Repeat("0", 32))
	if got := text(t, response); response.StatusCode != 500 || strings.Contains(got, "secret") {
		t.Errorf("broken store: %d %q", response.StatusCode, got)
	}
}
