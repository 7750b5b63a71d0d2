package auth

import (
	"bytes"
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// AuthzSection is one section of an authz file. Options are in the order in
// which they count.
type AuthzSection struct {
	Name    string
	Options []AuthzOption
}

// AuthzOption is one option of a section. The name keeps its case; Items are what
// stands between the commas of the value.
type AuthzOption struct {
	Name  string
	Items []string
	Line  int
}

// Authz is Trac's AuthzPolicy (tracopt/perm/authz_policy.py): permissions by
// user and resource, as one reading of an authz file has them. It never changes
// and is safe for concurrent use.
//
// The name of a section is a pattern of resources: "ticket:12",
// "wiki:Private/*", "ticket:*@*/attachment:*". Of the sections that match a
// resource the first one counts that has an option for the user, and of that
// section the first such option: a user's name, a group of the section [groups]
// with an @ before it, "authenticated", or "anonymous" or "*" for everybody.
// The first of the option's actions that is, or implies, the one asked for
// allows it or, with a "!" before it, denies it. An option without actions
// denies everything. Whatever is not decided so is left to the next policy.
type Authz struct {
	rules    []authzRule
	patterns []authzPattern            // in the order of the file
	byRealm  map[string][]authzPattern // those that may match, of the realms that patterns begin with
	anyRealm []authzPattern            // those that may match, of other realms
	literal  map[string][]int          // rules of the patterns "realm:id@*", by what stands before the star
	groups   map[string][]string       // the groups that a user is in, with their @
	selects  sync.Map                  // a selection to whether the file looks at single resources for it
}

// authzPattern is a section whose name has more stars than the one for the
// version.
type authzPattern struct {
	glob
	text string
	rule int
}

// authzRule is what one section says.
type authzRule []authzSubject

type authzSubject struct {
	name     string
	verdicts *verdicts
}

// verdicts are the decisions that a list of actions makes; nothing is allowed
// where the list is empty.
type verdicts struct {
	nothing bool
	by      map[Permission]Decision
}

func (v *verdicts) on(action Permission) Decision {
	if v.nothing {
		return Deny
	}
	return v.by[action]
}

// asked are actions that policies are asked for, though there are none of that
// name to grant.
var asked = []Permission{"ATTACHMENT_CREATE", "ATTACHMENT_DELETE", "ATTACHMENT_VIEW", "TICKET_CHG_MILESTONE", "WIKI_CHANGE_READONLY"}

// NewAuthz makes the policy of an authz file's sections. The actions are those
// that there are; unknown is told of others that the file names, which decide on
// nothing else. Errors begin with the number of a line.
func NewAuthz(sections []AuthzSection, actions Actions, unknown func(line int, section string, action Permission)) (*Authz, error) {
	a := &Authz{literal: map[string][]int{}}
	lists := map[string]*verdicts{}
	for _, s := range sections {
		if s.Name == groupsSection {
			var err error
			if a.groups, err = authzGroups(s.Options); err != nil {
				return nil, err
			}
			continue
		}
		rule := make(authzRule, len(s.Options))
		for i, o := range s.Options {
			for _, item := range o.Items {
				if action := Permission(strings.TrimPrefix(item, "!")); !actions.Has(action) && !slices.Contains(asked, action) {
					unknown(o.Line, s.Name, action)
				}
			}
			list := strings.Join(o.Items, ",")
			if lists[list] == nil {
				lists[list] = newVerdicts(o.Items, actions)
			}
			rule[i] = authzSubject{o.Name, lists[list]}
		}
		a.add(s.Name, rule)
	}
	a.index()
	return a, nil
}

// add puts a section behind the others.
func (a *Authz) add(pattern string, rule authzRule) {
	if len(rule) == 0 {
		return // it has nothing to say to anybody
	}
	n := len(a.rules)
	a.rules = append(a.rules, rule)
	if !strings.Contains(pattern, "@") {
		pattern += "@*"
	}
	g := parseGlob(pattern)
	if strings.HasSuffix(g.prefix, "@") && pattern[len(g.prefix):] == "*" {
		a.literal[g.prefix] = append(a.literal[g.prefix], n)
		return
	}
	a.patterns = append(a.patterns, authzPattern{g, pattern, n})
}

// index sorts the patterns by realm.
func (a *Authz) index() {
	a.byRealm = map[string][]authzPattern{}
	for _, p := range a.patterns {
		realm, _, named := strings.Cut(p.prefix, ":")
		if !named {
			a.anyRealm = append(a.anyRealm, p)
		} else if a.byRealm[realm] == nil {
			a.byRealm[realm] = slices.DeleteFunc(slices.Clone(a.patterns), func(p authzPattern) bool { return p.noneOf(realm) })
		}
	}
}

// candidates are the patterns that may match a resource.
func (a *Authz) candidates(key []byte) []authzPattern {
	if patterns, named := a.byRealm[string(key[:bytes.IndexByte(key, ':')])]; named {
		return patterns
	}
	return a.anyRealm
}

func newVerdicts(list []string, actions Actions) *verdicts {
	v := &verdicts{nothing: len(list) == 0, by: map[Permission]Decision{}}
	for _, item := range list {
		name, denied := strings.CutPrefix(item, "!")
		decision := Allow
		if denied {
			decision = Deny
		}
		for action := range actions.Expand([]Permission{Permission(name)}) {
			if v.by[action] == Undecided {
				v.by[action] = decision
			}
		}
	}
	return v
}

// Check decides as the file says.
func (a *Authz) Check(_ context.Context, who Principal, action Permission, on Resource) (Decision, error) {
	var space [128]byte
	key := appendKey(space[:0], on)
	name := who.Name()
	var found [8]int
	exact := a.exact(found[:0], key)
	patterns := a.candidates(key)
	for i := range patterns {
		p := &patterns[i]
		for len(exact) > 0 && exact[0] < p.rule {
			if v := a.says(exact[0], name); v != nil {
				return v.on(action), nil
			}
			exact = exact[1:]
		}
		if !p.matches(key) {
			continue
		}
		if v := a.says(p.rule, name); v != nil {
			return v.on(action), nil
		}
	}
	for _, rule := range exact {
		if v := a.says(rule, name); v != nil {
			return v.on(action), nil
		}
	}
	return Undecided, nil
}

// exact finds the sections that name a resource or what it hangs on, without
// any pattern, in their order.
func (a *Authz) exact(found []int, key []byte) []int {
	if len(a.literal) == 0 {
		return nil
	}
	for i, c := range key {
		if c == '@' {
			found = append(found, a.literal[string(key[:i+1])]...)
		}
	}
	slices.Sort(found)
	return found
}

// says finds what a section says to a user; nil when it says nothing. A user who
// is called as a group is written is not in it.
func (a *Authz) says(rule int, user string) *verdicts {
	for i := range a.rules[rule] {
		s := &a.rules[rule][i]
		switch {
		case s.name == "*" || s.name == Anonymous,
			s.name == authenticated && user != Anonymous,
			strings.HasPrefix(s.name, "@") && slices.Contains(a.groups[user], s.name),
			s.name == user && !strings.HasPrefix(user, "@"):
			return s.verdicts
		}
	}
	return nil
}

// appendKey writes the name that sections are compared with: each resource from
// the outermost as realm:id@version, with a star for what it does not have.
func appendKey(key []byte, on Resource) []byte {
	parent := on.Parent
	for parent != nil && parent.Realm == on.Realm {
		parent = parent.Parent
	}
	if parent != nil && (on.Realm != "" || on.ID != "") {
		key = append(appendKey(key, *parent), '/')
	}
	key = append(appendOrStar(key, on.Realm), ':')
	key = append(appendOrStar(key, on.ID), '@')
	if on.Version == 0 {
		return append(key, '*')
	}
	return strconv.AppendInt(key, int64(on.Version), 10)
}

func appendOrStar(key []byte, text string) []byte {
	if text == "" {
		text = "*"
	}
	return append(key, text...)
}

type selection struct {
	action Permission
	realm  string
}

// Selects tells whether any section names action and matches some resources of
// realm but not others.
func (a *Authz) Selects(action Permission, realm string) bool {
	key := selection{action, realm}
	if known, ok := a.selects.Load(key); ok {
		return known.(bool)
	}
	selects := a.selecting(action, realm)
	a.selects.Store(key, selects)
	return selects
}

func (a *Authz) selecting(action Permission, realm string) bool {
	child := realm == "attachment" || realm == "comment" // named after their parents
	for i := range a.patterns {
		p := &a.patterns[i]
		if a.rules[p.rule].decides(action) && (child || !p.noneOf(realm) && !p.everyOf(p.text, realm)) {
			return true
		}
	}
	for name, rules := range a.literal {
		if !child && !strings.HasPrefix(name, realm+":") {
			continue
		}
		for _, rule := range rules {
			if a.rules[rule].decides(action) {
				return true
			}
		}
	}
	return false
}

func (r authzRule) decides(action Permission) bool {
	return slices.ContainsFunc(r, func(s authzSubject) bool { return s.verdicts.on(action) != Undecided })
}
