package api

import (
	"bytes"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tracrpc/environment"
	"tracrpc/rpc"
)

var update = flag.Bool("update", false, "rewrite docs/api.md")

// TestDocs keeps docs/api.md true: it is written from the tables of methods.
func TestDocs(t *testing.T) {
	registry, err := rpc.NewRegistry(slog.New(slog.DiscardHandler), Methods(&environment.Environment{})...)
	if err != nil {
		t.Fatal(err)
	}
	want := markdown(t, registry)
	path := filepath.Join("..", "..", "docs", "api.md")
	if *update {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("docs/api.md is stale; rewrite it: go test ./rpc/api -run TestDocs -update")
	}
}

func markdown(t *testing.T, registry *rpc.Registry) []byte {
	t.Helper()
	var b bytes.Buffer
	fmt.Fprintf(&b, "# The API: %d methods\n\n", len(registry.Methods()))
	b.WriteString("Every method needs the permission `XML_RPC`, and what its entry names. Types are those of XML-RPC; the same values\n" +
		"travel over JSON-RPC. This page is written from the tables in `rpc/api`; a server shows the same at `/rpc`.\n")
	namespace := ""
	for _, m := range registry.Methods() {
		if n := rpc.Namespace(m.Name()); n != namespace {
			namespace = n
			if Namespaces()[n] == "" {
				t.Errorf("Namespaces() does not describe %s", n)
			}
			fmt.Fprintf(&b, "\n## %s\n\n%s\n", n, Namespaces()[n])
		}
		fmt.Fprintf(&b, "\n### %s\n\n    %s\n\n%s\n", m.Name(), m.Signature, inMarkdown(m.Help))
		if asks := m.Asked(); asks != "" && asks != "XML_RPC" {
			fmt.Fprintf(&b, "\nNeeds %s.\n", inMarkdown(asks))
		}
	}
	return b.Bytes()
}

// inMarkdown turns the little wiki markup that help texts use into Markdown.
func inMarkdown(text string) string {
	text = strings.NewReplacer("'''", "**", "''", "*", "{{{\n", "```\n", "\n}}}", "\n```", "{{{", "`", "}}}", "`").Replace(text)
	return strings.TrimSpace(text)
}
