package ticket

import (
	"context"
	"strconv"

	"tracrpc/auth"
	"tracrpc/fault"
)

// Policy is Trac's DefaultTicketPolicy: whoever reported a ticket may edit its
// description, the author of a comment may edit the comment, and whoever may view
// a milestone may plan tickets for it.
type Policy struct {
	store Store
}

// NewPolicy makes the policy over the tickets of a store.
func NewPolicy(store Store) Policy { return Policy{store} }

// Check allows these, and leaves all else undecided.
func (p Policy) Check(ctx context.Context, who auth.Principal, action auth.Permission, on auth.Resource) (auth.Decision, error) {
	allowed := false
	var err error
	switch {
	case action == "TICKET_CHG_MILESTONE" && on.Realm == "milestone":
		allowed, err = who.May(ctx, "MILESTONE_VIEW", on)
	case action == "TICKET_EDIT_DESCRIPTION" && on.Realm == Realm && who.Authenticated():
		allowed, err = p.isReporter(ctx, who, on)
	case action == "TICKET_EDIT_COMMENT" && on.Realm == "comment" && on.Parent != nil && who.Authenticated():
		allowed, err = p.isCommenter(ctx, who, on)
	}
	if allowed && err == nil {
		return auth.Allow, nil
	}
	return auth.Undecided, unlessMissing(err)
}

// Selects tells which actions depend on the ticket, the comment or the milestone.
func (p Policy) Selects(action auth.Permission, _ string) bool {
	return action == "TICKET_CHG_MILESTONE" || action == "TICKET_EDIT_DESCRIPTION" || action == "TICKET_EDIT_COMMENT"
}

func (p Policy) isReporter(ctx context.Context, who auth.Principal, on auth.Resource) (bool, error) {
	id, err := strconv.Atoi(on.ID)
	if err != nil {
		return false, nil // no single ticket
	}
	may, err := who.May(ctx, "TICKET_CHGPROP", on)
	if err == nil && !may {
		may, err = who.May(ctx, "TICKET_APPEND", on)
	}
	if err != nil || !may {
		return false, err
	}
	t, err := p.store.Get(ctx, id)
	return err == nil && t.Reporter == who.Name(), err
}

func (p Policy) isCommenter(ctx context.Context, who auth.Principal, on auth.Resource) (bool, error) {
	id, err := strconv.Atoi(on.Parent.ID)
	if err != nil {
		return false, nil // no single ticket
	}
	number, err := strconv.Atoi(on.ID)
	if err != nil {
		return false, nil // no single comment
	}
	if may, err := who.May(ctx, "TICKET_APPEND", *on.Parent); err != nil || !may {
		return false, err
	}
	comment, err := p.store.Comment(ctx, id, number)
	return err == nil && comment.Author == who.Name(), err
}

// unlessMissing passes over the fault for what is not there: then nobody owns it.
func unlessMissing(err error) error {
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}
