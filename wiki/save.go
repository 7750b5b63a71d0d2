package wiki

import (
	"context"
	"errors"
	"time"

	"tracrpc/auth"
	"tracrpc/fault"
	"tracrpc/publish"
)

// Edit is what somebody wants a page to be.
type Edit struct {
	Name     string
	Text     string
	Author   string // who is named as the author, whoever saves it
	Comment  *string
	Readonly bool // counts only when an administrator saves
}

// errRaced says that a page became another sort of page (was made, deleted, or
// its readonly flag turned) between the check of permissions and the save.
var errRaced = errors.New("the page changed while it was being saved")

// Save writes a new version of a page, or only its readonly flag when the text
// is what it was. It needs WIKI_CREATE for a new page, WIKI_ADMIN for a readonly
// one, otherwise WIKI_MODIFY.
func (s *Service) Save(ctx context.Context, who auth.Principal, edit Edit) error {
	admin, err := who.May(ctx, Admin, Resource(edit.Name))
	if err != nil {
		return err
	}
	for {
		err := s.trySave(ctx, who, admin, edit)
		if !errors.Is(err, errRaced) {
			return err
		}
	}
}

func (s *Service) trySave(ctx context.Context, who auth.Principal, admin bool, edit Edit) error {
	seen, err := s.store.Pages(ctx, []Ref{{edit.Name, Latest}})
	if err != nil {
		return err
	}
	checked := needed(seen[0])
	if err := who.Require(ctx, checked, Resource(edit.Name)); err != nil {
		return err
	}
	if !ValidName(edit.Name) {
		return fault.New(fault.Invalid, "Invalid Wiki page name '%s'", edit.Name)
	}
	return s.store.SavePage(ctx, edit.Name, func(latest Page) (Page, publish.Event, error) {
		if needed(latest) != checked {
			return Page{}, publish.Event{}, errRaced
		}
		return edit.apply(latest, who, admin, s.now())
	})
}

// needed is the permission to change a page.
func needed(latest Page) auth.Permission {
	switch {
	case latest.Readonly:
		return Admin
	case !latest.Exists():
		return Create
	default:
		return Modify
	}
}

// apply makes the page that latest becomes, and the event of it.
func (e Edit) apply(latest Page, who auth.Principal, admin bool, now time.Time) (Page, publish.Event, error) {
	next := latest
	if admin {
		next.Readonly = e.Readonly
	}
	if e.Text != latest.Text {
		next.Version, next.Text = latest.Version+1, e.Text
		next.Time, next.Author, next.Comment = now.UnixMicro(), e.Author, e.Comment
	} else if next.Readonly == latest.Readonly || !latest.Exists() {
		return Page{}, publish.Event{}, fault.New(fault.Invalid, "Page not modified")
	}
	verb := publish.Changed
	if !latest.Exists() {
		verb = publish.Created
	}
	ev, err := event(now, verb, who, next, &latest)
	return next, ev, err
}
