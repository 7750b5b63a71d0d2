package store

import (
	"context"
	"slices"
	"strconv"
	"time"

	"tracrpc/ticket"
)

// Insert keeps a new ticket and gives it its id.
func (s *Tickets) Insert(ctx context.Context, t *ticket.Ticket, author string) (id int, err error) {
	kept := t.Clone()
	err = s.db.write(ctx, func(x *tx) error {
		row := x.row(ctx, `
			INSERT INTO ticket (time, changetime, type, component, severity, priority, owner, reporter,
			                    cc, version, milestone, status, resolution, summary, description, keywords)
			VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
			RETURNING id`, ticketValues(kept)...)
		if err := row.Scan(&kept.ID); err != nil {
			return err
		}
		for name := range kept.Custom {
			if err := setCustom(ctx, x, kept, name); err != nil {
				return err
			}
		}
		event, err := ticket.CreatedEvent(kept, author)
		if err != nil {
			return err
		}
		return x.emit(ctx, event)
	})
	return kept.ID, err
}

// ticketValues are the columns of a ticket but its id. Like Trac we keep nothing
// as NULL.
func ticketValues(t *ticket.Ticket) []any {
	return []any{
		t.Time, t.Changetime, null(t.Type), null(t.Component), null(t.Severity), null(t.Priority),
		null(t.Owner), null(t.Reporter), null(t.CC), null(t.Version), null(t.Milestone), null(t.Status),
		null(t.Resolution), null(t.Summary), null(t.Description), null(t.Keywords),
	}
}

// null is a text, or NULL for none.
func null(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func setCustom(ctx context.Context, x *tx, t *ticket.Ticket, name string) error {
	_, err := x.exec(ctx, `
		INSERT INTO ticket_custom (ticket, name, value)
		VALUES (?1, ?2, ?3)
		ON CONFLICT (ticket, name) DO UPDATE SET value = excluded.value`, t.ID, name, null(t.Custom[name]))
	return err
}

// Update hands change the ticket as it stands and keeps what became of it.
func (s *Tickets) Update(ctx context.Context, id int, change func(*ticket.Ticket) (ticket.Change, error)) (c ticket.Change, err error) {
	err = s.db.write(ctx, func(x *tx) error {
		before, err := s.get(ctx, x, id)
		if err != nil {
			return err
		}
		after := before.Clone()
		if c, err = change(after); err != nil {
			return err
		}
		if err := number(ctx, x, before, &c); err != nil {
			return err
		}
		after.Changetime = c.Time
		return s.save(ctx, x, before, after, c)
	})
	return c, err
}

// save writes a ticket, its change and the event.
func (s *Tickets) save(ctx context.Context, x *tx, before, after *ticket.Ticket, c ticket.Change) error {
	changes := ticket.Diff(before, after)
	if err := overwrite(ctx, x, after, changes); err != nil {
		return err
	}
	for _, f := range changes {
		if slices.Contains(c.Unlogged, f.Name) {
			continue
		}
		if err := logChange(ctx, x, after.ID, c, f.Name, null(f.Old), null(f.New)); err != nil {
			return err
		}
	}
	if err := logChange(ctx, x, after.ID, c, "comment", c.Oldvalue(), c.Comment); err != nil {
		return err
	}
	event, err := ticket.ChangedEvent(before, after, c)
	if err != nil {
		return err
	}
	return x.emit(ctx, event)
}

// overwrite writes the fields of a ticket that changed, and its changetime. What
// did not change is not named: each column would have its indexes written.
func overwrite(ctx context.Context, x *tx, t *ticket.Ticket, changes []ticket.FieldChange) error {
	set, args := "changetime = ?1", []any{t.Changetime}
	for _, f := range changes {
		if _, custom := t.Custom[f.Name]; custom {
			if err := setCustom(ctx, x, t, f.Name); err != nil {
				return err
			}
			continue
		}
		value, _ := t.Value(f.Name)
		if _, known := ticketColumns[f.Name]; known && !slices.Contains([]string{"id", "time", "changetime"}, f.Name) {
			args = append(args, null(value))
			set += ", " + f.Name + " = ?" + strconv.Itoa(len(args))
		}
	}
	args = append(args, t.ID)
	_, err := x.exec(ctx, "UPDATE ticket SET "+set+" WHERE id = ?"+strconv.Itoa(len(args)), args...)
	return err
}

func logChange(ctx context.Context, x *tx, id int, c ticket.Change, field string, oldvalue, newvalue any) error {
	_, err := x.exec(ctx, `
		INSERT INTO ticket_change (ticket, time, author, field, oldvalue, newvalue)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6)`, id, c.Time, null(c.Author), field, oldvalue, newvalue)
	return err
}

// Delete removes a ticket with all that hangs on it. The files of its attachments
// are the caller's business.
func (s *Tickets) Delete(ctx context.Context, id int, author string, when int64) error {
	return s.db.write(ctx, func(x *tx) error {
		t, err := s.get(ctx, x, id)
		if err != nil {
			return err
		}
		if err := x.deleteAttachmentsOf(ctx, ticket.Realm, strconv.Itoa(id), time.UnixMicro(when).UTC(), author); err != nil {
			return err
		}
		for _, text := range []string{
			`DELETE FROM ticket_change WHERE ticket = ?1`,
			`DELETE FROM ticket_custom WHERE ticket = ?1`,
			`DELETE FROM ticket WHERE id = ?1`,
		} {
			if _, err := x.exec(ctx, text, id); err != nil {
				return err
			}
		}
		event, err := ticket.DeletedEvent(t, author, when)
		if err != nil {
			return err
		}
		return x.emit(ctx, event)
	})
}
