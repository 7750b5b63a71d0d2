package mail_test

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"strings"
	"testing"
	"unicode/utf8"

	"tracrpc/notify/mail"
)

// header writes fields and returns their lines.
func header(t testing.TB, fields ...mail.Field) []string {
	t.Helper()
	whole := (&mail.Message{Header: fields, Text: "text", Encoding: mail.Plain}).Bytes()
	head, _, _ := strings.Cut(string(whole), "\r\n\r\n")
	return strings.Split(head, "\r\n")[2:] // without the content's
}

func TestField(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		field mail.Field
		want  string
	}{
		{"plain", mail.Field{Name: "Subject", Value: "[Project] #1: a summary"}, "Subject: [Project] #1: a summary"},
		{"empty", mail.Field{Name: "X-URL"}, "X-URL:"},
		{"latin", mail.Field{Name: "Subject", Value: "[Project] #1: Küche und alle Bäder da"},
			"Subject: [Project] #1: =?utf-8?q?K=C3=BCche_und_alle_B=C3=A4der?= da"},
		{"far away", mail.Field{Name: "Subject", Value: "漢字"}, "Subject: =?utf-8?b?5ryi5a2X?="},
		{"like an encoded word", mail.Field{Name: "Subject", Value: "a =?utf-8?q?b?="},
			"Subject: a =?utf-8?b?PT91dGYtOD9xP2I/PQ==?="},
		{"a second field", mail.Field{Name: "Subject", Value: "a\r\nBcc: eve@example.org\n\nbody\x00\u2028"},
			"Subject: a Bcc: eve@example.org  body"},
		{"address", mail.Field{Name: "To", Addresses: []mail.Address{{Addr: "ann@example.org"}, {"Bob B", "bob@example.org"}}},
			"To: ann@example.org, Bob B <bob@example.org>"},
		{"quoted name", mail.Field{Name: "From", Addresses: []mail.Address{{`The "Bot", Inc. \`, "b@example.org"}}},
			`From: "The \"Bot\", Inc. \\" <b@example.org>`},
		{"foreign name", mail.Field{Name: "From", Addresses: []mail.Address{{"Zoë of the Bots", "z@example.org"}}},
			"From: =?utf-8?q?Zo=C3=AB_of_the_Bots?= <z@example.org>"},
		{"name with a second field", mail.Field{Name: "From", Addresses: []mail.Address{{"a\nBcc: eve", "z@example.org"}}},
			`From: "a Bcc: eve" <z@example.org>`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := header(t, c.field); len(got) != 1 || got[0] != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestLongFieldsAreFolded(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{
		"words":        strings.Repeat("several words ", 50),
		"latin":        strings.Repeat("Küche ", 100),
		"far away":     strings.Repeat("漢字", 300),
		"one word":     strings.Repeat("x", 5000),
		"long spaces":  "a" + strings.Repeat(" ", 2000) + "b",
		"short spaces": strings.Repeat("a   ", 200),
	} {
		lines := header(t, mail.Field{Name: "Subject", Value: value})
		for _, line := range lines {
			if len(line) > 76 {
				t.Errorf("%s: a line of %d bytes", name, len(line))
			}
		}
		if got := unfolded(t, lines); got != strings.TrimSpace(value) {
			t.Errorf("%s: reads as %q", name, got)
		}
	}
}

// unfolded is the value that the lines of one field mean.
func unfolded(t testing.TB, lines []string) string {
	t.Helper()
	for i, line := range lines {
		if (i > 0) != strings.HasPrefix(line, " ") || strings.TrimSpace(line) == "" {
			t.Fatalf("line %d of a field is %q", i, line)
		}
	}
	_, value, _ := strings.Cut(strings.Join(lines, ""), ":")
	value, err := new(mime.WordDecoder).DecodeHeader(strings.TrimPrefix(value, " "))
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// FuzzField checks that a field of any value is one field, of lines that servers
// take, and means the value.
func FuzzField(f *testing.F) {
	for _, seed := range []string{"", "a", "a\r\nb: c", "Küche", "=?utf-8?q?x?=", strings.Repeat("漢", 200), "\xff\x00 \u0085", "a  b "} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		lines := header(t, mail.Field{Name: "Subject", Value: value})
		for _, line := range lines {
			if len(line) > 998 || strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r > '~' }) {
				t.Errorf("a line %q", line)
			}
		}
		want := strings.ToValidUTF8(value, "\ufffd")
		want = strings.Map(func(r rune) rune {
			if r < ' ' || 0x7f <= r && r < 0xa0 || r == 0x2028 || r == 0x2029 {
				return ' '
			}
			return r
		}, strings.ReplaceAll(want, "\r\n", "\n"))
		if got := unfolded(t, lines); got != strings.TrimSpace(want) {
			t.Errorf("%q reads as %q", value, got)
		}
	})
}

// FuzzAddress checks that whatever a person is called, their address is read as
// the only one.
func FuzzAddress(f *testing.F) {
	for _, seed := range []string{"", "Ann", `a "b" \`, "Zoë", "x <eve@example.org>, y", "=?utf-8?q?x?=", "\r\nBcc: eve@example.org"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		lines := header(t, mail.Field{Name: "From", Addresses: []mail.Address{{name, "ann@example.org"}}})
		m, err := netmail.ReadMessage(strings.NewReader(strings.Join(lines, "\r\n") + "\r\n\r\n"))
		if err != nil || len(m.Header) != 1 {
			t.Fatalf("%q: %v, header %q", name, err, m.Header)
		}
		list, err := m.Header.AddressList("From")
		if err != nil || len(list) != 1 || list[0].Address != "ann@example.org" {
			t.Errorf("%q in %q reads as %v, %v", name, lines, list, err)
		}
	})
}

func TestUsable(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]bool{
		"ann@example.org": true, "ann": true, "o'neil+x@example.org": true, "": false, "a b@c": false, "a@b\r\nRCPT TO:<c>": false,
		"<a@b>": false, "zoë@example.org": false, "a,b@c": false, `"a"@b`: false,
	} {
		if got := mail.Usable(addr); got != want {
			t.Errorf("Usable(%q) = %v", addr, got)
		}
	}
}

// content reads the only part of a mail: its encoding, and what it says.
func content(t testing.TB, whole []byte) (transfer, text string) {
	t.Helper()
	m, err := netmail.ReadMessage(bytes.NewReader(whole))
	if err != nil {
		t.Fatal(err)
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/related" {
		t.Fatalf("Content-Type %q, %v", kind, err)
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	part, err := parts.NextRawPart()
	if err != nil {
		t.Fatal(err)
	}
	if got := part.Header.Get("Content-Type"); got != `text/plain; charset="utf-8"` {
		t.Errorf("Content-Type of the text %q", got)
	}
	transfer = part.Header.Get("Content-Transfer-Encoding")
	var decoded io.Reader = part
	switch transfer {
	case "quoted-printable":
		decoded = quotedprintable.NewReader(part)
	case "base64":
		decoded = base64.NewDecoder(base64.StdEncoding, part)
	}
	data, err := io.ReadAll(decoded)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parts.NextRawPart(); err != io.EOF {
		t.Errorf("after the text comes %v", err)
	}
	return transfer, string(data)
}

func TestEncodings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		encoding mail.Encoding
		text     string
		want     string
	}{
		{"ascii", mail.Plain, "text", "7bit"},
		{"others", mail.Plain, "Küche", "8bit"},
		{"longest line", mail.Plain, strings.Repeat("x", 998), "7bit"},
		{"line too long", mail.Plain, strings.Repeat("x", 999), "quoted-printable"},
		{"control character", mail.Plain, "a\x00b", "quoted-printable"},
		{"quoted", mail.Quoted, "text", "quoted-printable"},
		{"base64", mail.Base64, strings.Repeat("text ", 100), "base64"},
	} {
		t.Run(c.name, func(t *testing.T) {
			transfer, text := content(t, (&mail.Message{Text: c.text, Encoding: c.encoding}).Bytes())
			if transfer != c.want || strings.TrimSuffix(text, "\r\n") != c.text {
				t.Errorf("%s: %q, want %s: %q", transfer, text, c.want, c.text)
			}
		})
	}
}

// FuzzText checks that a text arrives as it was, in lines that servers take.
func FuzzText(f *testing.F) {
	for _, seed := range []string{"", "a\n.\n", "a\r\nb\rc", "--=_", "\x00", "Küche", strings.Repeat("=", 2000)} {
		f.Add(seed, byte(0))
		f.Add(seed, byte(1))
		f.Add(seed, byte(2))
	}
	encodings := []mail.Encoding{mail.Plain, mail.Quoted, mail.Base64}
	f.Fuzz(func(t *testing.T, text string, which byte) {
		whole := (&mail.Message{Text: text, Encoding: encodings[which%3]}).Bytes()
		for line := range bytes.SplitSeq(whole, []byte("\r\n")) {
			if len(line) > 998 || bytes.ContainsAny(line, "\r\n\x00") || !utf8.Valid(line) {
				t.Errorf("a line %q", line)
			}
		}
		want := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.ToValidUTF8(text, "\ufffd"))
		if _, got := content(t, whole); strings.ReplaceAll(got, "\r\n", "\n") != strings.TrimSuffix(want, "\n")+"\n" {
			t.Errorf("%q arrives as %q", text, got)
		}
	})
}

func TestParseEncoding(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]mail.Encoding{
		"none": mail.Plain, "QP": mail.Quoted, "quoted-printable": mail.Quoted, "base64": mail.Base64, "8bit": "", "": "",
	} {
		if got, err := mail.ParseEncoding(text); got != want || (err != nil) != (want == "") {
			t.Errorf("ParseEncoding(%q) = %q, %v, want %q", text, got, err, want)
		}
	}
}
