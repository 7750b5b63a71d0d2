package environment

import (
	"math"
	"slices"
	"testing"
	"time"

	"tracrpc/attachment"
	"tracrpc/auth"
	"tracrpc/store"
	"tracrpc/ticket"
	"tracrpc/wiki"
)

func TestTimeline(t *testing.T) {
	t.Parallel()
	e := open(t)
	admin := auth.NewPrincipal("admin", map[auth.Permission]bool{"TRAC_ADMIN": true}, nil)
	begin := time.Now().UnixMicro()
	live(t, e, admin)
	everything := []string{"milestone", "ticket", "ticket_details", "wiki"}
	for _, c := range []struct {
		name    string
		filters []string
		most    int
		want    []Happening
	}{
		{"everything", everything, 100, []Happening{
			{Kind: "wiki", Author: "bob", Title: "Page edited", Description: "better text", Path: "/wiki/Page?version=2"},
			{Kind: "wiki", Author: "bob", Title: "Page created", Path: "/wiki/Page?version=1"},
			{Kind: "closedticket", Author: "admin", Title: "Ticket #1 (one) closed", Description: "fixed: at last", Path: "/ticket/1#comment:2"},
			{Kind: "attachment", Author: "admin", Title: "b.txt attached to Ticket #1", Description: "of it", Path: "/attachment/ticket/1/a/b.txt"},
			{Kind: "editedticket", Author: "admin", Title: "Ticket #1 (one) updated", Description: "Keywords changed because", Path: "/ticket/1#comment:1"},
			{Kind: "newticket", Author: "admin", Title: "Ticket #1 (one) created", Description: "It is bad.", Path: "/ticket/1"},
		}},
		{"only what was opened and closed", []string{"ticket"}, 100, []Happening{
			{Kind: "closedticket", Author: "admin", Title: "Ticket #1 (one) closed", Description: "fixed: at last", Path: "/ticket/1#comment:2"},
			{Kind: "newticket", Author: "admin", Title: "Ticket #1 (one) created", Description: "It is bad.", Path: "/ticket/1"},
		}},
		{"the newest", everything, 1, []Happening{
			{Kind: "wiki", Author: "bob", Title: "Page edited", Description: "better text", Path: "/wiki/Page?version=2"},
		}},
		{"nothing", nil, 100, nil},
	} {
		got, err := e.Happenings(t.Context(), admin, Timeline{
			Span: store.Span{Start: begin, Stop: math.MaxInt64}, Filters: c.filters, Most: c.most,
		})
		if err != nil {
			t.Fatal(err)
		}
		for i := range got { // what a caller does not see, or cannot foretell
			got[i].Time, got[i].text, got[i].on = 0, "", auth.Resource{}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s:\n got %+v\nwant %+v", c.name, got, c.want)
		}
	}
}

// live makes things happen, in the order in which TestTimeline wants them back.
func live(t *testing.T, e *Environment, admin auth.Principal) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := e.Tickets.Create(t.Context(), admin, ticket.Draft{Summary: "one", Description: "It is '''bad'''."})
	must(err)
	_, err = e.Tickets.Update(t.Context(), admin, 1, ticket.Update{Comment: "because", Attributes: ticket.Values{{Name: "keywords", Value: "k"}}})
	must(err)
	of := "''of'' it"
	_, err = e.Attachments.Put(t.Context(), admin, attachment.Upload{
		Parent: auth.Resource{Realm: "ticket", ID: "1"}, Filename: "a/b.txt", Description: &of,
	})
	must(err)
	_, err = e.Tickets.Update(t.Context(), admin, 1, ticket.Update{
		Comment:    "at last",
		Attributes: ticket.Values{{Name: "action", Value: "resolve"}, {Name: "action_resolve_resolve_resolution", Value: "fixed"}},
	})
	must(err)
	must(e.Wiki.Save(t.Context(), admin, wiki.Edit{Name: "Page", Text: "1", Author: "bob"}))
	better := "better [wiki:Page text]"
	must(e.Wiki.Save(t.Context(), admin, wiki.Edit{Name: "Page", Text: "2", Author: "bob", Comment: &better}))
}

func TestNewestFirstReadsOn(t *testing.T) {
	t.Parallel()
	// Three rows of each of 1000 times: every page ends amid those of one time.
	var rows []int64
	for i := range int64(3000) {
		rows = append(rows, 1000-i/3)
	}
	fetch := func(in store.Span, limit int) ([]int64, error) {
		from, _ := slices.BinarySearchFunc(rows, in.Stop, func(r, stop int64) int { return int(stop - r) })
		return rows[from:min(len(rows), from+limit)], nil
	}
	var told []int64
	tell := &teller{ask: Timeline{Span: store.Span{Start: 0, Stop: 2000}, Most: 1 << 20}}
	err := newestFirst(tell, fetch, func(r int64) int64 { return r }, func(page []int64) (int, error) {
		told = append(told, page...)
		return len(page), nil
	})
	if err != nil || !slices.Equal(told, rows) {
		t.Errorf("told %d rows, %v, want all %d in order", len(told), err, len(rows))
	}
}

func TestPlain(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                "",
		"<p>\none &lt;b&gt;\ntwo\n</p>\n": "one <b> two",
		`<a href="x">link</a>.`:           "link.",
		"a < b":                           "a",
		"no end <b":                       "no end",
	} {
		if got := plain(text); got != want {
			t.Errorf("plain(%q) = %q, want %q", text, got, want)
		}
	}
}
