package attachment

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"tracrpc/auth"
	"tracrpc/fault"
	"tracrpc/publish"
)

// The permissions that attachments ask for.
const (
	View   auth.Permission = "ATTACHMENT_VIEW"
	Create auth.Permission = "ATTACHMENT_CREATE"
	Delete auth.Permission = "ATTACHMENT_DELETE"
)

// ErrTaken is a Store's answer when an attachment of that name is there already.
var ErrTaken = errors.New("there is an attachment of this name")

// Options are what the service is made of.
type Options struct {
	Store Store
	Dir   string // the environment's files/attachments
	Log   *slog.Logger
	// Parents tell for each realm that may have attachments whether id is there:
	// nil, or a NotFound fault in the realm's own words.
	Parents map[string]func(ctx context.Context, id string) error
}

// Service is the attachments. It is safe for concurrent use, also by several
// processes and beside Trac.
type Service struct {
	store   Store
	parents map[string]func(ctx context.Context, id string) error
	files   files
	locks   locks
	log     *slog.Logger
	now     func() time.Time
	largest atomic.Int64
}

// New opens the attachments, and ends the changes that a process which was
// killed had left half done. The caller closes the service.
func New(ctx context.Context, o Options) *Service {
	s := &Service{store: o.Store, parents: o.Parents, files: files{root: o.Dir}, log: o.Log, now: time.Now}
	s.SetLargest(AnySize)
	s.recover(ctx)
	return s
}

// AnySize lets attachments be as large as they are.
const AnySize = -1

// SetLargest says how many bytes an attachment may have from now on: any number
// when it is below 0, as for Trac. Those that are there stay as they are.
func (s *Service) SetLargest(size int64) { s.largest.Store(size) }

// Close gives up what the service holds. No change may be under way.
func (s *Service) Close() error { return s.files.close() }

// List are the attachments of a parent that who may see, oldest first. A parent
// that is not there has none.
func (s *Service) List(ctx context.Context, who auth.Principal, parent auth.Resource) ([]Attachment, error) {
	lists, err := s.ListMany(ctx, who, parent.Realm, []string{parent.ID})
	return lists[parent.ID], err
}

// ListMany is List for many parents of one realm, by one query.
func (s *Service) ListMany(ctx context.Context, who auth.Principal, realm string, ids []string) (map[string][]Attachment, error) {
	rows, err := s.store.Attachments(ctx, realm, ids)
	if err != nil {
		return nil, err
	}
	lists := make(map[string][]Attachment, len(ids))
	for _, a := range rows {
		may, err := who.May(ctx, View, a.Resource())
		if err != nil {
			return nil, err
		}
		if may {
			lists[a.ParentID] = append(lists[a.ParentID], a)
		}
	}
	return lists, nil
}

// Read is the content of an attachment. Room, if it is not nil, is asked before the
// file's bytes are taken into memory.
func (s *Service) Read(ctx context.Context, who auth.Principal, parent auth.Resource, filename string, room func(size int64) error) ([]byte, error) {
	a, err := s.find(ctx, parent, filename)
	if err != nil {
		return nil, err
	}
	if err := who.Require(ctx, View, a.Resource()); err != nil {
		return nil, err
	}
	path := filepath.Join(s.files.root, a.file())
	info, err := os.Stat(path)
	if err == nil && room != nil {
		err = room(info.Size())
	}
	var data []byte
	if err == nil {
		data, err = os.ReadFile(path)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.NotFound, "Attachment '%s' not found", filename)
	}
	return data, err
}

// find reads a row; a NotFound fault when there is none.
func (s *Service) find(ctx context.Context, parent auth.Resource, filename string) (Attachment, error) {
	a, found, err := s.store.Attachment(ctx, parent, filename)
	if err == nil && !found {
		return Attachment{}, missing(parent, filename)
	}
	return a, err
}

// exists is nil when parent is there.
func (s *Service) exists(ctx context.Context, parent auth.Resource) error {
	check := s.parents[parent.Realm]
	if check == nil {
		return fault.New(fault.Invalid, "Nothing can be attached to %s.", parent)
	}
	return check(ctx, parent.ID)
}

// Remove deletes an attachment with its file, and answers with what it was.
func (s *Service) Remove(ctx context.Context, who auth.Principal, parent auth.Resource, filename string) (Attachment, error) {
	if err := s.exists(ctx, parent); err != nil {
		return Attachment{}, err
	}
	if filename == "" {
		return Attachment{}, noName()
	}
	defer s.locks.take(parent)()
	a, err := s.find(ctx, parent, filename)
	if err != nil {
		return a, err
	}
	if err := who.Require(ctx, Delete, a.Resource()); err != nil {
		return a, err
	}
	event, err := a.Event(s.now(), publish.Deleted, who.Name())
	if err != nil {
		return a, err
	}
	c := s.begin()
	if _, _, err := c.keep(a); err != nil {
		return a, c.end(ctx, err)
	}
	_, err = s.store.DeleteAttachment(ctx, a, event)
	return a, c.end(ctx, err)
}

func noName() error { return fault.New(fault.BadCall, "an attachment needs a name") }
