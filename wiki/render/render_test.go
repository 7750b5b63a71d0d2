package render_test

import (
	"strings"
	"testing"
	"time"

	"tracrpc/auth"
	"tracrpc/wiki/render"
)

const base = "http://tracker.example/p"

// small is a world with one or two of each thing.
func small() *world {
	day := time.Date(2024, 3, 9, 0, 0, 0, 0, time.UTC)
	return &world{
		pages: []pageState{
			{Name: "WikiStart", Version: 1, Time: day},
			{Name: "Guide", Version: 2, Time: day.Add(time.Hour)},
			{Name: "Guide/Setup", Version: 1, Time: day},
			{Name: "InterMapTxt", Version: 1, Time: day, Text: "----\nwp https://wp.example/$1 # The Wp\nbad javascript:x\n----\n"},
		},
		tickets: []ticketState{
			{ID: 7, Type: "defect", Status: "new", Summary: "It <b>breaks</b>", Owner: "ann", Priority: "major"},
			{ID: 8, Type: "task", Status: "closed", Resolution: "fixed", Summary: "Done", Owner: "ann", Priority: "minor"},
		},
		milestones:  []milestoneState{{Name: "next"}},
		attachments: []attachmentState{{Realm: "wiki", ID: "Guide", Filename: "a b.png", Description: "A picture"}},
		reports:     []reportState{{ID: 3}},
		choices:     map[string][]string{"priority": {"major", "minor"}, "type": {"defect", "task"}},
	}
}

func TestLinks(t *testing.T) {
	t.Parallel()
	o := small().options()
	o.Settings = render.Settings{InterTrac: map[string]string{"other.url": "https://other.example", "o": "other"}}
	r := render.New(o)
	tests := []struct{ name, text, want string }{
		{"page", "Guide/Setup [wiki:Guide it]", `<a class="wiki" href="` + base + `/wiki/Guide/Setup">Guide/Setup</a> <a class="wiki" href="` + base + `/wiki/Guide">it</a>`},
		{"missing page", "[wiki:Nowhere]", `<a class="missing wiki" href="` + base + `/wiki/Guide/Nowhere" rel="nofollow">Nowhere</a>`},
		{"page beside this one", "[wiki:Setup]", `<a class="wiki" href="` + base + `/wiki/Guide/Setup">Setup</a>`},
		{"relative page", "[./Setup] [../WikiStart]", `<a class="missing wiki" href="` + base + `/wiki/Guide/Old/Setup" rel="nofollow">Setup</a> ` +
			`<a class="missing wiki" href="` + base + `/wiki/Guide/WikiStart" rel="nofollow">WikiStart</a>`},
		{"page with query and anchor", "[wiki:Guide@1?a=b#c x]", `<a class="wiki" href="` + base + `/wiki/Guide?version=1&amp;a=b#c">x</a>`},
		{"ticket", "#7", `<a class="new ticket" href="` + base + `/ticket/7" title="#7: defect: It &lt;b&gt;breaks&lt;/b&gt; (new)">#7</a>`},
		{"closed ticket", "bug:8", `<a class="closed ticket" href="` + base + `/ticket/8" title="#8: task: Done (closed: fixed)">bug:8</a>`},
		{"missing ticket", "#9", `<a class="missing ticket">#9</a>`},
		{"several tickets", "#7-8,9", `<a href="` + base + `/query?id=7-9" title="Tickets 7-9">#7-8,` + "\u200b" + `9</a>`},
		{"report", "{3} {4}", `<a class="report" href="` + base + `/report/3">{3}</a> <a class="missing report" title="report does not exist">{4}</a>`},
		{"milestone", "milestone:next", `<a class="milestone" href="` + base + `/milestone/next" title="No date set">milestone:next</a>`},
		{"attachment", `attachment:"a b.png:wiki:Guide"`, `<a class="attachment" href="` + base + `/attachment/wiki/Guide/a%20b.png" ` +
			`title="Attachment 'a b.png' in Guide">attachment:"a b.png:wiki:Guide"</a>` +
			`<a class="trac-rawlink" href="` + base + `/raw-attachment/wiki/Guide/a%20b.png" title="Download">` + "\u200b</a>"},
		{"InterTrac", "other:#1 #o5", `<a class="ext-link" href="https://other.example/intertrac/%231" title="#1 in Trac project other"><span class="icon">` +
			"\u200b" + `</span>other:#1</a> <a class="ext-link" href="https://other.example/intertrac/ticket%3A5" title="ticket:5 in Trac project other">` +
			`<span class="icon">` + "\u200b</span>#o5</a>"},
		{"InterWiki", "wp:x bad:y", `<a class="ext-link" href="https://wp.example/x" title="x in The Wp"><span class="icon">` + "\u200b</span>wp:x</a> bad:y"},
		{"unsafe scheme", "[javascript:alert(1) x] data://x", "[javascript:alert(1) x] data://x"},
		{"our own address", "[" + base + "/wiki x]", `<a href="` + base + `/wiki">x</a>`},
		{"query", "query:status!=closed", `<a class="query" href="` + base + `/query?status=!closed&amp;order=priority">query:status!=closed</a>`},
		{"changeset", "r12", `<a class="missing changeset" title="No default repository defined">r12</a>`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := r.HTML(t.Context(), admin(), base, auth.Resource{Realm: "wiki", ID: "Guide/Old"}, tt.text)
			if err != nil {
				t.Fatal(err)
			}
			if want := "<p>\n" + tt.want + "\n</p>\n"; got != want {
				t.Errorf("HTML(%q)\n got %s\nwant %s", tt.text, got, want)
			}
		})
	}
}

func TestMacros(t *testing.T) {
	t.Parallel()
	r := render.New(small().options())
	tests := []struct{ name, text, want string }{
		{"titles", "[[TitleIndex(Guide,hideprefix,format=compact)]]", `<a href="` + base + `/wiki/Guide"></a>, <a href="` + base + `/wiki/Guide/Setup">/Setup</a>`},
		{"recent changes", "[[RecentChanges(Guide,1)]]", `<h3 class="section">Mar 9, 2024</h3><ul><li><a href="` + base + `/wiki/Guide">Guide</a>` +
			`<small> (<a href="` + base + `/wiki/Guide?action=diff&amp;version=2">diff</a>)</small>`},
		{"outline", "[[PageOutline(1,x,inline)]]\n= One =", `<a href="#One">One</a>`},
		{"image", "[[Image(Guide:a b.png, 50%, nolink)]]", `<img alt="A picture" crossorigin="anonymous" src="` + base +
			`/raw-attachment/wiki/Guide/a%20b.png" title="A picture" width="50%" />`},
		{"tickets", "[[TicketQuery(owner=ann,format=compact)]]", `<span><a class="new" href="/p/ticket/7" title="It &lt;b&gt;breaks&lt;/b&gt;">#7</a>, `},
		{"count", "[[TicketQuery(status=closed,format=rawcount)]]", ">1</span>"},
		{"no tickets", "[[TicketQuery(owner=bob)]]", `<span class="query_no_results">No results</span>`},
		{"wrong argument", "[[TitleIndex(depth=x)]]", `<strong>Macro TitleIndex(depth=x) failed</strong><pre>Invalid macro argument <code>depth=x</code></pre>`},
		{"code", "{{{#!python\nx = 1\n}}}", `<div class="wiki-code"><div class="code"><pre><span class="n">x</span> <span class="o">=</span> <span class="mi">1</span>` + "\n</pre></div></div>"},
		{"numbered code", "{{{#!text lineno=5 marks=6\na\nb\n}}}", `<tr class="hilite"><th id="a-L6"><a href="#a-L6">6</a></th><td>b` + "\n</td></tr>"},
		{"patch", "{{{#!diff\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old  y\n+new  y\n}}}", `<td class="l"><span><del>old</del>&nbsp; y</span></td>`},
		{"not a patch", "{{{#!diff\nno\n}}}", "no\n</pre>"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := r.HTML(t.Context(), admin(), base, auth.Resource{Realm: "wiki", ID: "WikiStart"}, tt.text)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(got, tt.want) {
				t.Errorf("HTML(%q)\n got %s\nwant in it %s", tt.text, got, tt.want)
			}
		})
	}
}

func TestPermissions(t *testing.T) {
	t.Parallel()
	r := render.New(small().options())
	nobody := auth.NewPrincipal("", map[auth.Permission]bool{}, nil)
	text := "[wiki:Guide] #7 milestone:next ann@mail.example [[TitleIndex]]"
	got, err := r.HTML(t.Context(), nobody, base, auth.Resource{}, text)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"breaks", "mail.example", "/wiki/", "/ticket/", "/milestone/"} {
		if strings.Contains(got, secret) {
			t.Errorf("whoever may see nothing sees %q in %s", secret, got)
		}
	}
}

// TestLookups counts the questions of a page with many links: one a kind.
func TestLookups(t *testing.T) {
	t.Parallel()
	w := &counting{world: small()}
	o := w.options()
	o.Pages, o.Tickets = w, w
	text := strings.Repeat("#7 #8 #9 WikiStart [wiki:Guide] [wiki:Nowhere] comment:1:ticket:7\n", 100)
	on := auth.Resource{Realm: "wiki", ID: "Guide/Setup"}
	if _, err := render.New(o).HTML(t.Context(), admin(), base, on, text); err != nil {
		t.Fatal(err)
	}
	if w.pages != 1 || w.briefs != 1 {
		t.Errorf("a page with 700 links asks %d times for pages and %d times for tickets, want once each", w.pages, w.briefs)
	}
}

// TestMacroBounds renders pages that call macros without end.
func TestMacroBounds(t *testing.T) {
	t.Parallel()
	r := render.New(small().options())
	text := "= a =\n" + strings.Repeat("[[TitleIndex]][[PageOutline]]\n", 2000)
	got, err := r.HTML(t.Context(), admin(), base, auth.Resource{Realm: "wiki", ID: "WikiStart"}, text)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(got, `class="titleindex"`) + strings.Count(got, `class="wiki-toc"`); n > 1000 {
		t.Errorf("a page calls %d macros, want at most 1000", n)
	}
	if !strings.Contains(got, "too many macros") {
		t.Error("nobody is told that the page calls too many macros")
	}
}
