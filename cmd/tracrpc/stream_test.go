package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// withStream makes the environment in dir serve its events, and returns the
// address.
func withStream(t *testing.T, dir, settings string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	appendToIni(t, dir, "[tracrpc-stream]\nlisten = "+address+"\n"+settings)
	return "http://" + address
}

func appendToIni(t *testing.T, dir, text string) {
	t.Helper()
	changeIni(t, dir, func(ini string) string { return ini + "\n" + text })
}

func changeIni(t *testing.T, dir string, change func(string) string) {
	t.Helper()
	path := filepath.Join(dir, "conf", "trac.ini")
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(change(string(before))), 0o600); err != nil {
		t.Fatal(err)
	}
}

// awaitStream waits until an address is listened on.
func awaitStream(t *testing.T, address string) {
	t.Helper()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		conn, err := net.Dial("tcp", strings.TrimPrefix(address, "http://"))
		if err == nil {
			conn.Close()
			return
		}
		select {
		case <-ticker.C:
		case <-t.Context().Done():
			t.Fatalf("nobody listens on %s: %v", address, err)
		}
	}
}

// reader is a program that follows a stream.
type reader struct {
	t       *testing.T
	name    string
	command *exec.Cmd
	lines   *bufio.Scanner
	said    bytes.Buffer
}

// follow starts a script of testdata/stream, or another program.
func follow(t *testing.T, words ...string) *reader {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	if strings.HasSuffix(words[0], ".py") {
		need(t, "apt-get install python3", "python3", "--version")
		words = append([]string{"python3"}, words...)
	}
	r := &reader{t: t, name: words[0] + " " + words[1], command: exec.CommandContext(ctx, words[0], words[1:]...)}
	r.command.Dir = "testdata/stream"
	r.command.Env = clientEnvironment()
	r.command.Stderr = &r.said
	out, err := r.command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		r.command.Wait() // says only that it was killed, or how it ended
	})
	r.lines = bufio.NewScanner(out)
	r.lines.Buffer(nil, 1<<20)
	return r
}

// line is the next line; "" at the end.
func (r *reader) line() string {
	r.t.Helper()
	if r.lines.Scan() {
		return r.lines.Text()
	}
	return ""
}

// want reads these lines.
func (r *reader) want(lines ...string) {
	r.t.Helper()
	for i, want := range lines {
		if got := r.line(); got != want {
			r.t.Fatalf("%s: line %d is %q, want %q\n%s", r.name, i+1, got, want, r.said.String())
		}
	}
}

// through reads on to a line that has a text in it, which is the last of these.
func (r *reader) through(text string) (lines []string) {
	r.t.Helper()
	for r.lines.Scan() {
		if lines = append(lines, r.lines.Text()); strings.Contains(r.lines.Text(), text) {
			return lines
		}
	}
	r.t.Fatalf("%s: ended without %q\n%s", r.name, text, r.said.String())
	return nil
}

// until is the next line that has a text in it.
func (r *reader) until(text string) string {
	r.t.Helper()
	lines := r.through(text)
	return lines[len(lines)-1]
}

// hookPost posts as GitPubSub's hook does: without saying how long the line is.
func hookPost(t *testing.T, address, line string) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(address, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, part := range []string{"POST /json HTTP/1.1\r\n", "Host: localhost\r\n\r\n", line + "\r\n"} {
		if _, err := io.WriteString(conn, part); err != nil {
			t.Fatal(err)
		}
	}
}

// TestStreamReaders lets readers of each kind follow the same changes.
func TestStreamReaders(t *testing.T) {
	t.Parallel()
	need(t, "apt-get install curl", "curl", "--version")
	dir := testEnvironment(t)
	stream := withStream(t, dir, "")
	address := serveTest(t, dir)
	awaitStream(t, stream)
	admin := jsonClient{address, "admin"}
	svn := follow(t, "records.py", stream+"/json", "2")
	svn.want("ready")
	curl := follow(t, "curl", "-siN", "--raw", stream+"/")
	if got := curl.line(); got != "HTTP/1.1 200 OK" {
		t.Errorf("curl is answered %q", got)
	}
	curl.until("stillalive")
	listen, chunks := follow(t, "lines.py", stream+"/trac", "5"), follow(t, "chunks.py", stream+"/trac/env", "5")

	admin.must(t, "ticket.create", "first", "x", map[string]any{})
	admin.must(t, "ticket.update", 1, "a comment", map[string]any{"keywords": "k"})
	hookPost(t, stream, `{"commit":{"hash":"abc","log":"a\/b"}}`)
	admin.must(t, "wiki.putPage", "Some/Page", "text", map[string]any{})
	admin.must(t, "ticket.milestone.update", "milestone1", map[string]any{"name": "mile"})
	admin.must(t, "ticket.delete", 1)
	if output, err := exec.CommandContext(t.Context(), "curl", "-sf", "-d", `{"commit":{"hash":"def"}}`, stream+"/json").CombinedOutput(); err != nil || string(output) != "Message sent!\r\n" {
		t.Errorf("curl -d: %q, %v", output, err)
	}

	want := []string{"ticket created first", "ticket changed first", "wiki created Some/Page", "milestone changed mile", "ticket deleted first"}
	listen.want(want...)
	chunks.want(want...)
	svn.want("abc", "def", "")
	if got := curl.until(`"commit"`); got != `{"commit":{"hash":"abc","log":"a\/b"}}` {
		t.Errorf("curl reads %q", got)
	}
	if err := chunks.command.Wait(); err != nil {
		t.Errorf("chunks.py: %v\n%s", err, chunks.said.String())
	}
}

// TestStreamSurvivesKills kills the server while readers follow: each comes back
// by its cursor, and has every event once and in order.
func TestStreamSurvivesKills(t *testing.T) {
	t.Parallel()
	const rounds, changes = 3, 8
	program := buildProgram(t)
	dir := testEnvironment(t)
	stream := withStream(t, dir, "")
	var want []string
	var readers []*reader
	var printed syncBuffer
	for round := range rounds {
		server := startProgram(t, program, dir)
		awaitStream(t, stream)
		if round == 0 {
			for _, path := range []string{"/", "/trac/env/ticket", "/trac"} {
				readers = append(readers, follow(t, "lines.py", stream+path, fmt.Sprint(rounds*changes)))
			}
			readers = append(readers, follow(t, "lines.py", stream+"/trac/env/ticket", fmt.Sprint(rounds*changes), "admin", "admin"))
			followWithCommand(t, stream+"/trac/env/ticket", &printed)
		}
		for n := range changes {
			title := fmt.Sprintf("r%dn%d", round, n)
			jsonClient{server.address, "admin"}.must(t, "ticket.create", title, "", map[string]any{})
			want = append(want, "ticket created "+title)
		}
		server.kill(t)
	}
	startProgram(t, program, dir)
	for _, r := range readers {
		r.want(want...)
	}
	for i, line := range printed.await(t, len(want)) {
		title := strings.TrimPrefix(want[i], "ticket created ")
		if !strings.Contains(line, `"title": "`+title+`"`) {
			t.Errorf("tracrpc events: line %d is %.200s, want %s", i+1, line, title)
		}
	}
}
