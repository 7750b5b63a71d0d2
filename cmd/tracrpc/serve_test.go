package main

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

func TestOneEnvironmentIsAtTheRootAndAtItsName(t *testing.T) {
	t.Parallel()
	dir := testEnvironment(t)
	runCommand(t, "", "permission", "add", dir, "anonymous", "XML_RPC")
	address := serveTest(t, dir)
	for path, link := range map[string]string{"/": "/login/rpc", "/rpc": "/login/rpc", "/env/": "/env/login/rpc", "/env/xmlrpc": "/env/login/rpc"} {
		status, body := get(t, address+path)
		if want := "<code>" + address + link + "</code>"; status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("GET %s: %d, want the page that names %s", path, status, want)
		}
	}
}

func TestSeveralEnvironmentsAreAtTheirNames(t *testing.T) {
	t.Parallel()
	var dirs []string
	for _, name := range []string{"one", "a&b"} {
		dir := filepath.Join(t.TempDir(), name)
		runCommand(t, "", "init", dir, "--name", "Project "+name)
		runCommand(t, "", "permission", "add", dir, "anonymous", "XML_RPC")
		dirs = append(dirs, dir)
	}
	address := serveTest(t, dirs...)
	if _, body := get(t, address+"/"); !strings.Contains(body, `<a href="/one/rpc">one</a>`) || !strings.Contains(body, `<a href="/a&b/rpc">a&amp;b</a>`) {
		t.Errorf("the root does not link to both environments: %s", body)
	}
	for path, want := range map[string]string{"/one/rpc": "Project one", "/a&b/rpc": "Project a&amp;b"} {
		if status, body := get(t, address+path); status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("GET %s: %d, want a page with %q", path, status, want)
		}
	}
	if status, _ := get(t, address+"/rpc"); status != http.StatusNotFound {
		t.Errorf("GET /rpc with several environments: %d, want 404", status)
	}
}

func TestServeRefusesWhatItCannotServe(t *testing.T) {
	t.Parallel()
	dir := testEnvironment(t)
	empty := t.TempDir()
	broken := testEnvironment(t)
	if err := os.WriteFile(filepath.Join(broken, "conf", "trac.ini"), []byte("no section\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"nothing":         {nil, "takes 1 to"},
		"no environment":  {[]string{empty}, "is not a Trac environment"},
		"broken settings": {[]string{broken}, "trac.ini"},
		"same name twice": {[]string{dir, filepath.Join(empty, "env")}, "would both be served at /env/"},
		"bad address":     {[]string{dir, "--listen", "nowhere"}, "want HOST:PORT"},
		"unknown flag":    {[]string{dir, "--nosuch"}, "nosuch"},
		"no limit":        {[]string{dir, "--max-body", "0"}, "--max-body"},
	} {
		t.Run(name, func(t *testing.T) {
			err := run(t.Context(), append([]string{"serve"}, test.args...), streams{strings.NewReader(""), io.Discard, io.Discard})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("serve %v: %v, want an error with %q", test.args, err, test.want)
			}
		})
	}
}
