package mail_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"tracrpc/notify/mail"
)

// debianPython is the interpreter that Debian's python3-aiosmtpd belongs to.
const debianPython = "/usr/bin/python3"

// smtpd is a running SMTP server.
type smtpd struct {
	t     testing.TB
	port  int
	lines *bufio.Reader
}

// received is a mail that the server took.
type received struct {
	From    string   `json:"from"`
	Options []string `json:"options"`
	To      []string `json:"to"`
	Host    string   `json:"host"`
	TLS     bool     `json:"tls"`
	User    string   `json:"user"`
	Mail    string   `json:"mail"`
}

// startSMTP starts testdata/smtpd.py until the test ends. The test is skipped
// where there is no aiosmtpd; script/test installs it.
func startSMTP(t testing.TB, args ...string) *smtpd {
	t.Helper()
	if output, err := exec.CommandContext(t.Context(), debianPython, "-c", "import aiosmtpd").CombinedOutput(); err != nil {
		if os.Getenv("TRACRPC_NEED_CLIENTS") != "" {
			t.Fatalf("aiosmtpd: %v\n%s\nscript/bootstrap installs it", err, output)
		}
		t.Skip("aiosmtpd is not installed: run script/bootstrap, or apt-get install python3-aiosmtpd")
	}
	command := exec.Command(debianPython, append([]string{"testdata/smtpd.py"}, args...)...)
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
	s := &smtpd{t: t, lines: bufio.NewReader(stdout)}
	line, err := s.lines.ReadString('\n')
	if err != nil {
		t.Fatalf("the server does not say its port: %v", err)
	}
	if s.port, err = strconv.Atoi(strings.TrimSpace(line)); err != nil {
		t.Fatal(err)
	}
	return s
}

// take is the next mail that the server took.
func (s *smtpd) take() received {
	s.t.Helper()
	line, err := s.lines.ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		s.t.Fatal(err)
	}
	var r received
	if err := json.Unmarshal([]byte(line), &r); err != nil {
		s.t.Fatalf("no mail: %v", err)
	}
	return r
}

// client sends to the server.
func (s *smtpd) client() *mail.SMTP { return &mail.SMTP{Server: "127.0.0.1", Port: s.port} }

// letter is a mail to ann and bob.
func letter() *mail.Message {
	return &mail.Message{
		Sender: "trac@example.org", Recipients: []string{"ann@example.org", "bob@example.org"},
		Header:   []mail.Field{{Name: "Subject", Value: "Grüße"}, {Name: "To", Value: "undisclosed-recipients: ;"}},
		Text:     "Hallo Wörld\n.\nend",
		Encoding: mail.Plain,
	}
}
