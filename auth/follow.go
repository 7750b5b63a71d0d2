package auth

import (
	"crypto/sha256"
	"errors"
	"io/fs"
	"os"
	"sync/atomic"
	"time"
)

// followed is a file, read again when it has changed. A file that does not exist
// is empty, or with must an error. It is safe for concurrent use.
type followed[T any] struct {
	path  string
	must  bool
	now   func() time.Time
	parse func(text string) T // told of each new text
	last  atomic.Pointer[reading[T]]
	// checked is when the file was last looked at, in nanoseconds.
	checked atomic.Int64
}

// reading is what one text of the file says.
type reading[T any] struct {
	file fs.FileInfo // nil when there is none
	read time.Time
	sum  [sha256.Size]byte
	says T
}

// current is what the file said at most maxAge ago. Requests that find a changed
// file at the same time may each read it.
func (f *followed[T]) current(maxAge time.Duration) (T, error) {
	now := f.now()
	r := f.last.Load()
	if r != nil && now.UnixNano()-f.checked.Load() < int64(maxAge) {
		return r.says, nil
	}
	var none T
	info, err := os.Stat(f.path)
	if f.fails(err) {
		return none, err
	}
	if r == nil || !r.isOf(info) {
		if r, err = f.read(info, now); err != nil {
			return none, err
		}
		f.last.Store(r)
	}
	f.checked.Store(now.UnixNano())
	return r.says, nil
}

// fails tells whether the file cannot be read.
func (f *followed[T]) fails(err error) bool {
	return err != nil && (f.must || !errors.Is(err, fs.ErrNotExist))
}

// isOf tells whether the file still is what was read. A file that was changed
// just before it was read may have been changed once more within the grain of
// its clock, so it is read again.
func (r *reading[T]) isOf(info fs.FileInfo) bool {
	if info == nil || r.file == nil {
		return info == nil && r.file == nil
	}
	settled := r.read.Sub(info.ModTime()) > time.Second
	return settled && os.SameFile(info, r.file) && info.Size() == r.file.Size() && info.ModTime().Equal(r.file.ModTime())
}

// read reads the file anew. The same text says what it said.
func (f *followed[T]) read(info fs.FileInfo, now time.Time) (*reading[T], error) {
	text, err := os.ReadFile(f.path)
	if f.fails(err) {
		return nil, err
	}
	r := &reading[T]{file: info, read: now, sum: sha256.Sum256(text)}
	if before := f.last.Load(); before != nil && r.sum == before.sum {
		r.says = before.says
		return r, nil
	}
	r.says = f.parse(string(text))
	return r, nil
}
