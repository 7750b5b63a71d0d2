package ticket

import (
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"tracrpc/fault"
)

// conditions reads the values of all clauses. A clause without a condition says
// nothing and is left out, so "or" beside it changes nothing.
func (r *queryReader) conditions() ([]Clause, error) {
	var clauses []Clause
	tests, wrong := 0, false
	for _, values := range r.clauses {
		var clause Clause
		for _, name := range sortedKeys(values) {
			c, ok := r.condition(r.fields[name], values[name])
			if !ok {
				wrong = true
			}
			if len(c.Tests) > 0 || c.Field.Type == "id" {
				clause = append(clause, c)
			}
			tests += c.weight()
		}
		if len(clause) > 0 {
			clauses = append(clauses, clause)
		}
	}
	if wrong {
		return nil, fault.New(fault.Invalid, "Invalid query constraint value")
	}
	if tests > maxQueryTests {
		return nil, fault.New(fault.TooLarge, "The query makes more than %d tests.", maxQueryTests)
	}
	return clauses, nil
}

func sortedKeys(values map[string][]string) []string {
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// weight counts the tests that cost time on every ticket; a set of values or
// numbers is looked up at once, however large.
func (c Condition) weight() int {
	n := 0
	for _, t := range c.Tests {
		switch t.Op {
		case Equals:
		case HasWords:
			n += len(t.Words)
		case Between:
			n += min(1, t.High-t.Low)
		default:
			n++
		}
	}
	return n
}

// condition reads the values of one field; ok is false when one of them cannot
// be read. The first value alone says which operator is meant for all of them.
func (r *queryReader) condition(f Field, values []string) (c Condition, ok bool) {
	values = slices.Clone(values)
	for i := range values {
		values[i] = strings.ReplaceAll(values[i], "$USER", r.in.User)
	}
	mode, not := strings.CutPrefix(values[0], "!")
	if mode != "" && isMode(mode[0]) {
		mode = mode[:1]
	} else {
		mode = ""
	}
	c = Condition{Field: f, Not: not}
	if f.Type == "id" {
		return c.numbers(values)
	}
	operator := len(mode)
	if not {
		operator++
	}
	ok = true
	for _, value := range values {
		value = skipRunes(value, operator)
		if f.Type == "time" {
			test, has, valid := r.during(value)
			ok = ok && valid
			if has {
				c.Tests = append(c.Tests, test)
			}
			continue
		}
		if test, has := textTest(f, mode, value); has {
			c.Tests = append(c.Tests, test)
		}
	}
	return c, ok
}

// skipRunes drops the first n characters, whatever they are.
func skipRunes(text string, n int) string {
	for range n {
		_, size := utf8.DecodeRuneInString(text)
		text = text[size:]
	}
	return text
}

// textTest is the test that mode makes of value. Contains, Begins and Ends make
// none of an empty value.
func textTest(f Field, mode, value string) (Test, bool) {
	switch {
	case mode == "":
		return Test{Op: Equals, Text: value}, true
	case mode == "~" && f.Type == "text" && f.Format == "list":
		words := splitWords(value)
		return Test{Op: HasWords, Words: words}, len(words) > 0
	case value == "":
		return Test{}, false
	case mode == "~":
		return Test{Op: Contains, Text: value}, true
	case mode == "^":
		return Test{Op: Begins, Text: value}, true
	default:
		return Test{Op: Ends, Text: value}, true
	}
}

// splitWords takes apart what is looked for in a list: words between spaces,
// phrases in double quotes; with "-" before it a word must not be there.
func splitWords(text string) []Word {
	var words []Word
	add := func(word string) {
		word, not := strings.CutPrefix(strings.TrimSpace(word), "-")
		if word != "" || !not {
			words = append(words, Word{word, not})
		}
	}
	for text != "" {
		piece := text[:nextPiece(text)]
		text = text[len(piece):]
		if piece[0] == '"' && piece[len(piece)-1] == '"' {
			add(piece[1:max(1, len(piece)-1)])
			continue
		}
		for _, word := range strings.Fields(piece) {
			add(word)
		}
	}
	return words
}

// nextPiece is the length of the phrase that text begins with or, when there is
// none, of what stands before the first phrase. A phrase is not empty.
func nextPiece(text string) int {
	for from := 0; ; {
		open := strings.IndexByte(text[from:], '"')
		if open < 0 {
			return len(text)
		}
		open += from
		length := strings.IndexByte(text[open+1:], '"')
		switch {
		case length < 0:
			return len(text)
		case length == 0:
			from = open + 1
		case open == 0:
			return length + 2
		default:
			return open
		}
	}
}

// during is the test of a time: "since..before", either side may be missing, or
// "since" alone. There is no test when no side is given.
func (r *queryReader) during(value string) (t Test, has, ok bool) {
	if value == "" {
		return Test{Op: Unset}, true, true
	}
	since, before, _ := strings.Cut(value, "..")
	t.Op = During
	ok = true
	for _, side := range []struct {
		text string
		to   **int64
	}{{since, &t.Since}, {before, &t.Before}} {
		text := strings.TrimSpace(side.text)
		if text == "" {
			continue
		}
		when, valid := parseDate(text, r.in.Now)
		if !valid {
			ok = false
			continue
		}
		micros := when.UnixMicro()
		*side.to = &micros
	}
	return t, t.Since != nil || t.Before != nil, ok
}

// numbers reads ids: "1,3-5". Where nothing at all is written every ticket is
// meant: then c is given back without a field. A range from a higher number to a
// lower one is empty.
func (c Condition) numbers(values []string) (Condition, bool) {
	written := false
	var ranges []Test
	for _, value := range values {
		value = strings.ReplaceAll(value, "!", "")
		if value == "" {
			continue
		}
		written = true
		for part := range strings.SplitSeq(value, ",") {
			low, high, ok := readRange(strings.TrimPrefix(part, "\u200b"))
			if !ok {
				return Condition{}, false
			}
			if low <= high {
				ranges = append(ranges, Test{Op: Between, Low: low, High: high})
			}
		}
	}
	if !written {
		return Condition{}, true
	}
	c.Tests = mergeRanges(ranges)
	return c, true
}

func readRange(text string) (low, high int, ok bool) {
	if a, b, found := strings.Cut(text, "-"); found {
		low, okLow := pythonInt(a)
		high, okHigh := pythonInt(b)
		if okLow && okHigh {
			return low, high, true
		}
	}
	low, ok = pythonInt(text)
	return low, low, ok
}

// mergeRanges sorts ranges and joins those that overlap or touch.
func mergeRanges(ranges []Test) []Test {
	sort.Slice(ranges, func(i, j int) bool { return ranges[i].Low < ranges[j].Low })
	merged := ranges[:0]
	for _, r := range ranges {
		last := len(merged) - 1
		if last >= 0 && (r.Low <= merged[last].High || r.Low == merged[last].High+1) {
			merged[last].High = max(merged[last].High, r.High)
			continue
		}
		merged = append(merged, r)
	}
	return merged
}
