package search

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestTerms(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		query string
		want  []string
	}{
		{"", nil},
		{" \t\n", nil},
		{"one two", []string{"one", "two"}},
		{"one\ttwo\nthree", []string{"one", "two", "three"}},
		{`"one two"  three`, []string{"one two", "three"}},
		{`'one two' three`, []string{"one two", "three"}},
		{`"never closed`, []string{`"never`, "closed"}},
		{"\"over\na line\"", []string{`"over`, "a", `line"`}},
		{`it's`, []string{"it's"}},
		{`it's a 'b`, []string{"it", "s a ", "b"}},
		{`""`, []string{""}},
		{`"`, []string{""}},
		{`a"b c"d`, []string{"a", "b c", "d"}},
		{"-apple 10% a/b", []string{"-apple", "10%", "a/b"}},
	} {
		if got := Terms(c.query); !slices.Equal(got, c.want) {
			t.Errorf("Terms(%q) = %q, want %q", c.query, got, c.want)
		}
	}
}

func FuzzTerms(f *testing.F) {
	for _, query := range []string{"a b", `"a b" 'c`, "\"a\nb\"", `''"`, "\xff \u2003x"} {
		f.Add(query)
	}
	f.Fuzz(func(t *testing.T, query string) {
		rest := query
		for _, term := range Terms(query) { // in their order, and nothing made up
			i := strings.Index(rest, term)
			if i < 0 {
				t.Fatalf("Terms(%q) = %q: %q is not in what is left, %q", query, Terms(query), term, rest)
			}
			rest = rest[i+len(term):]
		}
	})
}

func TestExcerpt(t *testing.T) {
	t.Parallel()
	words := strings.Repeat("word ", 100)
	for _, c := range []struct {
		name, text string
		terms      []string
		want       string
	}{
		{"empty", "", []string{"x"}, ""},
		{"short", "before x after", []string{"x"}, "before x after"},
		{"not found", strings.Repeat("a", 300), []string{"x"}, strings.Repeat("a", 239) + " ..."},
		{"around", words + "here" + strings.Repeat(" more", 100), []string{"here"},
			"... " + strings.Repeat("word ", 12) + "here" + strings.Repeat(" more", 47) + "  ..."},
		{"from the sentence on", words + "End. Now comes here", []string{"HERE"}, "...  Now comes here"},
		{"the first of all terms", words + "one two", []string{"two", "one"}, "... " + strings.Repeat("word ", 12) + "one two"},
		{"characters, not bytes", strings.Repeat("é", 100) + "x", []string{"x"}, "... " + strings.Repeat("é", 60) + "x"},
	} {
		if got := Excerpt(c.text, c.terms); got != c.want {
			t.Errorf("%s: Excerpt = %q, want %q", c.name, got, c.want)
		}
	}
}

func FuzzExcerpt(f *testing.F) {
	f.Add("some text. with a term", "term")
	f.Add(strings.Repeat("x", 500), "y")
	f.Add("\xff\xfe", "")
	f.Fuzz(func(t *testing.T, text, term string) {
		got := Excerpt(text, []string{term})
		if n := utf8.RuneCountInString(got); n > excerptLength+excerptBefore+8 {
			t.Errorf("Excerpt(%q, %q) is %d characters long", text, term, n)
		}
		part := strings.Trim(got, " .")
		if utf8.ValidString(text) && !strings.Contains(text, part) {
			t.Errorf("Excerpt(%q, %q) = %q, which is no part of it", text, term, got)
		}
	})
}

func TestLine(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("word ", 20)
	for text, want := range map[string]string{
		"":                       "",
		"short\nof two lines":    "short\nof two lines",
		long:                     strings.TrimSpace(long[:70]) + " ...",
		strings.Repeat("x", 75):  strings.Repeat("x", 75),
		strings.Repeat("é", 100): strings.Repeat("é", 71) + " ...",
	} {
		if got := Line(text); got != want {
			t.Errorf("Line(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestPath(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		parts []string
		want  string
	}{
		{[]string{"ticket", "1"}, "/ticket/1"},
		{[]string{"wiki", "A/B c"}, "/wiki/A/B%20c"},
		{[]string{"wiki", "//a///b/"}, "/wiki/a/b"},
		{[]string{"wiki", "é?#%&+~!*'()"}, "/wiki/%C3%A9%3F%23%25%26%2B~!*'()"},
		{[]string{"attachment", "ticket", "1", "../x"}, "/attachment/ticket/1/../x"},
	} {
		if got := Path(c.parts...); got != c.want {
			t.Errorf("Path(%q) = %q, want %q", c.parts, got, c.want)
		}
	}
}

func TestContains(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text  string
		terms []string
		want  bool
	}{
		{"Äpfel und Birnen", []string{"äPFEL", "birn"}, true},
		{"Äpfel", []string{"äpfel", "birn"}, false},
		{"ΣΊΣΥΦΟΣ", []string{"σίσυφος"}, true},
		{"", []string{""}, true},
	} {
		if got := Contains(c.text, c.terms); got != c.want {
			t.Errorf("Contains(%q, %q) = %t, want %t", c.text, c.terms, got, c.want)
		}
	}
}
