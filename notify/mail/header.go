package mail

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"
)

const (
	lineWidth   = 76  // of a line of the header (RFC 2047, section 2)
	longestWord = 900 // a longer one might make a line too long
	frame       = len("=?utf-8?b??=")

	gap = "                                        " // as many spaces might fill a line
)

// appendField writes a field of a header, folded into lines.
func appendField(b []byte, f Field) []byte {
	if f.Addresses != nil {
		items := make([]string, len(f.Addresses))
		for i, a := range f.Addresses {
			items[i] = a.String()
		}
		return appendFolded(b, f.Name, strings.Join(items, ", "))
	}
	return appendFolded(b, f.Name, encodeText(oneLine(f.Value), lineWidth-len(f.Name)-len(": ")))
}

// leastWord is how much room an encoded word should have; with less it better
// begins a line.
const leastWord = 30

// encodeText writes an unstructured text, of which room bytes fit into the first
// line. Words before the first and after the last that need an encoding stand as
// they are: there are filters that read no encoded words.
func encodeText(text string, room int) string {
	begin, end := len(text), 0
	for at := 0; at < len(text); {
		word := strings.IndexByte(text[at:], ' ')
		if word < 0 {
			word = len(text) - at
		}
		if !plain(text[at : at+word]) {
			begin, end = min(begin, at), at+word
		}
		at += word + 1
	}
	if strings.Contains(text, gap) {
		begin, end = 0, len(text)
	}
	if end == 0 {
		return text
	}
	if room -= begin; room < leastWord {
		room = lineWidth - len(" ")
	}
	return text[:begin] + encodeWords(text[begin:end], room) + text[end:]
}

// String is the address as a header has it.
func (a Address) String() string {
	name := oneLine(a.Name)
	switch {
	case name == "":
		return oneLine(a.Addr)
	case !plain(name):
		name = encodeWords(name, lineWidth-len("Reply-To: "))
	case strings.ContainsFunc(name, isSpecial):
		name = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name) + `"`
	}
	return name + " <" + oneLine(a.Addr) + ">"
}

// isSpecial finds what a name without quotes must not have (RFC 5322, atext).
func isSpecial(r rune) bool {
	return r != ' ' && !isAlphanumeric(r) && !strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", r)
}

func isAlphanumeric(r rune) bool {
	return '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
}

// oneLine makes a text of one line without control characters: nothing in a value
// can begin a field of its own.
func oneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || 0x7f <= r && r < 0xa0 || r == 0x2028 || r == 0x2029 {
			return ' '
		}
		return r
	}, strings.ReplaceAll(strings.ToValidUTF8(text, "\ufffd"), "\r\n", "\n"))
	return strings.TrimSpace(text)
}

// plain tells whether a text can stand in a header as it is, and means itself
// there.
func plain(text string) bool {
	return isASCII(text) && len(text) <= longestWord && !strings.Contains(text, "=?") && !strings.Contains(text, gap)
}

// encodeWords writes a text as encoded words (RFC 2047), the first one no longer
// than first.
func encodeWords(text string, first int) string {
	quoted := 0
	for i := range len(text) {
		quoted += len(quoteByte(text[i]))
	}
	encode, cost, mark := encodeQuoted, quotedCost, "q"
	if quoted > base64.StdEncoding.EncodedLen(len(text)) {
		encode, cost, mark = base64.StdEncoding.EncodeToString, base64Cost, "b"
	}
	var b strings.Builder
	for room := first; text != ""; room = lineWidth - len(" ") {
		n := fitting(text, room-frame, cost)
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString("=?utf-8?" + mark + "?" + encode([]byte(text[:n])) + "?=")
		text = text[n:]
	}
	return b.String()
}

// fitting is how many bytes of text, at least one character and no half ones, can
// be encoded in room.
func fitting(text string, room int, cost func(string) int) int {
	n := 0
	for n < len(text) {
		_, size := utf8.DecodeRuneInString(text[n:])
		if n > 0 && cost(text[:n+size]) > room {
			break
		}
		n += size
	}
	return n
}

func base64Cost(text string) int { return base64.StdEncoding.EncodedLen(len(text)) }

func quotedCost(text string) int {
	cost := 0
	for i := range len(text) {
		cost += len(quoteByte(text[i]))
	}
	return cost
}

func encodeQuoted(text []byte) string {
	var b strings.Builder
	for _, c := range text {
		b.WriteString(quoteByte(c))
	}
	return b.String()
}

// quoteByte is a byte in the Q encoding, as it may stand in a name, too.
func quoteByte(c byte) string {
	const hex = "0123456789ABCDEF"
	switch {
	case c == ' ':
		return "_"
	case isAlphanumeric(rune(c)) || strings.IndexByte("!*+-/", c) >= 0:
		return string(rune(c))
	}
	return string([]byte{'=', hex[c>>4], hex[c&15]})
}

// appendFolded writes a field whose value is of plain words, broken before spaces
// where lines get too long.
func appendFolded(b []byte, name, value string) []byte {
	b = append(append(b, name...), ':')
	width := len(name) + 1
	for value != "" {
		spaces := len(value) - len(strings.TrimLeft(value, " "))
		word := strings.IndexByte(value[spaces:], ' ')
		if word < 0 {
			word = len(value) - spaces
		}
		part := value[:spaces+word]
		if spaces == 0 { // the first one
			part = " " + part
		} else if width+len(part) > lineWidth {
			b, width = append(b, "\r\n"...), 0
		}
		b = append(b, part...)
		width += len(part)
		value = value[spaces+word:]
	}
	return append(b, "\r\n"...)
}
