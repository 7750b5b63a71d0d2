package markup

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// The classes of characters are those of Python's re module, in which Trac's
// rules are written: letters, numbers and the underscore are word characters,
// combining marks are not.

const (
	asciiWord   = 1 << iota // [0-9A-Za-z_]
	asciiSpace              // \s
	asciiMail               // [a-zA-Z0-9.'+_-]
	asciiScheme             // [-a-zA-Z0-9+._]
	asciiLetter             // [a-zA-Z]
	asciiDigit              // [0-9]
	asciiHex                // [0-9a-fA-F]
	asciiPrefix             // [a-zA-Z.+-]
)

var class = classes()

func classes() (t [256]uint8) {
	for c := range 128 {
		b := byte(c)
		letter := b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
		digit := b >= '0' && b <= '9'
		set := func(ok bool, bit uint8) {
			if ok {
				t[c] |= bit
			}
		}
		set(letter || digit || b == '_', asciiWord)
		set(b == ' ' || b >= 9 && b <= 13 || b >= 28 && b <= 31, asciiSpace)
		set(letter || digit || strings.IndexByte(".'+_-", b) >= 0, asciiMail)
		set(letter || digit || strings.IndexByte("-+._", b) >= 0, asciiScheme)
		set(letter, asciiLetter)
		set(digit, asciiDigit)
		set(digit || b >= 'a' && b <= 'f' || b >= 'A' && b <= 'F', asciiHex)
		set(letter || strings.IndexByte(".+-", b) >= 0, asciiPrefix)
	}
	return t
}

func isWord(r rune) bool {
	if r < utf8.RuneSelf {
		return class[byte(r)]&asciiWord != 0
	}
	return unicode.IsLetter(r) || unicode.IsNumber(r)
}

func isSpace(r rune) bool {
	if r < utf8.RuneSelf {
		return class[byte(r)]&asciiSpace != 0
	}
	switch r {
	case 0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000:
		return true
	}
	return r >= 0x2000 && r <= 0x200A
}

// isUpper and isLower are the letters that make WikiPageNames: those of the
// basic plane.
func isUpper(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 'A' && r <= 'Z'
	}
	return r < 0x10000 && (unicode.IsUpper(r) || unicode.Is(unicode.Other_Uppercase, r))
}

func isLower(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 'a' && r <= 'z'
	}
	if r >= 0x10000 || r == 0x10FC || r >= 0xA7F2 && r <= 0xA7F4 || r == 0xAB69 {
		return false // lower case only since later versions of Unicode
	}
	return unicode.IsLower(r) || unicode.Is(unicode.Other_Lowercase, r)
}

func runeAt(s string, i int) (rune, int) {
	if i >= len(s) {
		return -1, 0
	}
	if s[i] < utf8.RuneSelf {
		return rune(s[i]), 1
	}
	return utf8.DecodeRuneInString(s[i:])
}

func wordAt(s string, i int) bool {
	r, _ := runeAt(s, i)
	return r >= 0 && isWord(r)
}

func wordBefore(s string, i int) bool {
	if i == 0 {
		return false
	}
	if s[i-1] < utf8.RuneSelf {
		return class[s[i-1]]&asciiWord != 0
	}
	r, _ := utf8.DecodeLastRuneInString(s[:i])
	return isWord(r)
}

// skip returns the end of the run of bytes of a class that begins at i.
func skip(s string, i int, bits uint8) int {
	for i < len(s) && class[s[i]]&bits != 0 {
		i++
	}
	return i
}

// skipSpace returns the end of the white space that begins at i.
func skipSpace(s string, i int) int {
	for i < len(s) {
		r, n := runeAt(s, i)
		if !isSpace(r) {
			break
		}
		i += n
	}
	return i
}

func trim(s string) string { return strings.TrimFunc(s, isSpace) }

func trimRight(s string) string { return strings.TrimRightFunc(s, isSpace) }

// runes counts the characters of s, since Trac counts indentation so.
func runes(s string) int { return utf8.RuneCountInString(s) }

// splitLines cuts text where Python's str.splitlines does.
func splitLines(text string) []string {
	lines := make([]string, 0, strings.Count(text, "\n")+1)
	start := 0
	for i := 0; i < len(text); {
		n := lineEnd(text, i)
		if n == 0 {
			i++
			continue
		}
		lines = append(lines, text[start:i])
		i += n
		start = i
	}
	if start < len(text) {
		lines = append(lines, text[start:])
	}
	return lines
}

// lineEnd is the length of the line end at i, or 0.
func lineEnd(text string, i int) int {
	switch c := text[i]; {
	case c == '\n', c >= 0x1C && c <= 0x1E:
		return 1
	case c == '\r':
		if strings.HasPrefix(text[i:], "\r\n") {
			return 2
		}
		return 1
	case c == 0xC2:
		if strings.HasPrefix(text[i:], "\u0085") {
			return 2
		}
	case c == 0xE2:
		if strings.HasPrefix(text[i:], "\u2028") || strings.HasPrefix(text[i:], "\u2029") {
			return 3
		}
	}
	return 0
}
