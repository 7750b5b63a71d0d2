package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tracrpc/auth"
	"tracrpc/fault"
	"tracrpc/store"
	"tracrpc/ticket"
)

// edit keeps an edit as it is.
func edit[T any](t *testing.T, list ticket.ListStore[T], e ticket.ListEdit[T]) {
	t.Helper()
	if err := list.Edit(t.Context(), func([]T) (ticket.ListEdit[T], error) { return e, nil }); err != nil {
		t.Fatal(err)
	}
}

// noFiles stands for attachments that have none.
type noFiles struct{}

func (noFiles) Removing(_ context.Context, _ auth.Resource, commit func() error) error {
	return commit()
}
func (noFiles) Moving(_ context.Context, _, _ auth.Resource, commit func() error) error {
	return commit()
}

func openLists(t *testing.T, url string) (*store.DB, ticket.Lists) {
	db := Open(t, url)
	return db, ticket.NewLists(db.Lists(), noFiles{})
}

// told tells what events say of lists: realm, verb, id, author and the data.
func told(t *testing.T, db *store.DB) []string {
	t.Helper()
	events, err := db.Events(t.Context(), 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range events {
		all = append(all, fmt.Sprint(e.Realm, " ", e.Verb, " ", e.ID, " by ", e.Author, " ", string(e.Data)))
	}
	return all
}

func names[T any](t *testing.T, list *ticket.List[T]) []string {
	t.Helper()
	all, err := list.Names(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func testComponents(t *testing.T, url string) {
	db, lists := openLists(t, url)
	ctx := t.Context()
	tickets := db.Tickets(true)
	id := insert(t, tickets, &ticket.Ticket{Time: 5, Changetime: 7, Component: "new one"})
	before, err := tickets.Generation(ctx)
	must(t, err,
		lists.Components.Create(ctx, ticket.Component{Name: "  new   one ", Owner: " joe  doe ", Description: "why"}, "me"),
		lists.Components.Update(ctx, "new one", func(c *ticket.Component) { c.Name, c.Owner = "Other", "" }, "you"),
	)
	if got, err := lists.Components.Get(ctx, "Other"); err != nil || got != (ticket.Component{Name: "Other", Description: "why"}) {
		t.Errorf("Get = %+v, %v", got, err)
	}
	if got, want := names(t, lists.Components), []string{"Other", "component1", "component2"}; !slices.Equal(got, want) {
		t.Errorf("Names = %q, want %q", got, want)
	}
	moved, err := tickets.Get(ctx, id)
	if err != nil || moved.Component != "Other" || moved.Changetime != 7 {
		t.Errorf("the ticket is in %q since %d, %v; want it in Other since 7", moved.Component, moved.Changetime, err)
	}
	must(t, lists.Components.Delete(ctx, "Other", "they"))
	if got, err := tickets.Get(ctx, id); err != nil || got.Component != "Other" {
		t.Errorf("the ticket is in %q, %v; want it to keep Other", got.Component, err)
	}
	if after, err := tickets.Generation(ctx); err != nil || after != before+3 {
		t.Errorf("generation %d after %d, %v; want three more", after, before, err)
	}
	want := []string{
		`component created new one by me {"new":{"name":"new one","owner":"joe doe","description":"why"}}`,
		`component changed Other by you {"old":{"name":"new one","owner":"joe doe","description":"why"},` +
			`"new":{"name":"Other","owner":"","description":"why"}}`,
		`component deleted Other by they {"old":{"name":"Other","owner":"","description":"why"}}`,
	}
	if got := told(t, db)[1:]; !cmp.Equal(got, want) {
		t.Error(cmp.Diff(got, want))
	}
}

func testVersions(t *testing.T, url string) {
	_, lists := openLists(t, url)
	ctx := t.Context()
	must(t,
		lists.Versions.Create(ctx, ticket.Version{Name: "v9", Time: 10}, "me"),
		lists.Versions.Create(ctx, ticket.Version{Name: "v10", Time: 10}, "me"),
		lists.Versions.Create(ctx, ticket.Version{Name: "v2", Time: 20}, "me"),
		lists.Versions.Create(ctx, ticket.Version{Name: "old", Time: -5, Description: "d"}, "me"),
	)
	if got, want := names(t, lists.Versions), []string{"2.0", "1.0", "v2", "v10", "v9", "old"}; !slices.Equal(got, want) {
		t.Errorf("Names = %q, want %q", got, want)
	}
	must(t, lists.Versions.Update(ctx, "old", func(v *ticket.Version) { v.Time = 0 }, "me"))
	if got, err := lists.Versions.Get(ctx, "old"); err != nil || got != (ticket.Version{Name: "old", Description: "d"}) {
		t.Errorf("Get = %+v, %v", got, err)
	}
}

func testMilestones(t *testing.T, url string) {
	db, lists := openLists(t, url)
	ctx := t.Context()
	must(t,
		lists.Milestones.Create(ctx, ticket.Milestone{Name: "m10", Due: 30, Completed: 20}, "me"),
		lists.Milestones.Create(ctx, ticket.Milestone{Name: "m9", Completed: 20}, "me"),
		lists.Milestones.Create(ctx, ticket.Milestone{Name: "late", Due: 50}, "me"),
		lists.Milestones.Create(ctx, ticket.Milestone{Name: "done", Completed: 10}, "me"),
		lists.Milestones.Create(ctx, ticket.Milestone{Name: "milestone10"}, "me"),
	)
	want := []string{"done", "m10", "m9", "late", "milestone1", "milestone2", "milestone3", "milestone4", "milestone10"}
	if got := names(t, lists.Milestones); !slices.Equal(got, want) {
		t.Errorf("Names = %q, want %q", got, want)
	}
	must(t, lists.Milestones.Delete(ctx, "late", "me"))
	if _, err := lists.Milestones.Get(ctx, "late"); !fault.Is(err, fault.NotFound) || fault.Of(err).Title != "Invalid milestone name." {
		t.Errorf("Get of none: %v", err)
	}
	if got := told(t, db); len(got) != 6 || got[5] !=
		`milestone deleted late by me {"old":{"name":"late","due":50,"completed":0,"description":""}}` {
		t.Errorf("events %q", got)
	}
}

// testMilestoneRenamed looks at what follows a milestone, and how.
func testMilestoneRenamed(t *testing.T, url string) {
	db, lists := openLists(t, url)
	ctx := t.Context()
	tickets := db.Tickets(true)
	first := insert(t, tickets, &ticket.Ticket{Time: 5, Changetime: 7, Milestone: "milestone1", Custom: map[string]string{"note": "n"}})
	second := insert(t, tickets, &ticket.Ticket{Time: 5, Changetime: 7, Milestone: "milestone1", Status: "closed"})
	other := insert(t, tickets, &ticket.Ticket{Time: 5, Changetime: 7, Milestone: "milestone2"})
	_, err := comment(tickets, t, second, ticket.Change{Author: "a", Comment: "first", Time: 9}, "-")
	must(t, err, lists.Milestones.Update(ctx, "milestone1", func(m *ticket.Milestone) { m.Name = "one" }, "me"))
	logs, err := tickets.Log(ctx, []int{first, second, other}, 0)
	must(t, err)
	for id, want := range map[int]string{
		first:  ` comment 1 > Milestone renamed; milestone milestone1 > one;`,
		second: ` comment 1 > first; comment 2 > Milestone renamed; milestone milestone1 > one;`,
		other:  ``,
	} {
		got := ""
		for _, row := range logs[id] {
			got += fmt.Sprintf(" %s %s > %s;", row.Field, row.Old, row.New)
			if row.New != "first" && row.Author != "" {
				t.Errorf("ticket %d was moved by %q, want nobody", id, row.Author)
			}
		}
		if got != want {
			t.Errorf("ticket %d has the log%s, want%s", id, got, want)
		}
	}
	moved, err := tickets.Get(ctx, first)
	if err != nil || moved.Milestone != "one" || moved.Custom["note"] != "n" || time.Since(time.UnixMicro(moved.Changetime)) > time.Hour {
		t.Errorf("Get = %+v, %v", moved, err)
	}
	events, err := db.Events(ctx, 4, 100)
	must(t, err)
	verbs := map[string]int{}
	for _, e := range events {
		verbs[e.Realm+" "+e.Verb+" by "+e.Author]++
	}
	if want := map[string]int{"ticket changed by ": 2, "milestone changed by me": 1}; !cmp.Equal(verbs, want) {
		t.Errorf("events %v, want %v", verbs, want)
	}
}

func testEnums(t *testing.T, url string) {
	db, lists := openLists(t, url)
	ctx := t.Context()
	must(t,
		lists.Priorities.Create(ctx, ticket.Enum{Name: "worst", Value: "-1"}, "me"),
		lists.Priorities.Create(ctx, ticket.Enum{Name: "half", Value: "2.5"}, "me"),
		lists.Priorities.Create(ctx, ticket.Enum{Name: "last"}, "me"),
		lists.Priorities.Create(ctx, ticket.Enum{Name: "word", Value: "abc"}, "me"),
		lists.Severities.Create(ctx, ticket.Enum{Name: "high"}, "me"),
	)
	want := []string{"worst", "word", "blocker", "critical", "half", "major", "minor", "trivial", "last"}
	if got := names(t, lists.Priorities); !slices.Equal(got, want) {
		t.Errorf("Names = %q, want %q", got, want)
	}
	for name, value := range map[string]string{"last": "6", "half": "2.5", "word": "abc", "major": "3"} {
		if got, err := lists.Priorities.Get(ctx, name); err != nil || got.Value != value {
			t.Errorf("%s has the value %q, %v, want %q", name, got.Value, err, value)
		}
	}
	if got, err := lists.Severities.Get(ctx, "high"); err != nil || got.Value != "1" {
		t.Errorf("the first severity has the value %q, %v", got.Value, err)
	}
	id := insert(t, db.Tickets(false), &ticket.Ticket{Type: "task", Priority: "task"})
	must(t, lists.Types.Update(ctx, "task", func(e *ticket.Enum) { e.Name = "work" }, "me"))
	if got, err := db.Tickets(false).Get(ctx, id); err != nil || got.Type != "work" || got.Priority != "task" {
		t.Errorf("the ticket is a %q of priority %q, %v; want its type renamed", got.Type, got.Priority, err)
	}
}

// testEnumGaps looks at what becomes of those after an enum that is deleted.
func testEnumGaps(t *testing.T, url string) {
	db, lists := openLists(t, url)
	ctx := t.Context()
	must(t,
		lists.Priorities.Create(ctx, ticket.Enum{Name: "half", Value: "2.5"}, "me"),
		lists.Priorities.Create(ctx, ticket.Enum{Name: "same", Value: "2"}, "me"),
		lists.Priorities.Delete(ctx, "critical", "me"), // whose place another has
		lists.Priorities.Delete(ctx, "same", "me"),
	)
	all, err := lists.Priorities.All(ctx)
	must(t, err)
	got := ""
	for _, e := range all {
		got += e.Name + " " + e.Value + ", "
	}
	if want := "blocker 1, half 2.5, major 2, minor 3, trivial 4, "; got != want {
		t.Errorf("left are %swant %s", got, want)
	}
	events, err := db.Events(ctx, 3, 1)
	must(t, err)
	var data struct{ Moved []ticket.Enum }
	must(t, json.Unmarshal(events[0].Data, &data))
	if len(data.Moved) != 3 {
		t.Errorf("the event tells of %v, want the three that moved up", data.Moved)
	}
}

// testListFaults looks at what is refused, in Trac's words, and leaves nothing.
func testListFaults(t *testing.T, url string) {
	db, lists := openLists(t, url)
	ctx := t.Context()
	rename := func(m *ticket.Milestone) { m.Name = " milestone2 " }
	for want, err := range map[string]error{
		`Component "component1" already exists.`:  lists.Components.Create(ctx, ticket.Component{Name: " component1"}, "me"),
		`Invalid component name.`:                 lists.Components.Create(ctx, ticket.Component{Name: "  "}, "me"),
		`Cannot update non-existent component.`:   lists.Components.Update(ctx, "", func(*ticket.Component) {}, "me"),
		`Cannot delete non-existent component.`:   lists.Components.Delete(ctx, "", "me"),
		`Component x does not exist.`:             lists.Components.Delete(ctx, "x", "me"),
		`Version "1.0" already exists.`:           lists.Versions.Create(ctx, ticket.Version{Name: "1.0"}, "me"),
		`Version "2.0" already exists.`:           lists.Versions.Update(ctx, "1.0", func(v *ticket.Version) { v.Name = "2.0" }, "me"),
		`Invalid version name.`:                   lists.Versions.Update(ctx, "1.0", func(v *ticket.Version) { v.Name = " " }, "me"),
		`Version x does not exist.`:               lists.Versions.Update(ctx, "x", func(*ticket.Version) {}, "me"),
		`Milestone "milestone2" already exists.`:  lists.Milestones.Update(ctx, "milestone1", rename, "me"),
		`Invalid milestone name.`:                 lists.Milestones.Update(ctx, "", func(*ticket.Milestone) {}, "me"),
		`Milestone x does not exist.`:             lists.Milestones.Delete(ctx, "x", "me"),
		`Priority value "major" already exists`:   lists.Priorities.Create(ctx, ticket.Enum{Name: "major"}, "me"),
		`Ticket Type value "task" already exists`: lists.Types.Create(ctx, ticket.Enum{Name: "task"}, "me"),
		`Invalid Resolution name.`:                lists.Resolutions.Create(ctx, ticket.Enum{Name: ""}, "me"),
		`Cannot update non-existent enum.`:        lists.Severities.Update(ctx, "", func(*ticket.Enum) {}, "me"),
		`Cannot delete non-existent Ticket Type.`: lists.Types.Delete(ctx, "", "me"),
		`Severity x does not exist.`:              lists.Severities.Delete(ctx, "x", "me"),
	} {
		if fault.Of(err) == nil || err.Error() != want {
			t.Errorf("got %v, want the fault %q", err, want)
		}
	}
	if got := told(t, db); len(got) > 0 {
		t.Errorf("events %q, want none", got)
	}
	if got := names(t, lists.Milestones); len(got) != 4 {
		t.Errorf("milestones %q", got)
	}
}
