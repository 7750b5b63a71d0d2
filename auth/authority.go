package auth

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
)

// Grant is one row of the permission table: a user or a group has an action, or
// is a member of the group that Action names (IsAction tells which).
type Grant struct {
	Subject string
	Action  Permission
}

// Store is where the permission table is kept. It is asked by many requests at
// once.
type Store interface {
	// Grants lists the whole permission table.
	Grants(ctx context.Context) ([]Grant, error)
	// Generation is a comparable value that is another one whenever the table
	// may have changed, whoever changed it. It is asked for once a request, so
	// it must be cheap.
	Generation(ctx context.Context) (any, error)
}

// maxPrincipals bounds the cache of an Authority. Names in it have logged in, so
// it is only full where there are more users than that; it then starts anew.
const maxPrincipals = 4096

// Authority knows what everybody may do. It is safe for concurrent use.
type Authority struct {
	store    Store
	actions  Actions
	policies []Policy
	table    atomic.Pointer[table]
}

// table is the permission table of one generation with the policies of the same
// time, and what came of it so far.
type table struct {
	generation any
	changing   []Policy
	policies   []Policy
	grants     map[string][]Permission // by subject

	mu         sync.RWMutex
	principals map[string]Principal
}

// NewAuthority makes an Authority. The policies are asked in their order; see
// OrderPolicies.
func NewAuthority(store Store, actions Actions, policies []Policy) *Authority {
	return &Authority{store: store, actions: actions, policies: policies}
}

// Actions are the actions that there are. They must not be changed.
func (a *Authority) Actions() Actions { return a.actions }

// Principal is the user with this name as the permission table has it now; ""
// is anonymous. Whether the caller really is that user is not asked here.
func (a *Authority) Principal(ctx context.Context, name string) (Principal, error) {
	t, err := a.current(ctx)
	if err != nil {
		return Principal{}, fmt.Errorf("permissions of %q: %w", name, err)
	}
	return a.of(t, name), nil
}

// current is the table as it is now. The rows are read after the generation was,
// so they are at least as new; should they be newer, they are read once more for
// the next generation.
func (a *Authority) current(ctx context.Context) (*table, error) {
	generation, err := a.store.Generation(ctx)
	if err != nil {
		return nil, err
	}
	changing := a.changing()
	if t := a.table.Load(); t != nil && t.generation == generation && slices.Equal(t.changing, changing) {
		return t, nil
	}
	rows, err := a.store.Grants(ctx)
	if err != nil {
		return nil, err
	}
	t := &table{
		generation: generation, changing: changing, policies: a.policiesWith(changing),
		grants: map[string][]Permission{}, principals: map[string]Principal{},
	}
	for _, row := range rows {
		t.grants[row.Subject] = append(t.grants[row.Subject], row.Action)
	}
	a.table.Store(t)
	return t, nil
}

// changing are the policies that may have changed, as they are now.
func (a *Authority) changing() []Policy {
	var now []Policy
	for _, policy := range a.policies {
		if c, ok := policy.(Changing); ok {
			now = append(now, c.Now())
		}
	}
	return now
}

// policiesWith are the policies with the changing ones as they are now.
func (a *Authority) policiesWith(changing []Policy) []Policy {
	policies := slices.Clone(a.policies)
	for i, policy := range policies {
		if _, ok := policy.(Changing); ok {
			policies[i], changing = changing[0], changing[1:]
		}
	}
	return policies
}

// of is the principal with a name, made once a table.
func (a *Authority) of(t *table, name string) Principal {
	if name == "" {
		name = Anonymous
	}
	t.mu.RLock()
	who, found := t.principals[name]
	t.mu.RUnlock()
	if found {
		return who
	}
	who = NewPrincipal(name, a.actions.Expand(t.granted(name)), t.policies)
	who.known = a.actions
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.principals) >= maxPrincipals {
		clear(t.principals)
	}
	t.principals[name] = who
	return who
}

// granted lists the actions of a user and of all groups that the user is in, of
// groups in groups too, and of the two groups that nobody need be put in
// (perm.py, DefaultPermissionStore).
func (t *table) granted(name string) []Permission {
	subjects := []string{name, Anonymous}
	if name != Anonymous {
		subjects = append(subjects, authenticated)
	}
	seen := map[string]bool{}
	var actions []Permission
	for len(subjects) > 0 {
		subject := subjects[0]
		subjects = subjects[1:]
		if seen[subject] {
			continue
		}
		seen[subject] = true
		for _, action := range t.grants[subject] {
			if IsAction(string(action)) {
				actions = append(actions, action)
			} else {
				subjects = append(subjects, string(action))
			}
		}
	}
	return actions
}

// Holders are those of names whose rows of the permission table, or whose
// groups' rows, give them action (PermissionSystem.get_users_with_permission).
// Policies are not asked. The order of names is kept.
func (a *Authority) Holders(ctx context.Context, action Permission, names []string) ([]string, error) {
	t, err := a.current(ctx)
	if err != nil {
		return nil, fmt.Errorf("holders of %s: %w", action, err)
	}
	var holders []string
	for _, name := range names {
		if a.of(t, name).Granted(action) {
			holders = append(holders, name)
		}
	}
	return holders, nil
}

// OrderPolicies picks the policies that [trac] permission_policies names, in its
// order; where a name comes twice, its first place counts. A name that nobody
// knows is an error: what it would have forbidden would be allowed.
func OrderPolicies(names []string, known map[string]Policy) ([]Policy, error) {
	var policies []Policy
	for i, name := range names {
		policy := known[name]
		if slices.Contains(names[:i], name) {
			continue
		}
		if policy == nil {
			return nil, fmt.Errorf("[trac] permission_policies: there is no %s; known are %q", name, slices.Sorted(maps.Keys(known)))
		}
		policies = append(policies, policy)
	}
	if len(policies) == 0 {
		return nil, fmt.Errorf("[trac] permission_policies: names no policy, so nobody may do anything")
	}
	return policies, nil
}
