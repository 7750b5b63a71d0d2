package wiki

import (
	"context"
	"time"

	"tracrpc/auth"
	"tracrpc/publish"
)

// The permissions that the wiki asks for.
const (
	View   auth.Permission = "WIKI_VIEW"
	Create auth.Permission = "WIKI_CREATE"
	Modify auth.Permission = "WIKI_MODIFY"
	Rename auth.Permission = "WIKI_RENAME"
	Delete auth.Permission = "WIKI_DELETE"
	Admin  auth.Permission = "WIKI_ADMIN"
)

// Attachments keeps the files of attachments in step with their rows.
type Attachments interface {
	// Removing runs commit, which may delete the rows of attachments of parent,
	// and removes the files of those that it did delete.
	Removing(ctx context.Context, parent auth.Resource, commit func() error) error
}

// Service is the wiki. It is safe for concurrent use.
type Service struct {
	store       Store
	attachments Attachments
	now         func() time.Time
}

// New makes the wiki from where its pages and their attachments are.
func New(store Store, attachments Attachments) *Service {
	return &Service{store: store, attachments: attachments, now: time.Now}
}

// Get reads one version of a page. Whether who may see the page is asked before
// whether it exists; what is not there is a NotFound fault.
func (s *Service) Get(ctx context.Context, who auth.Principal, ref Ref) (Page, error) {
	if err := who.Require(ctx, View, ref.Resource()); err != nil {
		return Page{}, err
	}
	pages, err := s.store.Pages(ctx, []Ref{ref})
	if err != nil {
		return Page{}, err
	}
	if !pages[0].Exists() {
		return Page{}, Missing(ref)
	}
	return pages[0], nil
}

// GetMany is Get of many pages by one query, answered in the order of refs.
func (s *Service) GetMany(ctx context.Context, who auth.Principal, refs []Ref) ([]Page, []error) {
	errs := make([]error, len(refs))
	pages, err := s.store.Pages(ctx, refs)
	if err != nil {
		for i := range errs {
			errs[i] = err
		}
		return make([]Page, len(refs)), errs
	}
	for i, ref := range refs {
		if errs[i] = who.Require(ctx, View, ref.Resource()); errs[i] != nil {
			pages[i] = Page{}
		} else if !pages[i].Exists() {
			errs[i] = Missing(ref)
		}
	}
	return pages, errs
}

// Exists tells whether there is a page; nobody is asked for permission.
func (s *Service) Exists(ctx context.Context, name string) (bool, error) {
	pages, err := s.store.Pages(ctx, []Ref{{name, Latest}})
	return err == nil && pages[0].Exists(), err
}

// Names are the names of all pages that who may see, in alphabetical order.
func (s *Service) Names(ctx context.Context, who auth.Principal) ([]string, error) {
	names, err := s.store.PageNames(ctx)
	if err != nil {
		return nil, err
	}
	seen := names[:0]
	for _, name := range names {
		may, err := who.May(ctx, View, Resource(name))
		if err != nil {
			return nil, err
		}
		if may {
			seen = append(seen, name)
		}
	}
	return seen, nil
}

// Recent are the latest versions written at since or later that who may see,
// newest first. They come without their texts.
func (s *Service) Recent(ctx context.Context, who auth.Principal, since int64) ([]Page, error) {
	pages, err := s.store.RecentPages(ctx, since)
	if err != nil {
		return nil, err
	}
	seen := pages[:0]
	for _, page := range pages {
		may, err := who.May(ctx, View, Ref{page.Name, page.Version}.Resource())
		if err != nil {
			return nil, err
		}
		if may {
			seen = append(seen, page)
		}
	}
	return seen, nil
}

// Remove deletes a page with all its versions and attachments.
func (s *Service) Remove(ctx context.Context, who auth.Principal, name string) error {
	if err := who.Require(ctx, Delete, Resource(name)); err != nil {
		return err
	}
	found := false
	err := s.attachments.Removing(ctx, Resource(name), func() error {
		return s.store.DeletePage(ctx, name, func(latest Page) (publish.Event, error) {
			found = true
			return event(s.now(), publish.Deleted, who, latest, nil)
		})
	})
	if err == nil && !found {
		return Missing(Ref{name, Latest})
	}
	return err
}

// RemoveVersion deletes one version of a page; the attachments too when it was
// the only one.
func (s *Service) RemoveVersion(ctx context.Context, who auth.Principal, ref Ref) error {
	if err := who.Require(ctx, Delete, ref.Resource()); err != nil {
		return err
	}
	found := false
	err := s.attachments.Removing(ctx, Resource(ref.Name), func() error {
		return s.store.DeletePageVersion(ctx, ref, func(deleted Page, gone bool) (publish.Event, error) {
			found = true
			verb := publish.VersionDeleted
			if gone {
				verb = publish.Deleted
			}
			return event(s.now(), verb, who, deleted, nil)
		})
	})
	if err == nil && !found {
		return Missing(ref)
	}
	return err
}
