package auth

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestGlob(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"", "", true}, {"", "a", false}, {"a", "a", true}, {"a", "A", false}, {"a", "ab", false},
		{"*", "", true}, {"*", "a/b\nc", true}, {"a*c", "abc", true}, {"a*c", "ac", true}, {"a*c", "acb", false},
		{"*ab", "aab", true}, {"*a*b*", "xaxbx", true}, {"**a", "a", true},
		{"?", "ü", true}, {"?", "", false}, {"?", "\n", true}, {"a?", "aü", true},
		{"[ab]", "b", true}, {"[ab]", "c", false}, {"[!ab]", "c", true}, {"[!ab]", "a", false}, {"[^a]", "^", true},
		{"[a-c]", "b", true}, {"[c-a]", "b", false}, {"[c-a]x", "x", false}, {"[!c-a]", "b", true},
		{"[a-]", "-", true}, {"[-a]", "-", true}, {"[]a]", "]", true}, {"[!]a]", "]", false}, {"[", "[", true}, {"a[b", "a[b", true},
		{"[!]", "[!]", true}, {"[]", "[]", true}, {"[ä-ü]*", "öx", true}, {"[b-a!-z]", "-", false}, {"[b-a!-z]", "a", true},
		{`[\]`, `\`, true}, {"[[]", "[", true}, {"[a-c-e]", "-", true}, {"[a-c-e]", "d", false}, {"[--a]", "A", true},
	} {
		g := parseGlob(c.pattern)
		if got := g.matches([]byte(c.text)); got != c.want {
			t.Errorf("%q matches %q: %v, want %v", c.pattern, c.text, got, c.want)
		}
	}
}

// TestGlobIsQuick takes patterns on which going back and forth would not end.
func TestGlobIsQuick(t *testing.T) {
	t.Parallel()
	g := parseGlob(strings.Repeat("*a", 200) + "*b")
	start := time.Now()
	if g.matches([]byte(strings.Repeat("a", 20_000))) {
		t.Error("matches without a b")
	}
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("took %v", took)
	}
}

const fnmatch = `
import fnmatch, json, sys
json.dump([fnmatch.fnmatchcase(text, pattern) for pattern, text in json.load(sys.stdin)], sys.stdout)
`

// TestGlobAgainstPython compares the patterns with Python's.
func TestGlobAgainstPython(t *testing.T) {
	t.Parallel()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not installed; script/test installs it")
	}
	r := rand.New(rand.NewPCG(3, 4))
	text := func(of ...string) string {
		var b strings.Builder
		for range r.IntN(9) {
			b.WriteString(of[r.IntN(len(of))])
		}
		return b.String()
	}
	pairs := make([][2]string, 60_000)
	for i := range pairs {
		pairs[i] = [2]string{
			text("*", "?", "[", "[", "]", "]", "!", "-", "-", "^", "a", "b", "c", "\\", "&", "~", "|", "ü"),
			text("a", "b", "c", "[", "]", "!", "-", "^", "\\", "ü", "&", "\n"),
		}
	}
	input, err := json.Marshal(pairs)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), python, "-W", "ignore", "-c", fnmatch)
	cmd.Stdin = bytes.NewReader(input)
	output, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var want []bool
	if err := json.Unmarshal(output, &want); err != nil {
		t.Fatal(err)
	}
	matched := 0
	for i, pair := range pairs {
		g := parseGlob(pair[0])
		if got := g.matches([]byte(pair[1])); got != want[i] {
			t.Errorf("%q matches %q: %v, but Python says %v", pair[0], pair[1], got, want[i])
		}
		if want[i] {
			matched++
		}
	}
	if matched < 100 {
		t.Errorf("only %d of %d patterns match", matched, len(pairs))
	}
}

// FuzzGlob compares the matching with one that tries everything.
func FuzzGlob(f *testing.F) {
	f.Add("ticket:*@*/attachment:[!a-c]?", "ticket:1@*/attachment:xy")
	f.Add("*a*b[z-a", "aab[z-a")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if !utf8.ValidString(pattern) || !utf8.ValidString(text) || len(text) > 100 || len(pattern) > 100 {
			return
		}
		g := parseGlob(pattern)
		rest, begins := strings.CutPrefix(text, g.prefix)
		want := begins && matchesAll(g.rest, []rune(rest), map[[2]int]bool{})
		if got := g.matches([]byte(text)); got != want {
			t.Errorf("%q matches %q: %v, want %v", pattern, text, got, want)
		}
		if star := parseGlob(pattern + "*"); want && !strings.Contains(pattern, "[") && !star.matches([]byte(text+"tail")) {
			t.Errorf("%q matches %q, and with a star at its end does not match more", pattern, text)
		}
	})
}

func matchesAll(tokens []globToken, text []rune, failed map[[2]int]bool) bool {
	at := [2]int{len(tokens), len(text)}
	if len(tokens) == 0 {
		return len(text) == 0
	}
	if failed[at] {
		return false
	}
	t := &tokens[0]
	found := false
	if t.star {
		found = matchesAll(tokens[1:], text, failed) || len(text) > 0 && matchesAll(tokens, text[1:], failed)
	} else {
		found = len(text) > 0 && t.has(text[0]) && matchesAll(tokens[1:], text[1:], failed)
	}
	failed[at] = !found
	return found
}
