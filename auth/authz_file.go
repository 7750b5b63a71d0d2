package auth

import (
	"context"
	"fmt"
	"log/slog"
	"time"
)

// AuthzFile is the Authz of a file, which it follows as the file changes: what
// is in force for one request is Now. It is safe for concurrent use.
type AuthzFile struct {
	file    followed[Policy]
	parse   func(path, text string) ([]AuthzSection, error)
	actions Actions
	log     *slog.Logger
}

// OpenAuthzFile reads an authz file, which parse takes apart: its errors name the
// file and the line. Actions that there are not are logged, here and whenever the
// file has changed.
func OpenAuthzFile(path string, parse func(path, text string) ([]AuthzSection, error), actions Actions, log *slog.Logger) (*AuthzFile, error) {
	f := &AuthzFile{parse: parse, actions: actions, log: log}
	f.file.path, f.file.must, f.file.now, f.file.parse = path, true, time.Now, f.policy
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
	policy, err := f.file.current(0)
	if err != nil {
		return &brokenAuthz{err}
	}
	return policy
}

// policy makes the policy of one text of the file.
func (f *AuthzFile) policy(text string) Policy {
	path := f.file.path
	sections, err := f.parse(path, text)
	if err != nil {
		return &brokenAuthz{err}
	}
	policy, err := NewAuthz(sections, f.actions, func(line int, section string, action Permission) {
		f.log.Warn("authz file names an action that there is not", "file", path, "line", line, "section", section, "action", action)
	})
	if err != nil {
		return &brokenAuthz{fmt.Errorf("%s:%w", path, err)}
	}
	return policy
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
