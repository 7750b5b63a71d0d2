package store

import (
	"context"
	"fmt"
	"iter"

	"tracrpc/ticket"
)

// loadSize is how many tickets are loaded in one transaction.
const loadSize = 20000

// Loaded is a ticket with its comments, as Load writes it.
type Loaded struct {
	Ticket   *ticket.Ticket
	Comments []ticket.Change // with their times and numbers; what they changed is not told
}

// Load writes tickets under the ids that they have, many in a transaction and
// without events: for databases that are filled to be measured, and that nobody
// listens to yet.
func (db *DB) Load(ctx context.Context, tickets iter.Seq[Loaded]) error {
	next, stop := iter.Pull(tickets)
	defer stop()
	for more := true; more; {
		err := db.write(ctx, func(x *tx) error {
			for range loadSize {
				var l Loaded
				if l, more = next(); !more {
					return nil
				}
				if err := x.load(ctx, l); err != nil {
					return fmt.Errorf("load ticket %d: %w", l.Ticket.ID, err)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return db.write(ctx, func(x *tx) error { return x.script(ctx, "ANALYZE") })
}

func (t *tx) load(ctx context.Context, l Loaded) error {
	_, err := t.exec(ctx, `
		INSERT INTO ticket (time, changetime, type, component, severity, priority, owner, reporter,
		                    cc, version, milestone, status, resolution, summary, description, keywords, id)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)`,
		append(ticketValues(l.Ticket), l.Ticket.ID)...)
	if err != nil {
		return err
	}
	for name := range l.Ticket.Custom {
		if err := setCustom(ctx, t, l.Ticket, name); err != nil {
			return err
		}
	}
	for _, c := range l.Comments {
		if err := logChange(ctx, t, l.Ticket.ID, c, "comment", c.Oldvalue(), c.Comment); err != nil {
			return err
		}
	}
	return nil
}
