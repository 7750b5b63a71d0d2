package store

import (
	"context"
	"fmt"

	"tracrpc/publish"
	"tracrpc/ticket"
)

// followMilestone lets the tickets and the attachments of a milestone follow its
// new name. As with Trac each ticket has a comment that says so, by nobody
// (trac/ticket/model.py, Milestone.move_tickets).
func (db *DB) followMilestone(ctx context.Context, t *tx, from, to string, e ticket.ListEdit[ticket.Milestone]) error {
	tickets := db.Tickets(true)
	const planned = `IN (SELECT id FROM ticket WHERE milestone = ?1)`
	moved, err := collect(ctx, t, db.dialect.selectTicket(true)+planned, from)
	if err != nil {
		return fmt.Errorf("read the tickets of milestone %q: %w", from, err)
	}
	for _, before := range moved {
		c := ticket.Change{Time: e.Event.Time.UnixMicro(), Comment: "Milestone renamed"}
		if err := number(ctx, t, before, &c); err != nil {
			return fmt.Errorf("rename milestone %q in ticket %d: %w", from, before.ID, err)
		}
		after := before.Clone()
		after.Milestone, after.Changetime = to, c.Time
		if err := tickets.save(ctx, t, before, after, c); err != nil {
			return fmt.Errorf("rename milestone %q in ticket %d: %w", from, before.ID, err)
		}
	}
	return t.moveAttachmentsOf(ctx, publish.Milestone, from, to, e.Event.Time, e.Event.Author)
}
