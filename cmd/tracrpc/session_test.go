package main

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"testing"

	"tracrpc/environment"
)

// TestSession logs in by cookie, calls, and loses the session with the password.
func TestSession(t *testing.T) {
	t.Parallel()
	dir := testEnvironment(t)
	address := serveTest(t, dir)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	login := func() {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+"/env/login", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.SetBasicAuth("user", "user")
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if got := response.Request.URL.Path; response.StatusCode != http.StatusOK || got != "/env/rpc" {
			t.Fatalf("after the login: %d at %s", response.StatusCode, got)
		}
	}
	login()
	if got := status(t, client, address+"/env/rpc"); got != "200 OK" {
		t.Errorf("with the cookie: %s", got)
	}
	if got := status(t, client, address+"/env/rpc", "Origin", "http://evil.example"); got != "403 Forbidden" {
		t.Errorf("from another site: %s", got)
	}
	if got := status(t, client, address+"/rpc"); got != "fault" {
		t.Errorf("elsewhere: %s, want no cookie and so no permission", got)
	}
	for _, verb := range []string{"passwd", "add"} { // who is there already gets a new password by either
		runCommand(t, "user\n", "user", verb, dir, "user", "--password-stdin")
		if got := status(t, client, address+"/env/rpc"); got != "fault" {
			t.Errorf("after user %s: %s", verb, got)
		}
		login()
	}
	response, err := client.Post(address+"/env/logout", "text/plain", strings.NewReader(""))
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if got := status(t, client, address+"/env/rpc"); got != "fault" {
		t.Errorf("after the logout: %s", got)
	}
}

// TestSessionsOfNamesInAnyCase ends the sessions of a user whose name is made
// lower case.
func TestSessionsOfNamesInAnyCase(t *testing.T) {
	t.Parallel()
	dir := testEnvironment(t)
	if err := environment.SetOption(dir+"/conf/trac.ini", "trac", "ignore_auth_case", "true"); err != nil {
		t.Fatal(err)
	}
	runCommand(t, "secret\n", "user", "add", dir, "Ann", "--password-stdin")
	runCommand(t, "", "permission", "add", dir, "ann", "XML_RPC")
	address := serveTest(t, dir)
	cookie := []string{"Cookie", "trac_auth=" + sessionCookie(t, address, "Ann", "secret")}
	bearer := []string{"Authorization", "Bearer " + newToken(t, dir, "ann")}
	if got := status(t, http.DefaultClient, address+"/rpc", cookie...); got != "200 OK" {
		t.Errorf("with the cookie: %s", got)
	}
	runCommand(t, "new\n", "user", "passwd", dir, "Ann", "--password-stdin")
	if got := status(t, http.DefaultClient, address+"/rpc", cookie...); got != "fault" {
		t.Errorf("after the password was changed: %s", got)
	}
	if got := status(t, http.DefaultClient, address+"/rpc", bearer...); got != "200 OK" {
		t.Errorf("with the token: %s", got)
	}
	runCommand(t, "", "user", "remove", dir, "Ann")
	if got := status(t, http.DefaultClient, address+"/rpc", bearer...); got != "401 Unauthorized" {
		t.Errorf("with the token of who is gone: %s", got)
	}
}

// TestBrowserLogin logs in to the page of the methods through the dialog of a
// browser, by Basic and by Digest; and then has a page of another origin call.
func TestBrowserLogin(t *testing.T) {
	t.Parallel()
	for _, digest := range []string{"disabled", "enabled"} {
		dir := digestEnvironment(t, "")
		if err := environment.SetOption(dir+"/conf/trac.ini", "tracrpc-auth", "digest", digest); err != nil {
			t.Fatal(err)
		}
		address := serveTest(t, dir)
		b := newBrowser(t)
		b.logIn(address+"/login", "admin", "admin")
		var you, where string
		b.eval("document.querySelector('p.soft').textContent", &you)
		b.eval("location.pathname", &where)
		if !strings.Contains(you, "You are admin.") || where != "/rpc" {
			t.Errorf("digest %s: %q at %s, want admin at /rpc", digest, you, where)
		}
		other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprintf(w, `<script>fetch(%q, {method: "POST", mode: "no-cors", credentials: "include", body: "x"})`+
				`.finally(() => { document.title = "done" })</script>`, address+"/rpc")
		}))
		t.Cleanup(other.Close)
		b.events = nil
		b.open(other.URL)
		if got := b.statusOf(address + "/rpc"); got != http.StatusForbidden {
			t.Errorf("a call by a page of another origin: %d, want 403", got)
		}
	}
}

// logIn goes to a page and answers the login dialog that comes up.
func (b *browser) logIn(url, name, password string) {
	b.t.Helper()
	b.do("Fetch.enable", map[string]any{"handleAuthRequests": true})
	b.do("Runtime.evaluate", map[string]any{"expression": fmt.Sprintf("setTimeout(() => { location = %q })", url)})
	loaded := false
	for seen := 0; !loaded; seen++ {
		for seen == len(b.events) {
			b.next("login", func(m devtoolsMessage) bool { return m.ID == 0 })
		}
		m := b.events[seen]
		var paused struct{ RequestID string }
		switch m.Method {
		case "Page.loadEventFired":
			loaded = true
		case "Fetch.authRequired":
			b.read(m.Params, &paused)
			b.do("Fetch.continueWithAuth", map[string]any{"requestId": paused.RequestID,
				"authChallengeResponse": map[string]any{"response": "ProvideCredentials", "username": name, "password": password}})
		case "Fetch.requestPaused":
			b.read(m.Params, &paused)
			b.do("Fetch.continueRequest", map[string]any{"requestId": paused.RequestID})
		}
	}
	b.do("Fetch.disable", nil)
}

// statusOf waits for the first answer from an address among the events that are
// kept, and is its status.
func (b *browser) statusOf(url string) int {
	b.t.Helper()
	for seen := 0; ; seen++ {
		for seen == len(b.events) {
			b.next("answer from "+url, func(m devtoolsMessage) bool { return m.ID == 0 })
		}
		if b.events[seen].Method != "Network.responseReceived" {
			continue
		}
		var received struct {
			Response struct {
				URL    string
				Status int
			}
		}
		if b.read(b.events[seen].Params, &received); received.Response.URL == url {
			return received.Response.Status
		}
	}
}
