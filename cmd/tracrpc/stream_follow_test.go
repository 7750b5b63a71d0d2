package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// followWithCommand runs `tracrpc events URL` until the test ends.
func followWithCommand(t *testing.T, url string, to io.Writer) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	// Ends with ctx, in the clean-up.
	go func() {
		ended <- run(ctx, []string{"events", url, "--after", "earliest"}, streams{strings.NewReader(""), to, io.Discard})
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("tracrpc events: %v", err)
		}
	})
}

// syncBuffer collects the lines that one goroutine writes for another.
type syncBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

// await waits for so many lines.
func (b *syncBuffer) await(t *testing.T, n int) []string {
	t.Helper()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for {
		b.mu.Lock()
		lines := strings.Split(strings.TrimSuffix(b.text.String(), "\n"), "\n")
		b.mu.Unlock()
		if len(lines) >= n && lines[0] != "" {
			return lines
		}
		select {
		case <-ticker.C:
		case <-t.Context().Done():
			t.Fatalf("%d lines, want %d: %q", len(lines), n, lines)
		}
	}
}

func TestStreamIsOnlyWhatMayBeSeen(t *testing.T) {
	t.Parallel()
	dir := testEnvironment(t)
	rules := "[ticket:2]\nadmin = TICKET_VIEW\n* = !TICKET_VIEW\n[wiki:Secret*]\nadmin = WIKI_VIEW\n* = !WIKI_VIEW\n[milestone:hidden]\nadmin = MILESTONE_VIEW\n* = !MILESTONE_VIEW\n"
	if err := os.WriteFile(filepath.Join(dir, "conf", "authz.conf"), []byte(rules), 0o600); err != nil {
		t.Fatal(err)
	}
	stream := withStream(t, dir, "[authz_policy]\nauthz_file = authz.conf\n")
	changeIni(t, dir, func(ini string) string {
		return strings.Replace(ini, "[trac]\n", "[trac]\npermission_policies = AuthzPolicy, DefaultWikiPolicy, DefaultTicketPolicy, DefaultPermissionPolicy, LegacyAttachmentPolicy\n", 1)
	})
	runCommand(t, "", "permission", "add", dir, "anonymous", "XML_RPC")
	address := serveTest(t, dir)
	awaitStream(t, stream)
	admin := jsonClient{address, "admin"}
	live := []*reader{follow(t, "lines.py", stream+"/", "5"), follow(t, "lines.py", stream+"/", "5", "user", "user"),
		follow(t, "lines.py", stream+"/trac/env", "17", "admin", "admin")}

	admin.must(t, "ticket.create", "open", "", map[string]any{})
	admin.must(t, "ticket.create", "private", "", map[string]any{})
	admin.must(t, "ticket.update", 2, "private", map[string]any{"keywords": "private"})
	admin.must(t, "ticket.putAttachment", 2, "private.txt", "private", attachmentData(1))
	admin.must(t, "ticket.putAttachment", 1, "open.txt", "", attachmentData(1))
	admin.must(t, "wiki.putPage", "Secret/Page", "private", map[string]any{})
	admin.must(t, "wiki.putPage", "Open", "text", map[string]any{})
	admin.must(t, "ticket.milestone.create", "hidden", map[string]any{})
	admin.must(t, "ticket.milestone.update", "hidden", map[string]any{"name": "revealed"})
	admin.must(t, "ticket.milestone.delete", "revealed")
	admin.must(t, "ticket.deleteAttachment", 2, "private.txt")
	admin.must(t, "ticket.delete", 2)
	admin.must(t, "wiki.deletePage", "Secret/Page")
	admin.must(t, "ticket.update", 1, "the end", map[string]any{})
	hookPost(t, stream, `{"payload":{"type":"post","action":"open","title":"-"}}`)

	seen := []string{"ticket created open", "attachment created open.txt", "wiki created Open", "milestone deleted revealed", "ticket changed open"}
	all := []string{"permission created admin", "permission created user", "permission created anonymous", "ticket created open", "ticket created private", "ticket changed private", "attachment created private.txt",
		"attachment created open.txt", "wiki created Secret/Page", "wiki created Open", "milestone created hidden", "milestone changed revealed",
		"milestone deleted revealed", "attachment deleted private.txt", "ticket deleted private", "wiki deleted Secret/Page", "ticket changed open"}
	replay := []*reader{follow(t, "lines.py", stream+"/", "5"), follow(t, "lines.py", stream+"/", "5", "user", "user"),
		follow(t, "lines.py", stream+"/trac/env", "17", "admin", "admin")}
	for _, readers := range [][]*reader{live, replay} {
		readers[0].want(seen...)
		readers[1].want(seen...)
		readers[2].want(all...)
	}
	for _, url := range []string{stream + "/events?after=earliest", address + "/events?after=earliest", address + "/env/events?after=earliest"} {
		for _, line := range follow(t, "curl", "-sN", url).through(`"type":"post"`) {
			if strings.Contains(line, "private") || strings.Contains(line, "Secret") || strings.Contains(line, "hidden") {
				t.Errorf("%s: %s", url, line)
			}
		}
	}
	// Who loses a permission loses the events with it.
	open := follow(t, "curl", "-sN", stream+"/")
	open.through("stillalive")
	runCommand(t, "", "permission", "remove", dir, "anonymous", "WIKI_VIEW")
	admin.must(t, "wiki.putPage", "Open", "text, no longer for all", map[string]any{})
	hookPost(t, stream, `{"end":1}`)
	for _, line := range open.through(`{"end":1}`) {
		if strings.Contains(line, "no longer") {
			t.Errorf("after the permission was taken away: %s", line)
		}
	}
}

// TestStreamInABrowser lets a page follow events with nothing but EventSource,
// while the server is killed and comes back.
func TestStreamInABrowser(t *testing.T) {
	t.Parallel()
	const rounds, changes = 2, 3
	b := newBrowser(t)
	program := buildProgram(t)
	dir := testEnvironment(t)
	stream := withStream(t, dir, "")
	var want, got []string
	for round := range rounds {
		server := startProgram(t, program, dir)
		awaitStream(t, stream)
		if round == 0 {
			b.open(stream + "/events/none") // any page of that server
			var state int
			b.eval(`got = []; source = new EventSource("/events?after=earliest");
				source.onmessage = e => got.push(JSON.parse(e.data).payload.title); source.readyState`, &state)
		}
		for n := range changes {
			want = append(want, fmt.Sprintf("r%dn%d", round, n))
			jsonClient{server.address, "admin"}.must(t, "ticket.create", want[len(want)-1], "", map[string]any{})
		}
		ticker := time.NewTicker(50 * time.Millisecond)
		defer ticker.Stop()
		for range ticker.C {
			if b.eval("got", &got); len(got) >= len(want) {
				break
			}
		}
		if round < rounds-1 {
			server.kill(t)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("the page got %q, want %q", got, want)
	}
}

// TestStreamSnippetRuns runs what docs/events.md tells a subscriber to run.
func TestStreamSnippetRuns(t *testing.T) {
	t.Parallel()
	need(t, "apt-get install python3", "python3", "--version")
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "events.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := codeBlocks(string(text), "python")
	i := slices.IndexFunc(blocks, func(b string) bool { return strings.Contains(b, "X-Fetch-Since-Cursor") })
	if i < 0 {
		t.Fatal("there is no snippet for subscribers")
	}
	dir := testEnvironment(t)
	stream := withStream(t, dir, "")
	address := serveTest(t, dir)
	awaitStream(t, stream)
	jsonClient{address, "admin"}.must(t, "wiki.putPage", "Page", "text", map[string]any{})
	reader := follow(t, "python3", "-uc", strings.ReplaceAll(blocks[i], "http://127.0.0.1:2069", stream))
	reader.want("wiki created Page")
}

func TestEventsBesideTheAPI(t *testing.T) {
	t.Parallel()
	dir := testEnvironment(t)
	address := serveTest(t, dir)
	for _, c := range []struct {
		path, user string
		want       int
	}{
		{"/events", "", http.StatusForbidden},
		{"/events", "noperm", http.StatusForbidden},
		{"/login/events", "", http.StatusUnauthorized},
		{"/events", "nobody", http.StatusUnauthorized},
		{"/events/" + strings.Repeat("0", 36), "user", http.StatusNotFound},
		{"/eventsx", "user", http.StatusNotFound},
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if c.user != "" {
			request.SetBasicAuth(c.user, c.user)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != c.want {
			t.Errorf("GET %s as %q: %s, want %d", c.path, c.user, response.Status, c.want)
		}
	}
	for _, url := range []string{address, address + "/env/", address + "/login/rpc"} {
		var printed syncBuffer
		followWithCommand(t, strings.Replace(url, "://", "://user:user@", 1), &printed)
		jsonClient{address, "admin"}.must(t, "ticket.create", "a ticket", "", map[string]any{})
		if got := printed.await(t, 1)[0]; !strings.Contains(got, `"title": "a ticket"`) {
			t.Errorf("tracrpc events %s: %s", url, got)
		}
	}
	for url, want := range map[string]string{
		"http://127.0.0.1:1/": "refused", address + "/rpc": "403", "http://user:wrong@" + strings.TrimPrefix(address, "http://"): "401", "ftp://x/": "want a URL",
	} {
		err := run(t.Context(), []string{"events", url}, streams{strings.NewReader(""), io.Discard, io.Discard})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("tracrpc events %s: %v, want an error with %q", url, err, want)
		}
	}
}

// TestPostReceive pushes to a repository whose hook tells of it.
func TestPostReceive(t *testing.T) {
	t.Parallel()
	need(t, "apt-get install git", "git", "--version")
	program := buildProgram(t)
	dir := testEnvironment(t)
	stream := withStream(t, dir, "")
	serveTest(t, dir)
	awaitStream(t, stream)
	bare, work := filepath.Join(t.TempDir(), "pro ject.git"), filepath.Join(t.TempDir(), "work")
	git := func(args ...string) string {
		t.Helper()
		command := exec.CommandContext(t.Context(), "git", args...)
		command.Dir = work
		command.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_NAME=Ann Ä", "GIT_AUTHOR_EMAIL=ann@example.org",
			"GIT_COMMITTER_NAME=Bob", "GIT_COMMITTER_EMAIL=bob@example.org", "GIT_AUTHOR_DATE=2026-11-21T18:56:56Z")
		output, err := command.CombinedOutput()
		if err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, output)
		}
		return strings.TrimSpace(string(output))
	}
	if err := os.Mkdir(work, 0o700); err != nil {
		t.Fatal(err)
	}
	git("init", "--quiet", "--bare", bare)
	git("init", "--quiet", "--initial-branch=main")
	hook := "#!/bin/sh\nexec '" + program + "' post-receive " + stream + "/json\n"
	if err := os.WriteFile(filepath.Join(bare, "hooks", "post-receive"), []byte(hook), 0o700); err != nil {
		t.Fatal(err)
	}
	commit := func(message string, files ...string) string {
		for _, name := range files {
			if err := os.WriteFile(filepath.Join(work, name), []byte(message), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		git("add", ".")
		git("commit", "--quiet", "--allow-empty", "-m", message)
		return git("rev-parse", "HEAD")
	}
	reader := follow(t, "curl", "-sN", stream+"/json")
	reader.until("stillalive")
	next := func() string {
		t.Helper()
		return strings.ReplaceAll(reader.until(`"commit"`), "\r", "")
	}
	first := commit("First line\n\nA <b>ody\n  with \"quotes\"", "a file", "ä.txt")
	second := commit("Second", "a file")
	git("push", "--quiet", bare, "main", "main:other")
	head := `"repository":"git","ref":"refs/heads/main",`
	tail := `"project":"pro ject.git","author":"Ann Ä","email":"ann@example.org","date":"Sat Nov 21 18:56:56 2026 +0000",`
	for _, want := range []string{
		`{"commit":{` + head + `"hash":"` + first + `","shortHash":"` + first[:7] + `",` + tail +
			`"log":"First line\n\nA <b>ody\n  with \"quotes\"","files":["a file","ä.txt"],"changes":"2 files"}}`,
		`{"commit":{` + head + `"hash":"` + second + `","shortHash":"` + second[:7] + `",` + tail + `"log":"Second","files":["a file"],"changes":"a file"}}`,
		`{"commit":{` + strings.Replace(head, "main", "other", 1) + `"hash":"` + second + `","shortHash":"` + second[:7] + `",` + tail + `"log":"Second","files":["a file"],"changes":"a file"}}`,
	} {
		if got := next(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	git("checkout", "--quiet", "-b", "side", first)
	commit("Side", "side")
	git("checkout", "--quiet", "main")
	git("merge", "--quiet", "--no-ff", "-m", "Merge", "side")
	git("tag", "-a", "-m", "a tag", "v1")
	git("push", "--quiet", bare, "main", "v1", ":other")
	var refs []string
	for range 4 {
		line := next()
		for _, part := range []string{`"log":"Side"`, `"merge":"`, `"ref":"refs/tags/v1"`, `"hash":"` + strings.Repeat("0", 40) + `"`} {
			if strings.Contains(line, part) {
				refs = append(refs, part)
			}
		}
	}
	slices.Sort(refs)
	if got := strings.Join(refs, " "); !strings.Contains(got, "Side") || !strings.Contains(got, "merge") || !strings.Contains(got, "0000") || !strings.Contains(got, "v1") {
		t.Errorf("the second push told %v", refs)
	}
}
