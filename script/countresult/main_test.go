package main

import (
	"strings"
	"testing"
)

func TestReport(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, events string
		want         counts
		prints       string
	}{
		{"a pass", `{"Action":"output","Package":"p","Test":"A","Output":"hush\n"}
{"Action":"pass","Package":"p","Test":"A"}
{"Action":"pass","Package":"p","Elapsed":1.5}
`, counts{passed: 1}, "ok   p 1.5s\n1 passed, 0 failed, 0 skipped\n"},
		{"a skip says why", `{"Action":"output","Package":"p","Test":"A","Output":"no ruby\n"}
{"Action":"skip","Package":"p","Test":"A"}
`, counts{skipped: 1}, "SKIP p A\nno ruby\n0 passed, 0 failed, 1 skipped\n"},
		{"a failure is counted once", `{"Action":"output","Package":"p","Test":"A","Output":"wrong\n"}
{"Action":"fail","Package":"p","Test":"A"}
{"Action":"fail","Package":"p"}
`, counts{failed: 1}, "FAIL p A\nwrong\n0 passed, 1 failed, 0 skipped\n"},
		{"a package that does not build", `{"Action":"build-output","ImportPath":"p","Output":"p.go:1: broken\n"}
{"Action":"build-fail","ImportPath":"p"}
{"Action":"fail","Package":"p"}
`, counts{failed: 1}, "p.go:1: broken\nFAIL p\n0 passed, 1 failed, 0 skipped\n"},
		{"words that are not events", "go: no such tool\n", counts{}, "go: no such tool\n0 passed, 0 failed, 0 skipped\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var printed strings.Builder
			got, err := report(strings.NewReader(test.events), &printed)
			if err != nil || got != test.want {
				t.Errorf("report() = %+v, %v, want %+v", got, err, test.want)
			}
			if printed.String() != test.prints {
				t.Errorf("printed %q, want %q", printed.String(), test.prints)
			}
		})
	}
}
