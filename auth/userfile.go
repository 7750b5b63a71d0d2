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
}

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
	digests, err := f.digests(name, password)
	if err != nil {
		return err
	}
	hash, err := newHash(password)
	if err != nil {
		return err
	}
	if err := editLines(f.Htpasswd, setLines(name+":", hash)); err != nil || f.Htdigest == "" {
		return err
	}
	return editLines(f.Htdigest, setLines(name+":"+f.Realm+":", digests...))
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
	remove := func(prefix string) func([]string) []string {
		return func(lines []string) []string {
			return slices.DeleteFunc(lines, func(line string) bool {
				is := strings.HasPrefix(asUTF8(line), prefix)
				found = found || is
				return is
			})
		}
	}
	err := editLines(f.Htpasswd, remove(name+":"))
	if f.Htdigest != "" {
		err = errors.Join(err, editLines(f.Htdigest, remove(name+":"+f.Realm+":")))
	}
	if err == nil && !found {
		return fmt.Errorf("%q: %w", name, ErrNoUser)
	}
	return err
}

// Has tells whether one of the files has a line of the user.
func (f UserFiles) Has(name string) (bool, error) {
	for path, prefix := range map[string]string{f.Htpasswd: name + ":", f.Htdigest: name + ":" + f.Realm + ":"} {
		text, err := os.ReadFile(path)
		if err != nil && path != "" && !errors.Is(err, fs.ErrNotExist) {
			return false, err
		}
		for _, line := range linesOf(string(text)) {
			if strings.HasPrefix(asUTF8(line), prefix) {
				return true, nil
			}
		}
	}
	return false, nil
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

// setLines puts lines that begin with prefix in the place of the first such
// line, or at the end; further ones are removed.
func setLines(prefix string, rests ...string) func([]string) []string {
	return func(lines []string) []string {
		with := func(line string) bool { return strings.HasPrefix(asUTF8(line), prefix) }
		at := slices.IndexFunc(lines, with)
		if at < 0 {
			at = len(lines)
		}
		fresh := make([]string, len(rests))
		for i, rest := range rests {
			fresh[i] = prefix + rest
		}
		return slices.Insert(slices.DeleteFunc(lines, with), at, fresh...)
	}
}

// editLines replaces a file by what edit makes of its lines. The new file's name
// is fixed, and so keeps a second editor out until it is renamed.
func editLines(path string, edit func([]string) []string) (err error) {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real // or the link would be replaced
	}
	fresh, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s.new is there: somebody else changes the users now; if not, remove it", path)
	}
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

// linesOf are the lines of a text, without their ends.
func linesOf(text string) []string {
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}
