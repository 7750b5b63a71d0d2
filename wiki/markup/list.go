package markup

import "strconv"

// list is an open list and the column of its bullets.
type list struct {
	ordered bool
	column  int
}

// item begins a list item at a column; mark is what stands before the dot of a
// numbered item, or empty for a bullet.
func (p *parser) item(column int, mark string) {
	p.inItem = true
	e := Event{Kind: ListOpen, N: -1}
	if mark != "" {
		e.Flag = true
		e.Text, e.N = numbering(mark)
	}
	p.setListDepth(column, &e)
}

// numbering reads the class and the start of a list from the mark of its first
// item; -1 is no start.
func numbering(mark string) (class string, start int32) {
	c := mark[0]
	switch {
	case c == 'i':
		return "lowerroman", -1
	case c == 'I':
		return "upperroman", -1
	case c >= '0' && c <= '9':
		n, err := strconv.ParseInt(mark, 10, 32)
		if mark == "1" || err != nil { // a list cannot start past all numbers
			return "", -1
		}
		return "", int32(n)
	case c >= 'a':
		return "loweralpha", letterStart(mark, 'a')
	default:
		return "upperalpha", letterStart(mark, 'A')
	}
}

func letterStart(mark string, first byte) int32 {
	if len(mark) > 1 || mark[0] == first {
		return -1
	}
	return int32(mark[0]-first) + 1
}

// setListDepth opens and closes lists so that the innermost stands at column.
// Without an item to open it only closes.
func (p *parser) setListDepth(column int, open *Event) {
	if column > p.listColumn() {
		p.openList(column, open)
		return
	}
	for len(p.lists) > 0 && column < p.listColumn() {
		p.closeList()
	}
	if open == nil || column < 0 {
		return
	}
	if len(p.lists) == 0 {
		p.openList(column, open)
		return
	}
	last := &p.lists[len(p.lists)-1]
	if last.ordered != open.Flag {
		p.closeList()
		p.openList(column, open)
		return
	}
	last.column = column
	p.closeItem()
	p.block(Event{Kind: ItemOpen})
}

func (p *parser) listColumn() int {
	if len(p.lists) == 0 {
		return -1
	}
	return p.lists[len(p.lists)-1].column
}

func (p *parser) openList(column int, open *Event) {
	p.closeTable()
	p.closeParagraph()
	p.closeQuotes()
	p.lists = append(p.lists, list{ordered: open.Flag, column: column})
	p.setTab(column)
	p.block(*open)
	p.block(Event{Kind: ItemOpen})
}

func (p *parser) closeItem() {
	p.flushStyles()
	p.block(Event{Kind: ItemClose})
}

func (p *parser) closeList() {
	last := p.lists[len(p.lists)-1]
	p.lists = p.lists[:len(p.lists)-1]
	p.closeItem()
	p.block(Event{Kind: ListClose, Flag: last.ordered})
}

func (p *parser) closeLists() { p.closeListsTo(-1) }

func (p *parser) closeListsTo(column int) {
	if len(p.lists) > 0 {
		p.setListDepth(column, nil)
	}
}
