package notify

import (
	"slices"
	"strings"
	"unicode"
)

// breakable are the characters between which lines may be broken anywhere, from
// one to the other (trac/util/text.py, UnicodeTextWrapper).
var breakable = [...][2]rune{
	{0x1100, 0x11ff}, {0x2e80, 0x2eff}, {0x3000, 0x33ff}, {0x3400, 0x4dbf}, {0x4e00, 0x9fff}, {0xa960, 0xa97f},
	{0xac00, 0xd7ff}, {0xf900, 0xfaff}, {0xfe30, 0xfe4f}, {0xff00, 0xffef}, {0x20000, 0x3ffff},
}

func isBreakable(r rune) bool {
	return r >= breakable[0][0] && slices.ContainsFunc(breakable[:], func(to [2]rune) bool { return to[0] <= r && r <= to[1] })
}

// isWord tells whether a character is part of words.
func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) || r == '_' }

// isMark tells whether a character is neither space nor part of a word.
func isMark(r rune) bool { return !isSpace(r) && !isWord(r) }

// split divides a text where a line may end: around white space, around text of
// breakable characters, after the hyphens of compound words and around dashes
// that are written as two hyphens. Joined, the pieces are the text. It looks at
// each character a few times at most.
func split(text string) []string {
	runes := []rune(text)
	var pieces []string
	done := 0
	for i := 0; i < len(runes); {
		end := separator(runes, i, done)
		if end == i {
			i++
			continue
		}
		if done < i {
			pieces = append(pieces, string(runes[done:i]))
		}
		pieces = append(pieces, string(runes[i:end]))
		done, i = end, end
	}
	if done < len(runes) {
		pieces = append(pieces, string(runes[done:]))
	}
	return pieces
}

// separator is the end of the piece that begins at i and stands for itself; i
// when there is none. The piece before ended at done.
func separator(runes []rune, i, done int) int {
	switch r := runes[i]; {
	case isSpace(r):
		return run(runes, i, isSpace)
	case isBreakable(r):
		return run(runes, i, isBreakable)
	}
	if end := compound(runes, i, done); end > i {
		return end
	}
	if runes[i] == '-' && i > 0 && (isWord(runes[i-1]) || strings.ContainsRune(`!"'&.,?`, runes[i-1])) {
		end := run(runes, i, func(r rune) bool { return r == '-' })
		if end-i >= 2 && end < len(runes) && isWord(runes[end]) {
			return end
		}
	}
	return i
}

// compound is the end of the first part of a compound word, with the marks before
// it and the hyphen after it: both parts have more than a letter, and no digit at
// the hyphen or none but digits behind it.
func compound(runes []rune, i, done int) int {
	if i > done && isMark(runes[i]) == isMark(runes[i-1]) {
		return i // had it been one, it had begun before
	}
	word := run(runes, i, isMark)
	hyphen := run(runes, word, isWord)
	if hyphen-word < 2 || hyphen == len(runes) || runes[hyphen] != '-' || isDigit(runes[hyphen-1]) {
		return i
	}
	for next := hyphen + 1; next < len(runes) && isWord(runes[next]); next++ {
		if next > hyphen+1 && !isDigit(runes[next]) {
			return hyphen + 1
		}
	}
	return i
}

func isDigit(r rune) bool { return '0' <= r && r <= '9' }

// run is the end of the characters from i on that are of a kind.
func run(runes []rune, i int, is func(rune) bool) int {
	for i < len(runes) && is(runes[i]) {
		i++
	}
	return i
}
