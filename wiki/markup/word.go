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
		w.mailEnd = skip(s.text, i, asciiMail)
		w.mailTo = 0
		if w.mailEnd < len(s.text) && s.text[w.mailEnd] == '@' {
			w.mailTo = domainEnd(s.text, w.mailEnd+1)
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
func domainEnd(s string, i int) int {
	last := 0
	for {
		end := i
		for end < len(s) && (s[end] == '-' || class[s[end]]&asciiWord != 0) {
			end++
		}
		if end == i || end >= len(s) || s[end] != '.' {
			break
		}
		i = end + 1
		if i < len(s) && class[s[i]]&asciiLetter != 0 {
			last = i
		}
	}
	if last == 0 {
		return 0
	}
	end := last + 1
	for j := end; j < len(s); j++ {
		alphanumeric := class[s[j]]&(asciiLetter|asciiDigit) != 0
		if !alphanumeric && s[j] != '-' {
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
		w.schemeEnd = skip(s.text, i, asciiScheme)
		w.schemeOK = false
		if w.schemeEnd < len(s.text) && s.text[w.schemeEnd] == ':' {
			w.target, w.targetTo, w.schemeOK = shortTarget(s.text, w.schemeEnd+1)
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
func shortTarget(s string, i int) (target string, end int, ok bool) {
	if end = quotedTarget(s, i); end > 0 {
		return s[i:end], end, true
	}
	r, n := runeAt(s, i)
	if n == 0 || r == '_' || !isWord(r) && !strings.ContainsRune("/?!#@", r) {
		return "", 0, false
	}
	end = i + n
	for j := end; j < len(s); {
		r, n = runeAt(s, j)
		if r == '<' || r == '>' || isSpace(r) || r == '|' && !pipeGoesOn(s, j+1) {
			break
		}
		j += n
		if r != '_' && (isWord(r) || r == '/' || r == '=') {
			end = j
		}
	}
	return s[i:end], end, true
}

func pipeGoesOn(s string, i int) bool {
	r, n := runeAt(s, i)
	return n > 0 && r != '|' && !isSpace(r)
}

// quotedTarget returns the end of "text" or scheme:"text" at i, or 0.
func quotedTarget(s string, i int) int {
	if end := quoted(s, i); end > 0 {
		return end
	}
	if i >= len(s) || class[s[i]]&asciiLetter == 0 {
		return 0
	}
	end := skip(s, i, asciiScheme)
	if end >= len(s) || s[end] != ':' {
		return 0
	}
	return quoted(s, end+1)
}

// quoted returns the end of the quoted string at i, which is not empty, or 0.
func quoted(s string, i int) int {
	if i >= len(s) || s[i] != '\'' && s[i] != '"' {
		return 0
	}
	n := strings.IndexByte(s[i+1:], s[i])
	if n <= 0 {
		return 0
	}
	return i + n + 2
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
