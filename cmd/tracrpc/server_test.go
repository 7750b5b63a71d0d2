package main

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"tracrpc/environment"
)

// runCommand runs a subcommand with what it reads on its standard input.
func runCommand(t testing.TB, input string, args ...string) {
	t.Helper()
	var printed bytes.Buffer
	if err := run(t.Context(), args, streams{strings.NewReader(input), &printed, &printed}); err != nil {
		t.Fatalf("tracrpc %s: %v\n%s", strings.Join(args, " "), err, printed.String())
	}
}

// testEnvironment makes a fresh environment with the users admin (who may do
// everything), user (who may call) and noperm. Their passwords are their names,
// and hashed with SHA-1, as in an old file of Apache's, or with the least of bcrypt:
// with the race detector on, tests would spend most of their time there.
func testEnvironment(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "env")
	runCommand(t, "", "init", dir, "--name", "My Project")
	if err := environment.SetOption(filepath.Join(dir, "conf", "trac.ini"), "tracrpc-auth", "bcrypt_cost", "4"); err != nil {
		t.Fatal(err)
	}
	var users, digests strings.Builder
	for _, user := range []string{"admin", "user", "noperm"} {
		hash := sha1.Sum([]byte(user))
		users.WriteString(user + ":{SHA}" + base64.StdEncoding.EncodeToString(hash[:]) + "\n")
		fmt.Fprintf(&digests, "%s:trac:%x\n", user, md5.Sum([]byte(user+":trac:"+user)))
	}
	if err := os.WriteFile(filepath.Join(dir, "conf", "users.htdigest"), []byte(digests.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "conf", "users.htpasswd"), []byte(users.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	runCommand(t, "", "permission", "add", dir, "admin", "TRAC_ADMIN")
	runCommand(t, "", "permission", "add", dir, "user", "XML_RPC")
	return dir
}

// serveTest serves environments until the test ends and returns the address,
// which has no slash at its end. Arguments are those of `tracrpc serve`.
func serveTest(t testing.TB, args ...string) string {
	t.Helper()
	address, _ := serveLogged(t, args...)
	return address
}

// serveLogged is serveTest for who reads the log.
func serveLogged(t testing.TB, args ...string) (string, *serverLog) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	log := &serverLog{address: make(chan string, 1)}
	served := make(chan error, 1)
	// Ends when the test's clean-up stops the server.
	go func() {
		arguments := append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)
		served <- run(ctx, arguments, streams{strings.NewReader(""), log, log})
	}()
	select {
	case url := <-log.address:
		t.Cleanup(func() {
			stop()
			if err := <-served; err != nil {
				t.Errorf("serve ended with: %v", err)
			}
			if t.Failed() {
				t.Logf("the server's log:\n%s", log)
			}
		})
		return url, log
	case err := <-served:
		stop()
		t.Fatalf("serve: %v\n%s", err, log)
	case <-time.After(time.Minute):
		stop()
		t.Fatalf("serve does not say that it listens:\n%s", log)
	}
	return "", nil
}

// listening finds the address in the line that says where a server listens.
var listening = regexp.MustCompile(`msg=listening url=(\S+)/\n`)

// serverLog keeps what a server logs and sends its address once it listens.
type serverLog struct {
	address chan string

	mu    sync.Mutex
	lines bytes.Buffer
	sent  bool
}

func (l *serverLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines.Write(p)
	if m := listening.FindSubmatch(l.lines.Bytes()); m != nil && !l.sent {
		l.sent = true
		l.address <- string(m[1])
	}
	return len(p), nil
}

func (l *serverLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lines.String()
}

// need skips the test unless probe, a command that looks for something that the
// test uses, succeeds. script/test installs all that tests use, so a missing one
// fails there.
func need(t testing.TB, install string, probe ...string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), probe[0], probe[1:]...)
	command.Env = clientEnvironment()
	output, err := command.CombinedOutput()
	if err == nil {
		return
	}
	if os.Getenv("TRACRPC_NEED_CLIENTS") != "" {
		t.Fatalf("%s: %v\n%s\nscript/bootstrap installs it", strings.Join(probe, " "), err, output)
	}
	t.Skipf("%s is not installed: run script/bootstrap, or %s", probe[0], install)
}

// clientEnvironment is the environment of the clients: that of the test, and where
// script/bootstrap has put Node's packages.
func clientEnvironment() []string {
	env := append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	if cache, err := os.UserCacheDir(); err == nil {
		env = append(env, "NODE_PATH="+filepath.Join(cache, "tracrpc", "node", "node_modules"))
	}
	return env
}
