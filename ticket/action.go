package ticket

import (
	"context"
	"slices"
	"strings"

	"tracrpc/auth"
)

// Action is something that the workflow lets a user do with a ticket.
type Action struct {
	Name   string
	Label  string
	Hints  string // what it would do, as HTML
	Inputs []Input
}

// Input is a question that an action asks: its name among the attributes of an
// update, the answer to begin with, and the answers to choose from, if they are
// limited to some. Where they are not, the answer to begin with is escaped as the
// HTML attribute that Trac makes of it.
type Input struct {
	Name    string
	Value   string
	Unset   bool // there is no answer to begin with, not even an empty one
	Options []string
}

// Actions lists what the user may do with a ticket, what is offered first first.
// It needs TICKET_VIEW on the ticket: what it tells is of its owner and its state.
func (s *Service) Actions(ctx context.Context, who auth.Principal, id int) ([]Action, error) {
	t, err := s.store.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := who.Require(ctx, "TICKET_VIEW", Resource(id)); err != nil {
		return nil, err
	}
	offered, err := s.available(ctx, who, who.Name(), t)
	if err != nil {
		return nil, err
	}
	fields, err := s.FieldsOf(ctx, t)
	if err != nil {
		return nil, err
	}
	offer := offer{s: s, who: who, t: t, resolutions: fields.Options("resolution")}
	actions := make([]Action, 0, len(offered))
	for _, a := range offered {
		action, err := offer.describe(ctx, a)
		if err != nil {
			return nil, err
		}
		actions = append(actions, action)
	}
	return actions, nil
}

// available lists the actions for a ticket as it is stored. author is the name
// that the user acts under.
func (s *Service) available(ctx context.Context, who auth.Principal, author string, t *Ticket) ([]*workflowAction, error) {
	var offered []*workflowAction
	w := s.config.Workflow
	for i := range w.actions {
		a := &w.actions[i]
		if !w.offers(a, author, t) {
			continue
		}
		may, err := a.allowed(ctx, who, Resource(t.ID))
		if err != nil {
			return nil, err
		}
		if may {
			offered = append(offered, a)
		}
	}
	return offered, nil
}

// offers tells whether an action makes sense for a ticket, whoever asks.
func (w *Workflow) offers(a *workflowAction, author string, t *Ticket) bool {
	switch {
	case a.name == reset && !slices.Contains(w.statuses, t.Status):
		return true
	case a.new == "*" && !a.does("leave_status"):
		return false
	case len(a.operations) == 1 && a.operations[0] == "set_owner_to_self" && t.Owner == author && t.Status == a.new:
		return false // it would change nothing
	}
	return a.fits(t.Status)
}

func (a *workflowAction) allowed(ctx context.Context, who auth.Principal, on auth.Resource) (bool, error) {
	for _, p := range a.permissions {
		if may, err := who.May(ctx, p, on); may || err != nil {
			return may, err
		}
	}
	return len(a.permissions) == 0, nil
}

// assignment is a field's new value.
type assignment struct {
	name  string
	value any
}

// effects lists what an action does to a ticket: before is the ticket as it is
// stored, now what it is with the attributes of the update (ticket/
// default_workflow.py, get_ticket_changes).
func (s *Service) effects(ctx context.Context, a *workflowAction, author string, before, now *Ticket, answers Values) ([]assignment, error) {
	var effects []assignment
	ownerSet := false
	if a.new != "*" {
		effects = append(effects, assignment{"status", a.new})
	}
	for _, operation := range a.operations {
		switch operation {
		case "del_owner":
			effects, ownerSet = append(effects, assignment{"owner", ""}), true
		case "set_owner", "may_set_owner":
			owner, err := s.chosenOwner(ctx, a, now, answers)
			if err != nil {
				return nil, err
			}
			effects, ownerSet = append(effects, assignment{"owner", owner}), true
		case "set_owner_to_self":
			effects, ownerSet = append(effects, assignment{"owner", author}), true
		case "del_resolution":
			effects = append(effects, assignment{"resolution", ""})
		case "set_resolution":
			effects = append(effects, assignment{"resolution", answer(answers, "action_"+a.name+"_resolve_resolution", a.resolutions)})
		}
	}
	if ownerSet {
		return effects, nil
	}
	owner, moves, err := s.followComponent(ctx, before, now)
	if err == nil && moves {
		effects = append(effects, assignment{"owner", owner})
	}
	return effects, err
}

// answer is what the caller answered to an action's question, of a list the first;
// the first of the choices when there was no answer, or "".
func answer(answers Values, name string, choices []string) any {
	value, given := answers.Get(name)
	if list, ok := value.([]any); ok && len(list) > 0 {
		value = list[0]
	}
	switch {
	case given:
		return value
	case len(choices) > 0:
		return choices[0]
	default:
		return ""
	}
}

// chosenOwner is the owner that the caller chose.
func (s *Service) chosenOwner(ctx context.Context, a *workflowAction, now *Ticket, answers Values) (any, error) {
	owner := answer(answers, "action_"+a.name+"_reassign_owner", a.owners)
	if name, ok := owner.(string); ok && standsForDefault(name) {
		return s.componentOwner(ctx, now.Component)
	}
	return owner, nil
}

// followComponent tells who owns a new ticket that was moved to another
// component, when its owner was that of its component.
func (s *Service) followComponent(ctx context.Context, before, now *Ticket) (owner string, moves bool, err error) {
	if now.Status != "new" || now.Component == before.Component {
		return "", false, nil
	}
	old, found := "", true
	if before.Component != "" {
		if old, found, err = s.store.ComponentOwner(ctx, before.Component); err != nil {
			return "", false, err
		}
	}
	if !found || old != now.Owner {
		return "", false, nil
	}
	owner, err = s.componentOwner(ctx, now.Component)
	return owner, owner != "", err
}

// standsForDefault tells whether an owner is the word for the component's owner.
func standsForDefault(owner string) bool { return owner == "< default >" || owner == "<default>" }

// componentOwner is the owner of a component; "" when there is none, or no such
// component.
func (s *Service) componentOwner(ctx context.Context, component string) (string, error) {
	if strings.TrimSpace(component) == "" {
		return "", nil
	}
	owner, _, err := s.store.ComponentOwner(ctx, component)
	return owner, err
}
