package markup

import (
	"strings"
	"unicode/utf8"
)

func lastRune(s string, end int) (rune, int) { return utf8.DecodeLastRuneInString(s[:end]) }

const zeroWidthSpace = '\u200b'

// matchAngle is <scheme:target>.
func matchAngle(s *scanner, i int, m *match) bool {
	start := i + 1
	if start >= len(s.text) || class[s.text[start]]&asciiLetter == 0 {
		return false
	}
	colon := s.skip(start, asciiScheme)
	if colon >= len(s.text) || s.text[colon] != ':' {
		return false
	}
	end := s.closing(closeAngle, colon+1)
	if end <= colon+1 {
		return false
	}
	m.rule, m.end = ruleAngle, end+1
	m.link = Link{
		Form: Short, Scheme: s.text[start:colon], Target: Unquote(s.text[colon+1 : end]),
		Source: s.text[start:end],
	}
	return true
}

// matchLong is [scheme:target label] or a relative link in brackets.
func matchLong(s *scanner, i int, m *match) bool {
	start := i + 1
	if start >= len(s.text) || s.closing(closeBracket, start) < 0 {
		return false
	}
	m.link = Link{Form: Long}
	end := 0
	switch c := s.text[start]; {
	case c == '/' || c == '?' || c == '#' || c == '.':
		m.link.Form = Relative
		if target := s.relativeEnd(start); target > 0 {
			end = s.longTail(target, m)
			m.link.Target = s.text[start:target]
		}
	case class[c]&asciiLetter != 0:
		end = s.longScheme(start, m)
	}
	if end == 0 {
		return false
	}
	m.rule, m.end, m.link.Source = ruleLink, end, s.text[i:end]
	return true
}

// relativeEnd returns the end of the relative target at i: /…, ?…, #…, . or ..
// alone or followed by one of these.
func (s *scanner) relativeEnd(i int) int {
	for n := 0; n < 2 && i < len(s.text) && s.text[i] == '.'; n++ {
		i++
	}
	if i < len(s.text) && strings.IndexByte("/?#", s.text[i]) >= 0 {
		for i < len(s.text) && s.text[i] != ']' {
			r, n := s.at(i)
			if isSpace(r) {
				break
			}
			i += n
		}
	}
	return i
}

func (s *scanner) longScheme(start int, m *match) int {
	colon := s.skip(start, asciiScheme)
	if colon >= len(s.text) || s.text[colon] != ':' {
		return 0
	}
	m.link.Scheme = s.text[start:colon]
	from := colon + 1
	if end := s.quotedTarget(from); end > 0 {
		if to := s.longTail(end, m); to > 0 {
			m.link.Target = Unquote(s.text[from:end])
			return to
		}
	}
	end := from
	for end < len(s.text) && s.text[end] != ']' {
		r, n := s.at(end)
		if isSpace(r) || r == zeroWidthSpace {
			break
		}
		end += n
	}
	m.link.Target = Unquote(s.text[from:end])
	return s.longTail(end, m)
}

// longTail reads the label and the closing bracket of a link; 0 is neither.
func (s *scanner) longTail(i int, m *match) int {
	if i >= len(s.text) {
		return 0
	}
	m.link.Label = ""
	if s.text[i] == ']' {
		return i + 1
	}
	start := i
	for start < len(s.text) {
		r, n := s.at(start)
		if !isSpace(r) && r != zeroWidthSpace {
			break
		}
		start += n
	}
	if start == i {
		return 0
	}
	if q := s.quoted(start); q > 0 && q < len(s.text) && s.text[q] == ']' {
		m.link.Label = s.text[start:q]
		return q + 1
	}
	last := s.closing(closeBracket, start)
	if last < 0 {
		return 0
	}
	m.link.Label = s.text[start:last]
	return last + 1
}

// matchMacro is [[anything]]: a macro call or a link.
func matchMacro(s *scanner, i int, m *match) bool {
	if !strings.HasPrefix(s.text[i:], "[[") {
		return false
	}
	end := s.closing(closeMacro, i+2)
	if end <= i+2 {
		return false
	}
	m.rule, m.end, m.target = ruleMacro, end+2, s.text[i+2:end]
	return true
}

// matchTicket is #1, #1-3,5 or #T1.
func matchTicket(s *scanner, i int, m *match) bool {
	if i > 0 && s.text[i-1] == '&' {
		return false
	}
	prefix := s.skip(i+1, asciiPrefix)
	end := s.rangesEnd(prefix)
	if end == 0 {
		return false
	}
	m.rule, m.end = ruleLink, end
	m.link = Link{Form: Ticket, Target: s.text[i+1 : end], Prefix: s.text[i+1 : prefix], Source: s.text[i:end]}
	return true
}

// rangesEnd returns the end of the list of numbers and ranges at i, or 0.
func (s *scanner) rangesEnd(i int) int {
	end := 0
	for {
		n := s.skip(i, asciiDigit)
		if n == i {
			return end
		}
		end = n
		if end < len(s.text) && (s.text[end] == '-' || s.text[end] == ':') {
			if n = s.skip(end+1, asciiDigit); n > end+1 {
				end = n
			}
		}
		if end >= len(s.text) || s.text[end] != ',' {
			return end
		}
		i = end + 1
		if strings.HasPrefix(s.text[i:], "\u200b") {
			i += len("\u200b")
		}
	}
}

// matchReport is {1} or {T1}.
func matchReport(s *scanner, i int, m *match) bool {
	number := s.skipSpace(s.skip(i+1, asciiPrefix))
	end := s.skip(number, asciiDigit)
	if end == number || end >= len(s.text) || s.text[end] != '}' {
		return false
	}
	m.rule, m.end = ruleLink, end+1
	m.link = Link{Form: Report, Target: s.text[i+1 : end], Prefix: s.text[i+1 : number], Source: s.text[i : end+1]}
	return true
}
