package xmlrpc

import (
	"context"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"tracrpc/rpc"
)

// charsets are the encodings a declaration may name, besides UTF-8 and UTF-16.
// PHP's clients send ISO-8859-1 unless told otherwise, Perl's RPC::XML US-ASCII.
var charsets = map[string]encoding.Encoding{
	"iso-8859-1": charmap.ISO8859_1, "iso8859-1": charmap.ISO8859_1, "latin-1": charmap.ISO8859_1, "latin1": charmap.ISO8859_1,
	"iso-8859-2": charmap.ISO8859_2, "iso-8859-3": charmap.ISO8859_3, "iso-8859-4": charmap.ISO8859_4,
	"iso-8859-5": charmap.ISO8859_5, "iso-8859-6": charmap.ISO8859_6, "iso-8859-7": charmap.ISO8859_7,
	"iso-8859-8": charmap.ISO8859_8, "iso-8859-9": charmap.ISO8859_9, "iso-8859-10": charmap.ISO8859_10,
	"iso-8859-13": charmap.ISO8859_13, "iso-8859-14": charmap.ISO8859_14, "iso-8859-15": charmap.ISO8859_15,
	"iso-8859-16":  charmap.ISO8859_16,
	"windows-1250": charmap.Windows1250, "windows-1251": charmap.Windows1251, "windows-1252": charmap.Windows1252,
	"windows-1253": charmap.Windows1253, "windows-1254": charmap.Windows1254, "windows-1255": charmap.Windows1255,
	"windows-1256": charmap.Windows1256, "windows-1257": charmap.Windows1257, "windows-1258": charmap.Windows1258,
	"cp1250": charmap.Windows1250, "cp1251": charmap.Windows1251, "cp1252": charmap.Windows1252,
	"koi8-r": charmap.KOI8R, "koi8-u": charmap.KOI8U,
}

// toUTF8 is a body as UTF-8 without its byte order mark. The body itself says how
// it is encoded: XML has no use for the charset of a Content-Type.
func toUTF8(ctx context.Context, body string) (string, error) {
	switch {
	case strings.HasPrefix(body, "\xEF\xBB\xBF"):
		body = body[3:]
	case strings.HasPrefix(body, "\xFF\xFE"), strings.HasPrefix(body, "<\x00"):
		return fromUTF16(ctx, body, unicode.LittleEndian)
	case strings.HasPrefix(body, "\xFE\xFF"), strings.HasPrefix(body, "\x00<"):
		return fromUTF16(ctx, body, unicode.BigEndian)
	}
	name := strings.ToLower(declaredEncoding(body))
	switch name {
	case "", "utf-8", "utf8":
		return body, nil
	case "us-ascii", "ascii":
		if i := strings.IndexFunc(body, func(r rune) bool { return r >= utf8.RuneSelf }); i >= 0 {
			return "", malformed(body, i, "a byte beyond US-ASCII")
		}
		return body, nil
	}
	charset := charsets[name]
	if charset == nil {
		return "", malformed(body, 0, "unknown encoding")
	}
	if err := rpc.MeterOf(ctx).TakeCopy(ctx, body); err != nil {
		return "", err
	}
	text, err := charset.NewDecoder().String(body)
	if err != nil || strings.Contains(text, replacement) {
		return "", malformed(body, 0, "a byte that the encoding does not have")
	}
	return text, nil
}

// fromUTF16 reads UTF-16 in the byte order of its mark, else in order. Half a
// surrogate pair becomes U+FFFD.
func fromUTF16(ctx context.Context, body string, order unicode.Endianness) (string, error) {
	if err := rpc.MeterOf(ctx).TakeCopy(ctx, body); err != nil {
		return "", err
	}
	text, err := unicode.UTF16(order, unicode.UseBOM).NewDecoder().String(body)
	if err != nil {
		return "", malformed(body, 0, "no UTF-16")
	}
	return text, nil
}

// declaredEncoding is what the XML declaration says; "" when it says nothing. The
// declaration's form is checked later, by the scanner.
func declaredEncoding(body string) string {
	if !strings.HasPrefix(body, "<?xml") {
		return ""
	}
	end := strings.Index(body, "?>")
	if end < 0 {
		return ""
	}
	_, value, found := strings.Cut(body[:end], "encoding")
	if !found {
		return ""
	}
	value = strings.TrimLeft(value, " \t\r\n=")
	if value == "" || value[0] != '"' && value[0] != '\'' {
		return ""
	}
	name, _, _ := strings.Cut(value[1:], value[:1])
	return name
}
