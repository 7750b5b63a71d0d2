package render_test

import (
	"strings"
	"testing"

	"tracrpc/auth"
	"tracrpc/ticket"
	"tracrpc/wiki/render"
)

func TestProcessors(t *testing.T) {
	t.Parallel()
	o := small().options()
	o.Settings.Workflow = ticket.DefaultWorkflow().Steps()
	r := render.New(o)
	tests := []struct{ name, text, want string }{
		{"values", "{{{#!csv\na,\"b \"\"c\"\"\"\n<x>,'y'\n}}}", `<table class="wiki"><thead><tr><th>a</th><th>b "c"</th></tr></thead><tbody><tr><td>&lt;x&gt;</td><td>'y'</td></tr></tbody></table>`},
		{"values with tabs", "{{{#!tsv\na\tb\n}}}", "<th>a</th><th>b</th></tr></thead><tbody></tbody>"},
		{"no values", "{{{#!csv\n}}}", `<table class="wiki"><tbody></tbody></table>`},
		{"Markdown", "{{{#!markdown\n# A\n* [b](http://c.example/) ~~d~~\n}}}", "<h1>A</h1>\n<ul>\n<li><a href=\"http://c.example/\">b</a> <del>d</del></li>"},
		{"Markdown's table", "{{{#!Markdown\n|a|b|\n|-|:-:|\n|1|2|\n}}}", `<td style="text-align:center">2</td>`},
		{"Markdown's HTML", "{{{#!markdown\n<b onclick=x>y</b> <script>z</script>\n}}}", "<p><b>y</b> </p>"},
		{"Markdown's addresses", "{{{#!markdown\n[a](javascript:b) ![c](data:d)\n}}}", "<a>a</a>"},
		{"open elements in Markdown", "{{{#!markdown\n<div>\n\nx\n}}}\ny", "</div></div><p>\ny\n</p>"},
		{"too much Markdown", "{{{#!markdown\n" + strings.Repeat("*a_", 3000) + "\n}}}", "<strong>Processor markdown failed</strong>"},
		{"quotes in Markdown too deep", "{{{#!markdown\n " + strings.Repeat(">", 101) + "\n}}}", "<strong>Processor markdown failed</strong>"},
		{"workflow", "[[Workflow]]", "<td><strong>reopen</strong></td><td>closed</td><td>reopened</td><td>TICKET_CREATE</td><td>del_resolution</td>"},
		{"own workflow", "[[Workflow(go = here -> there; go.label = leave)]]", "<td><strong>leave</strong></td><td>here</td><td>there</td>"},
		{"wrong workflow", "{{{#!Workflow\nnew -> closed\n}}}", "<strong>Processor Workflow failed</strong><pre>Line 1 is no option of a workflow: <code>new -&gt; closed</code></pre>"},
		{"subscribers", "[[SubscriberList]]", "<code>CarbonCopySubscriber</code>"},
		{"wiki text", "{{{#!text/x-trac-wiki\n''a''\n}}}", "<div class=\"wiki-code\"><p>\n<em>a</em>\n</p>\n</div>"},
		{"by the ending of a file's name", "{{{#!x.py\nif\n}}}", `<span class="k">if</span>`},
		{"a language that Trac has not", "{{{#!toml\na\n}}}", `<div class="wiki-code"><div class="code"><pre>`},
		{"a kind of text that is none", "{{{#!pdf\na\n}}}", `<div class="wiki-code"></div>`},
		{"the last of two arguments", "{{{#!text lineno lineno=3\na\n}}}", `id="a-L1"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := r.HTML(t.Context(), admin(), base, auth.Resource{Realm: "wiki", ID: "WikiStart"}, tt.text)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(got, tt.want) || strings.Contains(got, "<script") {
				t.Errorf("HTML(%q)\n got %s\nwant in it %s", tt.text, got, tt.want)
			}
		})
	}
}

// TestHelp checks that every macro says what it is for.
func TestHelp(t *testing.T) {
	t.Parallel()
	r := render.New(small().options())
	got, err := r.HTML(t.Context(), admin(), base, auth.Resource{}, "[[MacroList]]")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(got, "No documentation found") || strings.Contains(got, "system-message") {
		t.Errorf("some macro has no help:\n%s", got)
	}
	for _, name := range strings.Fields(`Image InterTrac InterWiki KnownMimeTypes MacroList PageOutline RecentChanges RepositoryIndex
		SubscriberList TicketQuery TitleIndex TracAdminHelp TracGuideToc TracIni Workflow Markdown csv tsv`) {
		if !strings.Contains(got, `id="`+name+`-macro"`) {
			t.Errorf("MacroList says nothing of %s", name)
		}
	}
}
