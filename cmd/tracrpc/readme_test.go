package main

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestDocsNameEveryFlag keeps docs/operating.md and the flags of serve together.
func TestDocsNameEveryFlag(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "operating.md"))
	if err != nil {
		t.Fatal(err)
	}
	c := defaultConfig()
	c.flags().VisitAll(func(f *flag.Flag) {
		if !strings.Contains(string(text), "`--"+f.Name) {
			t.Errorf("docs/operating.md does not tell of --%s", f.Name)
		}
	})
}

// TestReadmeSnippetsRun runs what the README tells a newcomer to run, as it is
// printed there, on an environment like the one that script/serve makes.
func TestReadmeSnippetsRun(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "demo")
	runCommand(t, "", "init", dir)
	runCommand(t, "demo\n", "user", "add", dir, "demo", "--password-stdin")
	runCommand(t, "", "permission", "add", dir, "demo", "TRAC_ADMIN")
	host := strings.TrimPrefix(serveTest(t, dir), "http://")
	binary := buildProgram(t)
	tests := []struct {
		language, install string
		probe, command    []string
		want              string
	}{
		{"python", "apt-get install python3", []string{"python3", "--version"}, []string{"python3", "-c"}, "closed\n"},
		{"ruby", "apt-get install ruby-xmlrpc", []string{"ruby", "-rxmlrpc/client", "-e", ""}, []string{"ruby", "-e"}, "[]\n"},
		{"sh", "apt-get install curl", []string{"curl", "--version"}, []string{"sh", "-e", "-c"}, "\"result\": [1]"},
	}
	for _, test := range tests { // in order: the first makes ticket 1 and closes it
		t.Run(test.language, func(t *testing.T) {
			need(t, test.install, test.probe...)
			snippet := strings.Join(codeBlocks(string(text), test.language), "\n")
			snippet = strings.ReplaceAll(snippet, "127.0.0.1:8000", host)
			command := exec.CommandContext(t.Context(), test.command[0], append(test.command[1:], snippet)...)
			command.Dir = filepath.Dir(binary)
			out, err := command.CombinedOutput()
			if err != nil || !strings.Contains(string(out), test.want) {
				t.Errorf("%s\n%v: prints %q, want it to contain %q", snippet, err, out, test.want)
			}
		})
	}
}

// TestEventsSnippetRuns runs what docs/events.md tells a reader of the log to run.
func TestEventsSnippetRuns(t *testing.T) {
	t.Parallel()
	need(t, "apt-get install python3", "python3", "--version")
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "events.md"))
	if err != nil {
		t.Fatal(err)
	}
	dir := testEnvironment(t)
	host := strings.TrimPrefix(serveTest(t, dir), "http://")
	client := jsonClient{"http://" + host, "admin"}
	client.must(t, "wiki.putPage", "Page", "text", map[string]any{})
	snippet := codeBlocks(string(text), "python")[0]
	snippet = strings.NewReplacer("demo:demo", "admin:admin", "127.0.0.1:8000", host).Replace(snippet)
	out, err := exec.CommandContext(t.Context(), "python3", "-c", snippet).CombinedOutput()
	if want := "wiki created Page\n"; err != nil || !strings.HasSuffix(string(out), want) {
		t.Errorf("%s\n%v: prints %q, want it to end in %q", snippet, err, out, want)
	}
}

// codeBlocks are the fenced blocks of a language in a Markdown text.
func codeBlocks(text, language string) []string {
	var blocks []string
	for _, part := range strings.Split(text, "\n```"+language+"\n")[1:] {
		block, _, _ := strings.Cut(part, "\n```")
		blocks = append(blocks, block)
	}
	return blocks
}
