package xmlrpc

import (
	"context"
	"strings"
	"unicode/utf8"

	"tracrpc/fault"
)

// scanner reads a document as text and tags. Comments, processing instructions
// and attributes are checked and passed over; a DOCTYPE may stand there, but say
// nothing. Namespace prefixes are dropped, as xmlrpclib drops them: some clients
// send ex:nil.
type scanner struct {
	doc   string
	at    int
	open  []string // the elements that are open, with their prefixes
	empty bool     // the innermost of them was written <x/>: its end comes next
	root  bool     // the root element has been seen

	maxDepth int    // of elements
	tooDeep  func() // is told when they nest deeper
}

// tag is a start tag, an end tag, or (with name "") the end of the document. An
// empty element is a start tag, and an end tag after it.
type tag struct {
	name string
	end  bool
	at   int
}

// malformed is the fault for a document that cannot be read.
func malformed(doc string, at int, what string) error {
	before := doc[:at]
	line := 1 + strings.Count(before, "\n")
	column := at - 1 - strings.LastIndexByte(before, '\n')
	return fault.New(fault.Parse, "not well-formed (%s): line %d, column %d", what, line, column)
}

func (s *scanner) fail(what string) error { return malformed(s.doc, s.at, what) }

// newScanner checks what can be checked at once: the encoding, that there are
// only characters that XML has, and the declaration.
func newScanner(ctx context.Context, body string) (*scanner, error) {
	doc, err := toUTF8(ctx, body)
	if err != nil {
		return nil, err
	}
	if at := firstIllegal(doc); at >= 0 {
		return nil, malformed(doc, at, "a character that XML does not have")
	}
	s := &scanner{doc: doc, open: make([]string, 0, 16)}
	if strings.HasPrefix(doc, "<?xml") && len(doc) > 5 && isSpace(doc[5]) {
		end := strings.Index(doc, "?>")
		if end < 0 {
			return nil, s.fail("the declaration does not end")
		}
		s.at = end + 2
	}
	return s, nil
}

// firstIllegal is the place of the first byte of doc that is no UTF-8, or no
// character of XML 1.0; -1 when there is none.
func firstIllegal(doc string) int {
	for i := 0; i < len(doc); {
		c := doc[i]
		if c < utf8.RuneSelf {
			if c < ' ' && !isSpace(c) {
				return i
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(doc[i:])
		if r == utf8.RuneError && size == 1 || !legal(r) {
			return i
		}
		i += size
	}
	return -1
}

// legal is XML 1.0's production Char.
func legal(r rune) bool {
	switch {
	case r < ' ':
		return r == '\t' || r == '\n' || r == '\r'
	case r < 0xD800:
		return true
	case r < 0xE000, r == 0xFFFE, r == 0xFFFF:
		return false
	default:
		return r <= utf8.MaxRune
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// tag reads the next tag. All that stands before it must be white space.
func (s *scanner) tag() (tag, error) {
	before, err := s.text(asSent)
	if err != nil {
		return tag{}, err
	}
	if !blank(before) {
		return tag{}, s.fail("text between elements")
	}
	return s.bareTag()
}

// bareTag reads the tag that stands here, after text has read what was before it.
func (s *scanner) bareTag() (tag, error) {
	switch {
	case s.empty:
		s.empty = false
		return s.closed(s.at), nil
	case s.at == len(s.doc):
		return s.endOfDocument()
	case strings.HasPrefix(s.doc[s.at:], "</"):
		return s.endTag()
	default:
		return s.startTag()
	}
}

func (s *scanner) endOfDocument() (tag, error) {
	if len(s.open) > 0 || !s.root {
		return tag{}, s.fail("no element found")
	}
	return tag{at: s.at}, nil
}

func (s *scanner) startTag() (tag, error) {
	start := s.at
	if len(s.open) == 0 && s.root {
		return tag{}, s.fail("junk after the document element")
	}
	if len(s.open) >= s.maxDepth {
		s.tooDeep()
		return tag{}, s.fail("nested too deeply")
	}
	s.at++
	name := s.name()
	if name == "" {
		return tag{}, s.fail("no name of an element")
	}
	var err error
	if s.empty, err = s.attributes(); err != nil {
		return tag{}, err
	}
	s.root = true
	s.open = append(s.open, name)
	return tag{name: local(name), at: start}, nil
}

func (s *scanner) endTag() (tag, error) {
	start := s.at
	s.at += len("</")
	name := s.name()
	s.space()
	if len(s.open) == 0 || s.open[len(s.open)-1] != name || s.at == len(s.doc) || s.doc[s.at] != '>' {
		s.at = start
		return tag{}, s.fail("mismatched tag")
	}
	s.at++
	return s.closed(start), nil
}

func (s *scanner) closed(at int) tag {
	last := len(s.open) - 1
	name := s.open[last]
	s.open = s.open[:last]
	return tag{name: local(name), end: true, at: at}
}

// local is a name without its namespace's prefix.
func local(name string) string {
	return name[strings.LastIndexByte(name, ':')+1:]
}

// name reads a name; "" when none stands here. Beyond ASCII every character will
// do: whatever is not in XML-RPC's vocabulary is refused by who asked.
func (s *scanner) name() string {
	start := s.at
	for s.at < len(s.doc) && isName(s.doc[s.at], s.at == start) {
		s.at++
	}
	return s.doc[start:s.at]
}

func isName(c byte, first bool) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c == '_', c == ':', c >= utf8.RuneSelf:
		return true
	default:
		return !first && ('0' <= c && c <= '9' || c == '.' || c == '-')
	}
}

func (s *scanner) space() bool {
	start := s.at
	for s.at < len(s.doc) && isSpace(s.doc[s.at]) {
		s.at++
	}
	return s.at > start
}

// attributes passes over the attributes of a start tag and its end, and tells
// whether that was "/>".
func (s *scanner) attributes() (empty bool, err error) {
	for {
		spaced := s.space()
		rest := s.doc[s.at:]
		switch {
		case strings.HasPrefix(rest, ">"):
			s.at++
			return false, nil
		case strings.HasPrefix(rest, "/>"):
			s.at += 2
			return true, nil
		case rest == "":
			return false, s.fail("unclosed tag")
		case !spaced:
			return false, s.fail("no space before an attribute")
		}
		if err := s.attribute(); err != nil {
			return false, err
		}
	}
}

func (s *scanner) attribute() error {
	if s.name() == "" {
		return s.fail("no name of an attribute")
	}
	s.space()
	if !strings.HasPrefix(s.doc[s.at:], "=") {
		return s.fail("an attribute without a value")
	}
	s.at++
	s.space()
	if s.at == len(s.doc) || s.doc[s.at] != '"' && s.doc[s.at] != '\'' {
		return s.fail("an attribute's value without quotes")
	}
	length := strings.IndexByte(s.doc[s.at+1:], s.doc[s.at])
	if length < 0 {
		return s.fail("unclosed attribute")
	}
	from, to := s.at+1, s.at+1+length
	if strings.IndexByte(s.doc[from:to], '<') >= 0 {
		return s.fail("< in an attribute")
	}
	s.at = to + 1
	_, err := s.resolved(nil, from, to, asSent)
	return err
}
