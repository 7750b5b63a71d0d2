package auth

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/bcrypt"
)

func TestUserFiles(t *testing.T) {
	dir := t.TempDir()
	f := UserFiles{Htpasswd: filepath.Join(dir, "users.htpasswd"), Htdigest: filepath.Join(dir, "users.htdigest"), Realm: "trac", Cost: bcrypt.MinCost}
	old := "# by hand\r\nann:abaDO60yMJS9Y\nann:twice\nbob:{SHA}x\n"
	if err := os.WriteFile(f.Htpasswd, []byte(old), 0o640); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"ann", "jörg smith", "ann"} {
		if err := f.Set(name, "secret"); err != nil {
			t.Fatal(err)
		}
	}
	h := openUsers(t, f.Htpasswd, new(bytes.Buffer))
	if !verify(t, h, "ann", "secret") || !verify(t, h, "jörg smith", "secret") || verify(t, h, "ann", "user") {
		t.Error("want ann and jörg smith with their new password")
	}
	text, err := os.ReadFile(f.Htpasswd)
	if err != nil || !strings.HasPrefix(string(text), "# by hand\nann:$2y$") || strings.Count(string(text), "ann:") != 1 ||
		!strings.Contains(string(text), "\nbob:{SHA}x\n") {
		t.Errorf("users.htpasswd is %q, %v", text, err)
	}
	if info, err := os.Stat(f.Htpasswd); err != nil || info.Mode() != 0o640 {
		t.Errorf("mode %v, %v, want the old one", info.Mode(), err)
	}
	if info, err := os.Stat(f.Htdigest); err != nil || info.Mode() != 0o600 {
		t.Errorf("mode of a new file %v, %v, want 0600", info.Mode(), err)
	}
	digests, err := os.ReadFile(f.Htdigest)
	want := "ann:trac:ee868473221cda17a058d8d229be8eba\njörg smith:trac:"
	if err != nil || !strings.HasPrefix(string(digests), want) {
		t.Errorf("users.htdigest is %q, %v, want %q...", digests, err, want)
	}
	names, err := f.Names(func(int, string, string) {})
	if err != nil || !slices.Equal(names, []string{"ann", "jörg smith"}) {
		t.Errorf("Names() = %q, %v", names, err)
	}
	if err := f.Remove("ann"); err != nil {
		t.Fatal(err)
	}
	if err := f.Remove("ann"); !errors.Is(err, ErrNoUser) {
		t.Errorf("Remove again: %v, want %v", err, ErrNoUser)
	}
	for _, path := range []string{f.Htpasswd, f.Htdigest} {
		if text, err := os.ReadFile(path); err != nil || strings.Contains(string(text), "ann:") {
			t.Errorf("%s is %q, %v", path, text, err)
		}
	}
}

// TestUserFilesFindWhatLogsIn changes and removes users whose lines were written
// by hand, so that nobody keeps a password that was taken away.
func TestUserFilesFindWhatLogsIn(t *testing.T) {
	const sha1 = "{SHA}Et6pb+wgWTVmq3VpLJlJWWgzrck="
	for _, text := range []string{
		"ann:" + sha1 + "\n", "  ann:" + sha1 + "\n", "\ufeffann:" + sha1 + "\n", "\t ann:" + sha1 + " # why\nann:" + sha1 + "\n", "ann:" + sha1 + "\r\n",
	} {
		dir := t.TempDir()
		f := UserFiles{Htpasswd: filepath.Join(dir, "a"), Htdigest: filepath.Join(dir, "b"), Realm: "trac", Cost: bcrypt.MinCost}
		digest := strings.ReplaceAll(text, sha1, "trac:"+digestSum(md5Digest, "ann", "trac", "user"))
		if err := errors.Join(os.WriteFile(f.Htpasswd, []byte(text), 0o600), os.WriteFile(f.Htdigest, []byte(digest), 0o600)); err != nil {
			t.Fatal(err)
		}
		h := openUsers(t, f.Htpasswd, new(bytes.Buffer))
		if has, err := f.Has("ann"); !has || err != nil || !verify(t, h, "ann", "user") {
			t.Errorf("%q: ann is not a user, %v", text, err)
		}
		if err := f.Set("ann", "new"); err != nil {
			t.Fatal(err)
		}
		if verify(t, h, "ann", "user") || !verify(t, h, "ann", "new") {
			t.Errorf("%q: the old password is still good, or the new one is not", text)
		}
		sums, err := os.ReadFile(f.Htdigest)
		if want := "ann:trac:" + digestSum(md5Digest, "ann", "trac", "new") + "\n"; err != nil || string(sums) != want {
			t.Errorf("%q: the digests are %q, %v, want %q", digest, sums, err, want)
		}
		err = errors.Join(os.WriteFile(f.Htpasswd, []byte(text), 0o600), os.WriteFile(f.Htdigest, []byte(digest), 0o600), f.Remove("ann"))
		if err != nil || verify(t, h, "ann", "user") {
			t.Errorf("%q: ann was not removed, %v", text, err)
		}
		if sums, err := os.ReadFile(f.Htdigest); err != nil || len(sums) > 0 {
			t.Errorf("%q: ann was not removed: %q, %v", digest, sums, err)
		}
	}
}

// TestUserFilesAtOnce has many add users and change one; each must be there
// afterwards, and the one must have one password for both files.
func TestUserFilesAtOnce(t *testing.T) {
	dir := t.TempDir()
	f := UserFiles{Htpasswd: filepath.Join(dir, "a"), Htdigest: filepath.Join(dir, "b"), Realm: "trac", Cost: bcrypt.MinCost}
	if err := os.WriteFile(f.Htpasswd+".new", []byte("left by somebody who was killed"), 0o644); err != nil {
		t.Fatal(err)
	}
	const many = 20
	var all sync.WaitGroup
	for i := range many {
		all.Go(func() {
			password := fmt.Sprint("password", i)
			if err := errors.Join(f.Set(fmt.Sprint("user", i), password), f.Set("ann", password)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	names, err := f.Names(func(_ int, user, problem string) { t.Errorf("%s: %s", user, problem) })
	if err != nil || len(names) != many+1 {
		t.Errorf("users %q, %v, want %d", names, err, many+1)
	}
	h, sums := openUsers(t, f.Htpasswd, new(bytes.Buffer)), ""
	if text, err := os.ReadFile(f.Htdigest); err != nil || strings.Count(string(text), "\n") != many+1 {
		t.Errorf("digests %q, %v", text, err)
	} else {
		sums = string(text)
	}
	for i := range many {
		password := fmt.Sprint("password", i)
		if basic, digest := verify(t, h, "ann", password), strings.Contains(sums, digestSum(md5Digest, "ann", "trac", password)); basic != digest {
			t.Errorf("%s is ann's password: %v for Basic, %v for Digest", password, basic, digest)
		}
	}
	if info, err := os.Stat(f.Htpasswd); err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, %v, want 0600", info.Mode(), err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*.new")); err != nil || len(left) > 0 {
		t.Errorf("left over: %q, %v", left, err)
	}
}

// TestUserFilesWriteBothDigests replaces lines of one kind by lines of two, and
// leaves those of others and of other realms alone.
func TestUserFilesWriteBothDigests(t *testing.T) {
	dir := t.TempDir()
	f := UserFiles{Htpasswd: filepath.Join(dir, "a"), Htdigest: filepath.Join(dir, "b"), Realm: "trac", Algorithms: "SHA-256-sess, md5, SHA-256", Cost: bcrypt.MinCost}
	old := "bob:trac:1\nann:trac:2\nann:other:3\nann:trac:4\n"
	if err := os.WriteFile(f.Htdigest, []byte(old), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.Set("ann", "secret"); err != nil {
		t.Fatal(err)
	}
	want := "bob:trac:1\nann:trac:ee868473221cda17a058d8d229be8eba\n" +
		"ann:trac:916ec3656afeaf57796976fd384cc385a1066c989274af09c3633459ddba353a\nann:other:3\n"
	if text, err := os.ReadFile(f.Htdigest); err != nil || string(text) != want {
		t.Errorf("users.htdigest is %q, %v, want %q", text, err, want)
	}
	if has, err := f.Has("bob"); !has || err != nil {
		t.Errorf("Has(bob) = %v, %v", has, err)
	}
	if has, err := f.Has("an"); has || err != nil {
		t.Errorf("Has(an) = %v, %v", has, err)
	}
	f.Algorithms = "SHA-1"
	if err := f.Set("ann", "secret"); err == nil {
		t.Error("SHA-1: no error")
	}
}

// TestHtdigestWritesTheSame has Apache's tool write a file, which has no line end,
// and adds a user to it.
func TestHtdigestWritesTheSame(t *testing.T) {
	htdigest, err := exec.LookPath("htdigest")
	if err != nil {
		t.Skip("htdigest is not installed; script/test installs apache2-utils")
	}
	f := UserFiles{Htpasswd: filepath.Join(t.TempDir(), "a"), Htdigest: filepath.Join(t.TempDir(), "b"), Realm: "trac", Cost: bcrypt.MinCost}
	command := exec.CommandContext(t.Context(), htdigest, "-c", f.Htdigest, "trac", "ann")
	command.Stdin = strings.NewReader("secret\nsecret\n")
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	if err := f.Set("bob", "secret"); err != nil {
		t.Fatal(err)
	}
	want := "ann:trac:ee868473221cda17a058d8d229be8eba\nbob:trac:" + digestSum(md5Digest, "bob", "trac", "secret") + "\n"
	if text, err := os.ReadFile(f.Htdigest); err != nil || string(text) != want {
		t.Errorf("users.htdigest is %q, %v, want %q", text, err, want)
	}
}

func TestUserFilesRefuse(t *testing.T) {
	f := UserFiles{Htpasswd: filepath.Join(t.TempDir(), "users.htpasswd"), Cost: bcrypt.MinCost}
	for _, c := range [][2]string{
		{"", "secret"}, {"a:b", "secret"}, {"a\nb", "secret"}, {"#a", "secret"}, {" a", "secret"}, {"\xff", "secret"},
		{"anonymous", "secret"}, {"authenticated", "secret"}, {strings.Repeat("x", 256), "secret"},
		{"a", ""}, {"a", strings.Repeat("x", 73)}, {"a", "se\x00cret"}, {"a", "\xff"},
	} {
		if err := f.Set(c[0], c[1]); err == nil {
			t.Errorf("Set(%q, %q): no error", c[0], c[1])
		}
	}
	for _, cost := range []int{-1, 3, maxCost + 1} {
		if err := (UserFiles{Htpasswd: f.Htpasswd, Cost: cost}).Set("ann", "secret"); err == nil || !strings.Contains(err.Error(), "bcrypt_cost") {
			t.Errorf("a cost of %d: %v", cost, err)
		}
	}
	if _, err := os.Stat(f.Htpasswd); err == nil {
		t.Error("a file was made")
	}
	if err := (UserFiles{Htpasswd: filepath.Join(t.TempDir(), "no", "such")}).Set("ann", "secret"); err == nil {
		t.Error("Set in a folder that is not there: no error")
	}
}

// TestHtpasswdReadsOurFile has Apache's tool check a password that we wrote.
func TestHtpasswdReadsOurFile(t *testing.T) {
	htpasswd, err := exec.LookPath("htpasswd")
	if err != nil {
		t.Skip("htpasswd is not installed; script/test installs apache2-utils")
	}
	f := UserFiles{Htpasswd: filepath.Join(t.TempDir(), "users"), Cost: bcrypt.MinCost}
	if err := f.Set("ann", "pässword"); err != nil {
		t.Fatal(err)
	}
	for password, want := range map[string]string{"pässword": "<nil>", "wrong": "exit status 3"} {
		err := exec.CommandContext(t.Context(), htpasswd, "-vb", f.Htpasswd, "ann", password).Run()
		if fmt.Sprint(err) != want {
			t.Errorf("htpasswd -v with %q: %v, want %s", password, err, want)
		}
	}
}
