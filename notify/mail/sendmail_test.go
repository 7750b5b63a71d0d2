package mail_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tracrpc/notify/mail"
)

const program = "testdata/sendmail"

func TestSendmail(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("SENDMAIL_FOLDER", dir)
	m := letter()
	m.Recipients = append(m.Recipients, "-oQ/tmp@example.org")
	s := &mail.Sendmail{Path: program}
	wantFailure(t, s.Send(t.Context(), m), "hyphen", mail.Failure{Refused: m.Recipients[2:]})
	got, err := os.ReadFile(filepath.Join(dir, "mail"))
	if err != nil || string(got) != strings.ReplaceAll(string(m.Bytes()), "\r\n", "\n") {
		t.Errorf("got %q, %v", got, err)
	}
	got, err = os.ReadFile(filepath.Join(dir, "arguments"))
	if want := "-i\n-f\ntrac@example.org\nann@example.org\nbob@example.org\n"; err != nil || string(got) != want {
		t.Errorf("arguments %q, %v, want %q", got, err, want)
	}
}

func TestSendmailFails(t *testing.T) {
	t.Parallel()
	all := letter().Recipients
	for _, c := range []struct {
		sender, program, why string
		want                 mail.Failure
	}{
		{"refuse@example.org", program, "no such user", mail.Failure{Refused: all}},
		{"later@example.org", program, "exit status 75", mail.Failure{Later: all}},
		{"complain@example.org", program, "the queue is old", mail.Failure{Refused: all}},
		{"trac@example.org", "testdata/missing", "no such file", mail.Failure{Refused: all}},
	} {
		t.Run(c.why, func(t *testing.T) {
			t.Parallel()
			m := letter()
			m.Sender = c.sender
			wantFailure(t, (&mail.Sendmail{Path: c.program}).Send(t.Context(), m), c.why, c.want)
		})
	}
}
