package main

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// withRESP makes the environment in dir serve redispub's channels, and returns the
// port.
func withRESP(t *testing.T, dir, settings string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	address := listener.Addr().String()
	appendToIni(t, dir, settings+"\n[tracrpc-resp]\nlisten = "+address+"\n")
	return strings.TrimPrefix(address, "127.0.0.1:")
}

// TestSubscribersWithoutRedis lets redispub's subscribers come to the server
// itself, with and without passwords.
func TestSubscribersWithoutRedis(t *testing.T) {
	t.Parallel()
	need(t, "apt-get install redis-tools", "redis-cli", "--version")
	need(t, "apt-get install python3-redis", "/usr/bin/python3", "-c", "import redis")
	dir := testEnvironment(t)
	rules := "[wiki:Secret*]\nadmin = WIKI_VIEW\n* = !WIKI_VIEW\n"
	if err := os.WriteFile(filepath.Join(dir, "conf", "authz.conf"), []byte(rules), 0o600); err != nil {
		t.Fatal(err)
	}
	changeIni(t, dir, func(ini string) string {
		return strings.Replace(ini, "[trac]\n", "[trac]\npermission_policies = AuthzPolicy, DefaultWikiPolicy, DefaultTicketPolicy, DefaultPermissionPolicy, LegacyAttachmentPolicy\n", 1)
	})
	port := withRESP(t, dir, "[redispub]\nchannels = all\n[authz_policy]\nauthz_file = authz.conf\n")
	client := jsonClient{serveTest(t, dir), "admin"}
	awaitStream(t, "http://127.0.0.1:"+port)
	cli := func(args ...string) *subscriber {
		args = append([]string{"-p", port}, args...)
		return subscribe(t, exec.Command("redis-cli", append(args, "psubscribe", "trac.*")...), cliLine())
	}
	subscribers := map[string]*subscriber{
		"python3-redis":      subscribe(t, exec.Command("/usr/bin/python3", filepath.Join("testdata", "redis_subscriber.py"), port), pythonLine),
		"redis-cli":          cli(),
		"redis-cli -3":       cli("-3"),
		"redis-cli as admin": cli("--user", "admin", "--pass", "admin", "--no-auth-warning"),
		"redis-cli as user":  cli("--user", "user", "--pass", "user", "--no-auth-warning", "-3"),
	}
	client.must(t, "ticket.create", "first", "é", map[string]any{})
	client.must(t, "wiki.putPage", "Secret/Page", "private", map[string]any{})
	client.must(t, "ticket.update", 1, "a comment", map[string]any{"keywords": "k"})
	client.must(t, "ticket.component.create", "c", map[string]any{})
	client.must(t, "ticket.delete", 1)
	for name, s := range subscribers {
		for _, want := range eventsOf(t, dir) {
			if strings.Contains(want, "Secret") && name != "redis-cli as admin" {
				continue
			}
			if got := s.next(t); got != want {
				t.Errorf("%s hears\n%s\nwant\n%s", name, got, want)
			}
		}
	}
	wrong, err := exec.CommandContext(t.Context(), "redis-cli", "-p", port, "--user", "admin", "--pass", "user", "ping").CombinedOutput()
	if !strings.Contains(string(wrong), "WRONGPASS") {
		t.Errorf("a wrong password: %s, %v", wrong, err)
	}
}

// TestRedisSnippetsRun runs what docs/events.md tells subscribers to run.
func TestRedisSnippetsRun(t *testing.T) {
	t.Parallel()
	need(t, "apt-get install python3-redis", "/usr/bin/python3", "-c", "import redis")
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "events.md"))
	if err != nil {
		t.Fatal(err)
	}
	dir := testEnvironment(t)
	port := withRESP(t, dir, "")
	client := jsonClient{serveTest(t, dir), "admin"}
	awaitStream(t, "http://127.0.0.1:"+port)
	count := 0
	for _, block := range codeBlocks(string(text), "python") {
		if !strings.Contains(block, "import redis") {
			continue
		}
		count++
		block = strings.Replace(block, "redis.Redis(", "redis.Redis(port="+port+",", 1)
		block = strings.NewReplacer(`"ann"`, `"user"`, `"secret"`, `"user"`).Replace(block)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		t.Cleanup(cancel)
		snippet := subscribe(t, exec.CommandContext(ctx, "/usr/bin/python3", "-uc", block), func(line string) (string, bool) {
			if strings.Contains(line, "'type': 'psubscribe'") {
				return "subscribed", true
			}
			return line, true
		})
		client.must(t, "ticket.create", "a ticket", "", map[string]any{})
		if got := snippet.next(t); !strings.Contains(got, `"summary": "a ticket"`) {
			t.Errorf("the snippet prints %s", got)
		}
	}
	if count != 2 {
		t.Errorf("%d snippets, want 2", count)
	}
}
