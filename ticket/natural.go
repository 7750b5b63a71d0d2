package ticket

import (
	"cmp"
	"strings"
)

// compareNatural compares names by their parts, digits as numbers, so that m9
// comes before m10 (trac/util, embedded_numbers).
func compareNatural(a, b string) int {
	for {
		textA, digitsA, restA, moreA := nextParts(a)
		textB, digitsB, restB, moreB := nextParts(b)
		if c := strings.Compare(textA, textB); c != 0 {
			return c
		}
		if !moreA || !moreB {
			return cmp.Compare(truth(moreA), truth(moreB))
		}
		if c := compareDigits(digitsA, digitsB); c != 0 {
			return c
		}
		a, b = restA, restB
	}
}

// nextParts takes the text before the first digits and these digits from s; more
// is false when there are none.
func nextParts(s string) (text, digits, rest string, more bool) {
	start := strings.IndexAny(s, "0123456789")
	if start < 0 {
		return s, "", "", false
	}
	end := start
	for end < len(s) && '0' <= s[end] && s[end] <= '9' {
		end++
	}
	return s[:start], s[start:end], s[end:], true
}

func compareDigits(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}
