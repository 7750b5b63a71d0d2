package notify

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// columns is how wide the text of a mail is.
const columns = 75

// wrapper breaks paragraphs into lines as Trac does (trac/util/text.py, wrap):
// between words, after hyphens and anywhere in text of East Asian characters, but
// never within another word.
type wrapper struct {
	wide bool // ambiguous characters are as wide as East Asian ones
}

// isSpace is what Python's regular expressions and strip take for white space.
func isSpace(r rune) bool {
	return unicode.IsSpace(r) || 0x1c <= r && r <= 0x1f
}

// strip is a text without white space around it.
func strip(text string) string { return strings.TrimFunc(text, isSpace) }

// unixLines is a text whose lines end in "\n".
func unixLines(text string) string {
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
}

// width is how many columns of a screen a text takes.
func (w wrapper) width(text string) int {
	n := 0
	for _, r := range text {
		n += w.runeWidth(r)
	}
	return n
}

func (w wrapper) runeWidth(r rune) int {
	if r < 0x80 {
		return 1
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	case width.EastAsianAmbiguous:
		if w.wide {
			return 2
		}
	}
	return 1
}

// wrap breaks a text into lines of cols columns, of which the indents are part;
// first is that of the first line of each paragraph.
func (w wrapper) wrap(text string, cols int, first, rest string) string {
	var lines []string
	for paragraph := range strings.SplitSeq(unixLines(strip(text)), "\n") {
		words := split(expandTabs(strings.TrimRightFunc(paragraph, isSpace)))
		if len(words) == 0 {
			lines = append(lines, "")
		}
		lines = append(lines, w.fill(words, cols, first, rest)...)
	}
	return strings.Join(lines, "\n")
}

// fill puts the words of a paragraph into lines.
func (w wrapper) fill(words []string, cols int, first, rest string) []string {
	var lines []string
	indent := first
	for len(words) > 0 {
		if len(lines) > 0 {
			indent = rest
			if strip(words[0]) == "" {
				words = words[1:]
			}
		}
		var line []string
		line, words = w.line(words, cols-w.width(indent))
		if n := len(line); n > 0 && strip(line[n-1]) == "" {
			line = line[:n-1]
		}
		if len(line) > 0 {
			lines = append(lines, indent+strings.Join(line, ""))
		}
	}
	return lines
}

// line takes as many words as there is room for, at least one, and returns the
// others too. It overwrites what is left of a word that it divides.
func (w wrapper) line(words []string, room int) (line, left []string) {
	left = words
	for len(left) > 0 {
		head, tail := w.cut(left[0], room)
		if tail == "" {
			line, left, room = append(line, head), left[1:], room-w.width(head)
			continue
		}
		if r, _ := utf8.DecodeRuneInString(head); head != "" && isBreakable(r) {
			left[0] = tail
			return append(line, head), left
		}
		break
	}
	if len(line) == 0 && len(left) > 0 {
		line, left = left[:1], left[1:]
	}
	return line, left
}

// cut divides a word after as many characters as there is room for.
func (w wrapper) cut(word string, room int) (head, tail string) {
	for i, r := range word {
		n := w.runeWidth(r)
		if room < n {
			return word[:i], word[i:]
		}
		room -= n
	}
	return word, ""
}

// expandTabs puts spaces for tabs, up to the next multiple of eight characters.
func expandTabs(text string) string {
	if !strings.Contains(text, "\t") {
		return text
	}
	var b strings.Builder
	column := 0
	for _, r := range text {
		if r != '\t' {
			b.WriteRune(r)
			column++
			continue
		}
		n := 8 - column%8
		b.WriteString("        "[:n])
		column += n
	}
	return b.String()
}
