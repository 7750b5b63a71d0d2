package auth

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"tracrpc/fault"
)

// memory is a permission table in memory.
type memory struct {
	rows       string // "subject ACTION ACTION" a line
	generation atomic.Int64
	reads      atomic.Int64
	err        error
}

func (m *memory) Grants(context.Context) ([]Grant, error) {
	m.reads.Add(1)
	var grants []Grant
	for line := range strings.Lines(m.rows) {
		words := strings.Fields(line)
		for _, action := range words[1:] {
			grants = append(grants, Grant{words[0], Permission(action)})
		}
	}
	return grants, m.err
}

func (m *memory) Generation(context.Context) (any, error) { return m.generation.Load(), m.err }

const rows = `anonymous WIKI_VIEW TICKET_VIEW
authenticated TICKET_CREATE readers
readers REPORT_VIEW
ann developers XML_RPC
developers TICKET_ADMIN maintainers
maintainers WIKI_MODIFY developers
bob MaintainerS
MaintainerS MILESTONE_ADMIN
root TRAC_ADMIN
cleo PLUGIN_VIEW ROADMAP_ADMIN
`

func TestPrincipalGranted(t *testing.T) {
	a := NewAuthority(&memory{rows: rows}, DefaultActions(), nil)
	for _, c := range []struct {
		name      string
		has, lack string
	}{
		{"", "WIKI_VIEW TICKET_VIEW", "TICKET_CREATE REPORT_VIEW XML_RPC"},
		{"anonymous", "WIKI_VIEW", "TICKET_CREATE"},
		{"stranger", "WIKI_VIEW TICKET_CREATE REPORT_VIEW", "XML_RPC WIKI_MODIFY TICKET_MODIFY"},
		{"ann", "XML_RPC TICKET_ADMIN TICKET_BATCH_MODIFY TICKET_MODIFY TICKET_APPEND TICKET_CHGPROP TICKET_EDIT_CC WIKI_MODIFY",
			"WIKI_ADMIN TRAC_ADMIN MILESTONE_VIEW"},
		{"Ann", "TICKET_CREATE", "XML_RPC"},
		{"bob", "MILESTONE_ADMIN MILESTONE_VIEW MILESTONE_DELETE", "ROADMAP_VIEW WIKI_MODIFY"},
		{"root", "TRAC_ADMIN XML_RPC WIKI_ADMIN PERMISSION_GRANT CONFIG_VIEW", "NOBODY_KNOWS_THIS"},
		{"cleo", "PLUGIN_VIEW ROADMAP_ADMIN ROADMAP_VIEW MILESTONE_MODIFY", "MILESTONE_ADMIN"},
	} {
		who, err := a.Principal(t.Context(), c.name)
		if err != nil {
			t.Fatal(err)
		}
		for action := range strings.FieldsSeq(c.has) {
			if may, _ := who.May(t.Context(), Permission(action), Resource{}); !may {
				t.Errorf("%q may not %s", c.name, action)
			}
		}
		for action := range strings.FieldsSeq(c.lack) {
			if may, _ := who.May(t.Context(), Permission(action), Resource{}); may {
				t.Errorf("%q may %s", c.name, action)
			}
		}
	}
}

func TestPrincipalIsCachedForAGeneration(t *testing.T) {
	store := &memory{rows: rows}
	a := NewAuthority(store, DefaultActions(), nil)
	for range 3 {
		for _, name := range []string{"ann", "bob", ""} {
			if _, err := a.Principal(t.Context(), name); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n := store.reads.Load(); n != 1 {
		t.Errorf("%d reads of the table, want 1", n)
	}
	store.rows = "ann WIKI_ADMIN"
	store.generation.Add(1)
	who, err := a.Principal(t.Context(), "ann")
	if err != nil || who.Granted(XMLRPC) || !who.Granted("WIKI_DELETE") {
		t.Errorf("after a change: %v, %v", who, err)
	}
	for i := range 3 * maxPrincipals {
		if _, err := a.Principal(t.Context(), fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(a.table.Load().principals); n > maxPrincipals {
		t.Errorf("%d principals are kept, want at most %d", n, maxPrincipals)
	}
}

func TestPrincipalFailsWithItsStore(t *testing.T) {
	broken := errors.New("disk gone")
	a := NewAuthority(&memory{rows: rows, err: broken}, DefaultActions(), nil)
	if who, err := a.Principal(t.Context(), "root"); !errors.Is(err, broken) || who.Granted("WIKI_VIEW") {
		t.Errorf("Principal = %v, %v, want nothing and %v", who, err, broken)
	}
	if _, err := a.Holders(t.Context(), "WIKI_VIEW", nil); !errors.Is(err, broken) {
		t.Errorf("Holders: %v, want %v", err, broken)
	}
}

func TestHolders(t *testing.T) {
	a := NewAuthority(&memory{rows: rows}, DefaultActions(), nil)
	got, err := a.Holders(t.Context(), "TICKET_MODIFY", []string{"root", "bob", "ann", "stranger"})
	if want := []string{"root", "ann"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("Holders = %q, %v, want %q", got, err, want)
	}
}

func TestConcurrentPrincipals(t *testing.T) {
	store := &memory{rows: rows}
	a := NewAuthority(store, DefaultActions(), nil)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 200 {
				if j%50 == 0 {
					store.generation.Add(1)
				}
				who, err := a.Principal(t.Context(), fmt.Sprintf("user%d", (i+j)%20))
				if err != nil || !who.Granted("TICKET_CREATE") || who.Granted(XMLRPC) {
					t.Errorf("Principal = %v, %v", who, err)
				}
			}
		})
	}
	all.Wait()
}

// owner decides for one user on one wiki page.
type owner struct {
	page, name string
	decision   Decision
	err        error
}

func (o owner) Check(_ context.Context, who Principal, _ Permission, on Resource) (Decision, error) {
	if on.Realm == "wiki" && on.ID == o.page && who.Name() == o.name {
		return o.decision, o.err
	}
	return Undecided, nil
}

func TestPoliciesAreAskedInOrder(t *testing.T) {
	broken := errors.New("no such table")
	known := map[string]Policy{
		"DefaultPermissionPolicy": GrantedPolicy{},
		"Deny":                    owner{"Secret", "ann", Deny, nil},
		"Allow":                   owner{"Secret", "ann", Allow, nil},
		"Broken":                  owner{"Secret", "ann", Allow, broken},
	}
	secret := Resource{Realm: "wiki", ID: "Secret"}
	for _, c := range []struct {
		policies string
		on       Resource
		action   Permission
		want     bool
		err      error
	}{
		{"DefaultPermissionPolicy Deny", secret, "WIKI_VIEW", true, nil},
		{"Deny DefaultPermissionPolicy", secret, "WIKI_VIEW", false, nil},
		{"Deny DefaultPermissionPolicy", Resource{}, "WIKI_VIEW", true, nil},
		{"DefaultPermissionPolicy Allow", secret, "WIKI_DELETE", true, nil},
		{"DefaultPermissionPolicy Allow", Resource{}, "WIKI_DELETE", false, nil},
		{"Allow", Resource{}, "WIKI_VIEW", false, nil},
		{"Broken DefaultPermissionPolicy", secret, "WIKI_VIEW", false, broken},
	} {
		policies, err := OrderPolicies(strings.Fields(c.policies), known)
		if err != nil {
			t.Fatal(err)
		}
		who, err := NewAuthority(&memory{rows: rows}, DefaultActions(), policies).Principal(t.Context(), "ann")
		if err != nil {
			t.Fatal(err)
		}
		got, err := who.May(t.Context(), c.action, c.on)
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s: May(%s, %v) = %v, %v, want %v, %v", c.policies, c.action, c.on, got, err, c.want, c.err)
		}
		if err := who.Require(t.Context(), c.action, c.on); c.err == nil && fault.Is(err, fault.Forbidden) == c.want {
			t.Errorf("%s: Require(%s, %v) = %v", c.policies, c.action, c.on, err)
		}
	}
	for _, names := range []string{"DefaultPermissionPolicy AuthzPolicy", ""} {
		if _, err := OrderPolicies(strings.Fields(names), known); err == nil {
			t.Errorf("OrderPolicies(%q): no error", names)
		}
	}
}

func TestActionsAreWhole(t *testing.T) {
	actions := DefaultActions()
	for action, implied := range actions {
		if !IsAction(string(action)) {
			t.Errorf("%s does not look like an action", action)
		}
		for _, i := range implied {
			if !actions.Has(i) {
				t.Errorf("%s implies %s, which is in no row", action, i)
			}
		}
	}
	all := actions.Expand([]Permission{Admin})
	if got := slices.Sorted(maps.Keys(all)); !slices.Equal(got, actions.Names()) {
		t.Errorf("TRAC_ADMIN implies %q", got)
	}
}

func TestExtend(t *testing.T) {
	actions := DefaultActions()
	actions.Extend("extra_admin", "extra_view, EXTRA_MODIFY,,")
	actions.Extend("_perms", "LONE_VIEW")
	actions.Extend("wiki_admin", "EXTRA_VIEW")
	for _, action := range []Permission{"EXTRA_ADMIN", "EXTRA_VIEW", "EXTRA_MODIFY", "LONE_VIEW"} {
		if !actions.Has(action) {
			t.Errorf("there is no %s", action)
		}
	}
	if actions.Has("_PERMS") || actions.Has("") {
		t.Error("a line's name became an action")
	}
	got := actions.Expand([]Permission{"EXTRA_ADMIN", "WIKI_ADMIN"})
	if !got["EXTRA_MODIFY"] || !got["WIKI_VIEW"] || got["LONE_VIEW"] {
		t.Errorf("Expand = %v", got)
	}
	if DefaultActions().Has("EXTRA_VIEW") || len(DefaultActions()["WIKI_ADMIN"]) != 5 {
		t.Error("the default table was changed")
	}
}

func TestIsAction(t *testing.T) {
	for name, want := range map[string]bool{
		"TICKET_VIEW": true, "X2": true, "ÄX": true, "developers": false, "Developers": false, "TICKET_view": false,
		"": false, "42": false, "_": false,
	} {
		if got := IsAction(name); got != want {
			t.Errorf("IsAction(%q) = %v, want %v", name, got, want)
		}
	}
}

func BenchmarkPrincipal(b *testing.B) {
	a := NewAuthority(&memory{rows: rows}, DefaultActions(), nil)
	for b.Loop() {
		if _, err := a.Principal(b.Context(), "ann"); err != nil {
			b.Fatal(err)
		}
	}
}
