package environment

import (
	"bytes"
	"log/slog"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"tracrpc/auth"
	"tracrpc/ticket"
)

func TestMailSettingsAreChecked(t *testing.T) {
	t.Parallel()
	const on = "notification smtp_enabled = true\n"
	for _, c := range []struct {
		ini  string
		want string // what the error says; "" for none
	}{
		{on + "notification smtp_port = 2525", ""},
		{"notification mime_encoding = uuencode\nnotification email_sender = None", ""}, // mail is off
		{on + "notification mime_encoding = uuencode", "[notification] mime_encoding: \"uuencode\" is not one of"},
		{on + "notification email_sender = PigeonEmailSender", "[notification] email_sender: there is no PigeonEmailSender"},
		{on + "notification email_sender = SendmailEmailSender", ""},
		{on + "notification ticket_subject_template = ${summary|upper}", "[notification] ticket_subject_template: ${summary|upper} is more than"},
		{on + "notification message_id_hash = crc", "[notification] message_id_hash"},
		{on + "tracrpc-notification tls_ca = conf/no.pem", "[tracrpc-notification] tls_ca: open "},
		{on + "tracrpc-notification tls_ca = conf/trac.ini", "holds no certificate"},
	} {
		var log bytes.Buffer
		_, err := openWith(t, c.ini, "", &log)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s\nOpen = %v, want %q", c.ini, err, c.want)
		}
	}
}

// TestDeadMailServer checks that whoever asks for mail gets their answer from the
// ticket alone, that the log tells what became of the mail, and that no password
// gets there.
func TestDeadMailServer(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "env")
	if err := Create(t.Context(), dir, "Test"); err != nil {
		t.Fatal(err)
	}
	for key, value := range map[string]string{
		"smtp_enabled": "true", "smtp_server": "127.0.0.1", "smtp_port": strconv.Itoa(port), "smtp_user": "u", "smtp_password": "hush-hush",
	} {
		if err := SetOption(filepath.Join(dir, "conf", "trac.ini"), "notification", key, value); err != nil {
			t.Fatal(err)
		}
	}
	var log bytes.Buffer
	e, err := Open(t.Context(), dir, slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	if err != nil {
		t.Fatal(err)
	}
	who := auth.NewPrincipal("admin", auth.DefaultActions().Expand([]auth.Permission{auth.Admin}), nil)
	draft := ticket.Draft{Summary: "s", Attributes: ticket.Values{{Name: "cc", Value: "ann@example.org"}}, Notify: true}
	if _, err := e.Tickets.Create(t.Context(), who, draft); err != nil {
		t.Errorf("Create = %v", err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if text := log.String(); !strings.Contains(text, "level=ERROR msg=\"mails given up at the stop\"") || strings.Contains(text, "hush") {
		t.Errorf("log %s", text)
	}
}
