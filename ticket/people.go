package ticket

import (
	"context"

	"tracrpc/auth"
)

// People knows the users, for workflows that offer owners to choose from.
// Implementations are safe for concurrent use.
type People interface {
	// Known lists the names of the users who logged in before.
	Known(ctx context.Context) ([]string, error)
	// Holders lists the users who hold a permission in general.
	Holders(ctx context.Context, action auth.Permission) ([]auth.Principal, error)
	// Groups lists the members of each permission group, users and groups.
	Groups(ctx context.Context) (map[string][]string, error)
	// FullNames finds the names that users gave themselves, of those users who
	// did.
	FullNames(ctx context.Context, users []string) (map[string]string, error)
}
