package ticket

import (
	"context"

	"tracrpc/auth"
)

// Query finds the ids of the tickets that a query asks for, without those that
// the user may not view: a page may be short of some.
func (s *Service) Query(ctx context.Context, who auth.Principal, text string) ([]int, error) {
	fields, err := s.Fields(ctx)
	if err != nil {
		return nil, err
	}
	q, err := ParseQuery(text, QueryContext{
		Fields: fields.Fields, User: who.Name(), Now: s.localNow(), Max: s.config.PerPage,
	})
	if err != nil {
		return nil, err
	}
	ids, err := s.store.Query(ctx, q)
	if err != nil {
		return nil, err
	}
	return viewable(ctx, who, ids)
}

// viewable keeps the ids of the tickets that the user may view. Where no policy
// looks at single tickets, one question is enough.
func viewable(ctx context.Context, who auth.Principal, ids []int) ([]int, error) {
	if who.Uniform("TICKET_VIEW", Realm) {
		may, err := who.May(ctx, "TICKET_VIEW", auth.Resource{Realm: Realm})
		if err != nil || !may {
			ids = ids[:0]
		}
		return ids, err
	}
	kept := ids[:0]
	for _, id := range ids {
		may, err := who.May(ctx, "TICKET_VIEW", Resource(id))
		if err != nil {
			return nil, err
		}
		if may {
			kept = append(kept, id)
		}
	}
	return kept, nil
}
