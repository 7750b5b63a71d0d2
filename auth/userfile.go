package auth

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/bcrypt"
)

// UserFiles are the files that an environment's users are kept in: one for
// Basic, and beside it one for Digest, whose lines hold for one realm. Each file
// is replaced as a whole, so that readers see the old one or the new one.
type UserFiles struct {
	Htpasswd string
	Htdigest string // "" keeps none
	Realm    string
	// Algorithms are those of Digest that the lines of a user are for, as in
	// NewDigest. "" stands for MD5 alone, because other readers of the file know
	// but one line a user: Apache the first, and tracd the last.
	Algorithms string
	// Cost is that of bcrypt, 4 to 20; each more takes twice as long. 0 stands for
	// its default, which is 10.
	Cost int
}

// maxCost is that of a login that takes a minute.
const maxCost = 20

// ErrNoUser is returned where there is no user with the name.
var ErrNoUser = errors.New("there is no such user")

// Set adds a user, or gives one a new password.
func (f UserFiles) Set(name, password string) error {
	if err := CheckName(name); err != nil {
		return err
	}
	if err := checkPassword(password); err != nil {
		return err
	}
	if f.Cost != 0 && (f.Cost < bcrypt.MinCost || f.Cost > maxCost) {
		return fmt.Errorf("bcrypt_cost: %d is not between %d and %d", f.Cost, bcrypt.MinCost, maxCost)
	}
	digests, err := f.digests(name, password)
	if err != nil {
		return err
	}
	hash, err := newHash(password, f.Cost)
	if err != nil {
		return err
	}
	return f.locked(func() error {
		err := editLines(f.Htpasswd, setLines(userNamed(name), name+":"+hash))
		if err != nil || f.Htdigest == "" {
			return err
		}
		for i, sum := range digests {
			digests[i] = name + ":" + f.Realm + ":" + sum
		}
		return editLines(f.Htdigest, setLines(f.digestNamed(name), digests...))
	})
}

// digests are the hashes of a user's lines for Digest, MD5's first.
func (f UserFiles) digests(name, password string) ([]string, error) {
	algorithms, err := readAlgorithms(cmp.Or(f.Algorithms, "MD5"))
	var sums []string
	for _, a := range slices.Backward(algorithms) {
		if sum := digestSum(a.hash, name, f.Realm, password); !slices.Contains(sums, sum) {
			sums = append(sums, sum)
		}
	}
	return sums, err
}

// Remove removes a user from both files.
func (f UserFiles) Remove(name string) error {
	found := false
	remove := func(is func(string) bool) func([]string) []string {
		return func(lines []string) []string {
			found = found || slices.ContainsFunc(lines, is)
			return slices.DeleteFunc(lines, is)
		}
	}
	err := f.locked(func() error {
		err := editLines(f.Htpasswd, remove(userNamed(name)))
		if f.Htdigest != "" {
			err = errors.Join(err, editLines(f.Htdigest, remove(f.digestNamed(name))))
		}
		return err
	})
	if err == nil && !found {
		return fmt.Errorf("%q: %w", name, ErrNoUser)
	}
	return err
}

// Has tells whether one of the files has a line of the user.
func (f UserFiles) Has(name string) (bool, error) {
	for path, is := range map[string]func(string) bool{f.Htpasswd: userNamed(name), f.Htdigest: f.digestNamed(name)} {
		text, err := os.ReadFile(path)
		if err != nil && path != "" && !errors.Is(err, fs.ErrNotExist) {
			return false, err
		}
		if slices.ContainsFunc(linesOf(string(text)), is) {
			return true, nil
		}
	}
	return false, nil
}

// userNamed tells whether a line of an htpasswd file is a user's, as whoever reads
// the file to log somebody in finds it.
func userNamed(name string) func(line string) bool {
	return func(line string) bool {
		of, _, ok := splitUser(line)
		return ok && of == name
	}
}

// digestNamed is userNamed for lines of the htdigest file that are for the realm.
func (f UserFiles) digestNamed(name string) func(line string) bool {
	return func(line string) bool {
		of, realm, _, ok := splitDigest(line)
		return ok && of == name && realm == f.Realm
	}
}

// locked does something while no other process changes the users. The folders
// of the files are what is locked, because the files themselves are replaced.
func (f UserFiles) locked(do func() error) (err error) {
	var folders []string
	for _, path := range []string{f.Htpasswd, f.Htdigest} {
		if path != "" {
			folders = append(folders, filepath.Dir(followLink(path)))
		}
	}
	slices.Sort(folders) // so that nobody waits for who waits for them
	for _, folder := range slices.Compact(folders) {
		unlock, err := lockFolder(folder)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, unlock()) }()
	}
	return do()
}

// followLink is the file that a path leads to: to replace a link would leave the
// file that others read as it is.
func followLink(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path // there is no file yet
}

// Names are the users that can log in with Basic, in the order of the file.
// complain is told of each line that cannot be used.
func (f UserFiles) Names(complain func(line int, user, problem string)) ([]string, error) {
	text, err := os.ReadFile(f.Htpasswd)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return parseUsers(string(text), complain).names, nil
}

// CheckName refuses user names that the files or HTTP's Basic cannot hold.
func CheckName(name string) error {
	switch {
	case name == "" || len(name) > 255 || !utf8.ValidString(name):
		return errors.New("a user name has 1 to 255 bytes of UTF-8")
	case strings.Contains(name, ":") || strings.ContainsFunc(name, unicode.IsControl):
		return fmt.Errorf("user name %q: no colons and no control characters", name)
	case name[0] == '#' || strings.TrimSpace(name) != name:
		return fmt.Errorf("user name %q: neither # nor a space at its beginning, no space at its end", name)
	case name == Anonymous || name == authenticated:
		return fmt.Errorf("user name %q: that is everybody's", name)
	}
	return nil
}

func checkPassword(password string) error {
	switch {
	case password == "" || len(password) > 72 || !utf8.ValidString(password):
		return errors.New("a password has 1 to 72 bytes of UTF-8")
	case strings.ContainsFunc(password, unicode.IsControl):
		return errors.New("a password has no control characters")
	}
	return nil
}

// setLines puts fresh lines in the place of the first one that is old, or at the
// end; further old ones are removed.
func setLines(old func(string) bool, fresh ...string) func([]string) []string {
	return func(lines []string) []string {
		at := slices.IndexFunc(lines, old)
		if at < 0 {
			at = len(lines)
		}
		return slices.Insert(slices.DeleteFunc(lines, old), at, fresh...)
	}
}

// editLines replaces a file, whose folder is locked, by what edit makes of its
// lines.
func editLines(path string, edit func([]string) []string) (err error) {
	path = followLink(path)
	fresh, err := newFile(path + ".new")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(fresh.Name()) // what it was made for has failed already
		}
	}()
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(err, fresh.Close())
	}
	lines := edit(linesOf(string(text)))
	_, err = fresh.WriteString(strings.Join(append(lines, ""), "\n"))
	if err = errors.Join(err, sameOwner(fresh, path), fresh.Sync(), fresh.Close()); err != nil {
		return fmt.Errorf("write %s: %w", fresh.Name(), err)
	}
	return os.Rename(fresh.Name(), path)
}

// newFile makes a file that only its owner may read. Where folders can be locked,
// one of this name is left from somebody who was killed; elsewhere it keeps a
// second editor out.
func newFile(path string) (*os.File, error) {
	if canLock {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("%s is there: somebody else changes the users now; if not, remove it", path)
	}
	return file, err
}

// linesOf are the lines of a text, without their ends.
func linesOf(text string) []string {
	text = strings.TrimPrefix(text, "\ufeff")
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}
