package auth

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash/maphash"
	"io/fs"
	"log/slog"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"
)

// Htpasswd checks passwords against an htpasswd file, which it follows as the
// file changes. A file that does not exist has no users. It is safe for
// concurrent use.
type Htpasswd struct {
	path    string
	log     *slog.Logger
	now     func() time.Time
	slots   chan struct{} // held while a hash is computed; as many as there are processors
	users   atomic.Pointer[users]
	checked atomic.Int64 // when the file was last looked at, in nanoseconds
}

// users is what one text of the file says.
type users struct {
	file   fs.FileInfo // nil when there is none
	read   time.Time
	sum    [sha256.Size]byte
	names  []string
	hashes map[string]passwordHash // nil for those that cannot log in
	decoys []passwordHash
	seed   maphash.Seed
	*remembered
}

// OpenHtpasswd reads an htpasswd file. Lines that cannot be used are logged,
// here and whenever the file has changed.
func OpenHtpasswd(path string, log *slog.Logger) (*Htpasswd, error) {
	h := &Htpasswd{path: path, log: log, now: time.Now, slots: make(chan struct{}, runtime.GOMAXPROCS(0))}
	_, err := h.current(0)
	return h, err
}

// Remembers tells whether this password was verified a short while ago. It
// costs next to nothing. A change of the file is seen within a second.
func (h *Htpasswd) Remembers(name, password string) bool {
	u, err := h.current(time.Second)
	return err == nil && u.has(name, password)
}

// Verify tells whether name is a user with this password, as the file has it
// now. It takes as long for a name that nobody has.
func (h *Htpasswd) Verify(ctx context.Context, name, password string) (bool, error) {
	u, err := h.current(0)
	if err != nil {
		return false, err
	}
	select {
	case h.slots <- struct{}{}:
	case <-ctx.Done():
		return false, ctx.Err()
	}
	defer func() { <-h.slots }()
	if u.has(name, password) { // by another request, while this one waited
		return true, nil
	}
	hash := u.hashes[name]
	known := hash != nil
	if !known {
		hash = u.decoy(name)
	}
	if hash == nil || !hash.matches(password) || !known {
		return false, nil
	}
	u.add(name, password)
	return true, nil
}

// decoy is the hash to try for a name that nobody has: always the same one for
// the same name, and as likely a slow kind as any user's is. It is nil when
// there are no users at all.
func (u *users) decoy(name string) passwordHash {
	if len(u.decoys) == 0 {
		return nil
	}
	return u.decoys[maphash.String(u.seed, name)%uint64(len(u.decoys))]
}

// current is the file's content as it was at most maxAge ago. Requests that find
// a changed file at the same time may each read it.
func (h *Htpasswd) current(maxAge time.Duration) (*users, error) {
	now := h.now()
	u := h.users.Load()
	if u != nil && now.UnixNano()-h.checked.Load() < int64(maxAge) {
		return u, nil
	}
	info, err := os.Stat(h.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("users: %w", err)
	}
	if u == nil || !u.isOf(info) {
		if u, err = h.read(info, now); err != nil {
			return nil, err
		}
		h.users.Store(u)
	}
	h.checked.Store(now.UnixNano())
	return u, nil
}

// isOf tells whether the file still is what was read. A file that was changed
// just before it was read may have been changed once more within the grain of
// its clock, so it is read again.
func (u *users) isOf(info fs.FileInfo) bool {
	if info == nil || u.file == nil {
		return info == nil && u.file == nil
	}
	settled := u.read.Sub(info.ModTime()) > time.Second
	return settled && os.SameFile(info, u.file) && info.Size() == u.file.Size() && info.ModTime().Equal(u.file.ModTime())
}

// read reads the file anew. What is remembered is forgotten, unless the text is
// the same.
func (h *Htpasswd) read(info fs.FileInfo, now time.Time) (*users, error) {
	text, err := os.ReadFile(h.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("users: %w", err)
	}
	sum := sha256.Sum256(text)
	if before := h.users.Load(); before != nil && sum == before.sum {
		same := *before
		same.file, same.read = info, now
		return &same, nil
	}
	u := parseUsers(string(text), func(line int, user, problem string) {
		h.log.Warn("user cannot log in", "file", h.path, "line", line, "user", user, "err", problem)
	})
	if len(u.names) == 0 {
		h.log.Warn("no user can log in", "file", h.path)
	}
	u.file, u.read, u.sum, u.remembered = info, now, sum, newRemembered(h.now)
	return u, nil
}

// parseUsers reads the text of an htpasswd file: a name, a colon and a hash a
// line, and whatever stands behind another colon or white space. Of two lines
// with one name the first counts, as for Apache. complain is told of each line
// that cannot be used.
func parseUsers(text string, complain func(line int, user, problem string)) *users {
	u := &users{hashes: map[string]passwordHash{}, seed: maphash.MakeSeed()}
	number := 0
	for line := range strings.SplitSeq(strings.TrimPrefix(text, "\ufeff"), "\n") {
		number++
		name, entry, ok := splitUser(line)
		if !ok {
			continue
		}
		hash, err := parseHash(entry)
		switch _, twice := u.hashes[name]; {
		case name == "" || name == Anonymous:
			complain(number, name, "not a name to log in with")
		case twice:
			complain(number, name, "an earlier line has the same name")
		case err != nil:
			complain(number, name, err.Error())
			u.hashes[name] = nil
		default:
			u.hashes[name] = hash
			u.decoys = append(u.decoys, hash)
			u.names = append(u.names, name)
		}
	}
	return u
}

// splitUser takes a line apart; it reports false for comments and blank lines.
func splitUser(line string) (name, entry string, ok bool) {
	line = strings.TrimSpace(line)
	if line == "" || line[0] == '#' {
		return "", "", false
	}
	name, rest, _ := strings.Cut(line, ":")
	entry, _, _ = strings.Cut(rest, ":")
	if fields := strings.Fields(entry); len(fields) > 0 {
		entry = fields[0]
	}
	return asUTF8(name), entry, true
}

// asUTF8 takes what is not UTF-8 for Latin-1.
func asUTF8(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	runes := make([]rune, len(text))
	for i := range len(text) {
		runes[i] = rune(text[i])
	}
	return string(runes)
}
