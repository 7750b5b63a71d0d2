package markup_test

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"tracrpc/wiki/markup"
)

// FuzzHTML checks what must hold of the HTML of any text: every element that is
// opened is closed and nothing else is, nothing in it can run, and it is not
// much longer than the text.
func FuzzHTML(f *testing.F) {
	for _, seed := range []string{
		"= a =\n * b\n   1. c\n\n  d\n> e\n", "||a||'''b||\n|--- class=x\n|| c \\\n|| d", " t:: d\n  e", "{{{#!div\na\n{{{#!td\n}}}\n}}}",
		"{{{#!html\n<div onclick=x><a href=javascript:x>\n}}}\n\n{{{#!html\n</div>\n}}}", "[[span(a, class=\"><script>)]] [[Known(x)]]",
		"'''''a''b''' //c//\n\n[=#x '''y''']", "http://a.b/c [//x] [[a|b]] <a:b c> #1 {1} [1:2] r1:2 ../WikiPage", "`a` {{{b}}} !`c`",
		"{{{#!tr\n{{{#!td\nx\n}}}\n}}}", "[[html(<b>)]] [[div(x)]] || y", "  x [[table()]]\n\n x", "{{{#!htmlcomment\na -- b\n}}}",
		"{{{#!div style=\"color: \\22 onclick=x\"\n}}}", "{{{#!th\n'''x\n}}}\n'''\n||y",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1<<14 {
			t.Skip()
		}
		text = strings.ToValidUTF8(text, "?")
		for _, o := range []markup.Options{{}, {OneLine: true, Shorten: true}, {KeepNewlines: true}} {
			out := toHTML(t, text, o)
			checkHTML(t, out)
			checkTree(t, out)
			if limit := 400*len(text) + 4096; len(out) > limit {
				t.Errorf("%d bytes of text give %d bytes of HTML", len(text), len(out))
			}
		}
		if steps := markup.Steps(text, markup.Options{Macros: bare{}}); steps > maxSteps*len(text)+1000 {
			t.Errorf("%d bytes of text take %d steps", len(text), steps)
		}
		read(t, text, markup.Options{Macros: bare{}}).Plain()
	})
}

// FuzzSanitize checks that no HTML gets through that could run anything.
func FuzzSanitize(f *testing.F) {
	for _, seed := range []string{
		"<b onclick=x>y</b>", "<a href='java&#10;script:x'>", "<svg><script>x", "<div style='width: e\\78pression(x)'>", "<img src=x>",
		"<textarea></textarea><script>", "<!-- --><style><a title='</style><img src=x onerror=y>'>", "<math><mtext><table><mglyph><style>",
		"<form><input type=password></form>", "</div></td><p>", "<noscript><p title='</noscript><img src=x onerror=y>'>",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		policy := markup.DefaultPolicy()
		out := policy.Sanitize(strings.ToValidUTF8(text, "?"))
		checkHTML(t, out)
		checkTree(t, out)
		if limit := 40*len(text) + 4096; len(out) > limit {
			t.Errorf("%d bytes of HTML give %d", len(text), len(out))
		}
		if again := policy.Sanitize(out); again != out && policy.Sanitize(again) != again {
			t.Errorf("what is safe does not stay as it is:\n%q\n%q", out, again)
		}
	})
}

// checkTree checks that a browser that writes its tree of the HTML and reads that
// again has the same tree: otherwise what was safe once may not be safe twice.
func checkTree(t *testing.T, out string) {
	t.Helper()
	once := throughTree(t, out)
	checkHTML(t, once)
	if twice := throughTree(t, once); twice != once {
		t.Fatalf("the tree of %q is not that of %q", out, once)
	}
}

// throughTree reads HTML as a browser does and writes it from the tree.
func throughTree(t *testing.T, text string) string {
	t.Helper()
	nodes, err := html.ParseFragment(strings.NewReader(text), &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body})
	if err != nil {
		t.Skip() // nested beyond all measure
	}
	var b strings.Builder
	for _, n := range nodes {
		if err := html.Render(&b, n); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

var void = map[string]bool{"br": true, "hr": true, "img": true, "input": true, "area": true, "col": true}

func checkHTML(t *testing.T, out string) {
	t.Helper()
	open := map[string]int{}
	z := html.NewTokenizer(strings.NewReader(out))
	for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
		token := z.Token()
		switch kind {
		case html.StartTagToken, html.SelfClosingTagToken:
			if kind == html.StartTagToken && !void[token.Data] {
				open[token.Data]++
			}
			checkTag(t, token, out)
		case html.EndTagToken:
			if open[token.Data]--; open[token.Data] < 0 {
				t.Fatalf("</%s> closes nothing in %q", token.Data, out)
			}
		case html.DoctypeToken:
			t.Fatalf("a declaration in %q", out)
		}
	}
	for name, n := range open {
		if n != 0 {
			t.Fatalf("<%s> stays open in %q", name, out)
		}
	}
}

func checkTag(t *testing.T, token html.Token, out string) {
	t.Helper()
	switch token.Data {
	case "script", "style", "iframe", "object", "embed", "link", "meta", "base", "svg", "math", "template", "noscript":
		t.Fatalf("<%s> in %q", token.Data, out)
	}
	for _, a := range token.Attr {
		value := strings.ToLower(strings.Join(strings.Fields(a.Val), ""))
		switch {
		case strings.HasPrefix(a.Key, "on"):
			t.Fatalf("an event handler in %q", out)
		case (a.Key == "href" || a.Key == "src" || a.Key == "action") && strings.HasPrefix(value, "javascript:"):
			t.Fatalf("a script's address in %q", out)
		case a.Key == "style" && strings.Contains(value, "expression("):
			t.Fatalf("an expression in %q", out)
		}
	}
}
