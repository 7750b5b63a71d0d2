package markup

import "strings"

// scanner goes through one line (or, for headings and summaries, one text) from
// left to right. At each byte that can begin something the leftmost and then the
// first rule in Trac's order wins, and the scan goes on behind it.
type scanner struct {
	p       *parser
	text    string
	pending int // where the text that is not yet an event begins

	// What is known about the text ahead; see word.go and page.go. Without these
	// a text of brackets or of one long word would be looked at again from each
	// of its bytes.
	words    wordMemo
	pathDead int
	closers  [closerCount]closer

	steps int // how many bytes were looked at and matchers tried since pause
}

// rule says what a match is.
type rule uint8

const (
	ruleStyle rule = iota
	ruleBoldItalic
	ruleCode
	ruleLink
	ruleAngle
	ruleBreak
	ruleTarget
	ruleMacro
	ruleHeading
	ruleItem
	ruleDefinition
	ruleIndent
	ruleRow
	ruleCell
	ruleEscaped
)

// match is what a matcher found. Which of the fields are set depends on the rule.
type match struct {
	rule       rule
	start, end int
	number     int    // the style, the depth of a heading, the column of an item
	target     string // a code span, an anchor's name, an item's mark, the last separator's tail
	label      string // an anchor's label, a heading's text
	last       bool
	arg        *Arg
	link       Link
}

// matcher looks for a rule at byte i of the text. It sets m only if it matches.
type matcher func(s *scanner, i int, m *match) bool

// triggers holds for each byte the matchers that can match there, in Trac's
// order. The rules that are bound to the start of the line stand in anchored.
var triggers = triggerTable()

func triggerTable() (t [256][]matcher) {
	t['\''] = []matcher{matchQuotes, matchMail}
	t['*'] = []matcher{double(boldCreole)}
	t['/'] = []matcher{double(italicCreole), matchPage}
	t['_'] = []matcher{double(underline), matchMail}
	t['~'] = []matcher{double(strike)}
	t[','] = []matcher{double(subscript)}
	t['^'] = []matcher{matchSuperscript}
	t['{'] = []matcher{matchCodeBraces, matchReport}
	t['`'] = []matcher{matchCodeTicks}
	t['['] = []matcher{matchLabelledPage, matchFreePage, matchChangeset, matchLog, matchLong, matchTarget, matchMacro}
	t['#'] = []matcher{matchTicket}
	t['\\'] = []matcher{matchBreak}
	t['<'] = []matcher{matchAngle}
	t['='] = []matcher{matchCell}
	t['|'] = []matcher{matchRow, matchCell}
	t['.'] = []matcher{matchPage, matchMail}
	t['+'], t['-'] = []matcher{matchMail}, []matcher{matchMail}
	for c := range 256 {
		switch {
		case c >= 0x80:
			t[c] = []matcher{matchPage}
		case class[c]&asciiDigit != 0:
			t[c] = []matcher{matchMail}
		case c >= 'A' && c <= 'Z':
			t[c] = []matcher{matchPage, matchMail, matchShort}
		case c == 'r':
			t[c] = []matcher{matchRevision, matchRevisions, matchMail, matchShort}
		case class[c]&asciiLetter != 0:
			t[c] = []matcher{matchMail, matchShort}
		}
	}
	return t
}

func (s *scanner) scan(p *parser, text string) {
	*s = scanner{p: p, text: text}
	var m match
	for i := 0; i < len(text); {
		if s.steps > stepsBetween && s.pause() {
			return
		}
		s.steps++
		list := triggers[text[i]]
		if list == nil && i > 0 && text[i] != '!' {
			i++
			continue
		}
		m.start = i
		if !s.match(list, i, &m) {
			i = s.next(i)
			continue
		}
		s.flush(m.start)
		s.emit(&m)
		i, s.pending = m.end, m.end
	}
	s.flush(len(text))
	s.pause()
}

// pause hands the steps in and tells whether the reading is to stop.
func (s *scanner) pause() bool {
	steps := s.steps
	s.steps = 0
	return s.p.doc.work.step(steps)
}

func (s *scanner) match(list []matcher, i int, m *match) bool {
	switch {
	case s.text[i] == '!':
		return matchEscape(s, i, m) // no rule at the start of a line begins so
	case i == 0 && s.text[0] == '=' && matchHeading(s, i, m):
		return true
	}
	s.steps += len(list)
	for _, matches := range list {
		if matches(s, i, m) {
			return true
		}
	}
	return i == 0 && s.text[0] != '=' && s.anchored(m)
}

// anchored tries the rules that match at the start of the line only.
func (s *scanner) anchored(m *match) bool {
	return matchHeading(s, 0, m) || matchItem(s, m) || matchDefinition(s, m) || matchIndent(s, m)
}

// next is where the scan goes on when nothing begins at i. Behind a letter
// nothing can begin with the letters and digits that follow: names must not
// stand within a word, and what matchMail and matchShort say of a letter is true
// of the rest of its word.
func (s *scanner) next(i int) int {
	c := s.text[i]
	switch {
	case class[c]&asciiLetter != 0:
		return s.skip(i+1, asciiLetter|asciiDigit)
	case c < 0x80:
		return i + 1
	}
	_, n := s.at(i)
	return i + n
}

func (s *scanner) flush(end int) {
	if end > s.pending {
		s.p.inline(Event{Kind: Text, Text: s.text[s.pending:end]})
	}
}

// matchEscape is an exclamation mark before anything that would match.
func matchEscape(s *scanner, i int, m *match) bool {
	next := i + 1
	if next >= len(s.text) || s.text[next] == '!' {
		return false
	}
	if at := s.skipSpace(next); at > next && strings.HasPrefix(s.text[at:], "|-") {
		next = at
	}
	s.steps += len(triggers[s.text[next]])
	for _, matches := range triggers[s.text[next]] {
		if matches(s, next, m) {
			m.start, m.rule = i, ruleEscaped
			return true
		}
	}
	return false
}
