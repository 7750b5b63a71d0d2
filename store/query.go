package store

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"slices"

	"tracrpc/fault"
	"tracrpc/ticket"
)

// Query finds the ids that q asks for, in its order. A page past the last one is
// a fault; but, as in Trac, everything is given when it fits on one page,
// whichever page was asked for.
func (s *Tickets) Query(ctx context.Context, q ticket.Query) (ids []int, err error) {
	q.Max = min(q.Max, noLimit)
	statement, err := ticketQuery(s.db.dialect, q)
	if err != nil {
		return nil, err
	}
	if statement.limited && q.Page > 1 && q.Max > 0 {
		return s.laterPage(ctx, q, statement)
	}
	last := noLimit // of the tickets to read
	if q.Max > 0 {
		last = min(pageOffset(q)+q.Max, noLimit)
	}
	err = s.db.read(ctx, func(t *tx) error {
		ids, err = t.ticketIDs(ctx, statement, last, 0)
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case q.Max == 0 || len(ids) <= q.Max:
		return ids, nil
	case len(ids) <= pageOffset(q):
		return nil, beyondPages(q)
	default:
		return ids[pageOffset(q):], nil
	}
}

// laterPage reads a page after the first by a statement that has a limit. Only
// where it is empty is there more to ask: whether all fits on one page.
func (s *Tickets) laterPage(ctx context.Context, q ticket.Query, statement queryStatement) (ids []int, err error) {
	err = s.db.snapshot(ctx, func(t *tx) error {
		ids, err = t.ticketIDs(ctx, statement, q.Max, pageOffset(q))
		if err != nil || len(ids) > 0 {
			return err
		}
		ids, err = t.ticketIDs(ctx, statement, q.Max+1, 0)
		if err == nil && len(ids) > q.Max {
			return beyondPages(q)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return ids, nil
}

// noLimit is more than any table has rows.
const noLimit = 1 << 50

// pageOffset counts the tickets on the pages before q's.
func pageOffset(q ticket.Query) int {
	if q.Page-1 > noLimit/q.Max {
		return noLimit
	}
	return q.Max * (q.Page - 1)
}

func beyondPages(q ticket.Query) error {
	return fault.New(fault.Invalid, "Page %d is beyond the number of pages in the query", q.Page)
}

// ticketIDs reads ids, no more than limit, after as many as offset says, which is
// 0 for a statement without a limit of its own. A row may hold many of them: then
// they are in no order.
func (t *tx) ticketIDs(ctx context.Context, statement queryStatement, limit, offset int) ([]int, error) {
	args := statement.args
	if statement.limited {
		args = append(args[:len(args):len(args)], limit, offset)
	}
	rows, err := t.queryOnce(ctx, statement.text, args...)
	if err != nil {
		return nil, fmt.Errorf("query tickets: %w", err)
	}
	defer rows.Close()
	ids := []int{}
	var list sql.RawBytes
	for len(ids) < limit && rows.Next() {
		if err := rows.Scan(&list); err != nil {
			return nil, fmt.Errorf("query tickets: %w", err)
		}
		had := len(ids)
		ids = appendIDs(ids, list)
		if more := ids[had:]; !slices.IsSorted(more) {
			slices.Sort(more)
		}
		if statement.descending {
			slices.Reverse(ids[had:])
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("query tickets: %w", err)
	}
	return ids[:min(limit, len(ids))], nil
}

// appendIDs reads numbers between commas.
func appendIDs(ids []int, list []byte) []int {
	ids = slices.Grow(ids, bytes.Count(list, []byte{','})+1)
	id, digits := 0, false
	for _, c := range list {
		if '0' <= c && c <= '9' {
			id, digits = id*10+int(c-'0'), true
			continue
		}
		if digits {
			ids = append(ids, id)
		}
		id, digits = 0, false
	}
	if digits {
		ids = append(ids, id)
	}
	return ids
}
