package auth

import (
	"fmt"
	"slices"
	"strings"
)

// groupsSection is the section of an authz file that is no pattern but names
// groups with their members: users, and other groups with an @ before them.
const groupsSection = "groups"

// authzGroups lists for each user the groups that the user is in, of groups in
// groups too, with their @.
func authzGroups(options []AuthzOption) (map[string][]string, error) {
	g := authzGrouping{options: map[string]AuthzOption{}, members: map[string][]string{}}
	for _, o := range options {
		g.options[o.Name] = o
	}
	groups := map[string][]string{}
	for _, o := range options {
		members, err := g.expand(o, nil)
		if err != nil {
			return nil, err
		}
		for _, user := range members {
			groups[user] = append(groups[user], "@"+o.Name)
		}
	}
	return groups, nil
}

// authzGrouping finds out who is in a group, once a group.
type authzGrouping struct {
	options map[string]AuthzOption
	members map[string][]string
}

// expand lists the users in a group. path are the groups on the way here.
func (g *authzGrouping) expand(o AuthzOption, path []string) ([]string, error) {
	if known, done := g.members[o.Name]; done {
		return known, nil
	}
	if slices.Contains(path, o.Name) {
		return nil, fmt.Errorf("%d: group %s is a member of itself", o.Line, o.Name)
	}
	path = append(path, o.Name)
	members := []string{}
	for _, item := range o.Items {
		name, isGroup := strings.CutPrefix(item, "@")
		if !isGroup {
			members = append(members, item)
			continue
		}
		other, found := g.options[name]
		if !found {
			return nil, fmt.Errorf("%d: group %s has the member @%s, and there is no such group", o.Line, o.Name, name)
		}
		more, err := g.expand(other, path)
		if err != nil {
			return nil, err
		}
		members = append(members, more...)
	}
	slices.Sort(members)
	members = slices.Compact(members)
	g.members[o.Name] = members
	return members, nil
}
