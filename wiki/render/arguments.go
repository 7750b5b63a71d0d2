package render

import (
	"strconv"
	"strings"
	"unicode"

	"tracrpc/wiki/markup"
)

// arguments are what stands between the parentheses of a macro call.
type arguments struct {
	list  []string
	named map[string]string
}

// readArguments splits content at its commas. A part of the form name=value is
// named; strict allows only names that Python would.
func readArguments(content string, strict bool) arguments {
	a := arguments{named: map[string]string{}}
	for _, part := range markup.SplitArgs(content) {
		name, value, found := strings.Cut(part, "=")
		if found && name != "" && (!strict || isIdentifier(strings.TrimLeftFunc(name, unicode.IsSpace))) {
			a.named[strings.TrimSpace(name)] = value
		} else {
			a.list = append(a.list, part)
		}
	}
	return a
}

// isIdentifier tells whether s is a name of at least two characters.
func isIdentifier(s string) bool {
	for i, r := range s {
		letter := r|0x20 >= 'a' && r|0x20 <= 'z' || r == '_'
		if !letter && (i == 0 || !unicode.IsLetter(r) && !unicode.IsNumber(r)) {
			return false
		}
	}
	return len(s) > 1
}

// at is the argument at position i, without the spaces around it; it is empty if
// there is none.
func (a arguments) at(i int) string {
	if i >= len(a.list) {
		return ""
	}
	return strings.TrimSpace(a.list[i])
}

// number is a named argument that is a whole number of at least low; def when it
// is not given.
func (a arguments) number(name string, def, low int) (int, error) {
	value, given := a.named[name]
	if !given {
		return def, nil
	}
	return number(value, name, low, noLimit)
}

// number reads a whole number and moves it into the range from low to high. name
// is what the argument is called in the message, if anything.
func number(s, name string, low, high int) (int, error) {
	n, err := strconv.Atoi(strings.TrimPrefix(strings.TrimSpace(s), "+"))
	if err != nil {
		return 0, invalidArgument(s, name)
	}
	return min(max(n, low), high), nil
}

func invalidArgument(value, name string) error {
	if name != "" {
		value = name + "=" + value
	}
	w := &writer{}
	w.raw("Invalid macro argument ").element("code", value)
	return &markup.MacroError{Message: w.String()}
}

const noLimit = int(^uint(0) >> 1)

// glob tells whether name matches a pattern with *, ? and [sets]. It takes time
// proportional to the product of their lengths at most.
func glob(pattern, name string) bool {
	p, n := 0, 0
	starP, starN := -1, 0
	for n < len(name) {
		if p < len(pattern) && pattern[p] == '*' {
			starP, starN = p, n
			p++
			continue
		}
		if size, next, ok := matchOne(pattern, p, name[n:]); ok {
			p, n = next, n+size
			continue
		}
		if starP < 0 {
			return false
		}
		starN++
		p, n = starP+1, starN
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// matchOne matches one character of s with the pattern at p.
func matchOne(pattern string, p int, s string) (size, next int, ok bool) {
	if p >= len(pattern) {
		return 0, 0, false
	}
	r := []rune(s[:min(len(s), 4)])[0]
	size = len(string(r))
	if pattern[p] == '?' {
		return size, p + 1, true
	}
	if pattern[p] == '[' {
		if in, end, isSet := matchSet(pattern[p:], r); isSet {
			return size, p + end, in
		}
	}
	return 1, p + 1, pattern[p] == s[0]
}

// matchSet matches r with the set at the head of a pattern; end is its length.
func matchSet(pattern string, r rune) (in bool, end int, ok bool) {
	from := 1
	negated := strings.HasPrefix(pattern[1:], "!")
	if negated {
		from++
	}
	if from >= len(pattern) {
		return false, 0, false
	}
	n := strings.IndexByte(pattern[from+1:], ']')
	if n < 0 {
		return false, 0, false
	}
	end = from + 1 + n
	set := []rune(pattern[from:end])
	for i := 0; i < len(set); i++ {
		if i+2 < len(set) && set[i+1] == '-' {
			in = in || set[i] <= r && r <= set[i+2]
			i += 2
			continue
		}
		in = in || set[i] == r
	}
	return in != negated, end + 1, true
}
