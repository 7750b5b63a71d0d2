package attachment

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
)

// A row and its file cannot change in one step, so a change leaves a mark before
// it begins: a second name for the file, in a folder of the process's own. A
// mark of kind fresh is the new file of a row that is to be added; one of kind
// former the file of a row that is to go. When the transaction is over the marks
// are settled by what the rows say then, whatever happened on the way. A process
// that was killed leaves its marks behind, and the next to open the environment
// settles them. A process holds a lock on its folder for as long as it lives.

// marksFolder is where the marks are, below the root. Trac never looks there.
const marksFolder = ".tracrpc"

// The kinds of marks.
const (
	fresh  = "fresh"
	former = "former"
)

// mark is a second name for a file.
type mark struct {
	path   string // of the mark
	kind   string
	at     spot
	target string // the file's place in the layout; "" when nothing is there
}

// spot is a place in the layout that a row stands for at a time, known by its
// hashes alone.
type spot struct {
	realm string
	time  int64
	id    string // hashed
	name  string // hashed, without an extension
}

func (a Attachment) spot() spot {
	return spot{realm: a.Realm, time: a.Time, id: hashed(a.ParentID), name: hashed(a.Filename)}
}

// files is the folder files/attachments of an environment.
type files struct {
	root string
	last atomic.Int64 // the number of the last mark

	mu sync.Mutex

	own  string   // the folder of this process's marks; "" until one is needed
	lock *os.File // held on own
}

// folder is this process's own folder for marks, made when it is needed.
func (f *files) folder() (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.own != "" {
		return f.own, nil
	}
	marks := filepath.Join(f.root, marksFolder)
	if err := os.MkdirAll(marks, 0o777); err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp(marks, "marks-")
	if err != nil {
		return "", err
	}
	if f.lock, err = lockFolder(dir); err != nil {
		return "", err
	}
	f.own = dir
	return dir, nil
}

// close gives the own folder up. Marks that could not be settled stay in it for
// the next process.
func (f *files) close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.own == "" {
		return nil
	}
	err := os.Remove(f.own)
	if errors.Is(err, syscall.ENOTEMPTY) || errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	f.own = ""
	return errors.Join(err, f.lock.Close())
}

// lockFolder takes the lock on a folder; an error when another process holds it.
func lockFolder(dir string) (*os.File, error) {
	lock, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", dir, err), lock.Close())
	}
	return lock, nil
}

// mark is a mark of this process for an attachment.
func (f *files) mark(kind string, a Attachment) (mark, error) {
	own, err := f.folder()
	if err != nil {
		return mark{}, err
	}
	at := a.spot()
	name := strings.Join([]string{kind, at.realm, strconv.FormatInt(at.time, 10), at.id, at.name,
		strconv.FormatInt(f.last.Add(1), 10)}, "-")
	return mark{path: filepath.Join(own, name), kind: kind, at: at, target: filepath.Join(f.root, a.file())}, nil
}

// readMark is the mark that a file in a folder of marks stands for.
func (f *files) readMark(path string) (mark, bool) {
	parts := strings.Split(filepath.Base(path), "-")
	if len(parts) != 6 {
		return mark{}, false
	}
	time, err := strconv.ParseInt(parts[2], 10, 64)
	if err != nil || len(parts[3]) != 40 || len(parts[4]) != 40 {
		return mark{}, false
	}
	at := spot{realm: parts[1], time: time, id: parts[3], name: parts[4]}
	return mark{path: path, kind: parts[0], at: at, target: f.find(at)}, true
}

// find is the file in the layout at a place whose name is known by its hash
// alone; "" when nothing is there.
func (f *files) find(at spot) string {
	dir := filepath.Join(f.root, at.realm, at.id[:3], at.id)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "" // there is no such folder, and so no file
	}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), at.name) {
			return filepath.Join(dir, entry.Name())
		}
	}
	return ""
}

// stage writes data to a new file under a mark, and to the disk.
func (f *files) stage(m mark, data []byte) error {
	file, err := os.OpenFile(m.path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	return errors.Join(err, file.Sync(), file.Close())
}

// place gives the marked file its name in the layout; fs.ErrExist when there is
// a file of that name.
func (f *files) place(m mark) error {
	if err := f.makeFolder(filepath.Dir(m.target)); err != nil {
		return err
	}
	if err := os.Link(m.path, m.target); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(m.target))
}

// replace gives the marked file its name in the layout, in the place of the file
// that has it.
func (f *files) replace(m mark) error {
	second := m.path + "-second"
	if err := os.Link(m.path, second); err != nil {
		return err
	}
	if err := os.Rename(second, m.target); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(m.target))
}

// keep marks the file of an attachment that is to go; false when there is none.
func (f *files) keep(m mark) (bool, error) {
	err := os.Link(m.target, m.path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// settle ends a change: the file that no row stands for goes, one that a row
// still stands for is where it was, and the mark is gone. stands tells whether
// the row of the mark is there.
func (f *files) settle(m mark, stands bool) error {
	same := m.target != "" && sameFile(m.target, m.path)
	switch {
	case same && !stands:
		if err := os.Remove(m.target); err != nil {
			return err
		}
	case !same && stands && m.kind == former && m.target != "":
		return os.Rename(m.path, m.target)
	}
	return os.Remove(m.path)
}

// sameFile tells whether two names are of one file.
func sameFile(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}

// makeFolder makes a folder of the layout, and sees to it that it is on disk.
func (f *files) makeFolder(dir string) error {
	if _, err := os.Stat(dir); err == nil || dir == f.root {
		return err
	}
	parent := filepath.Dir(dir)
	if err := f.makeFolder(parent); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncFolder(parent)
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
