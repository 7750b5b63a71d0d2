package ticket

import (
	"context"
	"slices"

	"tracrpc/auth"
)

// allowedOwners lists the users that an action may make the owner of a ticket,
// sorted; limited is false when anybody may be.
func (s *Service) allowedOwners(ctx context.Context, a *workflowAction, id int) (owners []string, limited bool, err error) {
	switch {
	case a.hasOwners:
		owners, err = s.expandOwners(ctx, a.owners, id)
	case s.config.RestrictOwner:
		owners, err = s.holders(ctx, "TICKET_MODIFY", id)
	default:
		return nil, false, nil
	}
	slices.Sort(owners)
	return slices.Compact(owners), true, err
}

// holders lists the users who hold a permission on a ticket.
func (s *Service) holders(ctx context.Context, action auth.Permission, id int) ([]string, error) {
	users, err := s.people.Holders(ctx, action)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, who := range users {
		may, err := who.May(ctx, action, Resource(id))
		if err != nil {
			return nil, err
		}
		if may {
			names = append(names, who.Name())
		}
	}
	return names, nil
}

// expandOwners finds the users that a list of users, permissions and groups
// stands for (ticket/default_workflow.py, _to_users).
func (s *Service) expandOwners(ctx context.Context, list []string, id int) ([]string, error) {
	groups, err := s.people.Groups(ctx)
	if err != nil {
		return nil, err
	}
	var owners []string
	seen := map[string]bool{}
	for len(list) > 0 {
		name := list[0]
		list = list[1:]
		if seen[name] {
			continue
		}
		seen[name] = true
		members, isGroup := groups[name]
		var found []string
		switch {
		case name == "authenticated":
			found, err = s.people.Known(ctx)
		case auth.IsAction(name):
			found, err = s.holders(ctx, auth.Permission(name), id)
		case isGroup:
			list = append(list, members...)
		default:
			found = []string{name}
		}
		if err != nil {
			return nil, err
		}
		owners = append(owners, found...)
	}
	return owners, nil
}
