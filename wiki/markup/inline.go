package markup

import (
	"strings"
)

// double matches a style whose mark is a byte written twice.
func double(style int32) matcher {
	return func(s *scanner, i int, m *match) bool {
		if i+1 >= len(s.text) || s.text[i+1] != s.text[i] {
			return false
		}
		m.rule, m.number, m.end = ruleStyle, int(style), i+2
		return true
	}
}

func matchSuperscript(_ *scanner, i int, m *match) bool {
	m.rule, m.number, m.end = ruleStyle, int(superscript), i+1
	return true
}

// matchQuotes is bold and italic: two, three or five quotes.
func matchQuotes(s *scanner, i int, m *match) bool {
	n := 0
	for n < 5 && i+n < len(s.text) && s.text[i+n] == '\'' {
		n++
	}
	switch {
	case n == 5:
		m.rule, m.end = ruleBoldItalic, i+5
	case n >= 3:
		m.rule, m.number, m.end = ruleStyle, int(bold), i+3
	case n == 2:
		m.rule, m.number, m.end = ruleStyle, int(italic), i+2
	}
	return n >= 2
}

func matchCodeBraces(s *scanner, i int, m *match) bool {
	if !strings.HasPrefix(s.text[i:], blockMark) {
		return false
	}
	return s.code(i+3, closeBraces, m)
}

func matchCodeTicks(s *scanner, i int, m *match) bool { return s.code(i+1, closeTick, m) }

func (s *scanner) code(from, closer int, m *match) bool {
	end := s.closing(closer, from)
	if end < 0 {
		return false
	}
	if line := s.closing(closeLine, from); s.p.doc.oneLine && line >= 0 && line < end {
		return false
	}
	m.rule, m.target, m.end = ruleCode, s.text[from:end], end+len(closerTexts[closer])
	return true
}

func matchBreak(s *scanner, i int, m *match) bool {
	if !strings.HasPrefix(s.text[i:], `\\`) {
		return false
	}
	m.rule, m.end = ruleBreak, i+2
	return true
}

// matchTarget is [=#name label].
func matchTarget(s *scanner, i int, m *match) bool {
	if !strings.HasPrefix(s.text[i:], "[=#") {
		return false
	}
	start := i + 3
	end := s.skipID(start)
	if end == start || end >= len(s.text) {
		return false
	}
	m.label = ""
	if s.text[end] != ']' {
		label := s.skipSpace(end)
		last := s.closing(closeBracket, label)
		if label == end || last < 0 {
			return false
		}
		m.label = s.text[label:last]
		m.end = last + 1
	} else {
		m.end = end + 1
	}
	m.rule, m.target = ruleTarget, s.text[start:end]
	return true
}

// skipID returns the end of the XML name at i, or i. A name does not begin with
// a digit.
func skipID(s string, i int) int {
	end := i
	for end < len(s) {
		r, n := runeAt(s, end)
		if !isWord(r) && r != ':' && (end == i || r != '.' && r != '-') || end == i && isDigit(r) {
			break
		}
		end += n
	}
	return end
}

// matchHeading is a line that begins with equals signs and a space.
func matchHeading(s *scanner, i int, m *match) bool {
	start := s.skipSpace(i)
	end := start
	for end < len(s.text) && s.text[end] == '=' {
		end++
	}
	if end == start || end-start > 6 || s.skipSpace(end) == end {
		return false
	}
	_, n := s.at(end)
	s.steps += len(s.text)
	text := trimRight(s.text[end+n:])
	if strings.Contains(text, "\n") {
		return false
	}
	m.rule, m.number, m.end = ruleHeading, end-start, len(s.text)
	m.label, m.target = text, ""
	if at := strings.LastIndexByte(text, '#'); at >= 0 {
		if e := skipID(text, at+1); e == len(text) && e > at+1 {
			m.label, m.target = text[:at], text[at+1:]
		}
	}
	return true
}

// matchItem is the bullet or number of a list item.
func matchItem(s *scanner, m *match) bool {
	at := s.skipSpace(0)
	r, n := s.at(at)
	end := at + n
	m.target = ""
	switch {
	case r == '-' || r == '*' || r == '•':
	case r > 0 && r < 0x80 && class[byte(r)]&(asciiLetter|asciiDigit) != 0:
		end = s.skipMark(at)
		if end >= len(s.text) || s.text[end] != '.' {
			return false
		}
		m.target = s.text[at:end]
		end++
	default:
		return false
	}
	r, n = s.at(end)
	if n == 0 || !isSpace(r) {
		return false
	}
	m.rule, m.number, m.end = ruleItem, runes(s.text[:at]), end+n
	return true
}

// skipMark returns the end of a list number: digits, a letter, or up to five
// Roman digits.
func (s *scanner) skipMark(i int) int {
	if class[s.text[i]]&asciiDigit != 0 {
		return s.skip(i, asciiDigit)
	}
	end := i
	for end < len(s.text) && end < i+5 && strings.IndexByte("ivxIVX", s.text[end]) >= 0 {
		end++
	}
	return max(end, i+1)
}

// matchDefinition is an indented `term:: `. Code spans in the term may hold any
// colons, but otherwise two of them end it.
func matchDefinition(s *scanner, m *match) bool {
	first, n := s.at(0)
	if !isSpace(first) {
		return false
	}
	for i := n; i < len(s.text); {
		end := s.skipTermPart(i)
		switch {
		case end > i:
			i = end
		case end == i: // two colons
			after := s.skipSpace(i + 2)
			if i == n || after == i+2 && after < len(s.text) {
				return false
			}
			m.rule, m.end = ruleDefinition, after
			return true
		default:
			return false
		}
	}
	return false
}

// skipTermPart goes over a character or a code span of a term. It returns i at
// two colons and -1 where no term can go on.
func (s *scanner) skipTermPart(i int) int {
	t := s.text
	switch t[i] {
	case '`':
		if end := s.closing(closeTick, i+1); end >= 0 {
			return end + 1
		}
		return -1
	case '{':
		if end := s.closing(closeBraces, i+3); strings.HasPrefix(t[i:], blockMark) && end >= 0 {
			return end + 3
		}
		return -1
	case ':':
		if i+1 >= len(t) {
			return -1
		}
		if t[i+1] == ':' {
			return i
		}
		_, n := runeAt(t, i+1)
		return i + 1 + n
	}
	_, n := runeAt(t, i)
	return i + n
}

// matchIndent is the white space at the head of a line.
func matchIndent(s *scanner, m *match) bool {
	end := s.skipSpace(0)
	if end == 0 || end >= len(s.text) || strings.HasPrefix(s.text[end:], "|-") {
		return false
	}
	m.rule, m.number, m.end = ruleIndent, runes(s.text[:end]), end
	return true
}

// matchRow is |--- with attributes; white space before it belongs to it.
func matchRow(s *scanner, i int, m *match) bool {
	end := i + 1
	for end < len(s.text) && s.text[end] == '-' {
		end++
	}
	s.steps += end - i
	if end == i+1 {
		return false
	}
	s.steps += i - s.pending
	m.start = min(m.start, s.pending+len(trimRight(s.text[s.pending:i])))
	m.arg = nil
	end = s.skipSpace(end)
	for {
		name := skipName(s.text, end)
		value, after := argValue(s.text, name)
		if name == end || after < 0 {
			break
		}
		m.arg = &Arg{Name: s.text[end:name], Value: value}
		s.steps += after - end
		end = s.skipSpace(after)
	}
	m.rule, m.end = ruleRow, end
	return true
}

// matchCell is a separator of table cells.
func matchCell(s *scanner, i int, m *match) bool {
	start := i
	if s.text[i] == '=' {
		start++
	}
	end := start
	for strings.HasPrefix(s.text[end:], "||") {
		end += 2
	}
	if end == start {
		return false
	}
	if end < len(s.text) && s.text[end] == '=' {
		end++
	}
	m.rule, m.end = ruleCell, end
	m.target, m.label, m.last = s.text[i:end], "", false
	rest := s.skipSpace(end)
	if rest < len(s.text) && s.text[rest] == '\\' {
		rest++
	}
	if rest == len(s.text) {
		m.label, m.last, m.end = s.text[end:], true, rest
	}
	m.number = end
	return true
}
