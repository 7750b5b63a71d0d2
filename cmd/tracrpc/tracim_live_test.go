package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"tracrpc/publish/encode"
)

// loginAsDaemon logs in as TracimDaemon does; the cookie is nil when that is
// refused.
func loginAsDaemon(t *testing.T, address, credentials string) (status, id int, cookie *http.Cookie) {
	t.Helper()
	response, err := http.Post(address+"/api/auth/login", "application/json", strings.NewReader(credentials))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var told struct {
		UserID int `json:"user_Id"` // TracimDaemon misspells it
	}
	if err := json.NewDecoder(response.Body).Decode(&told); err != nil && response.StatusCode == http.StatusOK {
		t.Fatal(err)
	}
	for _, c := range response.Cookies() {
		if c.Name == "session_key" {
			cookie = c
		}
	}
	return response.StatusCode, told.UserID, cookie
}

func getLive(t *testing.T, address string, id int, cookie *http.Cookie) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprintf("%s/api/users/%d/live_messages", address, id), nil)
	if err != nil {
		t.Fatal(err)
	}
	if cookie != nil {
		r.AddCookie(cookie)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	return response
}

// TestTracimDaemonAttaches does what TracimDaemon does with Tracim.
func TestTracimDaemonAttaches(t *testing.T) {
	t.Parallel()
	dir := testEnvironment(t)
	address := serveTest(t, dir)
	for _, base := range []string{address, address + "/env"} {
		status, id, cookie := loginAsDaemon(t, base, `{"email":"user@example.org","username":"user","password":"user"}`)
		if status != http.StatusOK || id != encode.TracimUserID("user") || cookie == nil || time.Until(cookie.Expires) < 24*time.Hour || !cookie.HttpOnly {
			t.Fatalf("login: %d, user %d, cookie %v", status, id, cookie)
		}
		live := getLive(t, base, id, cookie)
		lines := bufio.NewScanner(live.Body)
		want := func(text string) {
			t.Helper()
			for lines.Scan() && lines.Text() == "" {
			}
			if !strings.HasPrefix(strings.TrimRight(lines.Text(), " "), text) {
				t.Fatalf("live messages go on with %q, want %q", lines.Text(), text)
			}
		}
		want("event: stream-open")
		want("data:")
		// What the user may not see does not come.
		runCommand(t, "", "permission", "add", dir, "bob"+strings.ReplaceAll(base[len(address):], "/", ""), "TICKET_VIEW")
		jsonClient{address, "admin"}.must(t, "ticket.create", "to be heard of", "", map[string]any{})
		want("event: message")
		want("data: {\"event_id\":")
		if !strings.Contains(lines.Text(), `"event_type":"content.created.thread"`) || !strings.Contains(lines.Text(), "to be heard of") {
			t.Errorf("live message %s", lines.Text())
		}
	}
}

func TestTracimDaemonIsRefused(t *testing.T) {
	t.Parallel()
	dir := testEnvironment(t)
	address := serveTest(t, dir)
	for credentials, want := range map[string]int{
		`{"username":"user","password":"wrong"}`:              http.StatusUnauthorized,
		`{"username":"nobody","password":"user"}`:             http.StatusUnauthorized,
		`{"username":"user:user","password":""}`:              http.StatusBadRequest,
		`{"email":"","password":"user"}`:                      http.StatusBadRequest,
		`{"username":["user"]}`:                               http.StatusBadRequest,
		`{`:                                                   http.StatusBadRequest,
		`{"username":"` + strings.Repeat("x", 100_000) + `"}`: http.StatusBadRequest,
		`{"email":"user","password":"user"}`:                  http.StatusOK,
	} {
		if status, _, cookie := loginAsDaemon(t, address, credentials); status != want || (cookie != nil) != (want == http.StatusOK) {
			t.Errorf("login with %.60s: %d, cookie %v, want %d", credentials, status, cookie, want)
		}
	}
	_, id, cookie := loginAsDaemon(t, address, `{"username":"user","password":"user"}`)
	_, poor, itsCookie := loginAsDaemon(t, address, `{"username":"noperm","password":"noperm"}`)
	stale := &http.Cookie{Name: "session_key", Value: strings.Repeat("0", 32)}
	for name, c := range map[string]struct {
		id     int
		cookie *http.Cookie
		want   int
	}{
		"without a cookie": {id, nil, http.StatusUnauthorized}, "with no good one": {id, stale, http.StatusUnauthorized},
		"for somebody else": {poor, cookie, http.StatusForbidden}, "without XML_RPC": {poor, itsCookie, http.StatusForbidden},
	} {
		if response := getLive(t, address, c.id, c.cookie); response.StatusCode != c.want {
			t.Errorf("live messages %s: %s, want %d", name, response.Status, c.want)
		}
	}
	// The cookie is for live messages alone.
	if got := status(t, http.DefaultClient, address+"/env/rpc", "Cookie", "session_key="+cookie.Value); got != "fault" {
		t.Errorf("a call with the cookie: %s", got)
	}
	runCommand(t, "user\n", "user", "passwd", dir, "user", "--password-stdin")
	if response := getLive(t, address, id, cookie); response.StatusCode != http.StatusUnauthorized {
		t.Errorf("after another password: %s", response.Status)
	}
	if response, err := http.Get(address + "/api/auth/login"); err != nil || response.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("GET of the login: %v, %v", response, err)
	}
}

func TestTracimDaemonIsNotWanted(t *testing.T) {
	t.Parallel()
	dir := testEnvironment(t)
	appendToIni(t, dir, "[tracrpc-tracim]\nlive_messages = disabled\n")
	response, err := http.Post(serveTest(t, dir)+"/api/auth/login", "application/json", strings.NewReader(`{"username":"user","password":"user"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if text, err := io.ReadAll(response.Body); err != nil || response.StatusCode == http.StatusOK {
		t.Errorf("login: %s %s, %v", response.Status, text, err)
	}
}
