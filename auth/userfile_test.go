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
	"testing"
)

func TestUserFiles(t *testing.T) {
	dir := t.TempDir()
	f := UserFiles{Htpasswd: filepath.Join(dir, "users.htpasswd"), Htdigest: filepath.Join(dir, "users.htdigest"), Realm: "trac"}
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

// TestUserFilesWriteBothDigests replaces lines of one kind by lines of two, and
// leaves those of others and of other realms alone.
func TestUserFilesWriteBothDigests(t *testing.T) {
	dir := t.TempDir()
	f := UserFiles{Htpasswd: filepath.Join(dir, "a"), Htdigest: filepath.Join(dir, "b"), Realm: "trac", Algorithms: "SHA-256-sess, md5, SHA-256"}
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
	f := UserFiles{Htpasswd: filepath.Join(t.TempDir(), "a"), Htdigest: filepath.Join(t.TempDir(), "b"), Realm: "trac"}
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
	f := UserFiles{Htpasswd: filepath.Join(t.TempDir(), "users.htpasswd")}
	for _, c := range [][2]string{
		{"", "secret"}, {"a:b", "secret"}, {"a\nb", "secret"}, {"#a", "secret"}, {" a", "secret"}, {"\xff", "secret"},
		{"anonymous", "secret"}, {"authenticated", "secret"}, {strings.Repeat("x", 256), "secret"},
		{"a", ""}, {"a", strings.Repeat("x", 73)}, {"a", "se\x00cret"}, {"a", "\xff"},
	} {
		if err := f.Set(c[0], c[1]); err == nil {
			t.Errorf("Set(%q, %q): no error", c[0], c[1])
		}
	}
	if _, err := os.Stat(f.Htpasswd); err == nil {
		t.Error("a file was made")
	}
	if err := os.WriteFile(f.Htpasswd+".new", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.Set("ann", "secret"); err == nil || !strings.Contains(err.Error(), "users.htpasswd.new is there") {
		t.Errorf("Set beside another editor: %v", err)
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
	f := UserFiles{Htpasswd: filepath.Join(t.TempDir(), "users")}
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
