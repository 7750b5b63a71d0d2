package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"tracrpc/rpc"
)

// newToken makes a token by the command.
func newToken(t testing.TB, dir, user string, flags ...string) string {
	t.Helper()
	output, err := tracrpc(t, "", append([]string{"token", "create", dir, user}, flags...)...)
	text, _, _ := strings.Cut(output, "\n")
	if err != nil || !strings.HasPrefix(text, "tracrpc_") {
		t.Fatalf("token create: %q, %v", output, err)
	}
	return text
}

func TestTokenCommand(t *testing.T) {
	t.Parallel()
	dir := testEnvironment(t)
	address := serveTest(t, dir)
	text := newToken(t, dir, "admin", "--note", "for CI", "--expires", "90d")
	bearer := []string{"Authorization", "Bearer " + text}
	if got := status(t, http.DefaultClient, address+"/login/rpc", bearer...); got != "200 OK" {
		t.Errorf("with the token: %s", got)
	}
	if got := status(t, http.DefaultClient, strings.Replace(address, "//", "//admin:"+text+"@", 1)+"/login/rpc"); got != "200 OK" {
		t.Errorf("as a password in the URL: %s", got)
	}
	output, err := tracrpc(t, "", "token", "list", dir)
	row := regexp.MustCompile(`(?m)^1 +admin +write +\d{4}-\d\d-\d\d \d\d:\d\d +\d{4}-\d\d-\d\d \d\d:\d\d +never +for CI$`)
	if err != nil || !row.MatchString(output) || strings.Contains(output, text[8:]) {
		t.Errorf("token list: %v\n%s", err, output)
	}
	if output, err := tracrpc(t, "", "token", "list", dir, "user"); err != nil || strings.Contains(output, "admin") {
		t.Errorf("token list of user: %v\n%s", err, output)
	}
	if _, err := tracrpc(t, "", "token", "revoke", dir, "1"); err != nil {
		t.Error(err)
	}
	if got := status(t, http.DefaultClient, address+"/login/rpc", bearer...); got != "401 Unauthorized" {
		t.Errorf("with the revoked token: %s", got)
	}
	removed := newToken(t, dir, "noperm")
	if output, err := tracrpc(t, "", "user", "remove", dir, "noperm"); err != nil || !strings.Contains(output, "tokens revoked: 1") {
		t.Errorf("user remove: %v %s", err, output)
	}
	if got := status(t, http.DefaultClient, address+"/login/rpc", "Authorization", "Bearer "+removed); got != "401 Unauthorized" {
		t.Errorf("with the token of a user who was removed: %s", got)
	}
	for _, c := range []struct{ args, want string }{
		{"revoke 1", "no token 1"}, {"revoke x", "no number"}, {"revoke", "want create"}, {"make admin", "want create"},
		{"create admin --expires yesterday", "--expires"}, {"create admin --expires 2020-01-01", "--expires"}, {"create admin --expires -1h", "--expires"},
		{"create admin --scope delete", "neither read nor write"}, {"create a:b", "no colons"},
	} {
		if _, err := tracrpc(t, "", append([]string{"token"}, placed(c.args, dir)...)...); !saying(err, c.want) {
			t.Errorf("token %s: %v, want %s", c.args, err, c.want)
		}
	}
	if output, err := tracrpc(t, "", "token", "create", dir, "stranger"); err != nil || !strings.Contains(output, "has no password here") {
		t.Errorf("token of a stranger: %q, %v", output, err)
	}
}

func TestReadExpiry(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.Local)
	for text, want := range map[string]time.Time{
		"2026-11-21": time.Date(2026, 11, 22, 0, 0, 0, 0, time.Local),
		"2d":         now.AddDate(0, 0, 2),
		"90m":        now.Add(90 * time.Minute),
	} {
		if got, err := readExpiry(text, now); err != nil || got != want.UnixMicro() {
			t.Errorf("readExpiry(%q) = %v, %v, want %v", text, time.UnixMicro(got), err, want)
		}
	}
}

// tokenClient calls with a token.
type tokenClient struct{ address, token string }

func (c tokenClient) call(t testing.TB, method string, arguments ...any) (any, error) {
	t.Helper()
	return callWith(c.address, "admin", c.token, method, arguments...)
}

// arguments of calls, by their names in the signatures.
var tokenArguments = map[string]any{
	"id": 1, "ticket": 1, "cnum": 1, "name": "component1", "summary": "s", "description": "d", "comment": "c", "attributes": map[string]any{"keywords": "new"},
	"text": "t", "pagename": "WikiStart", "path": "WikiStart/a.txt", "filename": "a.txt", "content": "changed", "value": "9",
	"query": "WikiStart", "qstr": "max=0", "method": "system.multicall", "signatures": []any{},
	"data": map[string]any{"__jsonclass__": []any{"binary", "aGVsbG8="}},
	"when": 0, "since": map[string]any{"__jsonclass__": []any{"datetime", "2020-01-01T00:00:00"}},
}

// mutating are the last words of names of methods that change things, or that
// are for administrators: a token that may only read is nobody's administrator.
var mutating = regexp.MustCompile(`^(create|update|delete|put|edit|reply|post|sinks|pause|resume|rewind|skip|deadLetters|requeue|purge)`)

// TestReadScope calls every method with a token that may only read, and looks
// whether anything has changed.
func TestReadScope(t *testing.T) {
	t.Parallel()
	dir := testEnvironment(t)
	address := serveTest(t, dir)
	admin := jsonClient{address, "admin"}
	admin.must(t, "ticket.create", "s", "d", map[string]any{})
	admin.must(t, "ticket.update", 1, "comment", map[string]any{})
	admin.must(t, "ticket.putAttachment", 1, "a.txt", "d", tokenArguments["data"])
	admin.must(t, "wiki.putAttachment", "WikiStart/a.txt", tokenArguments["data"])
	before, err := tracrpc(t, "", "events", dir)
	if err != nil {
		t.Fatal(err)
	}
	reader := tokenClient{address, newToken(t, dir, "admin", "--scope", "read")}
	methods, err := reader.call(t, "system.listMethods")
	if err != nil {
		t.Fatal(err)
	}
	changing, reading := 0, 0
	for _, name := range methods.([]any) {
		_, err := reader.call(t, name.(string), argumentsOf(t, admin, name.(string))...)
		var refused jsonFault
		errors.As(err, &refused)
		if word := name.(string)[strings.LastIndexByte(name.(string), '.')+1:]; !mutating.MatchString(word) {
			reading++
			if refused.Code == 403 {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		changing++
		if refused.Code != 403 && !strings.HasPrefix(name.(string), "ticket.status.") { // which nobody may change
			t.Errorf("%s: %v, want a fault 403", name, err)
		}
	}
	if changing < 30 || reading < 40 {
		t.Errorf("%d methods that change something and %d others: are these all?", changing, reading)
	}
	if after, err := tracrpc(t, "", "events", dir); err != nil || after != before {
		t.Errorf("something has changed: %v\n%s", err, strings.TrimPrefix(after, before))
	}
}

// argumentsOf makes arguments for a method by its signature.
func argumentsOf(t testing.TB, c jsonClient, method string) []any {
	t.Helper()
	help, err := c.call("system.methodHelp", method)
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(help.(string), "\n")
	signature, err := rpc.ParseSignature(line)
	if err != nil {
		t.Fatal(err)
	}
	arguments := []any{}
	for _, argument := range signature.Args[:signature.Minimum] {
		value := tokenArguments[argument.Name]
		if strings.HasPrefix(method, "ticket.milestone.") && argument.Name == "name" {
			value = "milestone1"
		}
		arguments = append(arguments, value)
	}
	return arguments
}

func TestMethodScope(t *testing.T) {
	t.Parallel()
	dir := testEnvironment(t)
	c := tokenClient{serveTest(t, dir), newToken(t, dir, "admin", "--scope", "wiki.get*,ticket.create")}
	if _, err := c.call(t, "wiki.getPage", "WikiStart"); err != nil {
		t.Error(err)
	}
	if _, err := c.call(t, "ticket.create", "s", "d"); err != nil {
		t.Error(err)
	}
	var refused jsonFault
	if _, err := c.call(t, "wiki.putPage", "P", "text", map[string]any{}); !errors.As(err, &refused) || refused.Code != 403 {
		t.Errorf("wiki.putPage: %v, want a fault 403", err)
	}
	answer, err := c.call(t, "system.multicall", map[string]any{"method": "wiki.putPage", "params": []any{"P", "text", map[string]any{}}},
		map[string]any{"method": "wiki.getPage", "params": []any{"WikiStart"}})
	text, _ := json.Marshal(answer)
	if err != nil || !strings.Contains(string(text), "not for wiki.putPage") || !strings.Contains(string(text), "Welcome") && !strings.Contains(string(text), "WikiStart") {
		t.Errorf("multicall: %s, %v", text, err)
	}
	for name, body := range map[string]string{
		"batch":                 `[{"jsonrpc": "2.0", "method": "wiki.putPage", "params": ["P", "text", {}], "id": 1}]`,
		"notification":          `{"jsonrpc": "2.0", "method": "wiki.putPage", "params": ["P", "text", {}]}`,
		"multicall in a batch":  `[{"jsonrpc": "2.0", "method": "system.multicall", "params": [{"method": "wiki.putPage", "params": ["P", "text", {}]}], "id": 1}]`,
		"multicall of its own":  `{"method": "system.multicall", "params": [{"method": "system.multicall", "params": [{"method": "wiki.putPage", "params": ["P", "text", {}]}]}]}`,
		"an XML call's own way": `<methodCall><methodName>wiki.putPage</methodName><params><param><value>P</value></param><param><value>t</value></param><param><value><struct/></value></param></params></methodCall>`,
	} {
		for _, path := range []string{"/rpc", "/login/rpc"} {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.address+path, strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Authorization", "Bearer "+c.token)
			request.Header.Set("Content-Type", map[bool]string{true: "text/xml", false: "application/json"}[body[0] == '<'])
			if answer := bodyOf(t, request); body[0] != '{' && !strings.Contains(answer, "not for wiki.putPage") {
				t.Errorf("%s at %s: %s", name, path, answer)
			}
		}
	}
	if got := status(t, http.DefaultClient, c.address+"/events", "Authorization", "Bearer "+c.token); got != "403 Forbidden" {
		t.Errorf("/events: %s", got)
	}
	if _, err := (jsonClient{c.address, "admin"}).call("wiki.getPage", "P"); err == nil {
		t.Error("the page was written")
	}
}

// TestTokenUseIsNoted stops a server, and looks when the token was used.
func TestTokenUseIsNoted(t *testing.T) {
	t.Parallel()
	dir := testEnvironment(t)
	text := newToken(t, dir, "admin")
	t.Run("serve", func(t *testing.T) {
		if got := status(t, http.DefaultClient, serveTest(t, dir)+"/login/rpc", "Authorization", "Bearer "+text); got != "200 OK" {
			t.Error(got)
		}
	})
	output, err := tracrpc(t, "", "token", "list", dir)
	if today := time.Now().Format(" 2006-01-02 "); err != nil || strings.Count(output, today) != 2 {
		t.Errorf("%v, want it created and used on%s:\n%s", err, today, output)
	}
	if _, err := tracrpc(t, "", "token", "list", filepath.Join(dir, "conf")); err == nil {
		t.Error("token list of no environment: no error")
	}
}
