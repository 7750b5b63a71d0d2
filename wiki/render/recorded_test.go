package render_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tracrpc/auth"
	"tracrpc/wiki/render"
)

// The cases in this file were recorded over the RPC of a fresh environment with
// the default pages and what own-fixture.json adds.

const recordedBase = "http://127.0.0.1:8001/trac"

type defaultPage struct {
	ID, Page, Text, HTML, Scope string
	Anonymous                   *string `json:"html_anonymous"`
	NoHighlighter               *string `json:"html_no_pygments"`
}

// recordedRenderer renders as the recorded environment did.
func recordedRenderer(t testing.TB, folder string, withFixture bool) *render.Renderer {
	t.Helper()
	var fixture struct {
		Config      map[string]map[string]string
		Pages       []pageState
		Tickets     []ticketState
		Milestones  []milestoneState
		Attachments []attachmentState
	}
	data, err := os.ReadFile(filepath.Join(folder, "own-fixture.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &fixture); err != nil {
		t.Fatal(err)
	}
	w := &world{}
	if withFixture {
		w.pages, w.tickets, w.attachments = fixture.Pages, fixture.Tickets, fixture.Attachments
		w.milestones = fixture.Milestones
		w.pages = append(w.pages, pageState{Name: "BlackBox", Version: 1, Time: time.Date(2024, 3, 14, 12, 0, 0, 0, time.UTC)})
	}
	for _, name := range []string{"milestone1", "milestone2", "milestone3", "milestone4"} {
		w.milestones = append(w.milestones, milestoneState{Name: name})
	}
	for id := range 8 {
		w.reports = append(w.reports, reportState{ID: id + 1})
	}
	for _, p := range readLines[defaultPage](t, filepath.Join(folder, "default-pages.jsonl")) {
		w.pages = append(w.pages, pageState{Name: p.Page, Text: p.Text, Version: 1, Time: time.Date(2024, 3, 15, 0, 0, 0, 0, time.UTC)})
	}
	w.choices = map[string][]string{
		"type":      {"defect", "enhancement", "task"},
		"priority":  {"blocker", "critical", "major", "minor", "trivial"},
		"milestone": {"milestone1", "milestone2", "milestone3", "milestone4"},
		"component": {"component1", "component2"}, "version": {"1.0", "2.0"},
		"resolution": {"fixed", "invalid", "wontfix", "duplicate", "worksforme"},
	}
	o := w.options()
	if withFixture {
		o.Settings = render.Settings{InterTrac: fixture.Config["intertrac"], InterWiki: fixture.Config["interwiki"]}
	}
	return render.New(o)
}

type ownCase struct {
	ID, Title, Category, Flavor, Input, User, Scope string
	Shorten                                         bool
	Expected                                        string  `json:"expected_html"`
	Realm                                           *string `json:"context_realm"`
	Page                                            *string `json:"context_page"`
	NoHighlighter                                   *string `json:"html_no_pygments"`
}

func principal(user string) auth.Principal {
	if user == "anonymous" {
		return anonymous()
	}
	return admin()
}

func TestOwnCases(t *testing.T) {
	folder := casesFolder(t)
	r := recordedRenderer(t, folder, true)
	s := score{name: "own-cases", floorExact: 137, floorDOM: 144, floorLenient: 146}
	for _, c := range readLines[ownCase](t, filepath.Join(folder, "own-cases.jsonl")) {
		if c.Scope != "core" && c.Scope != "highlighter" {
			continue
		}
		var on auth.Resource
		if c.Realm != nil {
			on = auth.Resource{Realm: *c.Realm, ID: *c.Page}
		}
		var html string
		var err error
		switch c.Flavor {
		case "oneliner":
			html, err = r.OneLine(t.Context(), principal(c.User), recordedBase, on, c.Input, c.Shorten)
		case "escape_newlines":
			html, err = r.Comment(t.Context(), principal(c.User), recordedBase, on, c.Input)
		default:
			html, err = r.HTML(t.Context(), principal(c.User), recordedBase, on, c.Input)
		}
		if err != nil {
			t.Errorf("%s: %v", c.ID, err)
		}
		s.add(t, c.ID+" "+c.Scope+" "+c.Title, c.Input, c.Expected, html)
	}
	s.check(t)
}

type blackboxCase struct {
	ID, Title, Category, Input, Page string
	PageHTML                         string  `json:"page_html"`
	WikiToHTML                       *string `json:"wikiToHtml"`
}

func TestBlackboxCases(t *testing.T) {
	folder := casesFolder(t)
	r := recordedRenderer(t, folder, true)
	onPage := score{name: "blackbox-cases, getPageHTML", floorExact: 395, floorDOM: 401, floorLenient: 401}
	bare := score{name: "blackbox-cases, wikiToHtml", floorExact: 390, floorDOM: 396, floorLenient: 396}
	for _, c := range readLines[blackboxCase](t, filepath.Join(folder, "blackbox-cases.jsonl")) {
		html, err := r.HTML(t.Context(), admin(), recordedBase, auth.Resource{Realm: "wiki", ID: c.Page}, c.Input)
		if err != nil {
			t.Errorf("%s: %v", c.ID, err)
		}
		onPage.add(t, c.ID+" "+c.Title, c.Input, c.PageHTML, html)
		if c.WikiToHTML == nil {
			continue
		}
		if html, err = r.HTML(t.Context(), admin(), recordedBase, auth.Resource{}, c.Input); err != nil {
			t.Errorf("%s: %v", c.ID, err)
		}
		bare.add(t, c.ID+"-bare "+c.Title, c.Input, *c.WikiToHTML, html)
	}
	onPage.check(t)
	bare.check(t)
}

// TestDefaultPages compares whole pages and, since one word may spoil a long page,
// the nodes at their top.
func TestDefaultPages(t *testing.T) {
	folder := casesFolder(t)
	r := recordedRenderer(t, folder, false)
	same, all := 0, 0
	s := score{name: "default-pages", floorExact: 27, floorDOM: 27, floorLenient: 48}
	for _, p := range readLines[defaultPage](t, filepath.Join(folder, "default-pages.jsonl")) {
		on := auth.Resource{Realm: "wiki", ID: p.Page}
		html, err := r.HTML(t.Context(), admin(), recordedBase, on, p.Text)
		if err != nil {
			t.Errorf("%s: %v", p.Page, err)
		}
		s.add(t, p.ID+" "+p.Scope, "", p.HTML, html)
		n, m := sameNodes(p.HTML, html)
		same, all = same+n, all+m
		if m > n && !strings.HasPrefix(p.Scope, "trac internals") && p.Scope != "docutils" {
			t.Errorf("%s: %d of %d nodes are Trac's", p.Page, n, m)
		}
	}
	s.check(t)
	// The rest describes parts of Trac in Trac's words: its macros, options and
	// commands, and the text format of docutils.
	t.Logf("default-pages: %d of %d nodes at the top are Trac's, but for colours", same, all)
	if same < 2960 {
		t.Error("want at least 2960 nodes")
	}
}
