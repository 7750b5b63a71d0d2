package auth

import (
	"encoding/hex"
	"log/slog"
	"strings"
	"time"
)

// Htdigest knows the users of an htdigest file: a name, a realm and the hash of
// both with the password a line, with colons between them. A hash of 32 digits is
// MD5's, one of 64 is SHA-256's, and a user may have one of each. The file is
// followed as it changes; one that does not exist has no users. It is safe for
// concurrent use.
type Htdigest struct {
	realm string
	log   *slog.Logger
	file  followed[*digests]
}

// digests is what one text of the file says of the realm.
type digests struct {
	by  map[digestKey]string // H(name:realm:password) in lower-case digits
	has [len(digestHashes)]bool
	// weak are the names that have no hash but MD5's.
	weak []string
}

type digestKey struct {
	name string
	hash int // a place in digestHashes
}

// OpenHtdigest reads the lines of an htdigest file that are for realm. Lines that
// cannot be used are logged, here and whenever the file has changed.
func OpenHtdigest(path, realm string, log *slog.Logger) (*Htdigest, error) {
	h := &Htdigest{realm: realm, log: log}
	h.file.path, h.file.now, h.file.parse = path, time.Now, h.parse
	_, err := h.file.current(0)
	return h, err
}

func (h *Htdigest) parse(text string) *digests {
	d := parseDigests(text, h.realm, func(line int, user, problem string) {
		h.log.Warn("user cannot log in", "file", h.file.path, "line", line, "user", user, "err", problem)
	})
	if len(d.by) == 0 {
		h.log.Warn("no user can log in by Digest", "file", h.file.path, "realm", h.realm)
	}
	warnOfWeak(h.log, h.file.path, d.weak, "whoever gets the file can log in with MD5's hash alone; see digest_algorithms")
	warnOfReaders(h.log, h.file.path)
	return d
}

// parseDigests reads the text of an htdigest file. Of two lines with one name and
// kind of hash the first counts, as for Apache.
func parseDigests(text, realm string, complain func(line int, user, problem string)) *digests {
	d := &digests{by: map[digestKey]string{}}
	var names []string
	number := 0
	for line := range strings.SplitSeq(strings.TrimPrefix(text, "\ufeff"), "\n") {
		number++
		name, of, sum, ok := splitDigest(line)
		if !ok || of != realm {
			continue
		}
		kind := digestHashOf(sum)
		key := digestKey{name, kind}
		switch _, twice := d.by[key]; {
		case name == "" || name == Anonymous:
			complain(number, name, "not a name to log in with")
		case kind < 0:
			complain(number, name, "neither 32 nor 64 hexadecimal digits")
		case twice:
			complain(number, name, "an earlier line has the same name and realm")
		default:
			d.by[key] = sum
			d.has[kind] = true
			names = append(names, name)
		}
	}
	for _, name := range names {
		if _, strong := d.by[digestKey{name, sha256Digest}]; !strong {
			d.weak = append(d.weak, name)
		}
	}
	return d
}

// splitDigest takes a line apart; it reports false for comments and blank lines.
func splitDigest(line string) (name, realm, sum string, ok bool) {
	line = strings.TrimSpace(line)
	if line == "" || line[0] == '#' {
		return "", "", "", false
	}
	name, rest, _ := strings.Cut(asUTF8(line), ":")
	realm, sum, _ = strings.Cut(rest, ":")
	sum, _, _ = strings.Cut(sum, ":")
	if fields := strings.Fields(sum); len(fields) > 0 {
		sum = fields[0]
	}
	return name, realm, strings.ToLower(sum), true
}

// digestHashOf tells by its text which hash a sum is of; -1 when of none.
func digestHashOf(sum string) int {
	for i, hash := range digestHashes {
		if _, err := hex.DecodeString(sum); err == nil && len(sum) == 2*hash.size {
			return i
		}
	}
	return -1
}
