package xmlrpc

import (
	"strconv"
	"strings"
)

// newlines says what becomes of the line ends in a text. XML makes one \n of
// each \r\n and \r in any case.
type newlines bool

const (
	asSent newlines = false
	// doubled makes \r\n of them, as Trac has them from its web forms. The
	// reference does so with every string that comes by XML-RPC.
	doubled newlines = true
)

// text reads all character data up to the next tag. It shares the document's
// memory where it can.
func (s *scanner) text(ends newlines) (string, error) {
	if s.empty {
		return "", nil
	}
	from, to := s.run()
	if !s.atMarkup() {
		return s.characters(from, to, ends)
	}
	text, err := s.resolved(nil, from, to, ends)
	for err == nil && s.atMarkup() {
		if text, err = s.markup(text, ends); err != nil {
			break
		}
		from, to = s.run()
		text, err = s.resolved(text, from, to, ends)
	}
	return string(text), err
}

// run is the text from here to the next <.
func (s *scanner) run() (from, to int) {
	from, to = s.at, len(s.doc)
	if length := strings.IndexByte(s.doc[from:], '<'); length >= 0 {
		to = from + length
	}
	s.at = to
	return from, to
}

func (s *scanner) atMarkup() bool {
	return s.at+1 < len(s.doc) && (s.doc[s.at+1] == '!' || s.doc[s.at+1] == '?')
}

func (s *scanner) characters(from, to int, ends newlines) (string, error) {
	raw := s.doc[from:to]
	plain := strings.IndexByte(raw, '&') < 0 && strings.IndexByte(raw, '\r') < 0 && !strings.Contains(raw, "]]>") &&
		(ends == asSent || strings.IndexByte(raw, '\n') < 0)
	if plain {
		return raw, nil
	}
	text, err := s.resolved(nil, from, to, ends)
	return string(text), err
}

// resolved appends the text that stands between two places of the document, its
// references resolved.
func (s *scanner) resolved(dst []byte, from, to int, ends newlines) ([]byte, error) {
	if i := strings.Index(s.doc[from:to], "]]>"); i >= 0 {
		return dst, malformed(s.doc, from+i, "]]> in text")
	}
	for {
		length := strings.IndexByte(s.doc[from:to], '&')
		if length < 0 {
			return appendLines(dst, s.doc[from:to], ends), nil
		}
		dst = appendLines(dst, s.doc[from:from+length], ends)
		from += length
		length = strings.IndexByte(s.doc[from:to], ';')
		if length < 0 {
			return dst, malformed(s.doc, from, "a bare &")
		}
		c, ok := reference(s.doc[from+1 : from+length])
		if !ok {
			return dst, malformed(s.doc, from, "an unknown entity or character")
		}
		if c == '\n' && ends == doubled {
			dst = append(dst, '\r')
		}
		dst = append(dst, string(c)...)
		from += length + 1
	}
}

// appendLines appends text with its line ends as they are wanted.
func appendLines(dst []byte, text string, ends newlines) []byte {
	for {
		i := strings.IndexAny(text, "\r\n")
		if i < 0 {
			return append(dst, text...)
		}
		dst = append(dst, text[:i]...)
		if ends == doubled {
			dst = append(dst, '\r')
		}
		dst = append(dst, '\n')
		if strings.HasPrefix(text[i:], "\r\n") {
			i++
		}
		text = text[i+1:]
	}
}

// markup passes over a comment, a processing instruction or a DOCTYPE, or appends
// the text of a CDATA section.
func (s *scanner) markup(dst []byte, ends newlines) ([]byte, error) {
	rest := s.doc[s.at:]
	switch {
	case strings.HasPrefix(rest, "<!--"):
		return dst, s.comment()
	case strings.HasPrefix(rest, "<?"):
		return dst, s.instruction()
	case strings.HasPrefix(rest, "<!DOCTYPE") && !s.root:
		return dst, s.doctype()
	case strings.HasPrefix(rest, "<![CDATA[") && len(s.open) > 0:
		length := strings.Index(rest, "]]>")
		if length < 0 {
			return dst, s.fail("unclosed CDATA section")
		}
		s.at += length + len("]]>")
		return appendLines(dst, rest[len("<![CDATA["):length], ends), nil
	default:
		return dst, s.fail("a declaration where none may be")
	}
}

func (s *scanner) comment() error {
	length := strings.Index(s.doc[s.at+len("<!--"):], "--")
	if length < 0 {
		return s.fail("unclosed comment")
	}
	end := s.at + len("<!--") + length + len("--")
	if !strings.HasPrefix(s.doc[end:], ">") {
		return s.fail("-- in a comment")
	}
	s.at = end + 1
	return nil
}

func (s *scanner) instruction() error {
	start := s.at
	length := strings.Index(s.doc[s.at:], "?>")
	s.at += len("<?")
	name := s.name()
	if length < 0 || name == "" || strings.EqualFold(name, "xml") {
		s.at = start
		return s.fail("a processing instruction that is none")
	}
	s.at = start + length + len("?>")
	return nil
}

// doctype passes over a document type that only names things. What it names is
// not read; and one that declares anything is refused, because entities are a way
// to make much out of little.
func (s *scanner) doctype() error {
	rest := s.doc[s.at:]
	var quote byte
	for i := range len(rest) {
		switch c := rest[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '[':
			return s.fail("a DTD, which is not accepted")
		case c == '>':
			s.at += i + 1
			return nil
		}
	}
	return s.fail("unclosed DOCTYPE")
}

func blank(text string) bool {
	for i := range len(text) {
		if !isSpace(text[i]) {
			return false
		}
	}
	return true
}

// reference is the character that a reference (between & and ;) stands for.
func reference(name string) (rune, bool) {
	switch name {
	case "amp":
		return '&', true
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	digits, base := strings.TrimPrefix(name, "#"), 10
	if len(digits) == len(name) {
		return 0, false
	}
	if hex := strings.TrimPrefix(digits, "x"); hex != digits {
		digits, base = hex, 16
	}
	if digits == "" || digits[0] == '+' || digits[0] == '-' {
		return 0, false
	}
	n, err := strconv.ParseInt(digits, base, 32)
	return rune(n), err == nil && legal(rune(n))
}
