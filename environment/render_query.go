package environment

import (
	"context"

	"tracrpc/auth"
	"tracrpc/ticket"
)

// queries lets the renderer find tickets.
type queries struct {
	tickets *ticket.Service
}

// Fields are the fields of tickets in Trac's order.
func (q queries) Fields(ctx context.Context) ([]ticket.Field, error) {
	set, err := q.tickets.Fields(ctx)
	if err != nil {
		return nil, err
	}
	return set.Fields, nil
}

// Statuses are the statuses that tickets can have.
func (q queries) Statuses(context.Context) ([]string, error) { return q.tickets.Statuses(), nil }

// Count is how many tickets a query finds that who may view.
func (q queries) Count(ctx context.Context, who auth.Principal, query string) (int, error) {
	ids, err := q.tickets.Query(ctx, who, query)
	return len(ids), err
}

// Find are the tickets that a query finds and who may view, in its order.
func (q queries) Find(ctx context.Context, who auth.Principal, query string) ([]*ticket.Ticket, error) {
	ids, err := q.tickets.Query(ctx, who, query)
	if err != nil {
		return nil, err
	}
	found := make([]*ticket.Ticket, 0, len(ids))
	for _, r := range q.tickets.GetMany(ctx, who, ids) {
		if r.Err == nil { // otherwise it went away in between
			found = append(found, r.Ticket)
		}
	}
	return found, nil
}
