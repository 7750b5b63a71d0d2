package store

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracrpc/fault"
	"tracrpc/ticket"
)

func TestFieldsCacheID(t *testing.T) {
	t.Parallel()
	if got := cacheID(cacheFields); got != fieldsCacheID {
		t.Errorf("cacheID(cacheFields) = %d, not fieldsCacheID", got)
	}
}

// script runs statements as another program would.
func script(t *testing.T, db *DB, texts ...string) {
	t.Helper()
	err := db.write(t.Context(), func(x *tx) error {
		for _, text := range texts {
			if _, err := x.exec(t.Context(), text); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestTicketsReadTheGenerationOfTheFields(t *testing.T) {
	t.Parallel()
	db := newTestDB(t)
	tickets := db.Tickets(false)
	script(t, db, `INSERT INTO ticket (id) VALUES (1)`, `INSERT INTO cache VALUES (660951007, 4, 'k')`)
	got, err := tickets.Get(t.Context(), 1)
	if want := (&ticket.Ticket{ID: 1, Generation: 4}); err != nil || !cmp.Equal(got, want) {
		t.Errorf("Get of a ticket without anything = %v, %v, want %v", got, err, want)
	}
	if generation, err := tickets.Generation(t.Context()); generation != 4 || err != nil {
		t.Errorf("Generation = %d, %v, want 4", generation, err)
	}
}

// An old Trac kept comments only where there was one, and no numbers.
func TestOldChangesAreCounted(t *testing.T) {
	t.Parallel()
	db := newTestDB(t)
	tickets := db.Tickets(false)
	script(t, db, `INSERT INTO ticket (id, summary, keywords) VALUES (1, 's', 'c')`,
		`INSERT INTO ticket_change VALUES (1, 10, 'ann', 'keywords', 'a', 'b'), (1, 20, 'bob', 'comment', NULL, 'second'),
			(1, 30, 'cid', 'keywords', 'b', 'c')`)
	for number, want := range map[int]string{1: "ann|", 2: "bob|second", 3: "cid|"} {
		got, err := tickets.Comment(t.Context(), 1, number)
		if err != nil || got.Author+"|"+got.New != want {
			t.Errorf("Comment(%d) = %v, %v, want %s", number, got, err, want)
		}
	}
	if _, err := tickets.Comment(t.Context(), 1, 4); !fault.Is(err, fault.NotFound) {
		t.Errorf("Comment(4): %v, want a NotFound fault", err)
	}
	kept, err := tickets.Update(t.Context(), 1, func(*ticket.Ticket) (ticket.Change, error) {
		return ticket.Change{Author: "dan", Comment: "new", Time: 40}, nil
	})
	if err != nil || kept.Number != 4 {
		t.Errorf("the next comment has number %d, %v, want 4", kept.Number, err)
	}
	if err := tickets.ModifyComment(t.Context(), 1, ticket.CommentEdit{Number: 3, Author: "eve", Text: "added", Time: 50}); err != nil {
		t.Fatal(err)
	}
	want := []string{"_comment0|eve||50", "comment|cid||added", "keywords|cid|b|c"}
	got := lines(t, db.readers, `
		SELECT field || '|' || author || '|' || COALESCE(oldvalue, '') || '|' || COALESCE(newvalue, '')
		FROM ticket_change
		WHERE time = 30
		ORDER BY field`)
	if !cmp.Equal(got, want) {
		t.Error(cmp.Diff(got, want))
	}
}

// A mutation and its event are one transaction: when the event cannot be kept,
// nothing is.
func TestNoTicketWithoutItsEvent(t *testing.T) {
	t.Parallel()
	db := newTestDB(t)
	tickets := db.Tickets(true)
	id, err := tickets.Insert(t.Context(), &ticket.Ticket{Summary: "s"}, "me")
	if err != nil {
		t.Fatal(err)
	}
	change := func(now *ticket.Ticket) (ticket.Change, error) {
		now.Summary = "changed"
		now.Set("note", "n")
		return ticket.Change{Author: "me", Comment: "c", Time: 5}, nil
	}
	if _, err := tickets.Update(t.Context(), id, change); err != nil {
		t.Fatal(err)
	}
	dump := func() []string {
		return lines(t, db.readers, `
			SELECT id || summary || changetime FROM ticket
			UNION ALL SELECT field || time || newvalue FROM ticket_change
			UNION ALL SELECT name || value FROM ticket_custom`)
	}
	before := dump()
	script(t, db, `ALTER TABLE tracrpc_outbox RENAME TO gone`)
	if _, err := tickets.Insert(t.Context(), &ticket.Ticket{Summary: "other"}, "me"); err == nil {
		t.Error("Insert did not fail")
	}
	if _, err := tickets.Update(t.Context(), id, change); err == nil {
		t.Error("Update did not fail")
	}
	if err := tickets.ModifyComment(t.Context(), id, ticket.CommentEdit{Number: 1, Text: "x", Time: 9}); err == nil {
		t.Error("ModifyComment did not fail")
	}
	if err := tickets.DeleteChange(t.Context(), id, ticket.ChangeDeletion{Number: 1, Time: 9}); err == nil {
		t.Error("DeleteChange did not fail")
	}
	if err := tickets.Delete(t.Context(), id, "me", 9); err == nil {
		t.Error("Delete did not fail")
	}
	if after := dump(); !cmp.Equal(before, after) {
		t.Error(cmp.Diff(before, after))
	}
}
