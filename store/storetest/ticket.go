package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracrpc/fault"
	"tracrpc/publish"
	"tracrpc/store"
	"tracrpc/ticket"
)

// sample is a ticket with something in every field.
func sample() *ticket.Ticket {
	return &ticket.Ticket{
		Time: 1577836800000000, Changetime: 1577836800000001,
		Summary: "s 'q' 人", Reporter: "r", Owner: "o", Description: "one\r\ntwo", Type: "task", Status: "new", Priority: "minor",
		Milestone: "m", Component: "c", Version: "v", Severity: "high", Resolution: "x", Keywords: "k", CC: "a, b",
		Custom: map[string]string{"note": "n", "unset": ""},
	}
}

func insert(t *testing.T, tickets *store.Tickets, sample *ticket.Ticket) int {
	t.Helper()
	id, err := tickets.Insert(t.Context(), sample, "me")
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func testTickets(t *testing.T, url string) {
	db := Open(t, url)
	ctx := t.Context()
	tickets := db.Tickets(true)
	first, second := insert(t, tickets, sample()), insert(t, tickets, &ticket.Ticket{Time: 5, Changetime: 7, Summary: "s"})
	if first != 1 || second != 2 {
		t.Errorf("ids %d and %d, want 1 and 2", first, second)
	}
	want := sample()
	want.ID, want.Generation = first, -1
	got, err := tickets.Get(ctx, first)
	if err != nil || !cmp.Equal(got, want) {
		t.Errorf("Get: %v, %s", err, cmp.Diff(got, want))
	}
	want.Custom = nil
	if got, err = db.Tickets(false).Get(ctx, first); err != nil || !cmp.Equal(got, want) {
		t.Errorf("Get without custom fields: %v, %s", err, cmp.Diff(got, want))
	}
	many, err := tickets.GetMany(ctx, []int{second, 99, first, second})
	if err != nil || len(many) != 2 || many[first].Custom["note"] != "n" || many[second].Summary != "s" || many[second].Custom != nil {
		t.Errorf("GetMany = %v, %v", many, err)
	}
	if _, err := tickets.Get(ctx, 99); !fault.Is(err, fault.NotFound) || err.Error() != "Ticket 99 does not exist." {
		t.Errorf("Get of none: %v", err)
	}
	ids, err := tickets.ChangedSince(ctx, 7)
	if err != nil || !cmp.Equal(ids, []int{1, 2}) {
		t.Errorf("ChangedSince(7) = %v, %v", ids, err)
	}
	if ids, _ = tickets.ChangedSince(ctx, 8); !cmp.Equal(ids, []int{1}) {
		t.Errorf("ChangedSince(8) = %v", ids)
	}
	if err := tickets.Delete(ctx, second, "me", 9); err != nil {
		t.Fatal(err)
	}
	if err := tickets.Delete(ctx, second, "me", 9); !fault.Is(err, fault.NotFound) {
		t.Errorf("second Delete: %v", err)
	}
}

// comment saves a comment, with a change if keywords is not "-".
func comment(tickets *store.Tickets, t *testing.T, id int, c ticket.Change, keywords string) (ticket.Change, error) {
	return tickets.Update(t.Context(), id, func(now *ticket.Ticket) (ticket.Change, error) {
		if keywords != "-" {
			now.Keywords = keywords
		}
		return c, nil
	})
}

// log is a change log without the times, a line a row.
func log(t *testing.T, tickets *store.Tickets, id int) []string {
	t.Helper()
	logs, err := tickets.Log(t.Context(), []int{id, 99}, 0)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, r := range logs[id] {
		lines = append(lines, strings.Join([]string{r.Author, r.Field, r.Old, r.New}, "|"))
	}
	return lines
}

func testTicketChanges(t *testing.T, url string) {
	db := Open(t, url)
	tickets := db.Tickets(true)
	id := insert(t, tickets, sample())
	for _, c := range []struct {
		change   ticket.Change
		keywords string
		number   int
		time     int64
	}{
		{ticket.Change{Author: "a", Comment: "one", Time: 1577836800000009}, "-", 1, 1577836800000009},
		{ticket.Change{Author: "b", Comment: "same time", Time: 1577836800000009}, "k2", 2, 1577836800000010},
		{ticket.Change{Author: "b", Comment: "before the others", Time: 1577836800000001, Exact: true, ReplyTo: "2"}, "-", 3, 1577836800000001},
		{ticket.Change{Author: "c", Comment: "no number twice", Time: 1577836800000020}, "", 4, 1577836800000020},
	} {
		kept, err := comment(tickets, t, id, c.change, c.keywords)
		if err != nil || kept.Number != c.number || kept.Time != c.time {
			t.Errorf("%q: number %d at %d, %v, want %d at %d", c.change.Comment, kept.Number, kept.Time, err, c.number, c.time)
		}
	}
	want := []string{"b|comment|2.3|before the others", "a|comment|1|one", "b|comment|2|same time", "b|keywords|k|k2",
		"c|comment|4|no number twice", "c|keywords|k2|"}
	if got := log(t, tickets, id); !cmp.Equal(got, want) {
		t.Error(cmp.Diff(got, want))
	}
	got, err := tickets.Get(t.Context(), id)
	if err != nil || got.Changetime != 1577836800000020 || got.Keywords != "" {
		t.Errorf("Get: changed at %d, keywords %q, %v", got.Changetime, got.Keywords, err)
	}
}

func testTicketCustomFields(t *testing.T, url string) {
	tickets := Open(t, url).Tickets(true)
	id := insert(t, tickets, &ticket.Ticket{Summary: "s"})
	_, err := tickets.Update(t.Context(), id, func(now *ticket.Ticket) (ticket.Change, error) {
		now.Set("note", "n")
		now.Set("size", "medium")
		now.Set("empty", "")
		return ticket.Change{Author: "me", Time: 5, Unlogged: []string{"size", "empty"}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := tickets.Get(t.Context(), id)
	if want := (map[string]string{"note": "n", "size": "medium", "empty": ""}); err != nil || !cmp.Equal(got.Custom, want) {
		t.Errorf("Custom = %v, %v, want %v", got.Custom, err, want)
	}
	if got, want := log(t, tickets, id), []string{"me|comment|1|", "me|note||n"}; !cmp.Equal(got, want) {
		t.Error(cmp.Diff(got, want))
	}
}

var errRefused = errors.New("refused")

func testRefusedTicketChanges(t *testing.T, url string) {
	db := Open(t, url)
	tickets := db.Tickets(true)
	id := insert(t, tickets, sample())
	exact := ticket.Change{Author: "a", Comment: "one", Time: 8, Exact: true}
	if _, err := comment(tickets, t, id, exact, "-"); err != nil {
		t.Fatal(err)
	}
	before := log(t, tickets, id)
	if _, err := comment(tickets, t, id, exact, "other"); !fault.Is(err, fault.BadCall) {
		t.Errorf("a second change at one time: %v, want a fault", err)
	}
	_, err := tickets.Update(t.Context(), id, func(now *ticket.Ticket) (ticket.Change, error) {
		now.Keywords, now.Custom["note"] = "other", "other"
		return exact, errRefused
	})
	if !errors.Is(err, errRefused) {
		t.Errorf("refused: %v", err)
	}
	if _, err := comment(tickets, t, 99, exact, "-"); !fault.Is(err, fault.NotFound) {
		t.Errorf("no ticket: %v", err)
	}
	if got := log(t, tickets, id); !cmp.Equal(got, before) {
		t.Errorf("a refused change left something: %s", cmp.Diff(got, before))
	}
	if got, _ := tickets.Get(t.Context(), id); got.Keywords != "k" || got.Custom["note"] != "n" || got.Changetime != 8 {
		t.Errorf("a refused change left something: %+v", got)
	}
	events, err := db.Events(t.Context(), 0, 10)
	if err != nil || len(events) != 2 {
		t.Errorf("%d events, %v, want one for the creation and one for the change", len(events), err)
	}
}

func testTicketEvents(t *testing.T, url string) {
	db := Open(t, url)
	ctx := t.Context()
	tickets := db.Tickets(true)
	id := insert(t, tickets, sample())
	if _, err := comment(tickets, t, id, ticket.Change{Author: "a", Comment: "why", ReplyTo: "7", Time: 1600000000000000}, "new"); err != nil {
		t.Fatal(err)
	}
	if err := tickets.ModifyComment(ctx, id, ticket.CommentEdit{Number: 1, Author: "b", Text: "because", Time: 1600000000000001}); err != nil {
		t.Fatal(err)
	}
	if err := tickets.DeleteChange(ctx, id, ticket.ChangeDeletion{Number: 1, Author: "c", Time: 1600000000000002}); err != nil {
		t.Fatal(err)
	}
	if err := tickets.Delete(ctx, id, "d", 1600000000000003); err != nil {
		t.Fatal(err)
	}
	events, err := db.Events(ctx, 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range events {
		var d publish.TicketData
		if err := json.Unmarshal(e.Data, &d); err != nil {
			t.Fatal(err)
		}
		replaced := "-"
		if d.Replaced != nil {
			replaced = *d.Replaced
		}
		got = append(got, fmt.Sprint(e.Realm, " ", e.Verb, " ", e.ID, " by ", e.Author, " ", e.Time.UnixMicro(), " ", d.Ticket.Changetime, " ",
			d.Ticket.Fields["keywords"], d.Ticket.Fields["note"], " ", d.Fields, d.Old, " ", d.Comment, d.Number, d.ReplyTo, " ", replaced, " ", d.At))
	}
	want := []string{
		"ticket created 1 by me 1577836800000000 1577836800000001 kn [] map[] 0 - 0",
		"ticket changed 1 by a 1600000000000000 1600000000000000 newn [{keywords k new}] map[keywords:k] why17 - 0",
		"ticket comment_modified 1 by b 1600000000000001 1600000000000001 newn [] map[] because1 why 1600000000000000",
		"ticket change_deleted 1 by c 1600000000000002 1600000000000002 kn [{keywords k new}] map[] because1 - 1600000000000000",
		"ticket deleted 1 by d 1600000000000003 1600000000000002 kn [] map[] 0 - 0",
	}
	if !cmp.Equal(got, want) {
		t.Error(cmp.Diff(got, want))
	}
}

func testComments(t *testing.T, url string) {
	tickets := Open(t, url).Tickets(true)
	ctx := t.Context()
	id := insert(t, tickets, sample())
	for i, keywords := range []string{"a", "b", "c"} {
		change := ticket.Change{Author: "me", Comment: "about " + keywords, Time: int64(10 * (i + 1)), Exact: true}
		if _, err := comment(tickets, t, id, change, keywords); err != nil {
			t.Fatal(err)
		}
	}
	for i, text := range []string{"better", "best"} {
		edit := ticket.CommentEdit{Number: 2, Author: fmt.Sprint("editor", i), Text: text, Time: int64(100 + i)}
		if err := tickets.ModifyComment(ctx, id, edit); err != nil {
			t.Fatal(err)
		}
	}
	history, err := tickets.History(ctx, id, 2)
	want := []ticket.Revision{
		{Number: 0, Time: 20, Author: "me", Text: "about b"},
		{Number: 1, Time: 100, Author: "editor0", Text: "better"},
		{Number: 2, Time: 101, Author: "editor1", Text: "best"},
	}
	if err != nil || !cmp.Equal(history, want) {
		t.Errorf("History: %v, %s", err, cmp.Diff(history, want))
	}
	if err := tickets.DeleteChange(ctx, id, ticket.ChangeDeletion{Number: 2, Author: "admin", Time: 200}); err != nil {
		t.Fatal(err)
	}
	lines := []string{"me|comment|1|about a", "me|keywords|k|a", "me|comment|3|about c", "me|keywords|a|c"}
	if got := log(t, tickets, id); !cmp.Equal(got, lines) {
		t.Errorf("after deleting one in the middle: %s", cmp.Diff(got, lines))
	}
	if err := tickets.DeleteChange(ctx, id, ticket.ChangeDeletion{Number: 3, Author: "admin", Time: 200}); err != nil {
		t.Fatal(err)
	}
	got, err := tickets.Get(ctx, id)
	if err != nil || got.Keywords != "a" || got.Changetime != 201 {
		t.Errorf("after deleting the last: keywords %q at %d, %v, want a at 201", got.Keywords, got.Changetime, err)
	}
	if _, err := tickets.Comment(ctx, id, 3); !fault.Is(err, fault.NotFound) {
		t.Errorf("Comment of a deleted one: %v", err)
	}
}

// testConcurrentTicketChanges lets many change one ticket at once: no number and
// no time is given twice, and no change is lost.
func testConcurrentTicketChanges(t *testing.T, url string) {
	db := Open(t, url)
	tickets := db.Tickets(true)
	id := insert(t, tickets, sample())
	const writers, each = 8, 10
	var group sync.WaitGroup
	for range writers {
		// Ends when its changes are made.
		group.Go(func() {
			for range each {
				_, err := tickets.Update(t.Context(), id, func(now *ticket.Ticket) (ticket.Change, error) {
					now.Keywords += "+"
					return ticket.Change{Author: "a", Comment: "c", Time: 1600000000000000}, nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	logs, err := tickets.Log(t.Context(), []int{id}, 0)
	if err != nil {
		t.Fatal(err)
	}
	numbers, times := map[string]bool{}, map[int64]bool{}
	for _, r := range logs[id] {
		if r.Field == "comment" {
			numbers[r.Old], times[r.Time] = true, true
		}
	}
	got, err := tickets.Get(t.Context(), id)
	if err != nil || len(numbers) != writers*each || len(times) != writers*each || got.Keywords != "k"+strings.Repeat("+", writers*each) {
		t.Errorf("%d numbers, %d times, keywords %q, %v", len(numbers), len(times), got.Keywords, err)
	}
}
