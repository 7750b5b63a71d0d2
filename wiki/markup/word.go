package markup

import "strings"

// wordMemo remembers what begins somewhere in the run of characters that is
// being scanned: every start in the run has the same answer.
type wordMemo struct {
	mailEnd int // the end of the run of mail characters
	mailTo  int // where the address of that run ends, 0 if it is none

	schemeEnd int  // the end of the run of scheme characters
	schemeOK  bool // a target follows it
	target    string
	targetTo  int
}

// matchMail is a mail address.
func matchMail(s *scanner, i int, m *match) bool {
	w := &s.words
	if i >= w.mailEnd {
		w.mailEnd = s.skip(i, asciiMail)
		w.mailTo = 0
		if w.mailEnd < len(s.text) && s.text[w.mailEnd] == '@' {
			w.mailTo = s.domainEnd(w.mailEnd + 1)
		}
	}
	if w.mailTo == 0 {
		return false
	}
	address := s.text[i:w.mailTo]
	m.rule, m.end = ruleLink, w.mailTo
	m.link = Link{Form: Mail, Target: address, Source: address}
	return true
}

// domainEnd returns the end of the host name at i, or 0. The last label begins
// with a letter and ends with a letter or digit.
func (s *scanner) domainEnd(i int) int {
	last := 0
	for {
		end := i
		for end < len(s.text) && (s.text[end] == '-' || class[s.text[end]]&asciiWord != 0) {
			end++
		}
		s.steps += 1 + end - i
		if end == i || end >= len(s.text) || s.text[end] != '.' {
			break
		}
		i = end + 1
		if i < len(s.text) && class[s.text[i]]&asciiLetter != 0 {
			last = i
		}
	}
	if last == 0 {
		return 0
	}
	end := last + 1
	for j := end; j < len(s.text); j++ {
		s.steps++
		alphanumeric := class[s.text[j]]&(asciiLetter|asciiDigit) != 0
		if !alphanumeric && s.text[j] != '-' {
			break
		}
		if alphanumeric {
			end = j + 1
		}
	}
	return end
}

// matchShort is scheme:target.
func matchShort(s *scanner, i int, m *match) bool {
	w := &s.words
	if i >= w.schemeEnd {
		w.schemeEnd = s.skip(i, asciiScheme)
		w.schemeOK = false
		if w.schemeEnd < len(s.text) && s.text[w.schemeEnd] == ':' {
			w.target, w.targetTo, w.schemeOK = s.shortTarget(w.schemeEnd + 1)
		}
	}
	if !w.schemeOK {
		return false
	}
	m.rule, m.end = ruleLink, w.targetTo
	m.link = Link{
		Form: Short, Scheme: s.text[i:w.schemeEnd], Target: Unquote(w.target),
		Source: s.text[i:w.targetTo],
	}
	return true
}

// shortTarget reads what may follow scheme: without brackets around it.
func (s *scanner) shortTarget(i int) (target string, end int, ok bool) {
	if end = s.quotedTarget(i); end > 0 {
		return s.text[i:end], end, true
	}
	r, n := s.at(i)
	if n == 0 || r == '_' || !isWord(r) && !strings.ContainsRune("/?!#@", r) {
		return "", 0, false
	}
	end = i + n
	for j := end; j < len(s.text); {
		r, n = s.at(j)
		if r == '<' || r == '>' || isSpace(r) || r == '|' && !s.pipeGoesOn(j+1) {
			break
		}
		j += n
		if r != '_' && (isWord(r) || r == '/' || r == '=') {
			end = j
		}
	}
	return s.text[i:end], end, true
}

func (s *scanner) pipeGoesOn(i int) bool {
	r, n := s.at(i)
	return n > 0 && r != '|' && !isSpace(r)
}

// Unquote removes the quotes around a text, if it has them.
func Unquote(s string) string {
	if len(s) > 0 && (s[0] == '"' || s[0] == '\'') && s[0] == s[len(s)-1] {
		if len(s) == 1 {
			return ""
		}
		return s[1 : len(s)-1]
	}
	return s
}
