package store

import (
	"context"
	"fmt"

	"tracrpc/fault"
	"tracrpc/ticket"
)

// Query finds the ids that q asks for, in its order. A page past the last
// one is a fault; but, as in Trac, everything is given when it fits on one page,
// whichever page was asked for.
func (s *Tickets) Query(ctx context.Context, q ticket.Query) ([]int, error) {
	text, args, err := ticketQuery(s.db.dialect, q)
	if err != nil {
		return nil, err
	}
	if q.Max == 0 || q.Page == 1 {
		var ids []int
		err := s.db.read(ctx, func(t *tx) error {
			ids, err = t.ticketIDs(ctx, text, args, pageSize(q), 0)
			return err
		})
		return ids, err
	}
	return s.laterPage(ctx, q, text, args)
}

// laterPage reads a page after the first. Only where it is empty is there more
// to ask: whether there are tickets before it, and more than fit on a page.
func (s *Tickets) laterPage(ctx context.Context, q ticket.Query, text string, args []any) ([]int, error) {
	var ids []int
	err := s.db.snapshot(ctx, func(t *tx) error {
		var err error
		if offset, ok := pageOffset(q); ok {
			if ids, err = t.ticketIDs(ctx, text, args, q.Max, offset); err != nil || len(ids) > 0 {
				return err
			}
		}
		if ids, err = t.ticketIDs(ctx, text, args, q.Max+1, 0); err == nil && len(ids) > q.Max {
			return fault.New(fault.Invalid, "Page %d is beyond the number of pages in the query", q.Page)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return ids, nil
}

// noLimit is more than any table has rows.
const noLimit = 1 << 60

func pageSize(q ticket.Query) int {
	if q.Max == 0 {
		return noLimit
	}
	return q.Max
}

// pageOffset counts the tickets on the pages before q's; ok is false where there
// can be none after them.
func pageOffset(q ticket.Query) (offset int, ok bool) {
	if q.Page-1 > noLimit/q.Max {
		return 0, false
	}
	return q.Max * (q.Page - 1), true
}

// ticketIDs runs a query made by ticketQuery. The ids come one column wide and
// go straight into the answer.
func (t *tx) ticketIDs(ctx context.Context, text string, args []any, limit, offset int) ([]int, error) {
	args = append(args[:len(args):len(args)], min(limit, noLimit), offset)
	rows, err := t.queryOnce(ctx, text, args...)
	if err != nil {
		return nil, fmt.Errorf("query tickets: %w", err)
	}
	defer rows.Close()
	ids := []int{}
	for rows.Next() {
		var id int
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("query tickets: %w", err)
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}
