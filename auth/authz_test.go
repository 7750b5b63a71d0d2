package auth

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// authzSections takes a text apart that has nothing but sections and options.
func authzSections(path, text string) ([]AuthzSection, error) {
	var sections []AuthzSection
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		name, isSection := strings.CutPrefix(line, "[")
		who, list, isOption := strings.Cut(line, " =")
		switch {
		case line == "":
		case isSection:
			sections = append(sections, AuthzSection{Name: strings.TrimSuffix(name, "]")})
		case isOption:
			last := &sections[len(sections)-1]
			last.Options = append(last.Options, AuthzOption{who, strings.FieldsFunc(list, func(r rune) bool { return r == ' ' || r == ',' }), i + 1})
		default:
			return nil, fmt.Errorf("%s:%d: what is %q", path, i+1, line)
		}
	}
	return sections, nil
}

func parseAuthzText(t testing.TB, text string) *Authz {
	t.Helper()
	sections, err := authzSections("authz.conf", text)
	if err != nil {
		t.Fatal(err)
	}
	a, err := NewAuthz(sections, DefaultActions(), func(int, string, Permission) {})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

const authzText = `
[groups]
staff = ann, @leads
leads = carol

[ticket:1]
@leads = TICKET_ADMIN
ann = !TICKET_MODIFY, TICKET_VIEW
* = !TICKET_VIEW

[ticket:2@*]
@staff = TRAC_ADMIN
* =

[ticket:3@*]
authenticated = !TICKET_ADMIN, TICKET_VIEW
anonymous = WIKI_VIEW

[wiki:Secret*]
@staff = WIKI_VIEW
bob = !WIKI_VIEW, WIKI_ADMIN
* = !WIKI_ADMIN

[wiki:[A-C]?@[12]]
* = WIKI_DELETE

[ticket:*@*/attachment:*.key@*]
@staff = ATTACHMENT_VIEW
* = !ATTACHMENT_VIEW

[wiki:SecretPlan]
dan = WIKI_ADMIN

[*]
root = TRAC_ADMIN
eve = ODD_ACTION
`

// resource reads a name such as ticket:1/attachment:a.txt.
func resource(name string) Resource {
	var on *Resource
	for part := range strings.SplitSeq(name, "/") {
		realm, id, _ := strings.Cut(part, ":")
		id, version, _ := strings.Cut(id, "@")
		r := Resource{Realm: realm, ID: id, Parent: on}
		r.Version, _ = strconv.Atoi(version)
		on = &r
	}
	return *on
}

func TestAuthz(t *testing.T) {
	t.Parallel()
	a := parseAuthzText(t, authzText)
	for _, c := range []struct {
		who    string
		action Permission
		on     string
		want   Decision
	}{
		{"carol", "TICKET_MODIFY", "ticket:1", Allow}, // TICKET_ADMIN implies it
		{"carol", "WIKI_VIEW", "ticket:1", Undecided},
		{"ann", "TICKET_VIEW", "ticket:1", Allow},
		{"ann", "TICKET_APPEND", "ticket:1", Deny}, // TICKET_MODIFY implies it
		{"ann", "TICKET_CREATE", "ticket:1", Undecided},
		{"bob", "TICKET_VIEW", "ticket:1", Deny},
		{"bob", "TICKET_MODIFY", "ticket:1", Undecided},
		{"root", "TICKET_VIEW", "ticket:1", Deny}, // an earlier section wins
		{"", "TICKET_VIEW", "ticket:1", Deny},
		{"bob", "TICKET_VIEW", "ticket:11", Undecided},
		{"bob", "TICKET_VIEW", "ticket:1/comment:4", Deny},
		{"ann", "XML_RPC", "ticket:2", Allow},
		{"ann", "ODD_ACTION", "ticket:2", Undecided}, // nobody knows it
		{"bob", "ODD_ACTION", "ticket:2", Deny},
		{"bob", "TICKET_VIEW", "ticket:2/attachment:a.txt", Deny},
		{"bob", "TICKET_VIEW", "ticket:3", Deny},
		{"", "TICKET_VIEW", "ticket:3", Undecided},
		{"", "WIKI_VIEW", "ticket:3", Allow},
		{"Ann", "ATTACHMENT_VIEW", "ticket:5/attachment:x.key", Deny},
		{"ann", "ATTACHMENT_VIEW", "ticket:5/attachment:x.key", Allow},
		{"bob", "ATTACHMENT_VIEW", "ticket:5/attachment:x.key.txt", Undecided},
		{"bob", "WIKI_VIEW", "wiki:Secret", Deny},
		{"bob", "WIKI_MODIFY", "wiki:Secret/Sub", Allow},
		{"bob", "WIKI_VIEW", "wiki:secret", Undecided},
		{"dan", "WIKI_VIEW", "wiki:SecretPlan", Deny}, // the general section stands first
		{"dan", "WIKI_DELETE", "wiki:Ab@1", Allow},
		{"dan", "WIKI_DELETE", "wiki:Ab@3", Undecided},
		{"dan", "WIKI_DELETE", "wiki:Ab", Undecided},
		{"dan", "WIKI_DELETE", "wiki:Cü@2", Allow},
		{"root", "ODD_ACTION", "", Undecided},
		{"root", "XML_RPC", "", Allow},
		{"root", "MILESTONE_VIEW", "milestone:m@1", Allow},
		{"eve", "ODD_ACTION", "report:1", Allow},
		{"bob", "XML_RPC", "", Undecided},
		{"@leads", "TICKET_VIEW", "ticket:1", Deny}, // who is only called so
		{"*", "TICKET_VIEW", "ticket:1", Deny},
	} {
		got, err := a.Check(t.Context(), NewPrincipal(c.who, nil, nil), c.action, resource(c.on))
		if err != nil || got != c.want {
			t.Errorf("%s: %s on %q = %v, %v; want %v", c.who, c.action, c.on, got, err, c.want)
		}
	}
}

func TestAuthzKey(t *testing.T) {
	t.Parallel()
	page := Resource{Realm: "wiki", ID: "Page", Version: 3}
	file := Resource{Realm: "attachment", ID: "a.txt", Parent: &page}
	for _, c := range []struct {
		on   Resource
		want string
	}{
		{Resource{}, "*:*@*"},
		{Resource{Realm: "ticket"}, "ticket:*@*"},
		{page, "wiki:Page@3"},
		{file, "wiki:Page@3/attachment:a.txt@*"},
		{Resource{Realm: "attachment", Parent: &file}, "wiki:Page@3/attachment:*@*"}, // a realm within itself counts once
		{Resource{Realm: "x", ID: "1", Parent: &Resource{}}, "*:*@*/x:1@*"},
	} {
		if got := string(appendKey(nil, c.on)); got != c.want {
			t.Errorf("key of %v = %q, want %q", c.on, got, c.want)
		}
	}
}

func TestAuthzGroupErrors(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"[groups]\na = @b\n":                        "2: group a has the member @b, and there is no such group",
		"[groups]\na = ann, @b\nb = @c\nc = @a\n":   "2: group a is a member of itself",
		"[ticket:*]\nann =\n[groups]\nself = @self": "4: group self is a member of itself",
	} {
		sections, err := authzSections("authz.conf", text)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = NewAuthz(sections, DefaultActions(), func(int, string, Permission) {}); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// TestAuthzDeepGroups has groups whose members would be counted in their billions
// one by one.
func TestAuthzDeepGroups(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	text.WriteString("[groups]\n")
	for i := range 40 {
		fmt.Fprintf(&text, "g%d = @g%d, @g%d\n", i, i+1, i+1)
	}
	text.WriteString("g40 = ann\n[*]\n@g0 = XML_RPC\n")
	a := parseAuthzText(t, text.String())
	if got, err := a.Check(t.Context(), NewPrincipal("ann", nil, nil), XMLRPC, Resource{}); got != Allow || err != nil {
		t.Errorf("a member far down: %v, %v; want %v", got, err, Allow)
	}
}

func TestAuthzUnknownActions(t *testing.T) {
	t.Parallel()
	sections, err := authzSections("", "[*]\nann = TICKET_VIEW, !TICKET_VEIW\nbob = ticket_view, ATTACHMENT_VIEW\n")
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	if _, err := NewAuthz(sections, DefaultActions(), func(line int, section string, action Permission) {
		told = append(told, fmt.Sprintf("%d [%s] %s", line, section, action))
	}); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(told, "; "); got != "2 [*] TICKET_VEIW; 3 [*] ticket_view" {
		t.Errorf("told of %s", got)
	}
}

func TestAuthzSelects(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text   string
		action Permission
		realm  string
		want   bool
	}{
		{"", "TICKET_VIEW", "ticket", false},
		{"[ticket:1]\nann = TICKET_VIEW", "TICKET_VIEW", "ticket", true},
		{"[ticket:1]\nann = TICKET_VIEW", "TICKET_MODIFY", "ticket", false},
		{"[ticket:1]\nann = TICKET_ADMIN", "TICKET_VIEW", "ticket", true},
		{"[ticket:1]\nann =", "TICKET_MODIFY", "ticket", true},
		{"[ticket:1]", "TICKET_MODIFY", "ticket", false},
		{"[wiki:*]\nann =", "TICKET_VIEW", "ticket", false},
		{"[ticket:*]\nann =", "TICKET_VIEW", "ticket", false},
		{"[ticket:*@*]\nann =", "TICKET_VIEW", "ticket", false},
		{"[*]\nann =\n[*:*@*]\nbob =\n[tick*]\nann =", "TICKET_VIEW", "ticket", false},
		{"[t?cket:*]\nann =", "TICKET_VIEW", "ticket", true},
		{"[ticket*:1*]\nann =", "TICKET_VIEW", "ticket", true},
		{"[ticket:*@1]\nann =", "TICKET_VIEW", "ticket", true},
		{"[*1]\nann =", "TICKET_VIEW", "ticket", true},
		{"[ticket:*:*@*]\nann =", "TICKET_VIEW", "ticket", true}, // only ids with a colon
		{"[ticket:1]\nann = ATTACHMENT_VIEW\n", "ATTACHMENT_VIEW", "attachment", true},
		{"[ticket:1/*]\nann =", "ATTACHMENT_VIEW", "attachment", true},
	} {
		a := parseAuthzText(t, c.text)
		for range 2 { // the second answer is remembered
			if got := a.Selects(c.action, c.realm); got != c.want {
				t.Errorf("%q selects %s in %s: %v, want %v", c.text, c.action, c.realm, got, c.want)
			}
		}
	}
}

// TestWithheld tells what a policy keeps from somebody from what nobody gave.
func TestWithheld(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text    string
		granted bool
		want    bool
	}{
		{"", true, false},
		{"", false, false},
		{"[milestone:m]\nann = !MILESTONE_VIEW", true, true},
		{"[milestone:m]\nann = !MILESTONE_VIEW", false, true},
		{"[milestone:*]\nann =", true, true},
		{"[milestone:m]\nann = MILESTONE_VIEW", false, false},
		{"[milestone:other]\nann = MILESTONE_VIEW", false, true}, // that one and no others
		{"[milestone:other]\nann = MILESTONE_VIEW", true, false},
		{"[milestone:other]\nann = TICKET_VIEW", false, false},
		{"[ticket:1]\nann =", false, false},
	} {
		who := NewPrincipal("ann", map[Permission]bool{"MILESTONE_VIEW": c.granted}, []Policy{parseAuthzText(t, c.text), GrantedPolicy{}})
		got, err := who.Withheld(t.Context(), "MILESTONE_VIEW", Resource{Realm: "milestone", ID: "m"})
		if err != nil || got != c.want {
			t.Errorf("%q, granted %v: withheld %v, %v; want %v", c.text, c.granted, got, err, c.want)
		}
	}
}

func openAuthzText(t *testing.T, text string) (*AuthzFile, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "authz.conf")
	writeAuthz(t, path, text)
	f, err := OpenAuthzFile(path, authzSections, DefaultActions(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return f, path
}

func writeAuthz(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestAuthzFile changes a file under the feet of an Authority: each request has
// the policy of its time, and while the file is broken nobody may do anything.
func TestAuthzFile(t *testing.T) {
	t.Parallel()
	f, path := openAuthzText(t, "[ticket:1]\nann =\n")
	a := NewAuthority(&memory{rows: rows}, DefaultActions(), []Policy{f, GrantedPolicy{}})
	asks := func(want bool, wantErr string) {
		t.Helper()
		who, err := a.Principal(t.Context(), "ann")
		if err != nil {
			t.Fatal(err)
		}
		may, err := who.May(t.Context(), "TICKET_VIEW", resource("ticket:1"))
		if may != want || (err == nil) != (wantErr == "") || err != nil && !strings.Contains(err.Error(), wantErr) {
			t.Errorf("may view: %v, %v; want %v, %q", may, err, want, wantErr)
		}
	}
	asks(false, "")
	before, err := a.Principal(t.Context(), "ann")
	if err != nil {
		t.Fatal(err)
	}
	writeAuthz(t, path, "[ticket:2]\nann =\n")
	asks(true, "")
	if may, err := before.May(t.Context(), "TICKET_VIEW", resource("ticket:1")); may || err != nil {
		t.Errorf("in a request that had begun: %v, %v", may, err)
	}
	if before.Uniform("TICKET_VIEW", "ticket") {
		t.Error("the file is about one ticket, and does not say so")
	}
	writeAuthz(t, path, "[ticket:2]\nann")
	asks(false, path+":2: what is \"ann\"")
	asks(false, path+":2: what is \"ann\"")
	writeAuthz(t, path, "[groups]\nx = @y\n")
	asks(false, path+":2: group x")
	writeAuthz(t, path, "[ticket:2]\nann =\n")
	asks(true, "")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	asks(false, "no such file")
	writeAuthz(t, path, "[ticket:2]\nann =\n")
	asks(true, "")
}

// TestAuthzFileStays finds the same policy as long as the file says the same.
func TestAuthzFileStays(t *testing.T) {
	t.Parallel()
	f, path := openAuthzText(t, "[ticket:1]\nann =\n")
	first := f.Now()
	writeAuthz(t, path, "[ticket:1]\nann =\n")
	if f.Now() != first {
		t.Error("another policy for the same text")
	}
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(path, old, old); err != nil {
		t.Fatal(err)
	}
	if f.Now() != first {
		t.Error("another policy for the same text of another time")
	}
}

func TestOpenAuthzFileErrors(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "authz.conf")
	if _, err := OpenAuthzFile(path, authzSections, DefaultActions(), slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("a file that is not there: %v", err)
	}
	writeAuthz(t, path, "[a]\nb\n")
	if _, err := OpenAuthzFile(path, authzSections, DefaultActions(), slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), path+":2: ") {
		t.Errorf("a broken file: %v", err)
	}
}

// BenchmarkAuthz asks about one ticket of many, with a thousand private tickets
// and fifty patterns.
func BenchmarkAuthz(b *testing.B) {
	var text strings.Builder
	text.WriteString("[groups]\nstaff = ann, carol\n")
	for i := range 1000 {
		fmt.Fprintf(&text, "[ticket:%d]\n@staff = TICKET_ADMIN\n* =\n", i*7)
	}
	for i := range 50 {
		fmt.Fprintf(&text, "[wiki:Team%d/*]\n@staff = WIKI_ADMIN\n* =\n", i)
	}
	a := parseAuthzText(b, text.String())
	who := NewPrincipal("bob", nil, nil)
	on := Resource{Realm: "ticket", ID: "13999"}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := a.Check(b.Context(), who, "TICKET_VIEW", on); err != nil {
			b.Fatal(err)
		}
	}
}
