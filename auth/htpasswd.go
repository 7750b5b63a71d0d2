package auth

import (
	"context"
	"hash/maphash"
	"log/slog"
	"os"
	"runtime"
	"strings"
	"time"
	"unicode/utf8"
)

// Htpasswd checks passwords against an htpasswd file, which it follows as the
// file changes. A file that does not exist has no users. It is safe for
// concurrent use.
type Htpasswd struct {
	file  followed[*users]
	log   *slog.Logger
	slots chan struct{} // held while a hash is computed; as many as there are processors
}

// users is what one text of the file says.
type users struct {
	names  []string
	hashes map[string]passwordHash // nil for those that cannot log in
	decoys []passwordHash
	weak   []string // names whose hashes are easily tried out
	seed   maphash.Seed
	*remembered
}

// OpenHtpasswd reads an htpasswd file. Lines that cannot be used are logged,
// here and whenever the file has changed, and so are users with weak hashes.
func OpenHtpasswd(path string, log *slog.Logger) (*Htpasswd, error) {
	h := &Htpasswd{log: log, slots: make(chan struct{}, runtime.GOMAXPROCS(0))}
	h.file.path, h.file.now, h.file.parse = path, time.Now, h.parse
	_, err := h.file.current(0)
	return h, err
}

// Empty tells whether no user can log in.
func (h *Htpasswd) Empty() bool {
	u, err := h.file.current(time.Second)
	return err == nil && len(u.names) == 0
}

// Remembers tells whether this password was verified a short while ago. It
// costs next to nothing. A change of the file is seen within a second.
func (h *Htpasswd) Remembers(name, password string) bool {
	u, err := h.file.current(time.Second)
	return err == nil && u.has(name, password)
}

// Verify tells whether name is a user with this password, as the file has it
// now. It takes as long for a name that nobody has.
func (h *Htpasswd) Verify(ctx context.Context, name, password string) (bool, error) {
	u, err := h.file.current(0)
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

// parse reads a new text of the file, and logs what the operator should know.
func (h *Htpasswd) parse(text string) *users {
	u := parseUsers(text, func(line int, user, problem string) {
		h.log.Warn("user cannot log in", "file", h.file.path, "line", line, "user", user, "err", problem)
	})
	if len(u.names) == 0 {
		h.log.Warn("no user can log in", "file", h.file.path)
	}
	warnOfWeak(h.log, h.file.path, u.weak, "whoever gets the file can try out passwords fast; tracrpc user passwd makes bcrypt hashes")
	warnOfReaders(h.log, h.file.path)
	u.remembered = newRemembered(h.file.now)
	return u
}

// warnOfReaders tells of a file of hashes that whoever is on the machine may read.
func warnOfReaders(log *slog.Logger, path string) {
	if info, err := os.Stat(path); err == nil && info.Mode()&0o004 != 0 && runtime.GOOS != "windows" {
		log.Warn("everybody on this machine may read the password hashes", "file", path, "mode", info.Mode().String())
	}
}

// maxNamed is how many names a line of the log has at most.
const maxNamed = 20

func warnOfWeak(log *slog.Logger, file string, names []string, why string) {
	if len(names) > 0 {
		log.Warn("users with weak password hashes", "file", file, "count", len(names),
			"users", names[:min(len(names), maxNamed)], "why", why)
	}
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
			if weakHash(hash) {
				u.weak = append(u.weak, name)
			}
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
