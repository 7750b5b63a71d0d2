package markup

import "strings"

// The methods in this file look ahead in the text of a scanner. They count the
// bytes that they look at, so that the tests can tell that a text is looked at
// only a few times, whatever it is.

func (s *scanner) at(i int) (rune, int) {
	s.steps++
	return runeAt(s.text, i)
}

// skip returns the end of the run of bytes of a class that begins at i.
func (s *scanner) skip(i int, bits uint8) int {
	end := skip(s.text, i, bits)
	s.steps += 1 + end - i
	return end
}

// skipSpace returns the end of the white space that begins at i.
func (s *scanner) skipSpace(i int) int {
	end := skipSpace(s.text, i)
	s.steps += 1 + end - i
	return end
}

// skipID returns the end of the XML name at i, or i.
func (s *scanner) skipID(i int) int {
	end := skipID(s.text, i)
	s.steps += 1 + end - i
	return end
}

// quoted returns the end of the quoted string at i, which is not empty, or 0.
func (s *scanner) quoted(i int) int {
	end := 0
	switch {
	case i >= len(s.text):
	case s.text[i] == '\'':
		end = s.closing(closeQuote, i+1)
	case s.text[i] == '"':
		end = s.closing(closeDouble, i+1)
	}
	if end <= i+1 {
		return 0
	}
	return end + 1
}

// quotedTarget returns the end of "text" or scheme:"text" at i, or 0.
func (s *scanner) quotedTarget(i int) int {
	if end := s.quoted(i); end > 0 {
		return end
	}
	if i >= len(s.text) || class[s.text[i]]&asciiLetter == 0 {
		return 0
	}
	end := s.skip(i, asciiScheme)
	if end >= len(s.text) || s.text[end] != ':' {
		return 0
	}
	return s.quoted(end + 1)
}

// closer remembers where the next closing mark is, so that a text without any
// is searched once and not at each opening mark.
type closer struct {
	known    bool
	from, at int
}

const (
	closeBracket = iota
	closeMacro
	closeAngle
	closeBraces
	closeTick
	closeQuote
	closeDouble
	closeLine
	closerCount
)

var closerTexts = [closerCount]string{"]", "]]", ">", "}}}", "`", "'", `"`, "\n"}

// closing is the position of the next closing mark at or after i, or -1.
func (s *scanner) closing(kind, i int) int {
	c, mark := &s.closers[kind], closerTexts[kind]
	s.steps++
	switch {
	case !c.known || i >= c.from && c.at >= 0 && i > c.at:
		*c = closer{known: true, from: i, at: s.index(i, len(s.text), mark)}
	case i < c.from:
		// What follows from there on is known.
		if at := s.index(i, min(c.from+len(mark)-1, len(s.text)), mark); at >= 0 {
			c.at = at
		}
		c.from = i
	}
	return c.at
}

// index is the position of mark between from and to, or -1.
func (s *scanner) index(from, to int, mark string) int {
	if from >= to {
		return -1
	}
	n := strings.Index(s.text[from:to], mark)
	if n < 0 {
		s.steps += to - from
		return -1
	}
	s.steps += n
	return from + n
}
