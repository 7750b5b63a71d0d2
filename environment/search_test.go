package environment

import (
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tracrpc/attachment"
	"tracrpc/auth"
	"tracrpc/search"
	"tracrpc/ticket"
	"tracrpc/wiki"
)

// open opens a fresh environment.
func open(t *testing.T) *Environment {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "env")
	if err := Create(t.Context(), dir, "Test"); err != nil {
		t.Fatal(err)
	}
	e, err := Open(t.Context(), dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func titles(results []search.Result) []string {
	var list []string
	for _, r := range results {
		list = append(list, r.Title)
	}
	return list
}

func TestSearch(t *testing.T) {
	t.Parallel()
	e := open(t)
	admin := auth.NewPrincipal("admin", map[auth.Permission]bool{"TRAC_ADMIN": true}, nil)
	fill(t, e, admin)
	for _, c := range []struct {
		query   string
		filters []string
		want    []string
	}{
		{"zebra", nil, []string{
			`<span class="new">#1</span>: defect: a &lt;zebra&gt; &amp; "more" (new)`, "zebra.txt (Ticket #1)", "ZebraPage: all about stripes",
		}},
		{"ZEBRA stripes", nil, []string{"ZebraPage: all about stripes"}},
		{`"about stripes"`, nil, []string{"ZebraPage: all about stripes"}},
		{`"stripes about"`, nil, nil},
		{"striped", nil, nil},
		{"ebr", []string{"wiki"}, []string{"ZebraPage: all about stripes"}},
		{"ebr", []string{"nosuch"}, nil},
		{"ebr", []string{"changeset"}, nil},
		{"MILESTONE2", []string{"milestone", "ticket"}, []string{"Milestone milestone2"}},
		{"z_bra", nil, nil},
		{strings.Repeat("ebr ", 900), []string{"wiki"}, []string{"ZebraPage: all about stripes"}},
		{strings.Repeat("ebr ", 899) + "nosuch", nil, nil},
		{strings.Repeat("z ", 900), []string{"ticket"}, []string{
			`<span class="new">#1</span>: defect: a &lt;zebra&gt; &amp; "more" (new)`, "zebra.txt (Ticket #1)",
		}},
		{`"the first version"`, nil, nil},
	} {
		var got []search.Result
		var err error
		if c.filters == nil {
			got, err = e.Search.All(t.Context(), admin, c.query)
		} else {
			got, err = e.Search.Some(t.Context(), admin, c.query, c.filters)
		}
		if err != nil || !slices.Equal(titles(got), c.want) {
			t.Errorf("search %q in %q = %q, %v, want %q", c.query, c.filters, titles(got), err, c.want)
		}
	}
	reader := auth.NewPrincipal("reader", map[auth.Permission]bool{"WIKI_VIEW": true}, nil)
	got, err := e.Search.All(t.Context(), reader, "zebra")
	if want := []string{"ZebraPage: all about stripes"}; err != nil || !slices.Equal(titles(got), want) {
		t.Errorf("search by who may see pages alone = %q, %v, want %q", titles(got), err, want)
	}
}

// fill makes a ticket with an attachment, and a page of two versions.
func fill(t *testing.T, e *Environment, admin auth.Principal) {
	t.Helper()
	_, err := e.Tickets.Create(t.Context(), admin, ticket.Draft{Summary: `a <zebra> & "more"`, Description: "text"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = e.Attachments.Put(t.Context(), admin, attachment.Upload{
		Parent: auth.Resource{Realm: "ticket", ID: "1"}, Filename: "zebra.txt", Data: []byte("x"),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"the first version", "all about stripes"} {
		if err := e.Wiki.Save(t.Context(), admin, wiki.Edit{Name: "ZebraPage", Text: text}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestDeletedParentsTakeTheirAttachments(t *testing.T) {
	t.Parallel()
	e := open(t)
	admin := auth.NewPrincipal("admin", map[auth.Permission]bool{"TRAC_ADMIN": true}, nil)
	fill(t, e, admin)
	page := wiki.Resource("ZebraPage")
	_, err := e.Attachments.Put(t.Context(), admin, attachment.Upload{Parent: page, Filename: "f", Data: []byte("x")})
	if err != nil {
		t.Fatal(err)
	}
	for _, version := range []int{2, 1} {
		if list, err := e.Attachments.List(t.Context(), admin, page); err != nil || len(list) != 1 {
			t.Errorf("before version %d goes: %v, %v, want one attachment", version, list, err)
		}
		if err := e.Wiki.RemoveVersion(t.Context(), admin, wiki.Ref{Name: "ZebraPage", Version: version}); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Tickets.Delete(t.Context(), admin, 1); err != nil {
		t.Fatal(err)
	}
	for _, parent := range []auth.Resource{page, {Realm: "ticket", ID: "1"}} {
		if list, err := e.Attachments.List(t.Context(), admin, parent); err != nil || len(list) != 0 {
			t.Errorf("attachments of %s, which is gone: %v, %v", parent, list, err)
		}
	}
	left, err := filepath.Glob(filepath.Join(e.Dir, "files", "attachments", "*", "*", "*", "*"))
	if err != nil || len(left) != 0 {
		t.Errorf("files left: %q, %v", left, err)
	}
}
