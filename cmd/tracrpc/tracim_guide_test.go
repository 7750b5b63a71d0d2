package main

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestTracimGuide runs what docs/events.md tells a client of TracimDaemon to be.
func TestTracimGuide(t *testing.T) {
	t.Parallel()
	need(t, "apt-get install python3", "python3", "--version")
	guide, err := os.ReadFile(filepath.Join("..", "..", "docs", "events.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := codeBlocks(string(guide), "python")
	i := slices.IndexFunc(blocks, func(block string) bool { return strings.Contains(block, "daemon_client_add") })
	if i < 0 {
		t.Fatal("docs/events.md has no client of TracimDaemon")
	}
	dir, socket := tracimEnvironment(t)
	client := jsonClient{serveTest(t, dir), "admin"}
	awaitSocket(t, socket)
	snippet := strings.NewReplacer("/run/tracrpc/master.sock", socket, "/tmp/listener.sock", filepath.Join(filepath.Dir(socket), "own.sock")).Replace(blocks[i])
	command := exec.Command("python3", "-u", "-c", snippet)
	out, err := command.StdoutPipe()
	if err == nil {
		err = command.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		command.Process.Kill() // it does not end by itself
		command.Wait()         // says only that it was killed
	})
	for deadline := time.Now().Add(time.Minute); len(client.must(t, "events.sinks").([]any)) == 0; {
		if time.Now().After(deadline) {
			t.Fatal("it never registers")
		}
	}
	client.must(t, "ticket.create", "of the guide", "", map[string]any{})
	lines := bufio.NewScanner(out)
	if lines.Scan(); !strings.HasSuffix(lines.Text(), " content.created.thread admin") {
		t.Errorf("%s\nprints %q", snippet, lines.Text())
	}
}
