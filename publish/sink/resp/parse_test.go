package resp

import (
	"bufio"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// commandsOf reads commands up to the first error.
func commandsOf(r io.Reader) (all [][]string, err error) {
	for in := bufio.NewReaderSize(r, 16); ; {
		words, err := readCommand(in)
		if err != nil {
			return all, err
		}
		all = append(all, words)
	}
}

// FuzzCommands reads bytes as commands. However they arrive, they are the same
// commands; and what was read, said again, is read as the same.
func FuzzCommands(f *testing.F) {
	for _, d := range dialogues {
		if len(d.text) < 2000 {
			f.Add(d.text)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		all, err := commandsOf(strings.NewReader(text))
		again, errAgain := commandsOf(iotest.OneByteReader(strings.NewReader(text)))
		if !slices.EqualFunc(all, again, slices.Equal) || err.Error() != errAgain.Error() {
			t.Errorf("in pieces %q, %v; at once %q, %v", again, errAgain, all, err)
		}
		var said strings.Builder
		for _, words := range all {
			said.WriteString(say(words...))
			size := 0
			for _, w := range words {
				size += len(w)
			}
			if size > maxCommand || len(words) > maxArguments {
				t.Errorf("a command of %d words and %d bytes", len(words), size)
			}
		}
		if same, err := commandsOf(strings.NewReader(said.String())); !errors.Is(err, io.EOF) || !slices.EqualFunc(all, same, slices.Equal) {
			t.Errorf("%q is read again as %q, %v", all, same, err)
		}
	})
}

// toRegexp is a pattern of the simpler kinds as a regular expression.
func toRegexp(pattern string) *regexp.Regexp {
	var b strings.Builder
	b.WriteString(`(?s)^`)
	for _, c := range []byte(pattern) {
		switch c {
		case '*':
			b.WriteString(`.*`)
		case '?':
			b.WriteString(`.`)
		default:
			b.WriteString(regexp.QuoteMeta(string(rune(c))))
		}
	}
	return regexp.MustCompile(b.String() + `$`)
}

// FuzzPatterns compares with regular expressions, and counts the steps.
func FuzzPatterns(f *testing.F) {
	f.Add("trac.*.ticket.?hanged.*", "trac.env.ticket.changed.1")
	f.Add("*a*a*a*a*b", strings.Repeat("a", 50))
	f.Add("[^a-c]\\*[x", "d*x")
	f.Fuzz(func(t *testing.T, text, channel string) {
		p := newPattern(text)
		got, steps := p.matches(channel)
		if limit := (len(text) + 2) * (len(channel) + 1); steps > limit {
			t.Errorf("%q on %q: %d steps, more than %d", text, channel, steps, limit)
		}
		ascii := !strings.ContainsFunc(text+channel, func(r rune) bool { return r > '~' || r == 0xfffd })
		if ascii && !strings.ContainsAny(text, `[\`) {
			if want := toRegexp(text).MatchString(channel); got != want {
				t.Errorf("%q on %q: %v, want %v", text, channel, got, want)
			}
		}
	})
}

func TestPatterns(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, channel string
		want             bool
	}{
		{"*", "", true}, {"", "", true}, {"", "a", false}, {"?", "", false}, {"a*", "a", true},
		{"trac.*", "trac.env.wiki.changed.A/B c.é", true}, {"trac.*", "trac-private.env.wiki.created", false},
		{"trac.*.changed.?", "trac.env.ticket.changed.12", false}, {"*.1*", "trac.1.2.x", true},
		{"h[ae]llo", "hallo", true}, {"h[^e]llo", "hello", false}, {"h[a-c]llo", "hbllo", true}, {"h[c-a]llo", "hbllo", true},
		{`h\*`, "h*", true}, {`h\*`, "hx", false}, {`h[\]]x`, "h]x", true}, {"h[ab", "ha", true}, {"[]a", "a", false}, {`a\`, `a\`, true},
	} {
		if got, _ := newPattern(c.pattern).matches(c.channel); got != c.want {
			t.Errorf("%q on %q: %v, want %v", c.pattern, c.channel, got, c.want)
		}
	}
}
