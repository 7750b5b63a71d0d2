package store

import (
	"context"
	"database/sql"
	"errors"
	"strconv"

	"tracrpc/ticket"
)

// Tickets is the ticket.Store of a database.
type Tickets struct {
	db     *DB
	custom bool
	in     string // the ids of a list, as a subquery
}

var _ ticket.Store = (*Tickets)(nil)

// Tickets keeps tickets in db. Without custom fields their table is not read.
func (db *DB) Tickets(custom bool) *Tickets {
	return &Tickets{db: db, custom: custom, in: "IN (" + db.dialect.inList + ")"}
}

// selectTicket are read by scanTicket. Where a ticket's custom fields are read
// by the same query, kind 1 marks their rows: type holds the name, component the
// value.
const selectTicket = `
	SELECT 0 AS kind, id, COALESCE(time, 0), COALESCE(changetime, 0),
	       COALESCE(type, ''), COALESCE(component, ''), COALESCE(severity, ''), COALESCE(priority, ''),
	       COALESCE(owner, ''), COALESCE(reporter, ''), COALESCE(cc, ''), COALESCE(version, ''),
	       COALESCE(milestone, ''), COALESCE(status, ''), COALESCE(resolution, ''), COALESCE(summary, ''),
	       COALESCE(description, ''), COALESCE(keywords, ''),
	       COALESCE((SELECT generation FROM cache WHERE id = ?2), -1)
	FROM ticket
	WHERE id `

const customRows = `
	UNION ALL
	SELECT 1, ticket, 0, 0, name, COALESCE(value, ''), '', '', '', '', '', '', '', '', '', '', '', '', 0
	FROM ticket_custom
	WHERE ticket `

const (
	getTicket           = selectTicket + "= ?1"
	getTicketWithCustom = getTicket + customRows + "= ?1"
)

type scanner interface{ Scan(...any) error }

// scanTicket reads a row of selectTicket into t; kind tells what row it was.
func scanTicket(row scanner, t *ticket.Ticket) (kind int, err error) {
	err = row.Scan(&kind, &t.ID, &t.Time, &t.Changetime,
		&t.Type, &t.Component, &t.Severity, &t.Priority,
		&t.Owner, &t.Reporter, &t.CC, &t.Version,
		&t.Milestone, &t.Status, &t.Resolution, &t.Summary,
		&t.Description, &t.Keywords, &t.Generation)
	return kind, err
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
	if !s.custom {
		t := &ticket.Ticket{}
		_, err := scanTicket(x.row(ctx, getTicket, id, fieldsCacheID), t)
		if errors.Is(err, sql.ErrNoRows) {
			return nil, ticket.NotFound(strconv.Itoa(id))
		}
		return t, err
	}
	tickets, err := s.collect(ctx, x, 1, getTicketWithCustom, id)
	if err != nil {
		return nil, err
	}
	if t := tickets[id]; t != nil {
		return t, nil
	}
	return nil, ticket.NotFound(strconv.Itoa(id))
}

// GetMany reads tickets by one query; those that are not there are left out.
func (s *Tickets) GetMany(ctx context.Context, ids []int) (tickets map[int]*ticket.Ticket, err error) {
	text := selectTicket + s.in
	if s.custom {
		text += customRows + s.in
	}
	err = s.db.read(ctx, func(x *tx) error {
		tickets, err = s.collect(ctx, x, len(ids), text, jsonInts(ids))
		return err
	})
	return tickets, err
}

// collect runs a query of selectTicket, with customRows or without.
func (s *Tickets) collect(ctx context.Context, x *tx, size int, text string, which any) (map[int]*ticket.Ticket, error) {
	rows, err := x.query(ctx, text, which, fieldsCacheID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	tickets := make(map[int]*ticket.Ticket, size)
	var custom []ticket.Ticket // rows that name a field and its value
	for rows.Next() {
		t := ticket.Ticket{}
		kind, err := scanTicket(rows, &t)
		if err != nil {
			return nil, err
		}
		if kind == 1 {
			custom = append(custom, t)
			continue
		}
		tickets[t.ID] = &t
	}
	for _, c := range custom {
		if t := tickets[c.ID]; t != nil {
			if t.Custom == nil {
				t.Custom = map[string]string{}
			}
			t.Custom[c.Type] = c.Component
		}
	}
	return tickets, rows.Err()
}

// ChangedSince lists the ids of the tickets that were changed at since or later.
func (s *Tickets) ChangedSince(ctx context.Context, since int64) (ids []int, err error) {
	err = s.db.read(ctx, func(x *tx) error {
		rows, err := x.query(ctx, `
			SELECT id
			FROM ticket
			WHERE changetime >= ?1
			ORDER BY id`, since)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id int
			if err := rows.Scan(&id); err != nil {
				return err
			}
			ids = append(ids, id)
		}
		return rows.Err()
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
