package markup_test

import (
	"testing"

	"tracrpc/wiki/markup"
)

// bare is a host without an environment: links show where they were meant to
// lead, macros their names.
type bare struct{ doc *markup.Document }

func (b bare) Anchor(n int) markup.Anchor {
	l := b.doc.Links()[n]
	label := l.Label
	if label == "" {
		label = l.Source
	}
	return markup.Anchor{Linked: true, Href: l.Scheme + "!" + l.Target, Text: label}
}

func (b bare) Expand(c *markup.Call, _ func(string) string) (string, error) {
	return "(" + c.Name + ")", nil
}

func (b bare) Known(c *markup.Call) bool { return c.Name == "Known" }

func (b bare) Inline(*markup.Call) bool { return false }

func read(t testing.TB, text string, o markup.Options) *markup.Document {
	t.Helper()
	doc, err := markup.Parse(t.Context(), text, o)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func toHTML(t testing.TB, text string, o markup.Options) string {
	t.Helper()
	o.Macros = bare{}
	doc := read(t, text, o)
	out, err := doc.HTML(t.Context(), bare{doc}, 0)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestHTML(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"empty", "", ""},
		{"paragraphs", "a\nb\n\nc", "<p>\na\nb\n</p>\n<p>\nc\n</p>\n"},
		{"entities", `x < "y" & z`, "<p>\nx &lt; \"y\" &amp; z\n</p>\n"},
		{"crossing styles", "'''a //b''' c//", "<p>\n<strong>a <em>b</em></strong><em> c</em>\n</p>\n"},
		{"an open style ends with its paragraph", "~~a\n\nb", "<p>\n<del>a\n</del></p>\n<p>\nb\n</p>\n"},
		{"code is not markup", "`''a''` {{{#1}}}", "<p>\n<code>''a''</code> <code>#1</code>\n</p>\n"},
		{"heading", "== Tea & cake ==", "<h2 class=\"section\" id=\"Teacake\">Tea &amp; cake</h2>\n"},
		{"headings have different ids", "= A\n= A\n= A1", `<h1 class="section" id="A">A</h1>` + "\n" +
			`<h1 class="section" id="A1">A</h1>` + "\n" + `<h1 class="section" id="A11">A1</h1>` + "\n"},
		{"heading with its own id", "= A = #b", `<h1 class="section" id="b">A</h1>` + "\n"},
		{"rule", "----", "<hr />\n"},
		{"nested lists", "* a\n  * b\n* c", "<ul><li>a\n<ul><li>b\n</li></ul></li><li>c\n</li></ul>"},
		{"numbers", " 3. a\n i. b", `<ol start="3"><li>a` + "\n</li><li>b\n</li></ol>"},
		{"definition", " a:: b", "<dl class=\"wiki\"><dt>a</dt><dd>b\n</dd></dl>\n"},
		{"quote", "  a", "<blockquote>\n<p>\na\n</p>\n</blockquote>\n"},
		{"citation", "> a\n>> b", "<blockquote class=\"citation\">\n<p>\na\n</p>\n<blockquote class=\"citation\">\n<p>\nb\n</p>\n</blockquote>\n</blockquote>\n"},
		{"table", "||=a=||b ||", `<table class="wiki">` + "\n<tr><th>a</th>" + `<td style="text-align: left">b ` + "\n</td></tr></table>\n"},
		{"block", "{{{\n<a>\n}}}", "<pre class=\"wiki\">&lt;a&gt;\n</pre>"},
		{"block without an end", "{{{\na", "<pre class=\"wiki\">a\n</pre>"},
		{"division", "{{{#!div class=x onclick=y\na\n}}}", "<div class=\"x\"><p>\na\n</p>\n</div>"},
		{"unknown processor", "{{{#!nope\n}}}", "<div class=\"system-message\"><strong>Error: Failed to load processor <code>nope</code></strong><pre>No macro or processor named 'nope' found</pre></div>"},
		{"escapes", "!#1 !WikiPage !''", "<p>\n#1 WikiPage ''\n</p>\n"},
		{"known macro", "[[Known(x)]]", "<p>\n(Known)\n</p>\n"},
		{"unknown macro is a link", "[[Other(x)]]", "<p>\n<a href=\"!Other(x)\">[[Other(x)]]</a>\n</p>\n"},
		{"page name", "see WikiPage.", "<p>\nsee <a href=\"!WikiPage\">WikiPage</a>.\n</p>\n"},
		{"long link", "[http://a.b/c d e]", "<p>\n<a href=\"http!//a.b/c\">d e</a>\n</p>\n"},
		{"line break", `a[[BR]]b\\c`, "<p>\na<br />b<br />c\n</p>\n"},
		{"a table in a processor", "{{{#!table\n||a||\n{{{#!td\nb\n}}}\n\nlost\n}}}", "<table class=\"wiki\"><tr><td>a\n</td></tr><tr><td><p>\nb\n</p>\n</td></tr></table>"},
		{"two tables in a processor", "{{{#!table\n||a||\n\n||b||\n}}}", "<div class=\"system-message\"><strong>!#table must contain at most one table</strong></div>"},
		{"no table in a processor", "{{{#!tr\na\n}}}", "<div class=\"system-message\"><strong>!#tr must contain at least one table cell (and table cells only)</strong></div>"},
		{"style before a cell", "''a||b", "<table class=\"wiki\">\n<tr><em>a</em><td style=\"text-align: left\">b\n</td></tr></table>\n"},
		{"division over two blocks", "{{{#!html\n<div class=x>\n}}}\na\n{{{#!html\n</div>\n}}}", "<div class=\"x\">\n<p>\na\n</p>\n</div>\n"},
		{"division never closed", "{{{#!html\n<div>\n}}}\na", "<div>\n<p>\na\n</p>\n</div>"},
		{"columns", "{{{#!html\n<div id=a>\n}}}\na\n{{{#!html\n</div><div id=b>\n}}}\nb\n{{{#!html\n</div>c</div>\n}}}",
			"<div id=\"a\">\n<p>\na\n</p>\n</div><div id=\"b\">\n<p>\nb\n</p>\n</div>c\n"},
		{"style never closed", "{{{#!html\n<div><b>\n}}}\na\n{{{#!html\n</div>\n}}}", "<div><b>\n<p>\na\n</p>\n</b></div>\n"},
		{"a style does not end a box", "{{{#!html\n<b>x<div>\n}}}\na\n{{{#!html\n</b>\n}}}", "<b>x<div>\n<p>\na\n</p>\n\n</div></b>"},
		{"nothing stays open in a list", " * a\n   {{{#!html\n   <div>\n   }}}\n", "<ul><li>a\n<div>\n</div></li></ul>"},
		{"unfinished tag", "{{{#!html\n<b>x</b> <a href=\n}}}", "<b>x</b> &lt;a href=\n"},
		{"entity in a heading", "= a &amp; b =", "<h1 class=\"section\" id=\"ab\">a &amp;amp; b</h1>\n"},
		{"anchor", "[=#a b]", "<p>\n<span class=\"wikianchor\" id=\"a\">b</span>\n</p>\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := toHTML(t, tt.text, markup.Options{}); got != tt.want {
				t.Errorf("HTML(%q)\n got %q\nwant %q", tt.text, got, tt.want)
			}
		})
	}
}

func TestOneLine(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"blocks are left out", "a\n{{{\nb\n}}}\nc", "a\n […]\nc"},
		{"headings are text", "= a =", "= a ="},
		{"line breaks are spaces", "a[[BR]]b", "a b"},
		{"dots become an ellipsis within a style", "''a...", "<em>a…</em>"},
		{"inline markup stays", "'''a'''", "<strong>a</strong>"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := toHTML(t, tt.text, markup.Options{OneLine: true}); got != tt.want {
				t.Errorf("one line of %q\n got %q\nwant %q", tt.text, got, tt.want)
			}
		})
	}
}
