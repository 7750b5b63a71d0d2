package fault

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestLongMessagesAreClipped(t *testing.T) {
	for _, text := range []string{strings.Repeat("x", 1<<20), "x" + strings.Repeat("ü", 1<<20)} {
		f := New(NotFound, "no %s", text)
		if len(f.Message) > maxMessage+len("…") || !utf8.ValidString(f.Message) || !strings.HasSuffix(f.Message, "…") {
			t.Errorf("%d bytes, ending with %q", len(f.Message), f.Message[len(f.Message)-10:])
		}
	}
	if f := New(NotFound, "no %s", "ü"); f.Message != "no ü" {
		t.Errorf("%q", f.Message)
	}
}

func TestArgumentsAreKept(t *testing.T) {
	args := []any{"a", strings.Repeat("x", 1<<20), 5}
	f := New(NotFound, "%[1]s %[3]d %[2]s", args...)
	if !strings.HasPrefix(f.Message, "a 5 xxx") || len(args[1].(string)) != 1<<20 {
		t.Errorf("%.20q; the caller's argument has %d bytes", f.Message, len(args[1].(string)))
	}
}
