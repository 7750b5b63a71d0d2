package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tracrpc/environment"
)

// tracrpc runs the command with some input, and answers with what it printed.
func tracrpc(t testing.TB, input string, args ...string) (output string, err error) {
	t.Helper()
	var out, complaints bytes.Buffer
	err = run(t.Context(), args, streams{strings.NewReader(input), &out, &complaints})
	return out.String() + complaints.String(), err
}

func newEnvironment(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "env")
	if _, err := tracrpc(t, "", "init", dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestUser(t *testing.T) {
	dir := newEnvironment(t)
	if err := environment.SetOption(filepath.Join(dir, "conf", "trac.ini"), "tracrpc-auth", "bcrypt_cost", "5"); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		input, args string
		output      string
		err         string
	}{
		{"", "list", "", ""},
		{"secret\n", "add ann --password-stdin", "", ""},
		{"other", "--password-stdin add bob", "", ""},
		{"new\r\nignored\n", "add ann --password-stdin", "", ""},
		{"", "list", "ann\nbob\n", ""},
		{"secret", "add cleo", "", "not a terminal"},
		{"", "add cleo --password-stdin", "", "a password has"},
		{"secret", "add a:b --password-stdin", "", "no colons"},
		{"changed\n", "passwd bob --password-stdin", "", ""},
		{"secret\n", "passwd cleo --password-stdin", "", `"cleo": there is no such user`},
		{"", "remove bob", "", ""},
		{"", "remove bob", "", `"bob": there is no such user`},
		{"", "list", "ann\n", ""},
		{"", "list ann", "", "want add ENV NAME"},
		{"", "add", "", "want add ENV NAME"},
		{"", "rename ann", "", "want add ENV NAME"},
	} {
		args := append([]string{"user"}, placed(step.args, dir)...)
		output, err := tracrpc(t, step.input, args...)
		if output != step.output || !saying(err, step.err) {
			t.Errorf("%q: %q, %v, want %q, %q", args, output, err, step.output, step.err)
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "conf", "users.htpasswd"))
	if err != nil || !strings.HasPrefix(string(text), "ann:$2y$05$") {
		t.Errorf("users.htpasswd is %q, %v", text, err)
	}
	if _, err := tracrpc(t, "", "user", "list", t.TempDir()); !saying(err, "not a Trac environment") {
		t.Errorf("user list of any folder: %v", err)
	}
}

// placed puts the environment behind the verb.
func placed(args, dir string) []string {
	words := strings.Fields(args)
	at := 1
	if strings.HasPrefix(words[0], "--") {
		at = 2
	}
	return append(words[:at:at], append([]string{dir}, words[at:]...)...)
}

// saying tells whether err says want; "" wants no error.
func saying(err error, want string) bool {
	if want == "" {
		return err == nil
	}
	return err != nil && strings.Contains(fmt.Sprint(err), want)
}
