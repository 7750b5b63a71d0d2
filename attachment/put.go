package attachment

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"syscall"

	"tracrpc/auth"
	"tracrpc/fault"
	"tracrpc/publish"
)

// Upload is a file that somebody attaches.
type Upload struct {
	Parent      auth.Resource
	Filename    string
	Description *string
	Data        []byte
	Replace     bool // take the place of an attachment of that name
}

// mostNames is how many numbered names are tried for a name that is taken.
const mostNames = 10_000

// Kept is an attachment as it came to be.
type Kept struct {
	Attachment
	Replaced *Attachment // the one whose place it took; nil for none
}

// Put attaches a file: when there is one of the name already, and it is not to be
// replaced, the new one is called "name.2.ext".
func (s *Service) Put(ctx context.Context, who auth.Principal, up Upload) (Kept, error) {
	if err := s.exists(ctx, up.Parent); err != nil {
		return Kept{}, err
	}
	defer s.locks.take(up.Parent)()
	old, err := s.replaced(ctx, who, up)
	if err != nil {
		return Kept{}, err
	}
	if err := who.Require(ctx, Create, resource(up.Parent, "")); err != nil {
		return Kept{}, err
	}
	if up.Filename == "" {
		return Kept{}, noName()
	}
	if largest := s.largest.Load(); largest >= 0 && int64(len(up.Data)) > largest {
		return Kept{}, tooLarge(up.Filename, largest)
	}
	// The parent may have gone while this call waited for its turn.
	if err := s.exists(ctx, up.Parent); err != nil {
		return Kept{}, err
	}
	a := Attachment{
		Realm: up.Parent.Realm, ParentID: up.Parent.ID, Filename: up.Filename, Size: int64(len(up.Data)),
		Time: s.now().UnixMicro(), Description: up.Description, Author: who.Name(),
	}
	if old != nil {
		a.Time = max(a.Time, old.Time+1) // the times tell the two apart
		return Kept{a, old}, s.replaceWith(ctx, who, a, *old, up.Data)
	}
	a, err = s.add(ctx, who, a, up.Data)
	return Kept{Attachment: a}, err
}

// tooLarge is the fault for a file with more bytes than an attachment may have.
func tooLarge(filename string, largest int64) error {
	return fault.Titled(fault.Invalid, "Upload failed for "+filename, "Maximum attachment size: %s", prettySize(largest))
}

// prettySize is a number of bytes as Trac writes it, from a kilobyte on in the
// largest unit of which there is one.
func prettySize(size int64) string {
	if size < 1024 {
		if size == 1 {
			return "1 byte"
		}
		return strconv.FormatInt(size, 10) + " bytes"
	}
	units, n := []string{"KB", "MB", "GB", "TB"}, float64(size)/1024
	for len(units) > 1 && n >= 1024 {
		units, n = units[1:], n/1024
	}
	return strconv.FormatFloat(n, 'f', 1, 64) + " " + units[0]
}

// replaced is the attachment that an upload replaces; nil when there is none.
func (s *Service) replaced(ctx context.Context, who auth.Principal, up Upload) (*Attachment, error) {
	if !up.Replace {
		return nil, nil
	}
	old, found, err := s.store.Attachment(ctx, up.Parent, up.Filename)
	if err != nil || !found {
		return nil, err
	}
	return &old, who.Require(ctx, Delete, old.Resource())
}

// replaceWith puts a in the place of old, which has the same name.
func (s *Service) replaceWith(ctx context.Context, who auth.Principal, a, old Attachment, data []byte) error {
	gone, err := old.Event(s.now(), publish.Deleted, who.Name())
	if err != nil {
		return err
	}
	came, err := a.Event(s.now(), publish.Created, who.Name())
	if err != nil {
		return err
	}
	c := s.begin()
	if err := c.stageOver(a, old, data); err != nil {
		return c.end(ctx, err)
	}
	return c.end(ctx, s.store.AddAttachment(ctx, a, &old, gone, came))
}

// add adds a under the first name that is free.
func (s *Service) add(ctx context.Context, who auth.Principal, a Attachment, data []byte) (Attachment, error) {
	taken, err := s.names(ctx, a.Parent())
	if err != nil {
		return Attachment{}, err
	}
	wanted := a.Filename
	for n := 1; n <= mostNames; n++ {
		a.Filename = numbered(wanted, n)
		if taken[a.Filename] {
			continue
		}
		err := s.addAs(ctx, who, a, data)
		if !errors.Is(err, ErrTaken) {
			return a, err
		}
	}
	return Attachment{}, fault.New(fault.Invalid, "There are too many attachments named like '%s' already.", wanted)
}

// names are the names of all attachments of a parent.
func (s *Service) names(ctx context.Context, parent auth.Resource) (map[string]bool, error) {
	rows, err := s.store.Attachments(ctx, parent.Realm, []string{parent.ID})
	names := make(map[string]bool, len(rows))
	for _, row := range rows {
		names[row.Filename] = true
	}
	return names, err
}

// addAs adds a under its name; ErrTaken when a file or row of that name is there.
func (s *Service) addAs(ctx context.Context, who auth.Principal, a Attachment, data []byte) error {
	event, err := a.Event(s.now(), publish.Created, who.Name())
	if err != nil {
		return err
	}
	c := s.begin()
	if err := c.stage(a, data); err != nil {
		return c.end(ctx, err)
	}
	return c.end(ctx, s.store.AddAttachment(ctx, a, nil, event))
}

// stage writes the file of a new attachment.
func (c *change) stage(a Attachment, data []byte) error {
	m, err := c.mark(fresh, a)
	if err != nil {
		return err
	}
	if err := c.files.stage(m, data); err != nil {
		return err
	}
	err = c.files.place(m)
	if errors.Is(err, fs.ErrExist) {
		return ErrTaken
	}
	return placed(a, err)
}

// stageOver writes the file of an attachment over that of another.
func (c *change) stageOver(a, old Attachment, data []byte) error {
	_, kept, err := c.keep(old)
	if err != nil {
		return err
	}
	if !kept {
		return c.stage(a, data) // the row had lost its file
	}
	m, err := c.mark(fresh, a)
	if err != nil {
		return err
	}
	if err := c.files.stage(m, data); err != nil {
		return err
	}
	return placed(a, c.files.replace(m))
}

// placed says in the caller's words what is wrong with a name that the file
// system cannot hold.
func placed(a Attachment, err error) error {
	if errors.Is(err, syscall.ENAMETOOLONG) {
		return fault.New(fault.Invalid, "The name of the attachment ends in an extension that is too long: '%.80s'.", a.Filename)
	}
	if err != nil {
		return fmt.Errorf("store attachment: %w", err)
	}
	return nil
}
