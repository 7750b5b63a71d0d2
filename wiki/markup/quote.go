package markup

import "strings"

// setTab remembers column as a tab stop and forgets those beyond it.
func (p *parser) setTab(column int) {
	n := 0
	for n < len(p.tabstops) && p.tabstops[n] < column {
		n++
	}
	p.tabstops = append(p.tabstops[:n], column)
}

// indent is a line that begins with white space up to column: it continues a
// list item or a definition, or it is a quote.
func (p *parser) indent(column int) {
	if len(p.lists) > 0 && p.continueItem(column) {
		return
	}
	if !p.inDefinitions {
		p.setQuoteDepth(column)
	}
}

func (p *parser) continueItem(column int) bool {
	last := p.lists[len(p.lists)-1]
	if column < last.column {
		for _, l := range p.lists {
			if column > l.column {
				p.inItem = true
				p.setListDepth(column, nil)
				return true
			}
		}
		return false
	}
	text := last.column + 2
	if last.ordered {
		text++
	}
	if column > text {
		return false
	}
	p.inItem = true
	return true
}

func (p *parser) closeQuotes() { p.setQuoteDepth(0) }

// setQuoteDepth opens and closes indented quotes so that the innermost stands at
// column.
func (p *parser) setQuoteDepth(column int) {
	if outer := p.quoteColumn(); column > outer {
		p.setTab(column)
		for _, tab := range p.tabstops {
			if tab > outer {
				p.openQuote(tab)
			}
		}
	} else {
		p.closeQuotesTo(column)
	}
	if column > 0 {
		p.inQuote = true
	}
}

func (p *parser) closeQuotesTo(column int) {
	for len(p.quotes) > 0 && column < p.quoteColumn() {
		p.closeTable()
		p.closeParagraph()
		p.quotes = p.quotes[:len(p.quotes)-1]
		p.block(Event{Kind: QuoteClose})
	}
	switch {
	case column <= 0:
	case len(p.quotes) > 0:
		p.quotes[len(p.quotes)-1] = column
	default:
		p.openQuote(column)
	}
}

func (p *parser) quoteColumn() int {
	if len(p.quotes) == 0 {
		return 0
	}
	return p.quotes[len(p.quotes)-1]
}

func (p *parser) openQuote(column int) {
	p.closeTable()
	p.closeParagraph()
	p.closeLists()
	p.quotes = append(p.quotes, column)
	p.setTab(column)
	p.block(Event{Kind: QuoteOpen})
}

// citationStart finds the mark of a cited line.
func citationStart(line string) (at int, ok bool) {
	at = skipSpace(line, 0)
	return at, at < len(line) && line[at] == '>'
}

func (p *parser) citationLine(line string, at int) {
	p.closeParagraph()
	if len(p.citation) == 0 && runes(line[:at]) < p.listColumn() {
		p.closeListsTo(runes(line[:at]))
	}
	p.citation = append(p.citation, line[at+1:])
}

func (p *parser) endCitation(keepNewlines bool) {
	if len(p.citation) == 0 {
		return
	}
	lines := p.citation
	p.citation = nil
	if startWithSpace(lines) {
		for i, line := range lines {
			lines[i] = strings.TrimPrefix(line, " ")
		}
	}
	if p.depth >= p.doc.maxDepth(300) {
		p.block(Event{Kind: Message, Text: "Error: citation failed", Detail: "Citations stand too deep in each other"})
		return
	}
	p.block(Event{Kind: Citation, Doc: p.doc.sub(p.doc.source(lines), p.depth+1, keepNewlines)})
}

// startWithSpace tells whether every line has the space that people write after
// the mark, unless it is empty or cited again.
func startWithSpace(lines []string) bool {
	for _, line := range lines {
		if line != "" && line[0] != ' ' && line[0] != '>' {
			return false
		}
	}
	return true
}
