// Package wiki is Trac's wiki: pages, their versions, who may change them, and
// the events of their changes. It knows no markup (wiki/markup and wiki/render
// do), no SQL and no RPC.
package wiki

import (
	"context"
	"math"
	"slices"
	"strings"

	"tracrpc/auth"
	"tracrpc/fault"
	"tracrpc/publish"
)

// Page is one version of a page. Version is 0 for a page that is not there.
type Page struct {
	Name     string
	Version  int
	Time     int64 // microseconds since 1970 UTC
	Author   string
	Text     string
	Comment  *string // nil when none was given
	Readonly bool
}

// Exists tells whether there is such a page, or such a version of it.
func (p Page) Exists() bool { return p.Version > 0 }

// Latest stands for the latest version where one is asked for.
const Latest = math.MinInt

// Ref names a version of a page.
type Ref struct {
	Name    string
	Version int
}

// Store keeps pages. Its methods are safe for concurrent use.
type Store interface {
	// Pages reads pages, each as Ref asks for it and in the order of refs. What
	// is not there comes back with its name and Version 0.
	Pages(ctx context.Context, refs []Ref) ([]Page, error)

	// PageNames are the names of all pages in alphabetical order.
	PageNames(ctx context.Context) ([]string, error)

	// RecentPages are the latest versions that were written at since or later,
	// newest first, without their texts.
	RecentPages(ctx context.Context, since int64) ([]Page, error)

	// SavePage hands change the latest version of a page as it stands, and keeps
	// what it makes of it together with the event, in one transaction. A Page
	// with the next version is added; one with the same version has its readonly
	// flag set, on all versions. If change fails, nothing is kept.
	SavePage(ctx context.Context, name string, change func(latest Page) (Page, publish.Event, error)) error

	// DeletePage deletes a page with all its versions and the rows of its
	// attachments, in one transaction with the event that event makes of what was
	// the latest version. It does nothing, and does not call event, when there is
	// no such page.
	DeletePage(ctx context.Context, name string, event func(latest Page) (publish.Event, error)) error

	// DeletePageVersion deletes one version. When it was the only one, the rows
	// of the attachments go too, and event is told that the page is gone. It
	// does nothing, and does not call event, when there is no such version.
	DeletePageVersion(ctx context.Context, ref Ref, event func(deleted Page, gone bool) (publish.Event, error)) error
}

// ValidName tells whether a page may have this name (Trac's
// validate_page_name): no part between slashes may be empty or dots.
func ValidName(name string) bool {
	return !slices.ContainsFunc(strings.Split(name, "/"), func(part string) bool {
		return part == "" || part == "." || part == ".."
	})
}

// Resource is what permissions are asked for: the page as a whole.
func Resource(name string) auth.Resource {
	return auth.Resource{Realm: publish.Wiki, ID: name}
}

// Resource is what permissions are asked for: the version, or for the latest one
// the page as a whole.
func (r Ref) Resource() auth.Resource {
	on := Resource(r.Name)
	if r.Version != Latest {
		on.Version = r.Version
	}
	return on
}

// Missing is the fault for a page, or a version of it, that is not there.
func Missing(ref Ref) error {
	if ref.Version == Latest {
		return fault.New(fault.NotFound, `Wiki page "%s" does not exist`, ref.Name)
	}
	return fault.New(fault.NotFound, `Wiki page "%s" does not exist at version %d`, ref.Name, ref.Version)
}
