package mail

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"mime/quotedprintable"
	"strings"
)

// Encoding is how texts are written for their way: Trac's [notification]
// mime_encoding.
type Encoding string

// The encodings. Plain is the text itself, as 7bit or 8bit; a text with lines
// that mail servers cannot take is encoded nevertheless.
const (
	Plain  Encoding = "none"
	Quoted Encoding = "qp"
	Base64 Encoding = "base64"
)

// ParseEncoding reads a setting.
func ParseEncoding(text string) (Encoding, error) {
	switch e := Encoding(strings.ToLower(text)); e {
	case Plain, Quoted, Base64:
		return e, nil
	case "quoted-printable":
		return Quoted, nil
	}
	return "", fmt.Errorf("%q is not one of none, qp and base64", text)
}

// longestLine is how many bytes a line may have (RFC 5321, section 4.5.3.1.6).
const longestLine = 998

// Bytes is the whole mail as it goes over the wire. Like Trac's, its text is the
// only part of several.
func (m *Message) Bytes() []byte {
	transfer, body := m.encoded()
	sum := sha256.Sum256(body)
	boundary := "=_" + hex.EncodeToString(sum[:16]) // which no text can contain but by breaking SHA-256
	b := make([]byte, 0, 2048+len(body))
	b = append(b, "MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=\""+boundary+"\"\r\n"...)
	for _, f := range m.Header {
		b = appendField(b, f)
	}
	b = append(b, "\r\n--"+boundary+"\r\nContent-Type: text/plain; charset=\"utf-8\"\r\n"...)
	b = append(b, "Content-Transfer-Encoding: "+transfer+"\r\n\r\n"...)
	b = append(b, body...)
	return append(b, "\r\n--"+boundary+"--\r\n"...)
}

// encoded is the text as it is sent, and the name of that.
func (m *Message) encoded() (transfer string, body []byte) {
	text := crlf(m.Text)
	encoding := m.Encoding
	if encoding == Plain && !transparent(text) {
		encoding = Quoted
	}
	switch {
	case encoding == Base64:
		return "base64", encodeBase64(text)
	case encoding == Quoted:
		return "quoted-printable", encodeQuotedPrintable(text)
	case isASCII(text):
		return "7bit", []byte(text)
	}
	return "8bit", []byte(text)
}

// crlf is a text whose lines end as those of mails do, the last one too.
func crlf(text string) string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.ToValidUTF8(text, "\ufffd"))
	text = strings.TrimSuffix(text, "\n") + "\n"
	return strings.ReplaceAll(text, "\n", "\r\n")
}

// transparent tells whether a text survives its way as it is.
func transparent(text string) bool {
	for line := range strings.SplitSeq(text, "\r\n") {
		if len(line) > longestLine {
			return false
		}
	}
	return !strings.ContainsFunc(text, func(r rune) bool {
		return r < ' ' && r != '\t' && r != '\r' && r != '\n' || r == 0x7f
	})
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= 0x80 {
			return false
		}
	}
	return true
}

func encodeBase64(text string) []byte {
	code := base64.StdEncoding.EncodeToString([]byte(text))
	var b []byte
	for len(code) > 0 {
		n := min(lineWidth, len(code))
		b = append(append(b, code[:n]...), "\r\n"...)
		code = code[n:]
	}
	return b
}

func encodeQuotedPrintable(text string) []byte {
	var b strings.Builder
	w := quotedprintable.NewWriter(&b)
	// Neither fails: a Builder takes everything.
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return []byte(b.String())
}
