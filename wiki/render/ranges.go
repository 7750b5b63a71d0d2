package render

import (
	"math/big"
	"slices"
	"strings"
)

// span is a range of numbers with both its ends. The numbers may be of any size:
// people write such things.
type span struct{ first, last *big.Int }

// maxDigits bounds how long a number may be.
const maxDigits = 4300

// parseRanges reads "1,3-5" into spans that do not touch, in their order. A
// range that runs backwards is empty.
func parseRanges(s string) (spans []span, ok bool) {
	if s == "" {
		return nil, true
	}
	for part := range strings.SplitSeq(s, ",") {
		part = strings.TrimPrefix(part, "\u200b")
		low, high, isRange := strings.Cut(part, "-")
		if !isRange {
			high = low
		}
		first, ok1 := wholeNumber(low)
		last, ok2 := wholeNumber(high)
		if !ok1 || !ok2 {
			return nil, false
		}
		if first.Cmp(last) <= 0 {
			spans = append(spans, span{first, last})
		}
	}
	return joinSpans(spans), true
}

func wholeNumber(s string) (*big.Int, bool) {
	s = strings.TrimSpace(s)
	if s == "" || len(s) > maxDigits {
		return nil, false
	}
	return new(big.Int).SetString(s, 10)
}

// joinSpans sorts spans and joins those that touch.
func joinSpans(spans []span) []span {
	slices.SortFunc(spans, func(a, b span) int {
		if c := a.first.Cmp(b.first); c != 0 {
			return c
		}
		return a.last.Cmp(b.last)
	})
	joined := spans[:0]
	for _, s := range spans {
		n := len(joined)
		before := new(big.Int).Sub(s.first, big.NewInt(1))
		if n == 0 || before.Cmp(joined[n-1].last) > 0 {
			joined = append(joined, s)
		} else if s.last.Cmp(joined[n-1].last) > 0 {
			joined[n-1].last = s.last
		}
	}
	return joined
}

// singleNumber is the number of spans that hold only one.
func singleNumber(spans []span) (n int, ok bool) {
	if len(spans) != 1 || spans[0].first.Cmp(spans[0].last) != 0 {
		return 0, false
	}
	if !spans[0].first.IsInt64() {
		return 0, true
	}
	return int(spans[0].first.Int64()), true
}

func formatRanges(spans []span) string {
	var b strings.Builder
	for i, s := range spans {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(s.first.String())
		if s.last.Cmp(s.first) != 0 {
			b.WriteByte('-')
			b.WriteString(s.last.String())
		}
	}
	return b.String()
}

// holds tells whether a number is in one of the spans.
func holds(spans []span, n int) bool {
	at := big.NewInt(int64(n))
	return slices.ContainsFunc(spans, func(s span) bool { return s.first.Cmp(at) <= 0 && at.Cmp(s.last) <= 0 })
}
