package auth

import "context"

// Anonymous is the name of whoever did not log in, and of the group that
// everybody is in.
const Anonymous = "anonymous"

// authenticated is the group of everybody who logged in.
const authenticated = "authenticated"

// Principal is the user of a call, and what they may do. It is handed down
// explicitly to whatever checks a permission, is valid for the call it was made
// for, and may be copied. The zero Principal is anonymous and may do nothing.
type Principal struct {
	name     string
	granted  map[Permission]bool
	policies []Policy
	known    Actions // the actions that there are; nil for any
	scope    Scope
	byToken  bool // logged in by a token
}

// NewPrincipal makes a principal from the actions granted to it (shared, never
// written to) and the policies to ask in their order. No policy at all means
// that the granted actions alone decide.
func NewPrincipal(name string, granted map[Permission]bool, policies []Policy) Principal {
	return Principal{name: name, granted: granted, policies: policies}
}

// Within is the principal with no more rights than a scope has.
func (p Principal) Within(s Scope) Principal {
	p.scope = s
	return p
}

// Scope is the scope that Within gave.
func (p Principal) Scope() Scope { return p.scope }

// MayCall tells whether the method is within the scope of the token that the
// principal has logged in with, if it was one.
func (p Principal) MayCall(method string) bool { return p.scope.MayCall(method) }

// Name is the login name; "anonymous" for nobody.
func (p Principal) Name() string {
	if p.name == "" {
		return Anonymous
	}
	return p.name
}

// Authenticated tells whether somebody logged in.
func (p Principal) Authenticated() bool { return p.name != "" && p.name != Anonymous }

// Granted tells whether the permission table grants action, without asking the
// policies. TRAC_ADMIN grants everything, but to an Authority's principals no
// action that nobody knows: a workflow may ask for one that a plugin defines.
func (p Principal) Granted(action Permission) bool {
	if !p.scope.allows(action) {
		return false
	}
	return p.granted[action] || p.granted[Admin] && (p.known == nil || p.known.Has(action))
}

// May tells whether the principal may do action on a resource; the zero
// Resource asks in general.
func (p Principal) May(ctx context.Context, action Permission, on Resource) (bool, error) {
	if !p.scope.allows(action) {
		return false, nil
	}
	for _, policy := range p.policies {
		decision, err := policy.Check(ctx, p, action, on)
		if err != nil {
			return false, err
		}
		if decision != Undecided {
			return decision == Allow, nil
		}
	}
	return len(p.policies) == 0 && p.Granted(action), nil
}

// Uniform tells whether May answers alike for every resource of realm, so that
// asking once is enough.
func (p Principal) Uniform(action Permission, realm string) bool {
	for _, policy := range p.policies {
		if s, ok := policy.(Selective); !ok || s.Selects(action, realm) {
			return false
		}
	}
	return true
}

// Withheld tells whether a policy keeps a resource from the principal: it denies
// action there, or allows it on other resources of the realm and not on this one.
// What nobody decides on and the permission table alone does not grant is not
// withheld.
func (p Principal) Withheld(ctx context.Context, action Permission, on Resource) (bool, error) {
	if !p.scope.allows(action) {
		return false, nil
	}
	for _, policy := range p.policies {
		decision, err := policy.Check(ctx, p, action, on)
		if err != nil || decision != Undecided {
			return decision == Deny, err
		}
	}
	return !p.Uniform(action, on.Realm), nil
}

// Require is May as an error: nil, or the Forbidden fault.
func (p Principal) Require(ctx context.Context, action Permission, on Resource) error {
	may, err := p.May(ctx, action, on)
	if err != nil || may {
		return err
	}
	return Forbidden(action, on)
}

// GrantedPolicy decides by the granted actions alone: Trac's
// DefaultPermissionPolicy.
type GrantedPolicy struct{}

// Check allows what is granted and leaves the rest undecided.
func (GrantedPolicy) Check(_ context.Context, who Principal, action Permission, _ Resource) (Decision, error) {
	if who.Granted(action) {
		return Allow, nil
	}
	return Undecided, nil
}

// Selects nothing: no resource is looked at.
func (GrantedPolicy) Selects(Permission, string) bool { return false }
