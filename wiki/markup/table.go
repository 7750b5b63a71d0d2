package markup

import "strings"

// cell begins a table cell at the separator sep; after is where it ends in the
// line. last says that nothing but rest follows in the line.
func (p *parser) cell(sep string, after int, last bool, rest string) {
	p.openRow("")
	p.continueTable = true
	pipes := len(sep)
	if sep[0] == '=' {
		pipes--
	}
	header := sep[len(sep)-1] == '='
	if header {
		pipes--
	}
	span := pipes / 2
	if last {
		if strings.HasSuffix(rest, `\`) {
			p.continueRow = true
		}
		span--
		if span == 0 {
			return
		}
	}
	align := alignment(p.text, after)
	if p.inCell {
		p.flushStylesInline()
		p.inline(Event{Kind: CellClose, Flag: p.cellIsHeader})
	}
	p.inline(Event{Kind: CellOpen, Flag: header, N: int32(span), Text: align})
	p.inCell, p.freshCell, p.cellIsHeader = true, true, header
}

// alignment reads how a cell is aligned from the spaces around its text.
func alignment(line string, after int) string {
	left := after < len(line) && line[after] != ' '
	next := nextSeparator(line, after)
	right := next >= 0 && line[next] != ' '
	switch {
	case left && !right:
		return "left"
	case left:
		return ""
	case right:
		return "right"
	case next < 0:
		return ""
	}
	first, last := after+1, next-1
	if first < last && line[first] == ' ' && line[last] == ' ' {
		return "center"
	}
	return ""
}

// nextSeparator is the last byte before the next || or =|| that is not escaped,
// or -1.
func nextSeparator(line string, from int) int {
	for i := from; ; {
		n := strings.Index(line[i:], "||")
		if n < 0 {
			return -1
		}
		at := i + n
		for _, before := range [2]int{at - 2, at - 1} {
			if before < from || line[before] == '!' || before == at-2 && line[at-1] != '=' {
				continue
			}
			return before
		}
		i = at + 1
	}
}

// rowSeparator begins a table row with the attributes of |---.
func (p *parser) rowSeparator(arg *Arg) {
	p.openTable()
	p.closeRow(true)
	attributes := ""
	if arg != nil {
		attributes = p.doc.options.Policy.attributes("tr", []Arg{*arg})
	}
	p.openRow(attributes)
	p.continueTable, p.continueRow = true, true
}

func (p *parser) openTable() {
	if p.inTable {
		return
	}
	p.closeParagraph()
	p.closeLists()
	p.closeDefinitions()
	p.inTable = true
	p.block(Event{Kind: TableOpen})
}

func (p *parser) openRow(attributes string) {
	p.openTable()
	if p.inRow {
		return
	}
	p.inRow = true
	p.block(Event{Kind: RowOpen, Text: attributes})
}

func (p *parser) closeRow(force bool) {
	if p.inRow && (!p.continueRow || force) {
		p.inRow = false
		if p.inCell {
			p.flushStyles()
			p.add(Event{Kind: CellClose, Flag: p.cellIsHeader}, p.freshCell)
			p.inCell = false
		}
		p.block(Event{Kind: RowClose})
	}
	p.continueRow = false
}

func (p *parser) closeTable() {
	if p.inTable {
		p.closeRow(true)
		p.block(Event{Kind: TableClose})
		p.inTable = false
	}
}
