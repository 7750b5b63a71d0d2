package notify_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"tracrpc/notify"
)

// What Trac's own UnicodeTextWrapper makes of these.
func TestSplit(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                       "",
		"two words":              "two| |words",
		"well-known":             "well-|known",
		"a-hyphenated-word":      "a|-hyphenated-|word",
		"em--dash":               "em|--|dash",
		`say "no"--or yes`:       `say| |"no"|--|or| |yes`,
		"2026-03-04 x-1 ab-1 1a": "2026-03-04| |x-1| |ab-1| |1a",
		"ab-1c ab-c":             "ab-|1c| |ab-c",
		"漢字kana 漢字":              "漢字|kana| |漢字",
		"ab漢字-cd":                "ab漢字-|cd",
		"(see-also)":             "(see-|also)",
		" \t lead":               " \t |lead",
		"foo--bar-baz":           "foo|--bar-|baz",
		"http://a.org/b-cd-ef":   "http://a.org/b|-cd-|ef",
	} {
		if got := strings.Join(notify.Split(text), "|"); got != want {
			t.Errorf("Split(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestWrap(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text        string
		cols        int
		first, rest string
		wide        bool
		want        string
	}{
		{"", 10, " ", " ", false, ""},
		{"  stripped \n", 20, "", "", false, "stripped"},
		{"one two three four", 9, "", "", false, "one two\nthree\nfour"},
		{"one two three four", 9, "* ", "  ", false, "* one two\n  three\n  four"},
		{"a\n\nb\r\nc\rd", 9, "> ", "> ", false, "> a\n\n> b\n> c\n> d"},
		{"an-verylongwordindeed b", 9, "", "", false, "an-\nverylongwordindeed\nb"},
		{"a\tb", 20, "", "", false, "a       b"},
		{"漢字漢字漢字", 8, " ", " ", false, " 漢字漢\n 字漢字"},
		{"ααα ααα", 7, "", "", false, "ααα ααα"},
		{"ααα ααα", 7, "", "", true, "ααα\nααα"},
		{"漢字", 1, "", "", false, "漢字"},
	} {
		if got := notify.Wrap(c.text, c.cols, c.first, c.rest, c.wide); got != c.want {
			t.Errorf("Wrap(%q, %d, %q, %q, %v) = %q, want %q", c.text, c.cols, c.first, c.rest, c.wide, got, c.want)
		}
	}
}

// FuzzWrap checks that no line is wider than it may be but those of one word, and
// that only white space goes.
func FuzzWrap(f *testing.F) {
	for _, seed := range []string{"one two", "well-known--dash", "漢字kana", "a\tb\n\n c", strings.Repeat("x", 100), "e\u0301 \u3000 ★"} {
		f.Add(seed, 20, true)
		f.Add(seed, 1, false)
	}
	f.Fuzz(func(t *testing.T, text string, cols int, wide bool) {
		cols = 1 + (cols%100+100)%100
		if !utf8.ValidString(text) {
			return
		}
		if got := strings.Join(notify.Split(text), ""); got != text {
			t.Errorf("Split(%q) loses text: %q", text, got)
		}
		got := notify.Wrap(text, cols, " ", " ", wide)
		for line := range strings.SplitSeq(got, "\n") {
			if words := notify.Split(strings.TrimPrefix(line, " ")); len(words) > 1 && notify.Width(line, wide) > cols {
				// Joined again, pieces of East Asian text may form a compound word with
				// what is beside them, and one character may be wider than the line.
				if len([]rune(words[0])) > 1 || len(words) > 2 {
					t.Errorf("Wrap(%q, %d) has a line %q of %d columns", text, cols, line, notify.Width(line, wide))
				}
			}
		}
		if letters(got) != letters(text) {
			t.Errorf("Wrap(%q) = %q", text, got)
		}
	})
}

// letters is a text without white space.
func letters(text string) string { return strings.Join(strings.FieldsFunc(text, notify.IsSpace), "") }
