package store

import (
	"context"
	"fmt"
	"time"

	"tracrpc/fault"
	"tracrpc/ticket"
)

// number gives a change its number, and a time that the ticket never had as its
// changetime: the rows of two changes at one time could not be told apart, nor
// the states before and after. However long the ticket's history is, only the
// latest change is read, unless old Tracs kept no number with it.
func number(ctx context.Context, x *tx, t *ticket.Ticket, c *ticket.Change) error {
	highest, taken, err := x.highestComment(ctx, t.ID, c.Time)
	if err != nil {
		return err
	}
	latest, err := x.latestComments(ctx, t.ID)
	if err != nil {
		return err
	}
	c.Number = ticket.NextNumber(highest, latest)
	if c.Exact && taken {
		return fault.New(fault.BadCall, "Ticket %d has a change of %s already.", t.ID,
			time.UnixMicro(c.Time).UTC().Format(time.DateTime))
	}
	for !c.Exact && (taken || c.Time == t.Time || c.Time == t.Changetime) {
		c.Time++
		if _, taken, err = x.highestComment(ctx, t.ID, c.Time); err != nil {
			return err
		}
	}
	return nil
}

// highestComment is the highest number that a comment of a ticket has, and whether
// the ticket was changed at a time.
func (t *tx) highestComment(ctx context.Context, id int, when int64) (highest int, changed bool, err error) {
	err = t.row(ctx, `
		SELECT COALESCE((
		           SELECT MAX(`+t.dialect.commentRank+`)
		           FROM ticket_change
		           WHERE ticket = ?1 AND field = 'comment' AND `+t.dialect.commentRank+` BETWEEN 0 AND ?3), 0),
		       EXISTS (SELECT 1 FROM ticket_change WHERE ticket = ?1 AND time = ?2)`,
		id, when, ticket.MaxNumber).Scan(&highest, &changed)
	if err != nil {
		return 0, false, fmt.Errorf("number a comment of ticket %d: %w", id, err)
	}
	return highest, changed, nil
}

// latestComments are the oldvalues of the comments of a ticket's changes, "" where
// there is none, the last one first, back to one with a number.
func (t *tx) latestComments(ctx context.Context, id int) (latest []string, err error) {
	rows, err := t.query(ctx, `
		SELECT MAX(CASE WHEN field = 'comment' THEN COALESCE(oldvalue, '') ELSE '' END)
		FROM ticket_change
		WHERE ticket = ?1
		GROUP BY time
		ORDER BY time DESC`, id)
	if err != nil {
		return nil, fmt.Errorf("number a comment of ticket %d: %w", id, err)
	}
	defer rows.Close()
	for rows.Next() {
		var oldvalue string
		if err := rows.Scan(&oldvalue); err != nil {
			return nil, fmt.Errorf("number a comment of ticket %d: %w", id, err)
		}
		latest = append(latest, oldvalue)
		if _, found := ticket.CommentNumber(oldvalue); found {
			break
		}
	}
	return latest, rows.Err()
}
