package markup

import (
	"strings"
	"unicode"
)

// isDigit tells what Python's str.isdigit does: small digits above and below the
// line count.
func isDigit(r rune) bool {
	return unicode.IsDigit(r) || r == '²' || r == '³' || r == '¹' || r == '⁰' || r >= '⁴' && r <= '⁹' || r >= '₀' && r <= '₉'
}

// matchPage is a WikiPageName, perhaps with a relative path before it.
func matchPage(s *scanner, i int, m *match) bool {
	if i < s.pathDead || wordBefore(s.text, i) || i > 0 && s.text[i-1] == '/' {
		return false
	}
	start := s.skipPath(i)
	end := s.pageName(start)
	if end == 0 {
		// A path is read the same way from any of its parts, so that none of
		// them leads to a name either.
		if start > i {
			s.pathDead = start
		}
		return false
	}
	name := s.text[i:end]
	m.rule, m.end = ruleLink, end
	m.link = Link{Form: Page, Target: name, Source: name}
	return true
}

// skipPath returns the end of ./, ../ and / at i.
func (s *scanner) skipPath(i int) int {
	for {
		n := 0
		for n < 2 && i+n < len(s.text) && s.text[i+n] == '.' {
			n++
		}
		if i+n >= len(s.text) || s.text[i+n] != '/' {
			return i
		}
		i += n + 1
		s.steps += n + 1
	}
}

// pageName returns the end of the page name at i, or 0: two or more words of a
// capital and small letters, with slashes between them, and then perhaps
// @version and #anchor. What follows must not look like more of a word.
func (s *scanner) pageName(i int) int {
	words, slash := 0, 0
	for {
		end := s.capitalWord(i)
		if end == 0 {
			break
		}
		words++
		i = end
		if i < len(s.text) && s.text[i] == '/' {
			if words >= 2 {
				slash = i
			}
			i++
		}
	}
	if words < 2 {
		return 0
	}
	if end := s.pageSuffix(i); end > 0 {
		return end
	}
	return slash // a name before a slash can always end there
}

func (s *scanner) capitalWord(i int) int {
	r, n := s.at(i)
	if !isUpper(r) {
		return 0
	}
	start := i + n
	end := start
	for end < len(s.text) {
		r, n = s.at(end)
		if !isLower(r) {
			break
		}
		end += n
	}
	if end == start {
		return 0
	}
	return end
}

// pageSuffix returns where a name whose words end at i ends altogether, or 0.
func (s *scanner) pageSuffix(i int) int {
	if i < len(s.text) && s.text[i] == '@' {
		if end := s.skip(i+1, asciiDigit); end > i+1 {
			if to := s.pageAnchor(end); to > 0 {
				return to
			}
		}
	}
	return s.pageAnchor(i)
}

func (s *scanner) pageAnchor(i int) int {
	if i < len(s.text) && s.text[i] == '#' {
		start := i + 1
		for end := s.skipID(start); end > start; {
			if s.pageMayEnd(end) && s.idMayEnd(start, end) {
				return end
			}
			_, n := lastRune(s.text, end)
			end -= n
		}
	}
	if s.pageMayEnd(i) {
		return i
	}
	return 0
}

// idMayEnd tells whether an anchor may end at end: not with a dot or a colon,
// unless the colon is all of it.
func (s *scanner) idMayEnd(start, end int) bool {
	r, n := lastRune(s.text, end)
	return r == '-' || isWord(r) || end-n == start
}

// pageMayEnd tells whether a page name may be followed by what stands at i.
func (s *scanner) pageMayEnd(i int) bool {
	r, n := s.at(i)
	if n == 0 {
		return true
	}
	if r == ':' {
		after, n := s.at(i + 1)
		return n == 0 || isSpace(after)
	}
	return !isWord(r) && !isUpper(r) && !isLower(r)
}

// matchLabelledPage is [WikiPageName label].
func matchLabelledPage(s *scanner, i int, m *match) bool {
	if i+1 >= len(s.text) || s.text[i+1] == '[' {
		return false
	}
	end := s.pageName(i + 1)
	if end == 0 {
		return false
	}
	label, to, ok := s.label(end)
	if !ok || label == "" {
		return false
	}
	m.rule, m.end = ruleLink, to
	m.link = Link{Form: LabelledPage, Target: s.text[i+1 : end], Label: label, Source: s.text[i:to]}
	return true
}

// label reads white space, a label that may be quoted, and the closing bracket.
func (s *scanner) label(i int) (label string, end int, ok bool) {
	start := s.skipSpace(i)
	if start == i {
		return "", 0, false
	}
	if q := s.quoted(start); q > 0 && q < len(s.text) && s.text[q] == ']' {
		return s.text[start:q], q + 1, true
	}
	last := s.closing(closeBracket, start)
	if last < 0 {
		return "", 0, false
	}
	if last == start && strings.ContainsRune(s.text[i:start], ' ') && start-i > 1 {
		return " ", last + 1, true
	}
	return s.text[start:last], last + 1, true
}

// matchFreePage is ["any page name" label].
func matchFreePage(s *scanner, i int, m *match) bool {
	end := s.quoted(i + 1)
	if end == 0 {
		return false
	}
	label, to := "", end+1
	if end >= len(s.text) || s.text[end] != ']' {
		var ok bool
		if label, to, ok = s.label(end); !ok || label == "" {
			return false
		}
	}
	m.rule, m.end = ruleLink, to
	m.link = Link{Form: FreePage, Target: s.text[i+2 : end-1], Label: label, Source: s.text[i:to]}
	return true
}
