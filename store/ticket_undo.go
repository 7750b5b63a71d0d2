package store

import (
	"context"
	"strings"

	"tracrpc/ticket"
)

// DeleteChange removes a comment and takes back what changed with it.
func (s *Tickets) DeleteChange(ctx context.Context, id int, d ticket.ChangeDeletion) error {
	return s.db.write(ctx, func(x *tx) error {
		t, err := s.get(ctx, x, id)
		if err != nil {
			return err
		}
		rows, err := findChange(ctx, x, id, d.Number)
		if err != nil {
			return err
		}
		undone, err := undo(ctx, x, t, rows)
		if err != nil {
			return err
		}
		was := comment(rows)
		_, err = x.exec(ctx, `
			DELETE FROM ticket_change
			WHERE ticket = ?1 AND time = ?2`, id, was.Time)
		if err != nil {
			return err
		}
		d.Time = after(t, d.Time)
		t.Changetime = d.Time
		if err := overwrite(ctx, x, t, undone); err != nil {
			return err
		}
		event, err := ticket.ChangeDeletedEvent(t, d, was.Time, was.New, undone)
		if err != nil {
			return err
		}
		return x.emit(ctx, event)
	})
}

// undo takes the fields of a change back: in the next change of the field, if it
// went on from there, or else in t.
func undo(ctx context.Context, x *tx, t *ticket.Ticket, rows []ticket.LogRow) ([]ticket.FieldChange, error) {
	var undone []ticket.FieldChange
	for _, r := range rows {
		if r.Field == "comment" || strings.HasPrefix(r.Field, "_") {
			continue
		}
		undone = append(undone, ticket.FieldChange{Name: r.Field, Old: r.Old, New: r.New})
		later, err := relink(ctx, x, r)
		if err != nil {
			return nil, err
		}
		if !later {
			t.Set(r.Field, r.Old)
		}
	}
	return undone, nil
}

// relink lets the next change of the field that r changed begin with the value
// from before r; later is false when there is no next one.
func relink(ctx context.Context, x *tx, r ticket.LogRow) (later bool, err error) {
	var next int64
	err = x.row(ctx, `
		SELECT COALESCE(MIN(time), 0)
		FROM ticket_change
		WHERE ticket = ?1 AND time > ?2 AND field = ?3`, r.Ticket, r.Time, r.Field).Scan(&next)
	if err != nil || next == 0 {
		return false, err
	}
	_, err = x.exec(ctx, `
		UPDATE ticket_change
		SET oldvalue = ?1
		WHERE ticket = ?2 AND time = ?3 AND field = ?4 AND COALESCE(oldvalue, '') = ?5`,
		null(r.Old), r.Ticket, next, r.Field, r.New)
	return true, err
}
