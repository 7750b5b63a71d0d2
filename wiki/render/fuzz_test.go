package render_test

import (
	"strings"
	"testing"

	"golang.org/x/net/html"

	"tracrpc/auth"
	"tracrpc/wiki/markup"
	"tracrpc/wiki/render"
)

// FuzzRender checks what links, macros and processors make of a text: nothing in
// it can run, all that is opened is closed, and it is not much longer than the
// text and what the macros show.
func FuzzRender(f *testing.F) {
	for _, seed := range []string{
		"[[TicketQuery(owner=ann,format=table,group=status,col=id|summary|cc,rows=description,max=1)]]", "[[TicketQuery(format=progress)]]",
		"[[TitleIndex(Guide,format=hierarchy,include=*:a[b)]] [[RecentChanges(G,2,group=none)]]", "= a =\n[[PageOutline(1-3,x,inline)]]",
		"[[Image(Guide:a b.png,link=javascript:x,class=\"><script>,margin=3,50%)]] [[Image(//x/y?z)]] [[Image(data:x)]]",
		"{{{#!python lineno=3 marks=4-5 id=\"<x\n'\"<\n}}}", "{{{#!diff\n--- a\n+++ b\n@@ -1 +1 @@\n-<a>\n+<b>\n}}}",
		"{{{#!markdown\n[a](javascript:x) <b onclick=y>![z](data:q)\n```html\n<\n```\n<div>\n}}}", "{{{#!csv\na,\"<b>\n\"\n}}}",
		"[[Workflow(<a> = b -> c)]] [[MacroList(*)]] [[TracIni]] [[KnownMimeTypes(text/x-p)]] [[SubscriberList]] [[InterWiki]] [[InterTrac]]",
		"[javascript:x y] [http://a\"onclick=b c] [mailto:x@y.z\"] attachment:\"<\" query:?a=<b>&c timeline:today diff:a@1:2 [/<x>] [//y\"]",
		"#1-3,5 {1} [1:2] r3 comment:1:ticket:7 milestone:next report:1 search:x htdocs:y MeatBall:Z trac:#1 ann@mail.example",
		"||[[TitleIndex]]||x\n|-[[TicketQuery(format=compact)]]", " a:: [[Image(x)]]\n > {{{#!text/x-trac-wiki\n''a\n}}}",
	} {
		f.Add(seed)
	}
	r := render.New(small().options())
	for _, page := range []auth.Resource{{}, {Realm: "wiki", ID: "Guide/Setup"}} {
		if _, err := r.HTML(f.Context(), admin(), base, page, "x"); err != nil {
			f.Fatal(err)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1<<12 {
			t.Skip()
		}
		text = strings.ToValidUTF8(text, "?")
		for _, who := range []auth.Principal{admin(), anonymous()} {
			out, err := r.HTML(t.Context(), who, base, auth.Resource{Realm: "wiki", ID: "Guide/Setup"}, text)
			if err != nil {
				t.Fatal(err)
			}
			checkSafe(t, out)
			calls := strings.Count(text, "[[") + strings.Count(text, "#!") + 1
			if limit := 400*len(text) + calls*200_000; len(out) > limit {
				t.Errorf("%d bytes of text give %d bytes of HTML", len(text), len(out))
			}
		}
		if _, err := r.Plain(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	})
}

// checkSafe checks that nothing in HTML can run. As in Trac an image that is given
// as data is a link to itself, which browsers do not follow.
func checkSafe(t *testing.T, out string) {
	t.Helper()
	policy := markup.DefaultPolicy()
	z := html.NewTokenizer(strings.NewReader(out))
	for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
		token := z.Token()
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
			continue
		}
		switch token.Data {
		case "script", "style", "iframe", "object", "embed", "link", "meta", "base", "svg", "math", "template", "noscript":
			t.Fatalf("<%s> in %q", token.Data, out)
		}
		for _, a := range token.Attr {
			scheme, _, isAddress := strings.Cut(strings.ToLower(strings.TrimSpace(a.Val)), ":")
			switch {
			case strings.HasPrefix(a.Key, "on"):
				t.Fatalf("an event handler in %q", out)
			case (a.Key == "href" || a.Key == "action") && isAddress && scheme != "mailto" &&
				scheme != "data" && !strings.ContainsAny(scheme, "/?#") &&
				!isIn(policy.Schemes, scheme):
				t.Fatalf("an address of the scheme %s in %q", scheme, out)
			case a.Key == "style" && strings.Contains(strings.ToLower(a.Val), "expression("):
				t.Fatalf("an expression in %q", out)
			}
		}
	}
}

func isIn(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
