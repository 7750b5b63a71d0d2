package auth

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"
)

// AuthzFile is the Authz of a file, which it follows as the file changes: what
// is in force for one request is Now. It is safe for concurrent use.
type AuthzFile struct {
	path    string
	parse   func(path, text string) ([]AuthzSection, error)
	actions Actions
	log     *slog.Logger
	now     func() time.Time

	mu      sync.Mutex
	file    fs.FileInfo // nil when there is none
	read    time.Time
	sum     [sha256.Size]byte
	current Policy
}

// OpenAuthzFile reads an authz file, which parse takes apart: its errors name the
// file and the line. Actions that there are not are logged, here and whenever the
// file has changed.
func OpenAuthzFile(path string, parse func(path, text string) ([]AuthzSection, error), actions Actions, log *slog.Logger) (*AuthzFile, error) {
	f := &AuthzFile{path: path, parse: parse, actions: actions, log: log, now: time.Now}
	if broken, is := f.Now().(*brokenAuthz); is {
		return nil, broken.err
	}
	return f, nil
}

// Now is the policy as the file has it: an *Authz that stays the same until the
// file changes. While the file is missing or cannot be read as one, it answers
// every question with an error, so that nobody may do anything: what the file
// forbade yesterday is not to be allowed because of a slip of the pen.
func (f *AuthzFile) Now() Policy {
	f.mu.Lock()
	defer f.mu.Unlock()
	info, err := os.Stat(f.path)
	if err != nil {
		f.file = nil
		return f.fail(err)
	}
	if f.current != nil && f.isOf(info) {
		return f.current
	}
	now := f.now()
	text, err := os.ReadFile(f.path)
	if err != nil {
		f.file = nil
		return f.fail(err)
	}
	sum := sha256.Sum256(text)
	same := f.file != nil && sum == f.sum
	f.file, f.read, f.sum = info, now, sum
	if same {
		return f.current
	}
	policy, err := f.compile(string(text))
	if err != nil {
		return f.fail(err)
	}
	if f.current != nil {
		f.log.Info("authz file read again", "file", f.path)
	}
	f.current = policy
	return policy
}

// isOf tells whether the file still is what was read. A file that was changed
// just before it was read may have been changed once more within the grain of
// its clock, so it is read again.
func (f *AuthzFile) isOf(info fs.FileInfo) bool {
	if f.file == nil {
		return false
	}
	settled := f.read.Sub(info.ModTime()) > time.Second
	return settled && os.SameFile(info, f.file) && info.Size() == f.file.Size() && info.ModTime().Equal(f.file.ModTime())
}

func (f *AuthzFile) compile(text string) (*Authz, error) {
	sections, err := f.parse(f.path, text)
	if err != nil {
		return nil, err
	}
	policy, err := NewAuthz(sections, f.actions, func(line int, section string, action Permission) {
		f.log.Warn("authz file names an action that there is not", "file", f.path, "line", line, "section", section, "action", action)
	})
	if err != nil {
		return nil, fmt.Errorf("%s:%w", f.path, err)
	}
	return policy, nil
}

// fail makes the policy that allows nothing, and logs why when that is news.
func (f *AuthzFile) fail(err error) Policy {
	if before, is := f.current.(*brokenAuthz); is && before.err.Error() == err.Error() {
		return before
	}
	if f.current != nil {
		f.log.Error("authz file not usable, so nothing is allowed", "err", err)
	}
	f.current = &brokenAuthz{err}
	return f.current
}

// Check asks the policy as it is now.
func (f *AuthzFile) Check(ctx context.Context, who Principal, action Permission, on Resource) (Decision, error) {
	return f.Now().Check(ctx, who, action, on)
}

// brokenAuthz is the policy of a file that cannot be used.
type brokenAuthz struct{ err error }

func (b *brokenAuthz) Check(context.Context, Principal, Permission, Resource) (Decision, error) {
	return Deny, fmt.Errorf("permissions: %w", b.err)
}
