package markup

import "slices"

// toggle opens a style or closes it. Styles that were opened after it are closed
// and opened again, since HTML elements must not overlap.
func (p *parser) toggle(style int32) {
	p.leaveList()
	if slices.Contains(p.styles, style) {
		p.closeStyle(style)
	} else {
		p.openStyle(style)
	}
}

// boldItalic is the mark of five quotes: it stands for both styles, and for the
// change from one to the other when one is open.
func (p *parser) boldItalic() {
	p.leaveList()
	b, i := slices.Index(p.styles, bold), slices.Index(p.styles, italic)
	switch {
	case b >= 0 && i >= 0 && i < b:
		p.closeStyle(bold)
		p.closeStyle(italic)
	case b >= 0 && i >= 0:
		p.closeStyle(italic)
		p.closeStyle(bold)
	case b >= 0:
		p.closeStyle(bold)
		p.openStyle(italic)
	case i >= 0:
		p.closeStyle(italic)
		p.openStyle(bold)
	default:
		p.openStyle(bold)
		p.openStyle(italic)
	}
}

// leaveList ends the lists before a line that begins with a style.
func (p *parser) leaveList() {
	if len(p.lists) > 0 && !p.inItem {
		p.closeLists()
	}
}

func (p *parser) openStyle(style int32) {
	p.styles = append(p.styles, style)
	p.inline(Event{Kind: StyleOpen, N: style})
}

func (p *parser) closeStyle(style int32) {
	at := slices.Index(p.styles, style)
	for i := len(p.styles) - 1; i >= at; i-- {
		p.inline(Event{Kind: StyleClose, N: p.styles[i]})
	}
	p.styles = slices.Delete(p.styles, at, at+1)
	for _, s := range p.styles[at:] {
		p.inline(Event{Kind: StyleOpen, N: s})
	}
	p.settled = min(p.settled, at)
}

// flushStyles closes all styles where a block begins or ends: before the content
// of the line those that earlier lines opened, and within it those that the line
// itself has opened.
func (p *parser) flushStyles() {
	for i := len(p.styles) - 1; i >= 0; i-- {
		e := Event{Kind: StyleClose, N: p.styles[i]}
		if i < p.settled {
			p.block(e)
		} else {
			p.inline(e)
		}
	}
	p.styles, p.settled = p.styles[:0], 0
}

// flushStylesInline closes all styles within the line.
func (p *parser) flushStylesInline() {
	p.settled = 0
	p.flushStyles()
}
