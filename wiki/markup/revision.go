package markup

import "strings"

// matchChangeset is [1], [1/path] or [deadbeef], perhaps with an InterTrac prefix.
func matchChangeset(s *scanner, i int, m *match) bool {
	return s.bracketed(i, m, Changeset, changesetTail)
}

// matchLog is [1:2], [1,3-5] or [deadbeef:cafebabe].
func matchLog(s *scanner, i int, m *match) bool {
	return s.bracketed(i, m, Log, logTail)
}

// bracketed looks for revisions behind the shortest prefix that leaves any. tail
// returns where the link ends whose first revision ends at i, or 0; its answer
// is the same for all revisions that end there.
func (s *scanner) bracketed(i int, m *match, form Form, tail func(s *scanner, i int) int) bool {
	letters := s.skip(i+1, asciiPrefix)
	hexEnd, hexTo := 0, 0
	for at := i + 1; at <= letters; at++ {
		start := at
		if at == letters {
			start = s.skipSpace(at)
		}
		if start >= len(s.text) || class[s.text[start]]&asciiHex == 0 {
			continue
		}
		end := 0
		if digits := s.skip(start, asciiDigit); digits > start {
			end = tail(s, digits)
		}
		if end == 0 {
			if start >= hexEnd {
				hexEnd = s.skip(start, asciiHex)
				hexTo = 0
				if hexEnd-start >= 8 {
					hexTo = tail(s, hexEnd)
				}
			}
			if hexEnd-start >= 8 {
				end = hexTo
			}
		}
		if end > 0 {
			s.revisionLink(i, start, end, form, m)
			return true
		}
	}
	return false
}

func (s *scanner) revisionLink(i, start, end int, form Form, m *match) {
	m.rule, m.end = ruleLink, end
	m.link = Link{Form: form, Target: s.text[i+1 : end-1], Prefix: s.text[i+1 : start], Source: s.text[i:end]}
	if form == Log {
		revisions := s.text[start : end-1]
		if at := strings.IndexAny(revisions, "/?"); at >= 0 {
			revisions, m.link.Path = revisions[:at], revisions[at:]
		}
		m.link.Revisions = revisions
	}
}

// changesetTail is the path, query and anchor of a changeset.
func changesetTail(s *scanner, i int) int {
	if i >= len(s.text) || strings.IndexByte("/?#]", s.text[i]) < 0 {
		return 0
	}
	return s.closing(closeBracket, i) + 1
}

// logTail is the rest of the revisions and the path or query of a log.
func logTail(s *scanner, i int) int {
	if end := s.restOfRanges(i); end > i {
		if to := logPath(s, end); to > 0 {
			return to
		}
	}
	if i < len(s.text) && (s.text[i] == ':' || s.text[i] == '-') {
		digits := s.skip(i+1, asciiDigit)
		if to := logPath(s, digits); digits > i+1 && to > 0 {
			return to
		}
		hex := s.skip(i+1, asciiHex)
		if to := logPath(s, hex); hex-i-1 >= 8 && to > 0 {
			return to
		}
	}
	return logPath(s, i)
}

// restOfRanges goes on with the ranges whose first number ends at i; it returns
// i when there is nothing more.
func (s *scanner) restOfRanges(i int) int {
	if i == 0 || class[s.text[i-1]]&asciiDigit == 0 {
		return i
	}
	return s.rangesEnd(i - 1)
}

func logPath(s *scanner, i int) int {
	if i >= len(s.text) || strings.IndexByte("/?]", s.text[i]) < 0 {
		return 0
	}
	return s.closing(closeBracket, i) + 1
}

// matchRevision is r1 or r1/path.
func matchRevision(s *scanner, i int, m *match) bool {
	end := s.revisionNumber(i)
	if end == 0 || wordAt(s.text, end) {
		return false
	}
	if end+1 < len(s.text) && s.text[end] == ':' && class[s.text[end+1]]&asciiDigit != 0 {
		return false
	}
	end = s.revisionPath(end)
	m.rule, m.end = ruleLink, end
	m.link = Link{Form: Changeset, Target: s.text[i+1 : end], Source: s.text[i:end]}
	return true
}

// matchRevisions is r1:2,5 or r1:2/path.
func matchRevisions(s *scanner, i int, m *match) bool {
	if s.revisionNumber(i) == 0 {
		return false
	}
	end := s.wholeRanges(i + 1)
	if end == 0 {
		return false
	}
	to := s.revisionPath(end)
	m.rule, m.end = ruleLink, to
	m.link = Link{
		Form: Log, Target: s.text[i+1 : to], Source: s.text[i:to],
		Revisions: s.text[i+1 : end], Path: s.text[end:to],
	}
	return true
}

// wholeRanges is the longest list of ranges at i that ends with its last digit,
// or 0.
func (s *scanner) wholeRanges(i int) int {
	end := s.rangesEnd(i)
	if end == 0 || !wordAt(s.text, end) {
		return end
	}
	// The last number runs on into a word: the list ends before it.
	last := end
	for end > i && class[s.text[end-1]]&asciiDigit != 0 {
		end--
	}
	for end > i && class[s.text[end-1]]&asciiDigit == 0 {
		end--
	}
	s.steps += last - end
	if end == i {
		return 0
	}
	return end
}

// revisionNumber returns the end of r and digits at the start of a word, or 0.
func (s *scanner) revisionNumber(i int) int {
	end := s.skip(i+1, asciiDigit)
	if end == i+1 || wordBefore(s.text, i) {
		return 0
	}
	return end
}

func (s *scanner) revisionPath(i int) int {
	if i >= len(s.text) || s.text[i] != '/' {
		return i
	}
	end := i + 1
	for end < len(s.text) && (class[s.text[end]]&asciiWord != 0 || strings.IndexByte("/+-", s.text[end]) >= 0) {
		end++
	}
	s.steps += end - i
	if end == i+1 {
		return i
	}
	return end
}
