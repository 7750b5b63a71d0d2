package wiki

import (
	"context"

	"tracrpc/auth"
	"tracrpc/publish"
)

// Policy protects readonly pages: nobody but who has WIKI_ADMIN may change,
// rename or delete them, whatever else they were granted (Trac's
// DefaultWikiPolicy).
type Policy struct {
	Store Store
}

// Check denies, or leaves the question to the next policy.
func (p Policy) Check(ctx context.Context, who auth.Principal, action auth.Permission, on auth.Resource) (auth.Decision, error) {
	if on.Realm != publish.Wiki {
		return auth.Undecided, nil
	}
	switch action {
	case "WIKI_CHANGE_READONLY":
		return p.byAdmin(ctx, who, on, auth.Allow)
	case Delete, Modify, Rename:
	default:
		return auth.Undecided, nil
	}
	version := on.Version
	if version == 0 {
		version = Latest
	}
	pages, err := p.Store.Pages(ctx, []Ref{{on.ID, version}})
	if err != nil || !pages[0].Readonly {
		return auth.Undecided, err
	}
	return p.byAdmin(ctx, who, on, auth.Undecided)
}

// Selects tells that only pages are looked at.
func (p Policy) Selects(_ auth.Permission, realm string) bool { return realm == publish.Wiki }

// byAdmin is allowed for who has WIKI_ADMIN on the page, and Deny for others.
func (p Policy) byAdmin(ctx context.Context, who auth.Principal, on auth.Resource, allowed auth.Decision) (auth.Decision, error) {
	may, err := who.May(ctx, Admin, on)
	if err != nil || may {
		return allowed, err
	}
	return auth.Deny, nil
}
