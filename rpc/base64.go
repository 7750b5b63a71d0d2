package rpc

import (
	"encoding/base64"
	"errors"
	"slices"
	"strings"
)

// base64Line is how many characters of base64 stand on a line, and
// base64LineBytes how many bytes those are (RFC 2045, section 6.8).
const (
	base64Line      = 76
	base64LineBytes = base64Line / 4 * 3
)

// AppendBase64 writes data in lines of 76 characters, with newline after each of
// them and after the last.
func AppendBase64(dst, data []byte, newline string) []byte {
	lines := (len(data) + base64LineBytes - 1) / base64LineBytes
	dst = slices.Grow(dst, base64.StdEncoding.EncodedLen(len(data))+lines*len(newline))
	for len(data) > 0 {
		line := data[:min(len(data), base64LineBytes)]
		data = data[len(line):]
		dst = base64.StdEncoding.AppendEncode(dst, line)
		dst = append(dst, newline...)
	}
	return dst
}

var errBase64 = errors.New("base64 text is cut off")

// DecodeBase64 reads base64 as leniently as Python's binascii does: characters
// outside the alphabet are skipped, and what follows the padding is ignored. Only
// text that stops within a group of four is an error.
func DecodeBase64(text string) ([]byte, error) {
	if data, err := base64.StdEncoding.DecodeString(text); err == nil {
		return data, nil
	}
	digits := make([]byte, 0, len(text))
	pads := 0
	for i := range len(text) {
		switch c := text[i]; {
		case c == '=':
			pads++
			if n := len(digits) % 4; n >= 2 && n+pads >= 4 {
				return base64.RawStdEncoding.AppendDecode([]byte{}, digits)
			}
		case strings.IndexByte("+/", c) >= 0, '0' <= c && c <= '9', 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z':
			pads = 0
			digits = append(digits, c)
		}
	}
	if len(digits)%4 != 0 {
		return nil, errBase64
	}
	return base64.RawStdEncoding.AppendDecode([]byte{}, digits)
}
