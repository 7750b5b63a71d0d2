package store

import (
	"context"
	"fmt"

	"tracrpc/attachment"
	"tracrpc/ticket"
	"tracrpc/wiki"
)

// What happened between two times, the newest first. Each method answers with at
// most limit rows; whoever wants more asks again, up to the last time it got.

// Span is a stretch of time in microseconds, both ends included.
type Span struct {
	Start int64
	Stop  int64
}

// TicketStep is one row of a ticket's change log, with what there is to say of
// the ticket.
type TicketStep struct {
	Time      int64
	Author    string
	Field     string
	Old       string
	New       string
	Ticket    int
	Type      string
	Summary   string
	Component string
}

// TicketSteps are the rows of all change logs within a span. Those of one time
// come by the priority of their tickets.
func (db *DB) TicketSteps(ctx context.Context, in Span, limit int) (steps []TicketStep, err error) {
	err = db.eachBetween(ctx, in, limit, `
		SELECT c.time, COALESCE(c.author, ''), c.field, COALESCE(c.oldvalue, ''), COALESCE(c.newvalue, ''),
			t.id, COALESCE(t.type, ''), COALESCE(t.summary, ''), COALESCE(t.component, '')
		FROM ticket_change c
		INNER JOIN ticket t ON t.id = c.ticket
		LEFT JOIN enum p ON p.type = 'priority' AND p.name = t.priority
		WHERE c.time >= ?1 AND c.time <= ?2
		ORDER BY c.time DESC, COALESCE(p.value, '') = '', CAST(p.value AS integer), t.id, c.field
		LIMIT ?3`, func(scan func(...any) error) error {
		var s TicketStep
		if err := scan(&s.Time, &s.Author, &s.Field, &s.Old, &s.New, &s.Ticket, &s.Type, &s.Summary, &s.Component); err != nil {
			return err
		}
		steps = append(steps, s)
		return nil
	})
	return steps, err
}

// TicketsMade are the tickets that were made within a span.
func (db *DB) TicketsMade(ctx context.Context, in Span, limit int) (made []ticket.Ticket, err error) {
	err = db.eachBetween(ctx, in, limit, `
		SELECT id, time, COALESCE(reporter, ''), COALESCE(type, ''), COALESCE(summary, ''), COALESCE(description, ''),
			COALESCE(component, '')
		FROM ticket
		WHERE time >= ?1 AND time <= ?2
		ORDER BY time DESC, id
		LIMIT ?3`, func(scan func(...any) error) error {
		var t ticket.Ticket
		if err := scan(&t.ID, &t.Time, &t.Reporter, &t.Type, &t.Summary, &t.Description, &t.Component); err != nil {
			return err
		}
		made = append(made, t)
		return nil
	})
	return made, err
}

// PagesWritten are the versions of pages that were written within a span,
// without their texts.
func (db *DB) PagesWritten(ctx context.Context, in Span, limit int) (written []wiki.Page, err error) {
	err = db.eachBetween(ctx, in, limit, `
		SELECT name, version, time, COALESCE(author, ''), '', comment, COALESCE(readonly, 0) <> 0
		FROM wiki
		WHERE time >= ?1 AND time <= ?2
		ORDER BY time DESC, name
		LIMIT ?3`, func(scan func(...any) error) error {
		var p wiki.Page
		if err := scan(&p.Name, &p.Version, &p.Time, &p.Author, &p.Text, &p.Comment, &p.Readonly); err != nil {
			return err
		}
		written = append(written, p)
		return nil
	})
	return written, err
}

// AttachmentsMade are the attachments in a realm that were made within a span.
func (db *DB) AttachmentsMade(ctx context.Context, realm string, in Span, limit int) (made []attachment.Attachment, err error) {
	err = db.eachBetween(ctx, in, limit, `
		SELECT type, id, filename, COALESCE(size, 0), time, description, COALESCE(author, '')
		FROM attachment
		WHERE time >= ?1 AND time <= ?2 AND type = ?4
		ORDER BY time DESC, id, filename
		LIMIT ?3`, func(scan func(...any) error) error {
		var a attachment.Attachment
		if err := scan(&a.Realm, &a.ParentID, &a.Filename, &a.Size, &a.Time, &a.Description, &a.Author); err != nil {
			return err
		}
		made = append(made, a)
		return nil
	}, realm)
	return made, err
}

// eachBetween reads the rows of a query for a span and a limit.
func (db *DB) eachBetween(ctx context.Context, in Span, limit int, text string, each func(scan func(...any) error) error, more ...any) error {
	return db.read(ctx, func(t *tx) error {
		rows, err := t.query(ctx, text, append([]any{in.Start, in.Stop, limit}, more...)...)
		if err != nil {
			return fmt.Errorf("read what happened: %w", err)
		}
		defer rows.Close()
		for rows.Next() {
			if err := each(rows.Scan); err != nil {
				return fmt.Errorf("read what happened: %w", err)
			}
		}
		return rows.Err()
	})
}
