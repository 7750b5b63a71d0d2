package markup

import (
	"strings"
	"unicode"
)

func isDigit(r rune) bool { return unicode.IsDigit(r) }

// matchPage is a WikiPageName, perhaps with a relative path before it.
func matchPage(s *scanner, i int, m *match) bool {
	if i < s.pathDead || wordBefore(s.text, i) || i > 0 && s.text[i-1] == '/' {
		return false
	}
	start := skipPath(s.text, i)
	end := pageName(s.text, start)
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
func skipPath(s string, i int) int {
	for {
		n := 0
		for n < 2 && i+n < len(s) && s[i+n] == '.' {
			n++
		}
		if i+n >= len(s) || s[i+n] != '/' {
			return i
		}
		i += n + 1
	}
}

// pageName returns the end of the page name at i, or 0: two or more words of a
// capital and small letters, with slashes between them, and then perhaps
// @version and #anchor. What follows must not look like more of a word.
func pageName(s string, i int) int {
	words, slash := 0, 0
	for {
		end := capitalWord(s, i)
		if end == 0 {
			break
		}
		words++
		i = end
		if i < len(s) && s[i] == '/' {
			if words >= 2 {
				slash = i
			}
			i++
		}
	}
	if words < 2 {
		return 0
	}
	if end := pageSuffix(s, i); end > 0 {
		return end
	}
	return slash // a name before a slash can always end there
}

func capitalWord(s string, i int) int {
	r, n := runeAt(s, i)
	if !isUpper(r) {
		return 0
	}
	start := i + n
	end := start
	for end < len(s) {
		r, n = runeAt(s, end)
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
func pageSuffix(s string, i int) int {
	if i < len(s) && s[i] == '@' {
		if end := skip(s, i+1, asciiDigit); end > i+1 {
			if to := pageAnchor(s, end); to > 0 {
				return to
			}
		}
	}
	return pageAnchor(s, i)
}

func pageAnchor(s string, i int) int {
	if i < len(s) && s[i] == '#' {
		start := i + 1
		for end := skipID(s, start); end > start; {
			if pageMayEnd(s, end) && idMayEnd(s, start, end) {
				return end
			}
			_, n := lastRune(s, end)
			end -= n
		}
	}
	if pageMayEnd(s, i) {
		return i
	}
	return 0
}

// idMayEnd tells whether an anchor may end at end: not with a dot or a colon,
// unless the colon is all of it.
func idMayEnd(s string, start, end int) bool {
	r, n := lastRune(s, end)
	return r == '-' || isWord(r) || end-n == start
}

// pageMayEnd tells whether a page name may be followed by what stands at i.
func pageMayEnd(s string, i int) bool {
	r, n := runeAt(s, i)
	if n == 0 {
		return true
	}
	if r == ':' {
		after, n := runeAt(s, i+1)
		return n == 0 || isSpace(after)
	}
	return !isWord(r) && !isUpper(r) && !isLower(r)
}

// matchLabelledPage is [WikiPageName label].
func matchLabelledPage(s *scanner, i int, m *match) bool {
	if i+1 >= len(s.text) || s.text[i+1] == '[' {
		return false
	}
	end := pageName(s.text, i+1)
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
	start := skipSpace(s.text, i)
	if start == i {
		return "", 0, false
	}
	if q := quoted(s.text, start); q > 0 && q < len(s.text) && s.text[q] == ']' {
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
	end := quoted(s.text, i+1)
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
