package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"tracrpc/ticket"
)

// Tickets is the ticket.Store of a database.
type Tickets struct {
	db   *DB
	one  string // selects a ticket
	many string // selects the tickets of a list
}

var _ ticket.Store = (*Tickets)(nil)

// Tickets keeps tickets in db. Without custom fields their table is not read.
func (db *DB) Tickets(custom bool) *Tickets {
	text := db.dialect.selectTicket(custom)
	return &Tickets{db: db, one: text + "= ?1", many: text + "IN (" + db.dialect.inList + ")"}
}

// selectTicket begins a query that scanTicket reads, with the custom fields as a
// JSON object. What comes after it says which ids; ?2 is fieldsCacheID.
func (d dialect) selectTicket(custom bool) string {
	fields := "'{}'"
	if custom {
		fields = `COALESCE((
	           SELECT ` + d.jsonObject + `(name, COALESCE(value, ''))
	           FROM ticket_custom
	           WHERE ticket = ticket.id), '{}')`
	}
	return `
		SELECT id, COALESCE(time, 0), COALESCE(changetime, 0),
		       COALESCE(type, ''), COALESCE(component, ''), COALESCE(severity, ''), COALESCE(priority, ''),
		       COALESCE(owner, ''), COALESCE(reporter, ''), COALESCE(cc, ''), COALESCE(version, ''),
		       COALESCE(milestone, ''), COALESCE(status, ''), COALESCE(resolution, ''), COALESCE(summary, ''),
		       COALESCE(description, ''), COALESCE(keywords, ''), ` + fields + `,
		       COALESCE((SELECT generation FROM cache WHERE id = ?2), -1)
		FROM ticket
		WHERE id `
}

// scanTicket reads a row of selectTicket.
func scanTicket(row interface{ Scan(...any) error }) (*ticket.Ticket, error) {
	t := &ticket.Ticket{}
	var custom string
	err := row.Scan(&t.ID, &t.Time, &t.Changetime,
		&t.Type, &t.Component, &t.Severity, &t.Priority,
		&t.Owner, &t.Reporter, &t.CC, &t.Version,
		&t.Milestone, &t.Status, &t.Resolution, &t.Summary,
		&t.Description, &t.Keywords, &custom, &t.Generation)
	if err == nil && custom != "{}" {
		err = json.Unmarshal([]byte(custom), &t.Custom)
	}
	return t, err
}

// Get reads a ticket with its custom fields by one query.
func (s *Tickets) Get(ctx context.Context, id int) (t *ticket.Ticket, err error) {
	err = s.db.read(ctx, func(x *tx) error {
		t, err = s.get(ctx, x, id)
		return err
	})
	return t, err
}

func (s *Tickets) get(ctx context.Context, x *tx, id int) (*ticket.Ticket, error) {
	t, err := scanTicket(x.row(ctx, s.one, id, fieldsCacheID))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ticket.NotFound(strconv.Itoa(id))
	}
	if err != nil {
		return nil, fmt.Errorf("read ticket %d: %w", id, err)
	}
	return t, nil
}

// GetMany reads tickets by one query; those that are not there are left out.
func (s *Tickets) GetMany(ctx context.Context, ids []int) (tickets map[int]*ticket.Ticket, err error) {
	err = s.db.read(ctx, func(x *tx) error {
		tickets, err = collect(ctx, x, s.many, jsonInts(ids))
		return err
	})
	return tickets, err
}

// collect runs a query that begins with selectTicket.
func collect(ctx context.Context, x *tx, text string, which any) (map[int]*ticket.Ticket, error) {
	rows, err := x.query(ctx, text, which, fieldsCacheID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	tickets := map[int]*ticket.Ticket{}
	for rows.Next() {
		t, err := scanTicket(rows)
		if err != nil {
			return nil, fmt.Errorf("read tickets: %w", err)
		}
		tickets[t.ID] = t
	}
	return tickets, rows.Err()
}

// ChangedSince lists the ids of the tickets that were changed at since or later.
func (s *Tickets) ChangedSince(ctx context.Context, since int64) (ids []int, err error) {
	statement := queryStatement{
		text: `
		SELECT ` + s.db.dialect.joinIDs("id") + `
		FROM ticket
		WHERE changetime >= ?1`,
		args: []any{since},
	}
	err = s.db.read(ctx, func(x *tx) error {
		ids, err = x.ticketIDs(ctx, statement, noLimit, 0)
		return err
	})
	return ids, err
}

// jsonInts is a list of numbers as JSON, for a dialect's inList.
func jsonInts(ids []int) string {
	text := make([]byte, 0, 2+8*len(ids))
	text = append(text, '[')
	for i, id := range ids {
		if i > 0 {
			text = append(text, ',')
		}
		text = strconv.AppendInt(text, int64(id), 10)
	}
	return string(append(text, ']'))
}
