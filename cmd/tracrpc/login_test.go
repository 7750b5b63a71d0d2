package main

import (
	"context"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/icholy/digest"
	"github.com/kolo/xmlrpc"

	"tracrpc/environment"
)

// digestEnvironment is an environment that offers Digest, with a user whose name
// and password are not easy to hash.
func digestEnvironment(t testing.TB, algorithms string) string {
	t.Helper()
	dir := testEnvironment(t)
	ini := filepath.Join(dir, "conf", "trac.ini")
	if err := environment.SetOption(ini, "tracrpc-auth", "digest", "enabled"); err != nil {
		t.Fatal(err)
	}
	if algorithms != "" {
		if err := environment.SetOption(ini, "tracrpc-auth", "digest_algorithms", algorithms); err != nil {
			t.Fatal(err)
		}
	}
	for _, user := range []string{"admin:admin", `jörg smith:p"ä\ss:wörd`} {
		name, password, _ := strings.Cut(user, ":")
		runCommand(t, password+"\n", "user", "add", dir, name, "--password-stdin")
	}
	runCommand(t, "", "permission", "add", dir, "authenticated", "XML_RPC")
	return dir
}

// loginClients are scripts in testdata/logins that log in and end with `ok N`.
func loginClients() []client {
	return []client{
		{"curl", []string{"bash", "digest.sh"}, []string{"curl", "--version"}, "apt-get install curl"},
		{"python", []string{"python3", "digest.py"}, []string{"python3", "-c", "import xmlrpc.client"}, "apt-get install python3"},
		{"ruby", []string{"ruby", "digest.rb"}, []string{"ruby", "-rnet/http/digest_auth", "-rxmlrpc/marshal", "-e", ""},
			"apt-get install ruby-xmlrpc ruby-net-http-digest-auth"},
		{"perl", []string{"perl", "digest.pl"}, []string{"perl", "-MRPC::XML::Client", "-e1"}, "apt-get install librpc-xml-perl"},
	}
}

func TestDigestClients(t *testing.T) {
	t.Parallel()
	for _, c := range loginClients() {
		for _, algorithms := range []string{"", "SHA-256, MD5", "SHA-256-sess", "MD5-sess"} {
			if algorithms != "" && c.name != "curl" {
				continue // the others know MD5 alone
			}
			t.Run(c.name+" "+algorithms, func(t *testing.T) {
				t.Parallel()
				need(t, c.install, c.probe...)
				address := serveTest(t, digestEnvironment(t, algorithms))
				runScript(t, 4, exec.CommandContext(t.Context(), c.command[0], append(c.command[1:], address)...))
			})
		}
	}
}

// runScript runs one of the scripts in testdata/logins to its end.
func runScript(t *testing.T, fewest int, command *exec.Cmd) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	again := exec.CommandContext(ctx, command.Args[0], command.Args[1:]...)
	again.Dir = "testdata/logins"
	again.Env = clientEnvironment()
	output, err := again.CombinedOutput()
	match := lastLine.FindSubmatch(output)
	if err != nil || match == nil {
		t.Fatalf("%v\n%s", err, output)
	}
	if n := len(match[1]); n == 1 && match[1][0] < byte('0'+fewest) {
		t.Errorf("%s checks, want at least %d", match[1], fewest)
	}
}

// TestDigestGoClient has a Go client log in with both algorithms that it knows.
func TestDigestGoClient(t *testing.T) {
	t.Parallel()
	for _, algorithm := range []string{"MD5", "SHA-256"} {
		t.Run(algorithm, func(t *testing.T) {
			t.Parallel()
			address := serveTest(t, digestEnvironment(t, algorithm))
			counter := &countingTransport{}
			transport := &digest.Transport{Username: "admin", Password: "admin", Transport: counter}
			client, err := xmlrpc.NewClient(address+"/login/rpc", transport)
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			for range 5 {
				var version []int
				if err := client.Call("system.getAPIVersion", nil, &version); err != nil || len(version) != 3 {
					t.Fatalf("%v, %v", version, err)
				}
			}
			if n := counter.refused.Load(); n != 1 {
				t.Errorf("%d challenges, want 1", n)
			}
			if got := counter.algorithm.Load(); got != algorithm {
				t.Errorf("the challenge is for %v, want %s", got, algorithm)
			}
		})
	}
}

// countingTransport counts refusals, and keeps what the last one offered.
type countingTransport struct {
	refused   atomic.Int64
	algorithm atomic.Value
}

func (c *countingTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := http.DefaultTransport.RoundTrip(r)
	if err == nil && response.StatusCode == http.StatusUnauthorized {
		c.refused.Add(1)
		if challenge, err := digest.FindChallenge(response.Header); err == nil {
			c.algorithm.Store(challenge.Algorithm)
		}
	}
	return response, err
}

// TestDigestIsOffByDefault holds what clients see of an environment whose users
// `tracrpc user add` has made.
func TestDigestIsOffByDefault(t *testing.T) {
	t.Parallel()
	dir := testEnvironment(t)
	runCommand(t, "secret\n", "user", "add", dir, "joe", "--password-stdin") // which writes the file for Digest
	for _, c := range []struct {
		arguments []string
		want      []string
	}{
		{nil, []string{`Basic realm="trac"`}},
		{[]string{"--htdigest", filepath.Join(dir, "conf", "users.htdigest")}, []string{"Digest", "Basic"}},
		{[]string{"--htdigest", filepath.Join(dir, "conf", "none")}, []string{"Basic"}},
		{[]string{"--htdigest", filepath.Join(dir, "conf", "users.htdigest"), "--htpasswd", filepath.Join(dir, "none")}, []string{"Digest"}},
	} {
		address := serveTest(t, append(c.arguments, dir)...)
		response, err := http.Get(address + "/login/rpc")
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		got := response.Header.Values("WWW-Authenticate")
		if !slices.EqualFunc(got, c.want, strings.HasPrefix) {
			t.Errorf("serve %q: %q, want %q", c.arguments, got, c.want)
		}
	}
}
