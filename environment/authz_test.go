package environment

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tracrpc/auth"
)

// TestParseAuthz reads a file with all that the format has.
func TestParseAuthz(t *testing.T) {
	t.Parallel()
	sections, err := parseAuthz("authz.conf", "\ufeff[DEFAULT]\nroot = TRAC_ADMIN\nBob: XML_RPC\n[groups]\r\n; nobody else\r\nStaff = ann,\r\n  carol\r\n"+
		"[ticket:1] # private\n@Staff = TICKET_VIEW,,\n  # not: this\n\n  !TICKET_MODIFY , \nbob =\nBob = a b\n")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, s := range sections {
		b.WriteString("[" + s.Name + "]")
		for _, o := range s.Options {
			b.WriteString(" " + o.Name + "=" + strings.Join(o.Items, "|"))
		}
	}
	want := "[groups] root=TRAC_ADMIN Bob=XML_RPC Staff=ann|carol" +
		"[ticket:1] root=TRAC_ADMIN Bob=a b @Staff=TICKET_VIEW|!TICKET_MODIFY bob="
	if got := b.String(); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// TestDocumentedAuthz reads the example of docs/operating.md.
func TestDocumentedAuthz(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join("..", "docs", "operating.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(string(page), "\n    [groups]\n")
	example, _, _ = strings.Cut(example, "\n\nOf the sections")
	sections, err := parseAuthz("operating.md", "[groups]\n"+strings.ReplaceAll("\n"+example, "\n    ", "\n"))
	if err != nil {
		t.Fatal(err)
	}
	policy, err := auth.NewAuthz(sections, auth.DefaultActions(), func(line int, section string, action auth.Permission) {
		t.Errorf("[%s] names %q, which is no action", section, action)
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		user   string
		action auth.Permission
		on     auth.Resource
		want   auth.Decision
	}{
		{"carol", "TICKET_VIEW", auth.Resource{Realm: "ticket", ID: "12"}, auth.Allow},
		{"bob", "TICKET_VIEW", auth.Resource{Realm: "ticket", ID: "12"}, auth.Deny},
		{"bob", "TICKET_MODIFY", auth.Resource{Realm: "ticket", ID: "12"}, auth.Undecided},
		{"bob", "WIKI_MODIFY", auth.Resource{Realm: "wiki", ID: "PlanB"}, auth.Deny},
		{"bot", auth.XMLRPC, auth.Resource{}, auth.Allow},
	} {
		if got, err := policy.Check(t.Context(), auth.NewPrincipal(c.user, nil, nil), c.action, c.on); err != nil || got != c.want {
			t.Errorf("%s: %s on %v = %v, %v; want %v", c.user, c.action, c.on, got, err, c.want)
		}
	}
}

// FuzzParseAuthz holds every file that is taken to one rule: the first section
// that speaks to a user decides, and it decides as if it were alone.
func FuzzParseAuthz(f *testing.F) {
	f.Add("[groups]\na = b, @c\nc = d\n[ticket:1]\n@a = !TICKET_VIEW\n[t*]\n* =\n", "ticket", "1", "b")
	f.Add("[ticket:1@*]\nb = X\n[ticket:*@*/x]\nb=\n[*]\nb=\n", "ticket", "1@2", "b")
	f.Fuzz(func(t *testing.T, text, realm, id, user string) {
		sections, err := parseAuthz("authz.conf", text)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "authz.conf:") {
				t.Errorf("%q: %v does not name the line", text, err)
			}
			return
		}
		on := auth.Resource{Realm: strings.ReplaceAll(realm, ":", ""), ID: id}
		got, usable := decide(t, sections, user, on)
		if !usable {
			return
		}
		want := auth.Undecided
		for _, s := range sections {
			if s.Name == "groups" {
				continue
			}
			empty := auth.AuthzSection{Name: s.Name}
			for _, o := range s.Options {
				o.Items = nil // which denies everything
				empty.Options = append(empty.Options, o)
			}
			if speaks, _ := decide(t, withGroups(sections, empty), user, on); speaks == auth.Deny {
				want, _ = decide(t, withGroups(sections, s), user, on)
				break
			}
		}
		if got != want {
			t.Errorf("%q: %s on %v = %v, want %v", text, user, on, got, want)
		}
	})
}

// withGroups is one section with the groups of all.
func withGroups(all []auth.AuthzSection, one auth.AuthzSection) []auth.AuthzSection {
	picked := []auth.AuthzSection{one}
	for _, s := range all {
		if s.Name == "groups" {
			picked = append(picked, s)
		}
	}
	return picked
}

func decide(t *testing.T, sections []auth.AuthzSection, user string, on auth.Resource) (decision auth.Decision, usable bool) {
	t.Helper()
	policy, err := auth.NewAuthz(sections, auth.DefaultActions(), func(int, string, auth.Permission) {})
	if err != nil {
		return auth.Undecided, false
	}
	decision, err = policy.Check(t.Context(), auth.NewPrincipal(user, nil, nil), "TICKET_VIEW", on)
	if err != nil {
		t.Error(err)
	}
	return decision, true
}
