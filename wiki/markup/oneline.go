package markup

import (
	"strings"
	"unicode/utf8"
)

const maxLine = 75

// parseOneLine reads text as a heading or a summary: blocks become "[...]".
func (d *Document) parseOneLine(text string, shorten bool) {
	if text == "" {
		return
	}
	open := false
	if strings.ContainsAny(text, "\r\n{}") || trim(text) != text || hasOddLineEnd(text) {
		text, open = foldBlocks(text)
	}
	if shorten {
		text = shortenLine(text)
	}
	p := &parser{doc: d}
	p.scanner.scan(p, text)
	p.inline(Event{Kind: Ellipsis})
	p.flushStyles()
	if open {
		p.inline(Event{Kind: Text, Text: "[…]"})
	}
	d.events = p.line
}

func hasOddLineEnd(text string) bool {
	return strings.ContainsAny(text, "\x1c\x1d\x1e\u0085\u2028\u2029")
}

// foldBlocks replaces each block by a mark, and leaves comments out. open tells
// that the last block is not closed.
func foldBlocks(text string) (folded string, open bool) {
	var b strings.Builder
	nesting, processor := 0, ""
	for _, line := range splitLines(trim(text)) {
		_, starts := matchBlockStart(line)
		switch {
		case starts:
			nesting++
		case trim(line) == blockEnd:
			if nesting == 0 {
				continue
			}
			nesting--
			if nesting == 0 {
				if processor != "comment" {
					b.WriteString(" [...]\n")
				}
				processor = ""
			}
		case nesting > 0:
			if processor == "" && strings.HasPrefix(line, "#!") {
				processor = trim(line[2:])
			}
		default:
			b.WriteString(line)
			b.WriteByte('\n')
		}
	}
	return strings.TrimSuffix(b.String(), "\n"), nesting > 0
}

// shortenLine cuts a text after a word, so that it is not longer than a line.
func shortenLine(text string) string {
	if utf8.RuneCountInString(text) <= maxLine {
		return text
	}
	const suffix = " ..."
	end := 0
	for range maxLine - len(suffix) {
		_, n := runeAt(text, end)
		end += n
	}
	if cut := strings.LastIndexAny(text[:end], " \n"); cut >= 0 {
		end = cut
	}
	return text[:end] + suffix
}
