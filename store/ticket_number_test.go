package store

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tracrpc/ticket"
)

// TestNumber gives a ticket a change with each of some oldvalues, "-" for a change
// without a comment, and looks at the number of the next one.
func TestNumber(t *testing.T) {
	t.Parallel()
	db := newTestDB(t)
	for i, c := range []struct {
		oldvalues string // in the order of time
		want      int
	}{
		{"", 1},
		{"1 2 3", 4},
		{"1 1.2 2.3", 4},
		{"- - -", 4},
		{"- - 3 -", 5},
		{"1 3 2", 4},
		{"1 9.5 2", 6},
		{"description.1 2", 3},
		{"1 x 2.y", 4},
		{"1 7", 8},
		{"99999999999999999999 -4 2", 3},
		{"5 description.", 7},
	} {
		id := i + 1
		insertTicket(t, db, id, map[string]string{"summary": c.oldvalues})
		err := db.write(t.Context(), func(x *tx) error {
			for n, oldvalue := range strings.Fields(c.oldvalues) {
				if err := logChange(t.Context(), x, id, ticket.Change{Time: int64(100 + n)}, "keywords", "a", "b"); err != nil {
					return err
				}
				if oldvalue == "-" {
					continue
				}
				if err := logChange(t.Context(), x, id, ticket.Change{Time: int64(100 + n)}, "comment", oldvalue, "text"); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			kept, err := db.Tickets(false).Update(t.Context(), id, func(*ticket.Ticket) (ticket.Change, error) {
				return ticket.Change{Time: 100}, nil
			})
			if err != nil || kept.Number != c.want {
				t.Errorf("after %q: %d, %v, want %d", c.oldvalues, kept.Number, err, c.want)
			}
			if used := strings.Fields(c.oldvalues); len(used) > 0 && kept.Time < int64(100+len(used)) {
				t.Errorf("after %q: at %d, want a time of its own", c.oldvalues, kept.Time)
			}
			c.want++
		}
	}
}

// TestNumberIsLookedUp looks at how SQLite finds the number: without the ticket's
// other changes.
func TestNumberIsLookedUp(t *testing.T) {
	t.Parallel()
	db := newTestDB(t)
	plan := explain(t, db, fmt.Sprintf(`
		SELECT MAX(%[1]s)
		FROM ticket_change
		WHERE ticket = ?1 AND field = 'comment' AND %[1]s BETWEEN 0 AND ?2`, db.dialect.commentRank), []any{1, ticket.MaxNumber})
	if !slices.ContainsFunc(plan, func(line string) bool {
		return strings.HasPrefix(line, "SEARCH ticket_change USING ") && strings.Contains(line, "tracrpc_comment_number_idx (ticket=? AND <expr>>? AND <expr><?)")
	}) {
		t.Errorf("the highest number: %q", plan)
	}
	plan = explain(t, db, `
		SELECT MAX(CASE WHEN field = 'comment' THEN COALESCE(oldvalue, '') ELSE '' END)
		FROM ticket_change
		WHERE ticket = ?1
		GROUP BY time
		ORDER BY time DESC`, []any{1})
	if len(plan) != 1 || !strings.Contains(plan[0], "sqlite_autoindex_ticket_change_1 (ticket=?)") {
		t.Errorf("the latest change: %q", plan)
	}
}

// BenchmarkNumber numbers the comments of tickets with histories of any length.
func BenchmarkNumber(b *testing.B) {
	for _, changes := range []int{1, 1000, 10000} {
		b.Run(strconv.Itoa(changes), func(b *testing.B) {
			db := newTestDB(b)
			insertTicket(b, db, 1, nil)
			err := db.write(b.Context(), func(x *tx) error {
				for n := range changes {
					c := ticket.Change{Time: int64(n), Number: n + 1}
					if err := logChange(b.Context(), x, 1, c, "comment", c.Oldvalue(), "text"); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				err := db.write(b.Context(), func(x *tx) error {
					return number(b.Context(), x, &ticket.Ticket{ID: 1}, &ticket.Change{Time: 1e6})
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
