package auth

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"
)

const htpasswdFile = `# users of the project
user:abaDO60yMJS9Y
admin:$apr1$s4lt$Y9FSCD.phj/eRz3CnfPM1. # both passwords are "user"
mail:{SHA}Et6pb+wgWTVmq3VpLJlJWWgzrck=:Group:mail@example.org
plain:secret
user:{SHA}2jmj7l5rSw0yVb/vlWAYkK/YBwk=

j` + "\xf6" + `rg:{SHA}Et6pb+wgWTVmq3VpLJlJWWgzrck=
anonymous:{SHA}Et6pb+wgWTVmq3VpLJlJWWgzrck=
:{SHA}Et6pb+wgWTVmq3VpLJlJWWgzrck=
nothing
`

func writeUsers(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "users.htpasswd")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func openUsers(t testing.TB, path string, log *bytes.Buffer) *Htpasswd {
	t.Helper()
	h, err := OpenHtpasswd(path, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func verify(t testing.TB, h *Htpasswd, name, password string) bool {
	t.Helper()
	ok, err := h.Verify(t.Context(), name, password)
	if err != nil {
		t.Fatal(err)
	}
	return ok
}

func TestVerify(t *testing.T) {
	var log bytes.Buffer
	h := openUsers(t, writeUsers(t, htpasswdFile), &log)
	for _, c := range []struct {
		name, password string
		want           bool
	}{
		{"user", "user", true}, {"user", "", false}, {"user", "wrong", false}, {"user", "abaDO60yMJS9Y", false},
		{"User", "user", false}, {"admin", "user", true}, {"mail", "user", true}, {"jörg", "user", true},
		{"plain", "secret", false}, {"nothing", "", false}, {"ghost", "user", false}, {"", "user", false},
		{"anonymous", "user", false}, {"user:abaDO60yMJS9Y", "user", false},
	} {
		for range 2 {
			if got := verify(t, h, c.name, c.password); got != c.want {
				t.Errorf("Verify(%q, %q) = %v, want %v", c.name, c.password, got, c.want)
			}
			if got := h.Remembers(c.name, c.password); got != c.want {
				t.Errorf("Remembers(%q, %q) = %v, want %v", c.name, c.password, got, c.want)
			}
		}
	}
	for _, want := range []string{"line=5 user=plain", "line=6 user=user", "line=9 user=anonymous", "line=10", "line=11 user=nothing",
		`count=4 users="[user admin mail jörg]"`} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log has no %q:\n%s", want, &log)
		}
	}
	if strings.Contains(log.String(), "secret") {
		t.Errorf("the log has a password:\n%s", &log)
	}
}

func TestHtpasswdFollowsTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "users.htpasswd")
	h := openUsers(t, path, new(bytes.Buffer))
	var clock atomic.Int64
	h.file.now = func() time.Time { return time.Now().Add(time.Duration(clock.Load())) }
	if verify(t, h, "user", "user") {
		t.Fatal("a file that is not there has a user")
	}
	files := UserFiles{Htpasswd: path, Cost: bcrypt.MinCost}
	if err := files.Set("user", "one"); err != nil {
		t.Fatal(err)
	}
	if !verify(t, h, "user", "one") || !h.Remembers("user", "one") {
		t.Error("the user who was added cannot log in")
	}
	if err := files.Set("other", "two"); err != nil {
		t.Fatal(err)
	}
	if err := files.Set("user", "new"); err != nil {
		t.Fatal(err)
	}
	if verify(t, h, "user", "one") || !verify(t, h, "user", "new") {
		t.Error("the old password is still good, or the new one is not")
	}
	if err := files.Remove("user"); err != nil {
		t.Fatal(err)
	}
	clock.Add(int64(2 * time.Second))
	if h.Remembers("user", "new") || verify(t, h, "user", "new") {
		t.Error("the user who was removed can still log in")
	}
	if !verify(t, h, "other", "two") {
		t.Error("another user cannot log in")
	}
}

func TestReadableFilesAreTold(t *testing.T) {
	for _, mode := range []os.FileMode{0o600, 0o640, 0o604, 0o644} {
		path := writeUsers(t, "ann:trac:"+strings.Repeat("a", 32)+"\n")
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		openUsers(t, path, &log)
		if _, err := OpenHtdigest(path, "trac", slog.New(slog.NewTextHandler(&log, nil))); err != nil {
			t.Fatal(err)
		}
		want := 0
		if mode&0o004 != 0 {
			want = 2
		}
		if got := strings.Count(log.String(), "everybody on this machine may read"); got != want {
			t.Errorf("mode %v: %d warnings, want %d:\n%s", mode, got, want, &log)
		}
	}
}

func TestRememberedIsForgottenInTime(t *testing.T) {
	var clock atomic.Int64
	m := newRemembered(func() time.Time { return time.Unix(0, clock.Load()) })
	m.add("ann", "secret")
	if !m.has("ann", "secret") || m.has("ann", "secre") || m.has("anns", "ecret") {
		t.Error("want ann's password and no other")
	}
	clock.Add(int64(rememberFor) + 1)
	if m.has("ann", "secret") {
		t.Error("still remembered")
	}
	for i := range 3 * maxRemembered {
		m.add(fmt.Sprint(i), "secret")
	}
	if n := len(m.until); n > maxRemembered {
		t.Errorf("%d are remembered, want at most %d", n, maxRemembered)
	}
}

// counted is a hash that counts how often it is computed.
type counted struct{ n *atomic.Int64 }

func (c counted) matches(password string) bool {
	c.n.Add(1)
	return password == "right"
}

func TestUnknownUsersCostAsMuch(t *testing.T) {
	h := openUsers(t, writeUsers(t, ""), new(bytes.Buffer))
	r := *h.file.last.Load()
	u := *r.says
	var n atomic.Int64
	u.hashes = map[string]passwordHash{"ann": counted{&n}, "odd": nil}
	u.decoys = []passwordHash{counted{&n}}
	r.says, r.read = &u, r.read.Add(time.Hour) // settled
	h.file.last.Store(&r)
	for _, name := range []string{"ann", "odd", "ghost"} {
		before := n.Load()
		if verify(t, h, name, "wrong") {
			t.Errorf("%s: logged in", name)
		}
		if cost := n.Load() - before; cost != 1 {
			t.Errorf("%s: %d hashes were computed, want 1", name, cost)
		}
	}
	if verify(t, h, "ghost", "right") || verify(t, h, "odd", "right") {
		t.Error("logged in with another's password")
	}
}

func TestConcurrentLogins(t *testing.T) {
	path := writeUsers(t, htpasswdFile)
	h := openUsers(t, path, new(bytes.Buffer))
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range 20 {
				ok, err := h.Verify(t.Context(), "user", "user")
				wrong, err2 := h.Verify(t.Context(), "user", fmt.Sprint(i))
				if !ok || wrong || err != nil || err2 != nil {
					t.Errorf("Verify = %v and %v, %v %v", ok, wrong, err, err2)
				}
			}
		})
	}
	all.Go(func() {
		for i := range 10 {
			if err := (UserFiles{Htpasswd: path, Cost: bcrypt.MinCost}).Set("extra", fmt.Sprint("password", i)); err != nil {
				t.Error(err)
			}
		}
	})
	all.Wait()
}

func TestVerifyEndsWithItsContext(t *testing.T) {
	h := openUsers(t, writeUsers(t, htpasswdFile), new(bytes.Buffer))
	for range cap(h.slots) {
		h.slots <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if ok, err := h.Verify(ctx, "user", "user"); ok || err == nil {
		t.Errorf("Verify = %v, %v, want an error", ok, err)
	}
}

// FuzzParseUsers checks that names are unique and usable, and that a line's own
// text never logs in.
func FuzzParseUsers(f *testing.F) {
	f.Add(htpasswdFile)
	f.Add("a:b:c\r\na:\n\ufeff#:{SHA}\n")
	f.Fuzz(func(t *testing.T, text string) {
		u := parseUsers(text, func(line int, _, problem string) {
			if line < 1 || problem == "" {
				t.Errorf("complaint %q about line %d", problem, line)
			}
		})
		if len(slices.Compact(slices.Sorted(slices.Values(u.names)))) != len(u.names) {
			t.Errorf("%q are not unique", u.names)
		}
		for _, name := range u.names {
			if name == "" || strings.ContainsAny(name, ":\n") || u.hashes[name] == nil {
				t.Errorf("%q is a user with %v", name, u.hashes[name])
			}
		}
	})
}

func BenchmarkRemembers(b *testing.B) {
	h := openUsers(b, writeUsers(b, htpasswdFile), new(bytes.Buffer))
	verify(b, h, "user", "user")
	for b.Loop() {
		if !h.Remembers("user", "user") {
			b.Fatal("forgotten")
		}
	}
}
