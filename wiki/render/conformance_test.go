package render_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"tracrpc/auth"
	"tracrpc/wiki/markup"
	"tracrpc/wiki/render"
)

// The conformance cases are recordings of a real Trac and carry its licence, so
// they are not in this repository. The tests read them from
// ../shared/conformance/wiki beside the repository, or from the folder that
// TRACRPC_SHARED names.

func casesFolder(t testing.TB) string {
	t.Helper()
	root := os.Getenv("TRACRPC_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	folder := filepath.Join(root, "conformance", "wiki")
	if _, err := os.Stat(folder); err != nil {
		t.Skipf("the recorded cases are not at %s: set TRACRPC_SHARED to the folder that holds conformance/", folder)
	}
	return folder
}

func readLines[T any](t testing.TB, file string) []T {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var rows []T
	s := bufio.NewScanner(f)
	s.Buffer(nil, 64<<20)
	for s.Scan() {
		var row T
		if err := json.Unmarshal(s.Bytes(), &row); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		rows = append(rows, row)
	}
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
	return rows
}

// exact is the strict rule of comparison: Trac's own test runner's.
func exact(s string) string {
	s = strings.NewReplacer("\r", "", "\u200b", "").Replace(s)
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRightFunc(l, unicode.IsSpace)
	}
	return strings.Join(lines, "\n")
}

// score counts passed cases by rule, and fails the test below a floor.
type score struct {
	name                               string
	exact, dom, lenient, all           int
	floorExact, floorDOM, floorLenient int
}

func (s *score) add(t *testing.T, id, input, want, got string) {
	t.Helper()
	save(t, id, want, got)
	s.all++
	switch {
	case exact(want) == exact(got):
		s.exact++
		s.dom++
		s.lenient++
		return
	case sameDOM(want, got):
		s.dom++
		s.lenient++
		if os.Getenv("TRACRPC_SHOW") != "exact" {
			return
		}
	case sameText(want, got):
		s.lenient++
		if os.Getenv("TRACRPC_SHOW") != "exact" {
			return
		}
	}
	if show := os.Getenv("TRACRPC_SHOW"); show != "" {
		t.Logf("%s\n--- input\n%s\n--- want\n%s\n--- got\n%s", id, input, want, got)
	}
}

// save adds a case and what came of it to the file that TRACRPC_SAVE names, for
// whoever wants to compare them in another way.
func save(t *testing.T, id, want, got string) {
	t.Helper()
	name := os.Getenv("TRACRPC_SAVE")
	if name == "" {
		return
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := json.NewEncoder(f).Encode(map[string]string{"id": id, "want": want, "got": got}); err != nil {
		t.Fatal(err)
	}
}

func (s *score) check(t *testing.T) {
	t.Helper()
	t.Logf("%s: %d exact, %d by dom, %d but for colours, of %d", s.name, s.exact, s.dom, s.lenient, s.all)
	if s.exact < s.floorExact || s.dom < s.floorDOM || s.lenient < s.floorLenient {
		t.Errorf("%s: want at least %d exact, %d by dom, %d but for colours",
			s.name, s.floorExact, s.floorDOM, s.floorLenient)
	}
}

func admin() auth.Principal {
	return auth.NewPrincipal("admin", map[auth.Permission]bool{"TRAC_ADMIN": true}, nil)
}

func anonymous() auth.Principal {
	granted := map[auth.Permission]bool{}
	for _, p := range []auth.Permission{"WIKI_VIEW", "TICKET_VIEW", "MILESTONE_VIEW", "REPORT_VIEW", "ATTACHMENT_VIEW"} {
		granted[p] = true
	}
	return auth.NewPrincipal("", granted, nil)
}

type tracCase struct {
	ID, Title, Category, Flavor, Scope, Input string
	Setup                                     string
	Expected                                  string  `json:"expected_html"`
	NoRepository                              *string `json:"expected_html_no_repository"`
	Realm                                     string  `json:"context_realm"`
	Page                                      string  `json:"context_page"`
	Needs                                     struct {
		Pages       []pageState `json:"wiki_pages"`
		Tickets     []ticketState
		Milestones  []milestoneState
		Attachments []attachmentState
		Reports     []reportState
		Config      map[string]map[string]string
		Perm        any
		TestMacros  any `json:"test_macros"`
	}
}

func (c *tracCase) settings() render.Settings {
	s := render.Settings{
		SiteURL: "http://example.org/trac.cgi",
		InterTrac: map[string]string{
			"genshi.title": "Genshi's Trac", "genshi.url": "https://genshi.edgewall.org", "t": "trac",
			"th.title": "Trac Hacks", "th.url": "http://trac-hacks.org",
		},
		SafeSchemes: strings.Split("data,file,ftp,http,https,svn,svn+ssh,rfc-2396.compatible,rfc-2396+under_score", ","),
	}
	for name, value := range c.Needs.Config["intertrac"] {
		s.InterTrac[name] = value
	}
	s.InterWiki = c.Needs.Config["interwiki"]
	w := c.Needs.Config["wiki"]
	s.RenderUnsafeContent = strings.EqualFold(w["render_unsafe_content"], "true")
	s.SplitPageNames = w["split_page_names"] == "true"
	if list := w["safe_schemes"]; list != "" {
		s.SafeSchemes = strings.Split(list, ",")
	}
	if groups := c.Needs.Config["milestone-groups"]; groups != nil {
		for _, name := range []string{
			"closed.status", "closed.query_args", "closed.overall_completion", "active.status", "active.css_class",
		} {
			s.MilestoneGroups = append(s.MilestoneGroups, render.Setting{Name: name, Value: groups[name]})
		}
	}
	s.HtdocsLocation = c.Needs.Config["trac"]["htdocs_location"]
	s.NeverObfuscateMailto = strings.EqualFold(c.Needs.Config["trac"]["never_obfuscate_mailto"], "true")
	return s
}

func (c *tracCase) render(t *testing.T) string {
	w := &world{
		pages: c.Needs.Pages, tickets: c.Needs.Tickets, milestones: c.Needs.Milestones,
		attachments: c.Needs.Attachments, reports: c.Needs.Reports,
	}
	for name := range c.Needs.Config["ticket-custom"] {
		w.custom = append(w.custom, name)
	}
	o := w.options()
	o.Settings = c.settings()
	o.Resolvers = map[string]render.Resolver{"link": linkResolver}
	if c.Needs.TestMacros != nil {
		o.Macros = testMacros()
	}
	r := render.New(o)
	who := admin()
	if c.Needs.Perm != nil {
		who = withoutMail()
	}
	on := auth.Resource{Realm: c.Realm, ID: c.Page}
	var html string
	var err error
	switch c.Flavor {
	case "oneliner":
		html, err = r.OneLine(t.Context(), who, "", on, c.Input, false)
	case "escape_newlines":
		html, err = r.Comment(t.Context(), who, "", on, c.Input)
	case "outline":
		html, err = r.Outline(t.Context(), who, "", on, c.Input)
	default:
		html, err = r.HTML(t.Context(), who, "", on, c.Input)
	}
	if err != nil {
		t.Errorf("%s: %v", c.ID, err)
	}
	return html
}

func withoutMail() auth.Principal {
	return auth.NewPrincipal("user", map[auth.Permission]bool{
		"WIKI_VIEW": true, "WIKI_CREATE": true, "TICKET_VIEW": true, "MILESTONE_VIEW": true,
	}, nil)
}

// linkResolver is the resolver that Trac's suite registers for link:.
func linkResolver(_, target, label string) markup.Anchor {
	kind, base := "text", "/stuff/"
	var n int
	if _, err := fmt.Sscanf(target, "%d", &n); err == nil && fmt.Sprint(n) == target {
		kind, base = "even", "/thing/"
		if n%2 != 0 {
			kind = "odd"
		}
	}
	return markup.Anchor{Linked: true, Class: kind + " resolver", Href: base + strings.NewReplacer("+", "%20", "%28", "(", "%29", ")", "%2F", "/", "%25", "%25").Replace(url.QueryEscape(target)), Text: label}
}

func TestTracCases(t *testing.T) {
	folder := casesFolder(t)
	total := score{name: "trac-cases"}
	byCategory := map[string]*score{}
	var order []string
	for _, c := range readLines[tracCase](t, filepath.Join(folder, "trac-cases.jsonl")) {
		want := c.Expected
		switch {
		case strings.HasPrefix(c.Scope, "core"), strings.HasPrefix(c.Scope, "harness"):
		case strings.HasPrefix(c.Scope, "needs a repository") && c.NoRepository != nil:
		default:
			continue
		}
		if c.NoRepository != nil {
			want = *c.NoRepository
		}
		s := byCategory[c.Category]
		if s == nil {
			s = &score{name: c.Category}
			byCategory[c.Category] = s
			order = append(order, c.Category)
		}
		got := c.render(t)
		e, d, n := s.exact, s.dom, s.lenient
		s.add(t, c.ID+" "+c.Title, c.Input, want, got)
		total.all++
		total.exact += s.exact - e
		total.dom += s.dom - d
		total.lenient += s.lenient - n
	}
	for _, name := range order {
		byCategory[name].check(t)
	}
	total.floorExact, total.floorDOM, total.floorLenient = 507, 508, 508
	total.check(t)
}
