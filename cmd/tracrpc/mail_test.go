package main

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kolo/xmlrpc"

	"tracrpc/environment"
)

// mailServer starts an SMTP server until the test ends. It returns its port and
// what reads the mails that come.
func mailServer(t *testing.T) (port string, next func() (to []string, mail string)) {
	t.Helper()
	const python = "/usr/bin/python3" // Debian's, which its python3-aiosmtpd belongs to
	need(t, "apt-get install python3-aiosmtpd", python, "-c", "import aiosmtpd")
	command := exec.Command(python, "../../notify/mail/testdata/smtpd.py")
	command.Stderr = os.Stderr
	stdin, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill() // it may have ended by itself
		_ = stdin.Close()
		_ = command.Wait() // it was killed
	})
	lines := bufio.NewReader(stdout)
	line := func() string {
		text, err := lines.ReadString('\n')
		if err != nil {
			t.Fatalf("the mail server says nothing more: %v", err)
		}
		return strings.TrimSpace(text)
	}
	return line(), func() ([]string, string) {
		var m struct {
			To   []string
			Mail string
		}
		if err := json.Unmarshal([]byte(line()), &m); err != nil {
			t.Fatal(err)
		}
		return m.To, m.Mail
	}
}

func TestMail(t *testing.T) {
	t.Parallel()
	port, next := mailServer(t)
	dir := testEnvironment(t)
	for key, value := range map[string]string{"smtp_enabled": "true", "smtp_server": "127.0.0.1", "smtp_port": port} {
		if err := environment.SetOption(filepath.Join(dir, "conf", "trac.ini"), "notification", key, value); err != nil {
			t.Fatal(err)
		}
	}
	address := serveTest(t, dir)
	c := newKolo(t, address, "admin", "admin")
	attributes := map[string]any{"cc": "ann@example.org", "owner": "bob@example.org"}
	c.call(t, "ticket.create", "not told", "d", attributes)
	c.call(t, "ticket.create", "not told", "d", attributes, false)
	id := c.call(t, "ticket.create", "told", "d", attributes, true)
	to, mail := next()
	if !slices.Equal(to, []string{"ann@example.org"}) || !strings.Contains(mail, "Subject: [My Project] #3: told\r\n") ||
		!strings.Contains(mail, "\r\nTicket URL: <"+address+"/ticket/3>\r\n") {
		t.Errorf("mail to %q:\n%s", to, mail)
	}
	c.call(t, "ticket.update", id, "no word", map[string]any{})
	c.call(t, "ticket.update", id, "", map[string]any{}, true) // changes nothing
	c.call(t, "ticket.update", id, "a word", map[string]any{"action": "leave", "priority": "blocker"}, true, "carl@example.org")
	to, mail = next()
	slices.Sort(to)
	if !slices.Equal(to, []string{"ann@example.org", "carl@example.org"}) ||
		!strings.Contains(mail, "X-Trac-Ticket-URL: "+address+"/ticket/3#comment:2\r\n") ||
		!strings.Contains(mail, "Changes (by carl@") || !strings.Contains(mail, " * priority:  major => blocker\r\n\r\nComment:\r\n\r\n a word\r\n") {
		t.Errorf("mail to %q:\n%s", to, mail)
	}
}

// TestMailOfFiles attaches files to a ticket, replaces one and deletes it. All of
// that is told, without anybody asking for it.
func TestMailOfFiles(t *testing.T) {
	t.Parallel()
	port, next := mailServer(t)
	dir := testEnvironment(t)
	for key, value := range map[string]string{"smtp_enabled": "true", "smtp_server": "127.0.0.1", "smtp_port": port} {
		if err := environment.SetOption(filepath.Join(dir, "conf", "trac.ini"), "notification", key, value); err != nil {
			t.Fatal(err)
		}
	}
	address := serveTest(t, dir)
	c := newKolo(t, address, "admin", "admin")
	id := c.call(t, "ticket.create", "s", "d", map[string]any{"cc": "ann@example.org", "reporter": "bob@example.org"})
	check := func(what, want string) {
		t.Helper()
		to, mail := next()
		slices.Sort(to)
		if !slices.Equal(to, []string{"ann@example.org", "bob@example.org"}) || !strings.Contains(mail, "Subject: Re: [My Project] #1: s\r\n") ||
			!strings.Contains(mail, "-\r\n"+want) || !strings.Contains(mail, "\r\nTicket URL: <"+address+"/ticket/1>\r\n") {
			t.Errorf("%s: mail to %q:\n%s", what, to, mail)
		}
	}
	const added, removed = "Changes (by admin):\r\n\r\n * Attachment \"f.txt\" added.\r\n", "Changes (by admin):\r\n\r\n * Attachment \"f.txt\" removed.\r\n"
	c.call(t, "wiki.putAttachment", "WikiStart/f.txt", xmlrpc.Base64("bm90IHRvbGQ="))
	c.call(t, "ticket.putAttachment", id, "f.txt", "what it is", xmlrpc.Base64("MQ=="))
	check("attached", added+"\r\n what it is\r\n-- \r\n")
	c.call(t, "ticket.putAttachment", id, "f.txt", "", xmlrpc.Base64("Mg=="))
	check("replaced, the old one", removed+"\r\n what it is\r\n-- \r\n")
	check("replaced, the new one", added+"\r\n-- \r\n")
	c.call(t, "ticket.deleteAttachment", id, "f.txt")
	check("deleted", removed+"\r\n-- \r\n")
}
