package auth

import (
	"strings"
	"unicode/utf8"
)

// glob is a pattern as Python's fnmatchcase reads it: "*" is anything, slashes
// too, "?" one character, "[ab]", "[a-z]" and "[!a]" one of a set. Nothing quotes
// these. Matching takes at most the pattern's length times the text's.
type glob struct {
	prefix string // what stands before the first of these
	rest   []globToken
}

// globToken matches any text, or one character of its set.
type globToken struct {
	star bool
	not  bool // a character that is not in the set
	set  []runeRange
}

type runeRange struct{ low, high rune }

func parseGlob(pattern string) glob {
	runes := []rune(pattern)
	g := glob{}
	literal := true
	for i := 0; i < len(runes); i++ {
		t := one(runes[i])
		switch runes[i] {
		case '*':
			t = globToken{star: true}
		case '?':
			t = globToken{not: true}
		case '[':
			if end := setEnd(runes, i+1); end > 0 {
				t = parseSet(runes[i+1 : end])
				i = end
				break
			}
			fallthrough // it is never closed, so it stands for itself
		default:
			if literal {
				g.prefix += string(runes[i])
				continue
			}
		}
		literal = false
		if n := len(g.rest); t.star && n > 0 && g.rest[n-1].star {
			continue
		}
		g.rest = append(g.rest, t)
	}
	return g
}

func one(r rune) globToken { return globToken{set: []runeRange{{r, r}}} }

// setEnd finds the bracket that closes a set; 0 when none does. One that stands
// first is in the set.
func setEnd(runes []rune, i int) int {
	if i < len(runes) && runes[i] == '!' {
		i++
	}
	if i < len(runes) && runes[i] == ']' {
		i++
	}
	for ; i < len(runes); i++ {
		if runes[i] == ']' {
			return i
		}
	}
	return 0
}

// parseSet reads what stands between the brackets. A range that ends before it
// begins is none; where that leaves a "!" first, it counts as one.
func parseSet(runes []rune) globToken {
	chunks := splitRanges(runes)
	for k := len(chunks) - 1; k > 0; k-- {
		before, after := chunks[k-1], chunks[k]
		if before[len(before)-1] > after[0] {
			chunks[k-1] = append(before[:len(before)-1:len(before)-1], after[1:]...)
			chunks = append(chunks[:k], chunks[k+1:]...)
		}
	}
	t := globToken{}
	if len(chunks[0]) > 0 && chunks[0][0] == '!' {
		t.not = true
		chunks[0] = chunks[0][1:]
	}
	for k, chunk := range chunks {
		for _, r := range chunk {
			t.set = append(t.set, runeRange{r, r})
		}
		if k == 0 {
			continue
		}
		between := runeRange{'-', '-'} // it has nothing before it, so it is no range
		if before := chunks[k-1]; len(before) > 0 {
			between = runeRange{before[len(before)-1], chunk[0]}
		}
		t.set = append(t.set, between)
	}
	return t
}

// splitRanges cuts a set at the hyphens that stand for ranges; others are
// members of it.
func splitRanges(runes []rune) [][]rune {
	var chunks [][]rune
	start, k := 0, 1
	if runes[0] == '!' {
		k = 2
	}
	for ; k < len(runes); k++ {
		if runes[k] == '-' {
			chunks = append(chunks, runes[start:k])
			start = k + 1
			k += 2
		}
	}
	if start < len(runes) {
		return append(chunks, runes[start:])
	}
	last := len(chunks) - 1
	chunks[last] = append(chunks[last][:len(chunks[last]):len(chunks[last])], '-')
	return chunks
}

// matches tells whether the whole of text is what the pattern says. A star that
// was passed takes as little as the rest allows.
func (g *glob) matches(text []byte) bool {
	if len(text) < len(g.prefix) || string(text[:len(g.prefix)]) != g.prefix {
		return false
	}
	at, token := len(g.prefix), 0
	retryAt, retryToken := -1, 0
	for at < len(text) {
		if token < len(g.rest) && g.rest[token].star {
			token++
			retryAt, retryToken = at, token
			continue
		}
		r, size := rune(text[at]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(text[at:])
		}
		if token < len(g.rest) && g.rest[token].has(r) {
			at, token = at+size, token+1
			continue
		}
		if retryAt < 0 {
			return false
		}
		_, size = utf8.DecodeRune(text[retryAt:])
		retryAt += size
		at, token = retryAt, retryToken
	}
	for token < len(g.rest) && g.rest[token].star {
		token++
	}
	return token == len(g.rest)
}

func (t *globToken) has(r rune) bool {
	for _, in := range t.set {
		if in.low <= r && r <= in.high {
			return !t.not
		}
	}
	return t.not
}

// everyOf tells whether the pattern matches every name of a resource of realm
// without looking at more than the realm.
func (g *glob) everyOf(pattern, realm string) bool {
	if !strings.HasPrefix(realm+":", g.prefix) {
		return false
	}
	switch pattern[len(g.prefix):] {
	case "*@*":
		return true
	case "*:*@*":
		return !strings.HasSuffix(g.prefix, ":")
	}
	return false
}

// noneOf tells whether the pattern matches no name of a resource of realm.
func (g *glob) noneOf(realm string) bool {
	realm += ":"
	n := min(len(realm), len(g.prefix))
	return realm[:n] != g.prefix[:n]
}
