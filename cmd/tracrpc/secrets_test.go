package main

import (
	"encoding/base64"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"github.com/icholy/digest"
)

// TestLogHasNoSecrets logs in and fails to log in in every way, with all that is
// logged, and looks for what was sent.
func TestLogHasNoSecrets(t *testing.T) {
	t.Parallel()
	dir := digestEnvironment(t, "MD5, SHA-256")
	const right, wrong = "right-hunter-secret", "wrong-hunter-secret"
	runCommand(t, right+"\n", "user", "add", dir, "ann", "--password-stdin")
	token, revoked := newToken(t, dir, "ann"), newToken(t, dir, "ann")
	runCommand(t, "", "token", "revoke", dir, "2")
	address, log := serveLogged(t, dir, "--log-level", "debug")
	secrets := []string{right, wrong, token, revoked}
	basic := func(name, password string) string {
		text := base64.StdEncoding.EncodeToString([]byte(name + ":" + password))
		secrets = append(secrets, text)
		return "Basic " + text
	}
	for _, c := range []struct{ path, authorization, want string }{
		{"/login/rpc", basic("ann", right), "200 OK"},
		{"/login/rpc", basic("ann", wrong), "401 Unauthorized"},
		{"/login/rpc", basic("ghost", wrong), "401 Unauthorized"},
		{"/login/rpc", basic("ann", token), "200 OK"},
		{"/login/rpc", basic("bob", token), "401 Unauthorized"},
		{"/login/rpc", basic("ann", revoked), "401 Unauthorized"},
		{"/login/rpc", basic(token, ""), "401 Unauthorized"},
		{"/login/rpc", basic(token, "x-oauth-basic"), "401 Unauthorized"},
		{"/login/rpc", "Bearer " + token, "200 OK"},
		{"/login/rpc", "Bearer " + revoked, "401 Unauthorized"},
		{"/login/rpc", "Token " + token, "401 Unauthorized"},
		{"/login/rpc", token, "401 Unauthorized"},
		{"/login/rpc?access_token=" + token, "", "401 Unauthorized"},
		{"/login/rpc?access_token=" + token, "Basic " + wrong, "401 Unauthorized"},
		{"/login/" + token + "/rpc", basic("ann", wrong), "401 Unauthorized"},
		{"/" + token + "/rpc", "", "404 Not Found"},
		{"/login/rpc", `Digest username="ann", response="` + wrong + `", cnonce="` + wrong + `"`, "401 Unauthorized"},
	} {
		var headers []string
		if c.authorization != "" {
			headers = []string{"Authorization", c.authorization}
		}
		if got := status(t, http.DefaultClient, address+c.path, headers...); got != c.want {
			t.Errorf("%s with %q: %s, want %s", c.path, c.authorization, got, c.want)
		}
	}
	for password, want := range map[string]string{right: "200 OK", wrong: "401 Unauthorized"} {
		client := &http.Client{Transport: &digest.Transport{Username: "ann", Password: password}}
		if got := status(t, client, address+"/login/rpc"); got != want {
			t.Errorf("Digest with %s: %s, want %s", password, got, want)
		}
	}
	secrets = append(secrets, sessionCookie(t, address, "ann", right))
	if got := status(t, http.DefaultClient, address+"/rpc", "Cookie", "trac_auth="+secrets[len(secrets)-1], "Origin", "http://evil.example"); got != "403 Forbidden" {
		t.Errorf("with the cookie from another site: %s", got)
	}
	for _, secret := range secrets {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log has %s:\n%s", secret, log)
		}
	}
	if n := strings.Count(log.String(), `msg="login refused"`); n < 15 {
		t.Errorf("%d refusals in the log, want a line each:\n%s", n, log)
	}
}

// sessionCookie logs in by /login, and is the cookie that this sets.
func sessionCookie(t testing.TB, address, name, password string) string {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	target, err := url.Parse(address + "/login")
	if err != nil {
		t.Fatal(err)
	}
	target.User = url.UserPassword(name, password)
	response, err := (&http.Client{Jar: jar}).Get(target.String())
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	io.Copy(io.Discard, response.Body)
	for _, cookie := range jar.Cookies(target) {
		if cookie.Name == "trac_auth" {
			return cookie.Value
		}
	}
	t.Fatalf("no cookie: %s", response.Status)
	return ""
}
