package wiki_test

import (
	"context"
	"testing"
	"time"

	"tracrpc/auth"
	"tracrpc/fault"
	"tracrpc/store/storetest"
	"tracrpc/wiki"
)

// removing commits at once: these tests have no attachments.
type removing struct{}

func (removing) Removing(_ context.Context, _ auth.Resource, commit func() error) error {
	return commit()
}

func newWiki(t *testing.T) (*wiki.Service, wiki.Store) {
	t.Helper()
	db := storetest.New(t)
	return wiki.New(db, removing{}), db
}

func user(name string, policies []auth.Policy, actions ...auth.Permission) auth.Principal {
	granted := map[auth.Permission]bool{}
	for _, a := range actions {
		granted[a] = true
	}
	return auth.NewPrincipal(name, granted, policies)
}

func save(t *testing.T, w *wiki.Service, who auth.Principal, edit wiki.Edit) {
	t.Helper()
	if err := w.Save(t.Context(), who, edit); err != nil {
		t.Fatalf("Save(%+v): %v", edit, err)
	}
}

func wantFault(t *testing.T, what string, err error, kind fault.Kind, message string) {
	t.Helper()
	f := fault.Of(err)
	if f == nil || f.Kind != kind || f.Message != message {
		t.Errorf("%s: error %v, want a fault of kind %d: %s", what, err, kind, message)
	}
}

func TestVersions(t *testing.T) {
	t.Parallel()
	w, _ := newWiki(t)
	admin := user("ann", nil, "TRAC_ADMIN")
	comment := "why"
	save(t, w, admin, wiki.Edit{Name: "A/B", Text: "one", Author: "ann", Comment: &comment})
	save(t, w, admin, wiki.Edit{Name: "A/B", Text: "two", Author: "bob"})

	for _, c := range []struct {
		version int
		text    string
		author  string
	}{{wiki.Latest, "two", "bob"}, {1, "one", "ann"}, {2, "two", "bob"}} {
		page, err := w.Get(t.Context(), admin, wiki.Ref{Name: "A/B", Version: c.version})
		if err != nil || page.Text != c.text || page.Author != c.author {
			t.Errorf("Get version %d = %+v, %v; want text %q by %s", c.version, page, err, c.text, c.author)
		}
	}
	for _, version := range []int{0, -1, 3} {
		_, err := w.Get(t.Context(), admin, wiki.Ref{Name: "A/B", Version: version})
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("Get version %d: error %v, want NotFound", version, err)
		}
	}
	pages, errs := w.GetMany(t.Context(), admin, []wiki.Ref{{Name: "A/B", Version: 1}, {Name: "X", Version: wiki.Latest}, {Name: "A/B", Version: wiki.Latest}})
	if pages[0].Text != "one" || pages[2].Text != "two" || errs[0] != nil || errs[2] != nil {
		t.Errorf("GetMany = %+v, %v; want the texts one and two", pages, errs)
	}
	wantFault(t, "GetMany of a missing page", errs[1], fault.NotFound, `Wiki page "X" does not exist`)
}

func TestSaveRefuses(t *testing.T) {
	t.Parallel()
	w, _ := newWiki(t)
	admin := user("ann", nil, "TRAC_ADMIN")
	save(t, w, admin, wiki.Edit{Name: "P", Text: "one"})
	for _, c := range []struct {
		edit wiki.Edit
		want string
	}{
		{wiki.Edit{Name: "P", Text: "one"}, "Page not modified"},
		{wiki.Edit{Name: "New", Text: ""}, "Page not modified"},
		{wiki.Edit{Name: "a//b", Text: "x"}, "Invalid Wiki page name 'a//b'"},
		{wiki.Edit{Name: "../b", Text: "x"}, "Invalid Wiki page name '../b'"},
		{wiki.Edit{Name: "", Text: "x"}, "Invalid Wiki page name ''"},
	} {
		wantFault(t, "Save "+c.edit.Name, w.Save(t.Context(), admin, c.edit), fault.Invalid, c.want)
	}
}

func TestReadonlyNeedsAdmin(t *testing.T) {
	t.Parallel()
	w, store := newWiki(t)
	policies := []auth.Policy{wiki.Policy{Store: store}, auth.GrantedPolicy{}}
	admin := user("ann", policies, "TRAC_ADMIN")
	bob := user("bob", policies, "WIKI_VIEW", "WIKI_CREATE", "WIKI_MODIFY", "WIKI_DELETE")
	save(t, w, admin, wiki.Edit{Name: "P", Text: "one", Readonly: true})

	wantFault(t, "Save", w.Save(t.Context(), bob, wiki.Edit{Name: "P", Text: "two"}), fault.Forbidden,
		"WIKI_ADMIN privileges are required to perform this operation on P. You don't have the required permissions.")
	wantFault(t, "Remove", w.Remove(t.Context(), bob, "P"), fault.Forbidden,
		"WIKI_DELETE privileges are required to perform this operation on P. You don't have the required permissions.")

	save(t, w, admin, wiki.Edit{Name: "P", Text: "one"}) // lifts the flag and makes no version
	save(t, w, bob, wiki.Edit{Name: "P", Text: "two", Readonly: true})
	page, err := w.Get(t.Context(), bob, wiki.Ref{Name: "P", Version: wiki.Latest})
	if err != nil || page.Version != 2 || page.Readonly {
		t.Errorf("Get = %+v, %v; want version 2, not readonly", page, err)
	}
}

func TestRemove(t *testing.T) {
	t.Parallel()
	w, _ := newWiki(t)
	admin := user("ann", nil, "TRAC_ADMIN")
	for _, text := range []string{"one", "two", "three"} {
		save(t, w, admin, wiki.Edit{Name: "P", Text: text})
	}
	if err := w.RemoveVersion(t.Context(), admin, wiki.Ref{Name: "P", Version: 3}); err != nil {
		t.Fatal(err)
	}
	if page, err := w.Get(t.Context(), admin, wiki.Ref{Name: "P", Version: wiki.Latest}); err != nil || page.Text != "two" {
		t.Errorf("after deleting version 3: %+v, %v; want two", page, err)
	}
	if err := w.RemoveVersion(t.Context(), admin, wiki.Ref{Name: "P", Version: 9}); !fault.Is(err, fault.NotFound) {
		t.Errorf("deleting version 9: error %v, want NotFound", err)
	}
	if err := w.Remove(t.Context(), admin, "P"); err != nil {
		t.Fatal(err)
	}
	if exists, err := w.Exists(t.Context(), "P"); err != nil || exists {
		t.Errorf("after Remove: exists %t, %v", exists, err)
	}
	if err := w.Remove(t.Context(), admin, "P"); !fault.Is(err, fault.NotFound) {
		t.Errorf("Remove again: error %v, want NotFound", err)
	}
}

func TestRecentAndNames(t *testing.T) {
	t.Parallel()
	w, _ := newWiki(t)
	admin := user("ann", nil, "TRAC_ADMIN")
	begin := time.Now().UnixMicro()
	for _, edit := range []wiki.Edit{{Name: "A", Text: "1"}, {Name: "B", Text: "1"}, {Name: "A", Text: "2"}} {
		save(t, w, admin, edit)
	}
	pages, err := w.Recent(t.Context(), admin, begin)
	if err != nil || len(pages) != 2 || pages[0].Name != "A" || pages[0].Version != 2 || pages[1].Name != "B" {
		t.Errorf("Recent = %+v, %v; want A version 2, B", pages, err)
	}
	if pages, err := w.Recent(t.Context(), user("nobody", nil), begin); err != nil || len(pages) != 0 {
		t.Errorf("Recent for who may see nothing = %+v, %v", pages, err)
	}
	names, err := w.Names(t.Context(), admin)
	if err != nil || len(names) != 2 {
		t.Errorf("Names = %q, %v; want A and B", names, err)
	}
}

func TestConcurrentSavesMakeVersions(t *testing.T) {
	t.Parallel()
	w, _ := newWiki(t)
	admin := user("ann", nil, "TRAC_ADMIN")
	const writers = 8
	errs := make(chan error, writers)
	for i := range writers {
		// Ends when its one save is done; all are waited for below.
		go func() { errs <- w.Save(t.Context(), admin, wiki.Edit{Name: "P", Text: string(rune('a' + i))}) }()
	}
	for range writers {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	page, err := w.Get(t.Context(), admin, wiki.Ref{Name: "P", Version: wiki.Latest})
	if err != nil || page.Version != writers {
		t.Errorf("latest version %d, %v; want %d", page.Version, err, writers)
	}
}
