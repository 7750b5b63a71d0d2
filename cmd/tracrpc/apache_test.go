package main

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/icholy/digest"
)

// apacheFormats are all that Apache's htpasswd writes, by its options; the last
// is plain text.
var apacheFormats = []string{"-m", "-s", "-d", "-B", "-B -C 4", "-2", "-2 -r 2000", "-5", "-5 -r 1500", "-p"}

// apache runs one of Apache's tools on a file; script/bootstrap installs them.
func apache(t testing.TB, input, tool string, args ...string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), tool, args...)
	command.Stdin = strings.NewReader(input)
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%s %q: %v\n%s", tool, args, err, output)
	}
}

// TestApacheHtpasswd serves the users of a file that htpasswd wrote, a user in
// each format, and changes and removes one by htpasswd while it serves.
func TestApacheHtpasswd(t *testing.T) {
	t.Parallel()
	need(t, "apt-get install apache2-utils", "sh", "-c", "command -v htpasswd")
	dir := testEnvironment(t)
	runCommand(t, "", "permission", "add", dir, "authenticated", "XML_RPC")
	file := filepath.Join(t.TempDir(), "htpasswd")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for i, format := range apacheFormats {
		apache(t, "", "htpasswd", append(append([]string{"-b"}, strings.Fields(format)...), file, fmt.Sprint("user", i), fmt.Sprint("secret", i))...)
	}
	address, log := serveLogged(t, dir, "--htpasswd", file)
	basic := func(user, password string) string {
		t.Helper()
		return status(t, http.DefaultClient, strings.Replace(address, "//", "//"+user+":"+password+"@", 1)+"/login/rpc")
	}
	for i, format := range apacheFormats {
		user, want := fmt.Sprint("user", i), "200 OK"
		if format == "-p" {
			want = "401 Unauthorized"
		}
		if got := basic(user, fmt.Sprint("secret", i)); got != want {
			t.Errorf("htpasswd %s: %s, want %s", format, got, want)
		}
		if got := basic(user, "wrong"); got != "401 Unauthorized" {
			t.Errorf("htpasswd %s, wrong password: %s", format, got)
		}
	}
	plain := fmt.Sprintf("msg=\"user cannot log in\" env=env file=%s line=%d user=user%d", file, len(apacheFormats), len(apacheFormats)-1)
	for _, want := range []string{plain, `msg="users with weak password hashes"`, `users="[user0 user1 user2]"`} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log has no %s", want)
		}
	}
	if strings.Contains(log.String(), "secret") {
		t.Errorf("the log has a password:\n%s", log)
	}
	apache(t, "", "htpasswd", "-bB", file, "user0", "fresh")
	apache(t, "", "htpasswd", "-D", file, "user1")
	for _, c := range []struct{ user, password, want string }{
		{"user0", "fresh", "200 OK"}, {"user0", "secret0", "401 Unauthorized"}, {"user1", "secret1", "401 Unauthorized"},
	} {
		eventually(t, func() error {
			if got := basic(c.user, c.password); got != c.want {
				return fmt.Errorf("after the change, %s with %s: %s, want %s", c.user, c.password, got, c.want)
			}
			return nil
		})
	}
}

// eventually waits until something holds.
func eventually(t testing.TB, holds func() error) {
	t.Helper()
	late := time.After(time.Minute)
	for err := holds(); err != nil; err = holds() {
		select {
		case <-late:
			t.Fatal(err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// TestApacheHtdigest serves the users of a file that htdigest wrote, and changes
// one by htdigest while it serves.
func TestApacheHtdigest(t *testing.T) {
	t.Parallel()
	need(t, "apt-get install apache2-utils", "sh", "-c", "command -v htdigest")
	dir := testEnvironment(t)
	runCommand(t, "", "permission", "add", dir, "authenticated", "XML_RPC")
	file := filepath.Join(t.TempDir(), "htdigest")
	apache(t, "secret\nsecret\n", "htdigest", "-c", file, "The Realm", "ann")
	apache(t, "hidden\nhidden\n", "htdigest", file, "The Realm", "jörg smith")
	apache(t, "secret\nsecret\n", "htdigest", file, "Another", "bob")
	address := serveTest(t, dir, "--htdigest", file, "--realm", "The Realm")
	try := func(user, password string) string {
		t.Helper()
		return status(t, &http.Client{Transport: &digest.Transport{Username: user, Password: password}}, address+"/login/rpc")
	}
	for _, c := range []struct{ user, password, want string }{
		{"ann", "secret", "200 OK"}, {"ann", "hidden", "401 Unauthorized"}, {"jörg smith", "hidden", "200 OK"}, {"bob", "secret", "401 Unauthorized"},
	} {
		if got := try(c.user, c.password); got != c.want {
			t.Errorf("%s with %s: %s, want %s", c.user, c.password, got, c.want)
		}
	}
	apache(t, "fresh\nfresh\n", "htdigest", file, "The Realm", "ann")
	for password, want := range map[string]string{"fresh": "200 OK", "secret": "401 Unauthorized"} {
		if got := try("ann", password); got != want {
			t.Errorf("after the change, ann with %s: %s, want %s", password, got, want)
		}
	}
}
