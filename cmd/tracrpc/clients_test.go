package main

import (
	"context"
	"os/exec"
	"regexp"
	"strconv"
	"testing"
	"time"
)

// client is a program that people call Trac with: a script in testdata/clients
// that reads, writes, attaches, makes a multicall, meets faults and is refused,
// and whose last line is `ok N` when each of its N checks held.
type client struct {
	name    string
	command []string // is given the server's address as one more argument
	probe   []string // succeeds when the client is installed
	install string
}

func clients() []client {
	const axmlrpc = "/usr/share/java/axmlrpc.jar"
	return []client{
		{"python", []string{"python3", "python.py"}, []string{"python3", "-c", "import xmlrpc.client"}, "apt-get install python3"},
		{"ruby", []string{"ruby", "ruby.rb"}, []string{"ruby", "-rxmlrpc/client", "-e", ""}, "apt-get install ruby-xmlrpc"},
		{"perl RPC::XML", []string{"perl", "rpcxml.pl"}, []string{"perl", "-MRPC::XML::Client", "-e1"}, "apt-get install librpc-xml-perl"},
		{"perl XMLRPC::Lite", []string{"perl", "xmlrpclite.pl"}, []string{"perl", "-MXMLRPC::Lite", "-e1"}, "apt-get install libxmlrpc-lite-perl"},
		{"php", []string{"php", "php.php"}, []string{"php", "-r", "exit(function_exists('xmlrpc_decode') ? 0 : 1);"}, "apt-get install php-cli php-xmlrpc"},
		{"node", []string{"node", "node.js"}, []string{"node", "-e", "require('xmlrpc')"}, "npm install xmlrpc"},
		{"java", []string{"java", "-cp", axmlrpc, "Axmlrpc.java"}, []string{"sh", "-c", "javac -version && test -e " + axmlrpc}, "apt-get install default-jdk-headless libaxmlrpc-java"},
		{"curl", []string{"bash", "curl.sh"}, []string{"curl", "--version"}, "apt-get install curl"},
	}
}

// lastLine is what a client's script ends with.
var lastLine = regexp.MustCompile(`(?m)^ok (\d+)\n\z`)

// fewestChecks is what the shortest of the scripts checks: one that says ok to
// less has not run to its end.
const fewestChecks = 18

func TestClient(t *testing.T) {
	t.Parallel()
	for _, c := range clients() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			need(t, c.install, c.probe...)
			address := serveTest(t, testEnvironment(t))
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			command := exec.CommandContext(ctx, c.command[0], append(c.command[1:], address)...)
			command.Dir = "testdata/clients"
			command.Env = clientEnvironment()
			output, err := command.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, output)
			}
			match := lastLine.FindSubmatch(output)
			if match == nil {
				t.Fatalf("the script ended without `ok N`:\n%s", output)
			}
			if n, _ := strconv.Atoi(string(match[1])); n < fewestChecks { // the pattern leaves only digits
				t.Errorf("%d checks, want at least %d", n, fewestChecks)
			}
		})
	}
}
