package search

import (
	"strings"
	"unicode/utf8"
)

// How much of a text an excerpt shows: so many characters from the first term on,
// and at most so many before it (trac/search/api.py, shorten_result).
const (
	excerptLength = 240
	excerptBefore = 60
)

// Excerpt is the part of a text around the first of terms that is in it.
func Excerpt(text string, terms []string) string {
	chars := []rune(text)
	at := firstTerm(text, terms)
	begin := 0
	if at > excerptBefore {
		begin = sentence(chars, at-excerptBefore, at-1)
	}
	end := min(len(chars), at+excerptLength)
	var b strings.Builder
	if at > excerptBefore {
		b.WriteString("... ")
	}
	b.WriteString(string(chars[begin:max(begin, end)]))
	if at < len(chars)-excerptLength {
		b.WriteString(" ...")
	}
	return b.String()
}

// firstTerm is the place, in characters, where the first term of those in text
// begins; -1 when there is none.
func firstTerm(text string, terms []string) int {
	lower := strings.ToLower(text)
	first := -1
	for _, term := range terms {
		i := strings.Index(lower, strings.ToLower(term))
		if i >= 0 && (first < 0 || i < first) {
			first = i
		}
	}
	if first < 0 {
		return -1
	}
	return utf8.RuneCountInString(lower[:first])
}

// sentence is where in chars[from:to] a sentence begins: after the first full
// stop in there, or else colon, semicolon or equals sign, or else at from.
func sentence(chars []rune, from, to int) int {
	window := string(chars[from:to])
	for _, mark := range []string{".", ":", ";", "="} {
		if i := strings.Index(window, mark); i >= 0 {
			return from + utf8.RuneCountInString(window[:i]) + 1
		}
	}
	return from
}

// lineLength is how many characters of a text a title shows.
const lineLength = 75

// Line is the beginning of a text, for a title: cut between words if it is too
// long (trac/util/text.py, shorten_line).
func Line(text string) string {
	chars := []rune(text)
	if len(chars) <= lineLength {
		return text
	}
	const more = " ..."
	cut := lineLength - len(more)
	for i := cut - 1; i >= 0; i-- {
		if chars[i] == ' ' || chars[i] == '\n' {
			return string(chars[:i]) + more
		}
	}
	return string(chars[:cut]) + more
}
