package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tracrpc/publish"
)

// hookWorld is an environment with a receiver of webhooks.
type hookWorld struct {
	t        *testing.T
	dir      string
	folder   string // where the receiver reads what to do
	url      string
	receiver *subscriber
	secret   string
}

func newHookWorld(t *testing.T) *hookWorld {
	t.Helper()
	need(t, "apt-get install python3", "python3", "--version")
	w := &hookWorld{t: t, dir: testEnvironment(t), folder: t.TempDir()}
	appendToIni(t, w.dir, "[tracrpc-webhook]\nallow = 127.0.0.1\n[tracrpc-events]\nlease = 0.5\n")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	w.url = "http://" + address + "/hook?token=hidden"
	w.tell("answer", "204")
	w.tell("secret", "whsec_")
	w.receiver = subscribe(t, exec.Command("python3", filepath.Join("testdata", "webhook_receiver.py"), address[strings.Index(address, ":")+1:], w.folder), pythonLine)
	return w
}

// tell changes what the receiver does.
func (w *hookWorld) tell(name, text string) {
	w.t.Helper()
	path := filepath.Join(w.folder, name)
	if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		w.t.Fatal(err)
	}
}

// command runs a subcommand, and returns what it prints.
func (w *hookWorld) command(args ...string) (string, error) {
	var printed bytes.Buffer
	err := run(w.t.Context(), args, streams{strings.NewReader(""), &printed, &printed})
	return printed.String(), err
}

func (w *hookWorld) must(args ...string) string {
	w.t.Helper()
	text, err := w.command(args...)
	if err != nil {
		w.t.Fatalf("tracrpc %s: %v\n%s", strings.Join(args, " "), err, text)
	}
	return text
}

// add adds the receiver as a webhook, and tells it the secret.
func (w *hookWorld) add(args ...string) {
	w.t.Helper()
	lines := strings.Split(w.must(append([]string{"webhook", "add", w.dir, w.url}, args...)...), "\n")
	w.secret = lines[len(lines)-2]
	w.tell("secret", w.secret)
}

// awaitSink waits until a sink is as it should be.
func awaitSink(t *testing.T, client jsonClient, what string, is func(map[string]any) bool) {
	t.Helper()
	deadline := time.Now().Add(2 * time.Minute)
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for range ticker.C {
		sinks := client.must(t, "events.sinks").([]any)
		if len(sinks) == 1 && is(sinks[0].(map[string]any)) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("it never came to pass that %s: %v", what, sinks)
		}
	}
}

// TestWebhookCommands adds, changes and removes a webhook while the environment
// is served.
func TestWebhookCommands(t *testing.T) {
	t.Parallel()
	w := newHookWorld(t)
	client := jsonClient{serveTest(t, w.dir), "admin"}
	client.must(t, "ticket.create", "before it was added", "", map[string]any{})
	w.add("--events", "ticket.*,wiki.created", "--note", "a note")
	client.must(t, "ticket.create", "first", "", map[string]any{})
	client.must(t, "ticket.component.create", "not chosen", map[string]any{})
	client.must(t, "wiki.putPage", "Page", "text", map[string]any{})
	ids := publish.NewIDs("env")
	heard := func(status int, what string) {
		t.Helper()
		words := strings.SplitN(w.receiver.next(t), " ", 4)
		if len(words) < 4 || words[0] != strconv.Itoa(status) || words[3] != what {
			t.Fatalf("the receiver has %q, want %d %s", words, status, what)
		}
		if seq, _ := strconv.ParseInt(words[2], 10, 64); words[1] != ids.Of(seq) {
			t.Errorf("event %s has the ID %s", words[2], words[1])
		}
	}
	heard(204, "ticket.created 2")
	heard(204, "wiki.created Page")
	if got := w.must("webhook", "test", w.dir, "1"); got != "204 No Content\n" {
		t.Errorf("webhook test prints %q", got)
	}
	if got := w.receiver.next(t); !strings.Contains(got, "webhook.test") {
		t.Errorf("the test is %q", got)
	}

	// A failure waits for seconds, unless somebody knows better.
	w.tell("answer", "500")
	client.must(t, "ticket.update", 2, "comment", map[string]any{})
	heard(500, "ticket.changed 2")
	awaitSink(t, client, "it fails", func(s map[string]any) bool { return strings.Contains(fmt.Sprint(s["error"]), "500") })
	if list := w.must("webhook", "list", w.dir); !strings.Contains(list, "fails: answered with 500") || strings.Contains(list, w.secret) || !strings.Contains(list, "a note") {
		t.Errorf("webhook list prints\n%s", list)
	}
	w.tell("answer", "200")
	w.must("sink", "resume", w.dir, "webhook-1")
	heard(200, "ticket.changed 2")

	// After a rotation both secrets are good.
	former := w.secret
	rotated := strings.Split(w.must("webhook", "rotate", w.dir, "1"), "\n")
	awaitSink(t, client, "it is served again", func(s map[string]any) bool { return s["owner"] != "" })
	client.must(t, "ticket.update", 2, "", map[string]any{"keywords": "old secret"})
	heard(200, "ticket.changed 2")
	w.tell("secret", rotated[1])
	client.must(t, "ticket.update", 2, "", map[string]any{"keywords": "new secret"})
	if got := w.receiver.next(t); got == "bad signature" {
		// The server had not yet seen the rotation: it is tried again with both.
		w.must("sink", "resume", w.dir, "webhook-1")
		heard(200, "ticket.changed 2")
	}
	if rotated[1] == former {
		t.Error("the secret is the same as before")
	}

	w.tell("answer", "410")
	client.must(t, "ticket.delete", 2)
	heard(410, "ticket.deleted 2")
	awaitSink(t, client, "it is paused", func(s map[string]any) bool { return s["paused"] != nil })
	w.tell("answer", "200")
	w.must("sink", "resume", w.dir, "webhook-1")
	heard(200, "ticket.deleted 2")
	w.must("webhook", "remove", w.dir, "1")
	if sinks := client.must(t, "events.sinks").([]any); len(sinks) != 0 {
		t.Errorf("after the webhook was removed: %v", sinks)
	}
}

// TestWebhooksSurviveKills kills the server while clients write: the receiver has
// everything, in order, and what comes again has the same ID.
func TestWebhooksSurviveKills(t *testing.T) {
	t.Parallel()
	const rounds, writers, answersBeforeKill = 3, 4, 40
	w := newHookWorld(t)
	w.add()
	program := buildProgram(t)
	for round := range rounds {
		writeUntilKilled(t, startProgram(t, program, w.dir), round, writers, answersBeforeKill)
	}
	client := jsonClient{startProgram(t, program, w.dir).address, "admin"}
	client.must(t, "wiki.putPage", "The/End", "text", map[string]any{})
	first, ids, again := int64(0), map[int64]string{}, 0
	for last := false; !last; {
		words := strings.SplitN(w.receiver.next(t), " ", 4)
		seq, err := strconv.ParseInt(words[min(2, len(words)-1)], 10, 64)
		if err != nil {
			t.Fatalf("the receiver has %q", words)
		}
		if first == 0 {
			first = seq
		}
		switch {
		case ids[seq] == "" && seq == first+int64(len(ids)):
			ids[seq] = words[1]
		case ids[seq] == words[1]:
			again++
		default:
			t.Fatalf("after event %d comes %v", first+int64(len(ids))-1, words)
		}
		last = words[3] == "wiki.created The/End"
	}
	newest := client.must(t, "events.list", 0, 1).(map[string]any)["newest"].(float64)
	if missing := int64(newest) - int64(len(ids)) - first + 1; missing != 0 || first != 3 { // the first two grant permissions
		t.Errorf("%d events from %d on, up to %v: %d are missing", len(ids), first, newest, missing)
	}
	if again > rounds*1000 { // the relay's bound
		t.Errorf("%d came again after %d crashes", again, rounds)
	}
	t.Logf("%d events, and %d again", len(ids), again)
}

func TestWebhookMistakes(t *testing.T) {
	t.Parallel()
	w := newHookWorld(t)
	for _, args := range [][]string{
		{"webhook"}, {"webhook", "add", w.dir}, {"webhook", "add", w.dir, "ftp://x/secret"}, {"webhook", "add", w.dir, "https://x/", "--events", "Ticket"},
		{"webhook", "test", w.dir, "1"}, {"webhook", "remove", w.dir, "x"}, {"webhook", "add", w.dir, "https://x/", "--secret-stdin"}, {"webhook", "fly", w.dir, "1"},
		{"sink", "pause", w.dir}, {"sink", "pause", w.dir, "nothing"}, {"sink", "rewind", w.dir, "nothing"}, {"sink", "fly", w.dir, "x"}, {"sink", "list", w.dir, "x"},
	} {
		if text, err := w.command(args...); err == nil || strings.Contains(err.Error()+text, "secret\"") {
			t.Errorf("tracrpc %v: %v\n%s", args, err, text)
		}
	}
	// An address inside is refused when it comes to it, and the reason is told.
	inward := w.must("webhook", "add", w.dir, "http://169.254.169.254/latest", "--ed25519", "--user", "anonymous")
	if !strings.Contains(inward, "inward address") || !strings.Contains(inward, "whpk_") {
		t.Errorf("webhook add prints %s", inward)
	}
	if _, err := w.command("webhook", "test", w.dir, "1"); err == nil || !strings.Contains(err.Error(), "inward") {
		t.Errorf("webhook test: %v", err)
	}
	for _, c := range []struct{ args, want string }{
		{"sink pause ENV webhook-1", ""}, {"sink list ENV", "paused since"}, {"sink resume ENV webhook-1", ""},
		{"sink rewind ENV webhook-1 0", ""}, {"sink skip ENV webhook-1", "1 events skipped"}, {"sink skip ENV webhook-1 100", "1 events skipped"},
		{"sink requeue ENV webhook-1", "0 events"}, {"sink purge ENV webhook-1", "0 events"}, {"sink remove ENV webhook-1", ""},
	} {
		args := strings.Fields(strings.ReplaceAll(c.args, "ENV", w.dir))
		if got := w.must(args...); !strings.Contains(got, c.want) {
			t.Errorf("tracrpc %s prints %q, want %q", c.args, got, c.want)
		}
	}
}

// TestWebhookSnippetRuns runs the receiver that docs/events.md shows.
func TestWebhookSnippetRuns(t *testing.T) {
	t.Parallel()
	w := newHookWorld(t)
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "events.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := codeBlocks(string(text), "python")
	i := slices.IndexFunc(blocks, func(b string) bool { return strings.Contains(b, "webhook-signature") })
	if i < 0 {
		t.Fatal("there is no receiver")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	w.url = "http://" + address
	w.add()
	snippet := strings.NewReplacer("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", w.secret, "8080", address[strings.Index(address, ":")+1:]).Replace(blocks[i])
	receiver := follow(t, "python3", "-uc", snippet)
	awaitStream(t, w.url)
	jsonClient{serveTest(t, w.dir), "admin"}.must(t, "wiki.putPage", "Page", "text", map[string]any{})
	receiver.want("wiki.created Page admin")
}
