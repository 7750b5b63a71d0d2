package markup

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

var safeProperties = set(`background background-attachment background-color background-image background-position
	background-repeat border border-bottom border-bottom-color border-bottom-style border-bottom-left-radius
	border-bottom-right-radius border-bottom-width border-collapse border-color border-left border-left-color
	border-left-style border-left-width border-radius border-right border-right-color border-right-style
	border-right-width border-spacing border-style border-top border-top-color border-top-left-radius
	border-top-right-radius border-top-style border-top-width border-width bottom caption-side clear clip color content
	counter-increment counter-reset cursor direction display empty-cells float font font-family font-size font-style
	font-variant font-weight height left letter-spacing line-height list-style list-style-image list-style-position
	list-style-type margin margin-bottom margin-left margin-right margin-top max-height max-width min-height min-width
	opacity orphans outline outline-color outline-style outline-width overflow padding padding-bottom padding-left
	padding-right padding-top page-break-after page-break-before page-break-inside position quotes right table-layout
	text-align text-decoration text-indent text-transform top unicode-bidi vertical-align visibility white-space widows
	width word-spacing z-index`)

// style keeps the safe declarations of a style attribute.
func (p *Policy) style(text string) string {
	var safe []string
	for decl := range strings.SplitSeq(withoutComments(unescapeCSS(text)), ";") {
		decl = trim(decl)
		name, value, ok := strings.Cut(decl, ":")
		if ok && safeDeclaration(strings.ToLower(trim(name)), trim(value)) && p.safeValue(decl) {
			safe = append(safe, decl)
		}
	}
	return strings.Join(safe, "; ")
}

// safeDeclaration refuses what can be used to draw over other parts of a page.
func safeDeclaration(name, value string) bool {
	switch {
	case !safeProperties[name]:
		return false
	case name == "position":
		return strings.EqualFold(value, "static")
	case strings.HasPrefix(name, "margin"):
		return !strings.Contains(value, "-")
	}
	return true
}

// safeValue refuses expressions, which some browsers run, and the URLs of other
// sites.
func (p *Policy) safeValue(decl string) bool {
	plain := foldWide(decl)
	if strings.Contains(plain, "expression") {
		return false
	}
	for rest := plain; ; {
		at := strings.Index(rest, "url")
		if at < 0 {
			return true
		}
		rest = rest[at+3:]
		open := skipSpace(rest, 0)
		if open >= len(rest) || rest[open] != '(' {
			continue
		}
		var address string
		address, rest, _ = strings.Cut(rest[open+1:], ")")
		if address != "" && !(p.safeAddress(address) && p.SafeOrigin(address)) {
			return false
		}
	}
}

// foldWide turns letters into small ASCII ones, as far as browsers do.
func foldWide(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r >= 0xFF21 && r <= 0xFF3A:
			return r - 0xFF21 + 'a'
		case r >= 0xFF41 && r <= 0xFF5A:
			return r - 0xFF41 + 'a'
		}
		switch r {
		case 'ʀ':
			return 'r'
		case 'ʟ':
			return 'l'
		case 'ɪ':
			return 'i'
		case 'ɴ':
			return 'n'
		}
		return r
	}, s)
}

// unescapeCSS replaces the escapes that could hide something.
func unescapeCSS(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		if s[i] != '\\' {
			b.WriteByte(s[i])
			i++
			continue
		}
		digits := i + 1
		for digits < len(s) && digits < i+7 && class[s[digits]]&asciiHex != 0 {
			digits++
		}
		if digits > i+1 {
			b.WriteString(codePoint(s[i+1 : digits]))
			i = digits
			if r, n := runeAt(s, i); n > 0 && isSpace(r) {
				i += n
			}
			continue
		}
		i += unescapeOne(&b, s[i:])
	}
	return b.String()
}

// unescapeOne writes what a backslash and another character stand for and
// returns how many bytes that were.
func unescapeOne(b *strings.Builder, s string) int {
	r, n := runeAt(s, 1)
	if n == 0 || strings.ContainsRune("\r\n\f'\"{};:()#*", r) {
		b.WriteByte('\\')
		return 1
	}
	if r == '\\' {
		b.WriteString(`\\`)
	} else {
		b.WriteString(s[1 : 1+n])
	}
	return 1 + n
}

func codePoint(hex string) string {
	n, err := strconv.ParseUint(hex, 16, 32)
	switch {
	case err != nil || n > utf8.MaxRune:
		return "\uFFFD"
	case n <= 0x1F:
		return " "
	case n == '\\':
		return `\\`
	}
	return string(rune(n))
}

// withoutComments replaces comments that stand in one line by a space.
func withoutComments(s string) string {
	var b strings.Builder
	for {
		at := strings.Index(s, "/*")
		if at < 0 {
			break
		}
		end := strings.Index(s[at+2:], "*/")
		if end < 0 {
			break
		}
		end += at + 2
		if line := strings.LastIndexByte(s[at:end], '\n'); line >= 0 {
			// Nor is what begins before that line end in one line.
			b.WriteString(s[:at+line+1])
			s = s[at+line+1:]
			continue
		}
		b.WriteString(s[:at])
		b.WriteByte(' ')
		s = s[end+2:]
	}
	b.WriteString(s)
	return b.String()
}
