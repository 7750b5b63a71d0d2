package attachment

import (
	"context"
	"errors"
	"os"

	"tracrpc/auth"
	"tracrpc/fault"
)

// change is one change of rows and files that belong together. It is begun while
// the lock of the parent is held, and ended whatever came of it.
type change struct {
	service *Service
	files   *files
	marks   []marked
}

// marked is a mark of a change, and the attachment that it was made for.
type marked struct {
	mark
	of Attachment
}

func (s *Service) begin() *change { return &change{service: s, files: &s.files} }

// mark makes a mark that end will settle.
func (c *change) mark(kind string, a Attachment) (mark, error) {
	m, err := c.files.mark(kind, a)
	if err != nil {
		return mark{}, err
	}
	c.marks = append(c.marks, marked{mark: m, of: a})
	return m, nil
}

// keep marks the file of an attachment whose row is to go; false when the row
// has lost its file.
func (c *change) keep(a Attachment) (m mark, kept bool, err error) {
	if m, err = c.mark(former, a); err != nil {
		return m, false, err
	}
	kept, err = c.files.keep(m)
	return m, kept, err
}

// end settles the change by what the rows say now, and hands on what came of it.
// A mark that cannot be settled stays for the next process to settle.
func (c *change) end(ctx context.Context, err error) error {
	ctx = context.WithoutCancel(ctx)
	for _, m := range c.marks {
		if problem := c.settle(ctx, m); problem != nil && !errors.Is(problem, os.ErrNotExist) {
			c.service.log.Error("attachment file left unsettled", "attachment", m.of.title(), "err", problem)
		}
	}
	return err
}

func (c *change) settle(ctx context.Context, m marked) error {
	row, found, err := c.service.store.Attachment(ctx, m.of.Parent(), m.of.Filename)
	if err != nil {
		return err
	}
	return c.files.settle(m.mark, found && row.Time == m.of.Time)
}

// Removing runs commit, which may delete the rows of attachments of parent in
// the transaction that deletes the parent, and removes the files of those that
// it did delete. It is what whoever deletes a ticket, page or milestone calls.
func (s *Service) Removing(ctx context.Context, parent auth.Resource, commit func() error) error {
	defer s.locks.take(parent)()
	rows, err := s.store.Attachments(ctx, parent.Realm, []string{parent.ID})
	if err != nil {
		return err
	}
	c := s.begin()
	for _, a := range rows {
		if _, _, err := c.keep(a); err != nil {
			return c.end(ctx, err)
		}
	}
	err = c.end(ctx, commit())
	if len(rows) > 0 {
		s.files.removeFolder(parent)
	}
	return err
}

// Moving runs commit, which may give the rows of attachments of one parent to
// another in the transaction that renames the parent, and moves the files of
// those that it did move. It is what whoever renames a milestone calls.
func (s *Service) Moving(ctx context.Context, from, to auth.Resource, commit func() error) error {
	defer s.locks.take(from)()
	rows, err := s.store.Attachments(ctx, from.Realm, []string{from.ID})
	if err != nil {
		return err
	}
	c := s.begin()
	for _, a := range rows {
		if err := c.move(a, to); err != nil {
			return c.end(ctx, err)
		}
	}
	err = c.end(ctx, commit())
	if len(rows) > 0 {
		s.files.removeFolder(from)
	}
	return err
}

// move gives the file of a its place under another parent, beside its own.
func (c *change) move(a Attachment, to auth.Resource) error {
	former, kept, err := c.keep(a)
	if err != nil || !kept {
		return err
	}
	moved := a
	moved.Realm, moved.ParentID = to.Realm, to.ID
	m, err := c.mark(fresh, moved)
	if err != nil {
		return err
	}
	if err := os.Link(former.path, m.path); err != nil {
		return err
	}
	err = c.files.place(m)
	if errors.Is(err, os.ErrExist) {
		return fault.New(fault.Invalid, `Cannot move attachment "%s" to "%s:%s: %s" as it already exists`,
			a.Filename, to.Realm, to.ID, a.Filename)
	}
	return err
}
