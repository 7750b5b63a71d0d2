package main

import (
	"flag"
	"os"
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
