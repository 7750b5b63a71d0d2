package attachment_test

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"

	"tracrpc/attachment"
	"tracrpc/auth"
	"tracrpc/fault"
	"tracrpc/publish"
	"tracrpc/store"
	"tracrpc/store/storetest"
)

// world is attachments on tickets 1 and 2 in a folder of their own.
type world struct {
	*attachment.Service
	db  *store.DB
	dir string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{db: storetest.New(t), dir: t.TempDir()}
	w.Service = w.open(t, w.db)
	return w
}

func (w *world) open(t *testing.T, db attachment.Store) *attachment.Service {
	t.Helper()
	s := attachment.New(t.Context(), attachment.Options{
		Store: db, Dir: w.dir, Log: slog.New(slog.DiscardHandler),
		Parents: map[string]func(context.Context, string) error{
			publish.Ticket: func(_ context.Context, id string) error {
				if id == "1" || id == "2" {
					return nil
				}
				return fault.New(fault.NotFound, "Ticket %s does not exist.", id)
			},
		},
	})
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func ticket(id string) auth.Resource { return auth.Resource{Realm: publish.Ticket, ID: id} }

func (w *world) as(name string, actions ...auth.Permission) auth.Principal {
	granted := map[auth.Permission]bool{}
	for _, a := range actions {
		granted[a] = true
	}
	return auth.NewPrincipal(name, granted, []auth.Policy{auth.GrantedPolicy{}, attachment.Policy{Store: w.db}})
}

func (w *world) admin() auth.Principal { return w.as("admin", "TRAC_ADMIN") }

func (w *world) put(t *testing.T, who auth.Principal, name, data string, replace bool) string {
	t.Helper()
	a, err := w.Put(t.Context(), who, attachment.Upload{Parent: ticket("1"), Filename: name, Data: []byte(data), Replace: replace})
	if err != nil {
		t.Fatalf("Put(%q): %v", name, err)
	}
	return a.Filename
}

// contents are the names and contents of all attachments of ticket 1.
func (w *world) contents(t *testing.T) map[string]string {
	t.Helper()
	list, err := w.List(t.Context(), w.admin(), ticket("1"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, a := range list {
		data, err := w.Read(t.Context(), w.admin(), ticket("1"), a.Filename, nil)
		if err != nil {
			t.Errorf("Read(%q): %v", a.Filename, err)
		}
		all[a.Filename] = string(data)
	}
	return all
}

// tree is every file below the attachments' folder.
func (w *world) tree(t *testing.T) []string {
	t.Helper()
	var paths []string
	err := filepath.WalkDir(w.dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(w.dir, path)
			paths = append(paths, rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

func TestLayoutIsTracs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.put(t, w.admin(), "foo.txt", "hello", true)
	w.put(t, w.admin(), "../../../etc/passwd", "x", true)
	// The hashes of "1" and "foo.txt".
	const want = "ticket/356/356a192b7913b04c54574d18c28d46e6395428ab/9206ac42b532ef8e983470c251f4e1a365fd636c.txt"
	got := w.tree(t)
	if len(got) != 2 || !slices.Contains(got, want) {
		t.Errorf("files = %q, want two, and %q among them", got, want)
	}
	for _, path := range got {
		if filepath.Dir(path) != filepath.Dir(want) {
			t.Errorf("a file left the folder of its ticket: %s", path)
		}
	}
}

func TestNamesThatAreTaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, c := range []struct {
		name    string
		replace bool
		want    string
	}{
		{"f.txt", false, "f.txt"}, {"f.txt", false, "f.2.txt"}, {"f.txt", false, "f.3.txt"}, {"f.txt", true, "f.txt"},
		{"README", false, "README"}, {"README", false, "README.2"},
		{".rc", false, ".rc"}, {".rc", false, ".rc.2"},
		{"a.b/c", false, "a.b/c"}, {"a.b/c", false, "a.b/c.2"},
	} {
		if got := w.put(t, w.admin(), c.name, "x", c.replace); got != c.want {
			t.Errorf("Put(%q, replace %t) = %q, want %q", c.name, c.replace, got, c.want)
		}
	}
}

func TestPermissions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob := w.as("bob", "TICKET_VIEW", "TICKET_APPEND")
	w.put(t, w.admin(), "admins.txt", "1", true)
	w.put(t, bob, "bobs.txt", "1", true)
	w.put(t, bob, "bobs.txt", "2", true)

	_, err := w.Put(t.Context(), bob, attachment.Upload{Parent: ticket("1"), Filename: "admins.txt", Replace: true})
	wantFault(t, err, fault.Forbidden, "ATTACHMENT_DELETE privileges are required to perform this operation on Attachment 'admins.txt' in Ticket #1. You don't have the required permissions.")
	_, err = w.Remove(t.Context(), bob, ticket("1"), "admins.txt")
	wantFault(t, err, fault.Forbidden, "ATTACHMENT_DELETE privileges are required to perform this operation on Attachment 'admins.txt' in Ticket #1. You don't have the required permissions.")
	_, err = w.Put(t.Context(), w.as("eve", "TICKET_VIEW"), attachment.Upload{Parent: ticket("1"), Filename: "x"})
	wantFault(t, err, fault.Forbidden, "ATTACHMENT_CREATE privileges are required to perform this operation. You don't have the required permissions.")
	_, err = w.Read(t.Context(), w.as("eve"), ticket("1"), "bobs.txt", nil)
	wantFault(t, err, fault.Forbidden, "ATTACHMENT_VIEW privileges are required to perform this operation on Attachment 'bobs.txt' in Ticket #1. You don't have the required permissions.")
	if list, err := w.List(t.Context(), w.as("eve"), ticket("1")); err != nil || len(list) != 0 {
		t.Errorf("List for who may see nothing = %v, %v", list, err)
	}
	if _, err := w.Remove(t.Context(), bob, ticket("1"), "bobs.txt"); err != nil {
		t.Errorf("removing one's own: %v", err)
	}
}

func wantFault(t *testing.T, err error, kind fault.Kind, message string) {
	t.Helper()
	f := fault.Of(err)
	if f == nil || f.Kind != kind || f.Message != message {
		t.Errorf("error %v, want a fault of kind %d: %s", err, kind, message)
	}
}

func TestWhatIsNotThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.Put(t.Context(), w.admin(), attachment.Upload{Parent: ticket("9"), Filename: "x"})
	wantFault(t, err, fault.NotFound, "Ticket 9 does not exist.")
	_, err = w.Read(t.Context(), w.admin(), ticket("9"), "x", nil)
	wantFault(t, err, fault.NotFound, "Attachment 'ticket:9: x' does not exist.")
	_, err = w.Remove(t.Context(), w.admin(), ticket("1"), "x")
	wantFault(t, err, fault.NotFound, "Attachment 'ticket:1: x' does not exist.")
	if files := w.tree(t); len(files) != 0 {
		t.Errorf("files left: %q", files)
	}
}

// broken is a store whose changes fail.
type broken struct {
	*store.DB
}

var errBroken = errors.New("the disk is full")

func (broken) AddAttachment(context.Context, attachment.Attachment, *attachment.Attachment, ...publish.Event) error {
	return errBroken
}

func (broken) DeleteAttachment(context.Context, attachment.Attachment, publish.Event) (bool, error) {
	return false, errBroken
}

func TestAFailureLeavesEverythingAsItWas(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.put(t, w.admin(), "old.txt", "old", true)
	before := w.tree(t)
	s := w.open(t, broken{w.db})
	for _, name := range []string{"new.txt", "old.txt"} {
		_, err := s.Put(t.Context(), w.admin(), attachment.Upload{Parent: ticket("1"), Filename: name, Data: []byte("new"), Replace: true})
		if !errors.Is(err, errBroken) {
			t.Errorf("Put(%s): error %v, want %v", name, err, errBroken)
		}
	}
	if _, err := s.Remove(t.Context(), w.admin(), ticket("1"), "old.txt"); !errors.Is(err, errBroken) {
		t.Errorf("Remove: error %v, want %v", err, errBroken)
	}
	err := s.Removing(t.Context(), ticket("1"), func() error { return errBroken })
	if !errors.Is(err, errBroken) {
		t.Errorf("Removing: error %v, want %v", err, errBroken)
	}
	err = s.Moving(t.Context(), ticket("1"), ticket("2"), func() error { return errBroken })
	if !errors.Is(err, errBroken) {
		t.Errorf("Moving: error %v, want %v", err, errBroken)
	}
	if after := w.tree(t); !slices.Equal(before, after) {
		t.Errorf("files = %q, want %q", after, before)
	}
	if got := w.contents(t); len(got) != 1 || got["old.txt"] != "old" {
		t.Errorf("contents = %q, want the old file alone", got)
	}
}

func TestRemoveTakesTheFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.put(t, w.admin(), "f.txt", "x", true)
	if _, err := w.Remove(t.Context(), w.admin(), ticket("1"), "f.txt"); err != nil {
		t.Fatal(err)
	}
	if files := w.tree(t); len(files) != 0 {
		t.Errorf("files left: %q", files)
	}
	if got := w.put(t, w.admin(), "f.txt", "y", true); got != "f.txt" {
		t.Errorf("attached again as %q, want f.txt", got)
	}
}

// stopped is a store at whose change the process is killed, before or after.
type stopped struct {
	*store.DB
	after bool
}

type kill struct{}

func (s stopped) AddAttachment(ctx context.Context, a attachment.Attachment, old *attachment.Attachment, events ...publish.Event) error {
	if s.after {
		if err := s.DB.AddAttachment(ctx, a, old, events...); err != nil {
			return err
		}
	}
	panic(kill{})
}

func (s stopped) DeleteAttachment(ctx context.Context, a attachment.Attachment, event publish.Event) (bool, error) {
	if s.after {
		if _, err := s.DB.DeleteAttachment(ctx, a, event); err != nil {
			return false, err
		}
	}
	panic(kill{})
}

// killed runs do until it is killed.
func killed(t *testing.T, do func()) {
	t.Helper()
	defer func() {
		if _, ok := recover().(kill); !ok {
			t.Error("was not killed")
		}
	}()
	do()
}

func TestKilledProcessesAreTidiedUpAfter(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		do     func(t *testing.T, s *attachment.Service, who auth.Principal)
		before map[string]string // when killed before the commit
		after  map[string]string // when killed after it
	}{
		{
			"add", func(t *testing.T, s *attachment.Service, who auth.Principal) {
				s.Put(t.Context(), who, attachment.Upload{Parent: ticket("1"), Filename: "new.txt", Data: []byte("new"), Replace: true})
			},
			map[string]string{"old.txt": "old"}, map[string]string{"old.txt": "old", "new.txt": "new"},
		}, {
			"replace", func(t *testing.T, s *attachment.Service, who auth.Principal) {
				s.Put(t.Context(), who, attachment.Upload{Parent: ticket("1"), Filename: "old.txt", Data: []byte("new"), Replace: true})
			},
			map[string]string{"old.txt": "old"}, map[string]string{"old.txt": "new"},
		}, {
			"remove", func(t *testing.T, s *attachment.Service, who auth.Principal) {
				s.Remove(t.Context(), who, ticket("1"), "old.txt")
			},
			map[string]string{"old.txt": "old"}, map[string]string{},
		},
	} {
		for _, after := range []bool{false, true} {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				w.put(t, w.admin(), "old.txt", "old", true)
				s := w.open(t, stopped{w.db, after})
				killed(t, func() { c.do(t, s, w.admin()) })
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				w.open(t, w.db)
				want := c.before
				if after {
					want = c.after
				}
				got := w.contents(t)
				if !equal(got, want) || len(w.tree(t)) != len(want) {
					t.Errorf("killed after the commit: %t: contents %q, files %q; want %q and a file for each", after, got, w.tree(t), want)
				}
			})
		}
	}
}

func equal(a, b map[string]string) bool {
	for name := range a {
		if a[name] != b[name] {
			return false
		}
	}
	return len(a) == len(b)
}

func TestALivingProcessIsLeftAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.open(t, stopped{w.db, false})
	killed(t, func() {
		s.Put(t.Context(), w.admin(), attachment.Upload{Parent: ticket("1"), Filename: "new.txt", Data: []byte("new")})
	})
	w.open(t, w.db)
	if got := len(w.tree(t)); got != 2 {
		t.Errorf("%d files, want the new one and its mark", got)
	}
}

func FuzzNamesStayInside(f *testing.F) {
	for _, name := range []string{"a", "..", "../x", "/etc/passwd", "a.b", "", "a\x00b", "x.tar.gz", ".", "é.É"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		path := attachment.PathForTest("ticket", "1", name)
		want := filepath.Join("ticket", "356", "356a192b7913b04c54574d18c28d46e6395428ab")
		if filepath.Dir(path) != want || !filepath.IsLocal(path) {
			t.Errorf("%q lies at %q, outside %q", name, path, want)
		}
	})
}
