package markup

import "strings"

// parser is the block machine: what is open at this point of the text. Its
// states and their order are those of Trac's Formatter (trac/wiki/formatter.py),
// because the order in which things close is visible in the HTML.
type parser struct {
	doc *Document
	source
	depth int // how many blocks and quotes the document stands in

	// line collects the inline content of the current line. Blocks that begin or
	// end within the line go to doc.events at once, that is, before it.
	line []Event
	text string // the current line

	styles   []int32 // the open inline styles
	settled  int     // how many of them earlier lines opened
	lists    []list
	quotes   []int // the columns of the open indented quotes
	tabstops []int
	citation []string

	inItem        bool // the line continues a list item
	inQuote       bool
	inDefinitions bool

	inTable       bool
	inRow         bool
	inCell        bool
	cellIsHeader  bool
	freshCell     bool // the line opened the cell
	freshTerms    bool // the line opened the definition list
	continueTable bool
	continueRow   bool

	scanner scanner
}

func (d *Document) parseLines(text source, depth int, keepNewlines bool) {
	p := &parser{doc: d, source: text, depth: depth}
	for n := 0; n < len(p.lines); {
		if d.work.step(1) {
			return
		}
		n = p.readLine(n, keepNewlines)
	}
	p.endCitation(keepNewlines)
	p.closeBlocks()
}

// readLine decides what line n is before anything in it is looked at. It returns
// the next line to read.
func (p *parser) readLine(n int, keepNewlines bool) (next int) {
	line := p.lines[n]
	if quoted, ok := citationStart(line); ok {
		p.citationLine(line, quoted)
		return n + 1
	}
	p.endCitation(keepNewlines)
	switch {
	case p.ends[n] > 0:
		return p.codeBlock(n)
	case strings.HasPrefix(line, "----"):
		p.closeBlocks()
		p.block(Event{Kind: Rule})
	case line == "":
		p.closeBlocks()
	default:
		p.contentLine(line, keepNewlines)
	}
	return n + 1
}

func (p *parser) contentLine(line string, keepNewlines bool) {
	if strings.IndexByte(line, '\t') >= 0 {
		line = strings.ReplaceAll(line, "\t", "        ")
	}
	indented := line[0] == ' '
	if !indented {
		p.tabstops = p.tabstops[:0]
		if len(p.quotes) > 0 {
			p.closeQuotes()
		}
	}
	p.inItem, p.inQuote = false, false
	p.text = line
	p.line = p.line[:0]
	p.settled = len(p.styles)
	p.scanner.scan(p, line)

	if !p.inItem {
		p.closeLists()
	}
	if !p.inQuote {
		p.closeQuotes()
	}
	if p.inDefinitions && !indented {
		p.closeDefinitions()
	}
	if p.inTable && !p.continueTable {
		p.closeTable()
	}
	p.continueTable = false

	var prose int32
	if !p.inItem && !p.inDefinitions && !p.inTable {
		prose = 1
	}
	p.block(Event{Kind: LineOpen, N: prose})
	p.doc.events = append(p.doc.events, p.line...)
	p.block(Event{Kind: LineClose, N: prose, Flag: keepNewlines})
	p.settled = len(p.styles)
	p.freshCell, p.freshTerms = false, false
	p.closeRow(false)
}

// block adds an event before the content of the current line.
func (p *parser) block(e Event) { p.doc.events = append(p.doc.events, e) }

// inline adds an event to the content of the current line.
func (p *parser) inline(e Event) { p.line = append(p.line, e) }

// add adds the end of something: within the line if the line began it.
func (p *parser) add(e Event, fresh bool) {
	if fresh {
		p.inline(e)
	} else {
		p.block(e)
	}
}

// insideBlock tells whether a list, quote or table is open.
func (p *parser) insideBlock() bool {
	return len(p.lists) > 0 || len(p.quotes) > 0 || p.inDefinitions || p.inTable
}

func (p *parser) closeBlocks() {
	p.closeTable()
	p.closeParagraph()
	p.closeQuotes()
	p.closeLists()
	p.closeDefinitions()
}

func (p *parser) closeParagraph() {
	p.flushStyles()
	p.block(Event{Kind: ParagraphClose})
}

func (p *parser) closeDefinitions() {
	if p.inDefinitions {
		p.add(Event{Kind: DefinitionsClose}, p.freshTerms)
	}
	p.inDefinitions, p.freshTerms = false, false
}

func (p *parser) heading(m *match) {
	p.closeBlocks()
	text := trim(m.label)
	marks := strings.Repeat("=", m.number)
	text = strings.TrimSuffix(text, marks)
	at := len(p.doc.events)
	p.doc.outline = append(p.doc.outline, at)
	if len(text) > maxLine {
		if p.doc.short == nil {
			p.doc.short = map[int]*Document{}
		}
		p.doc.short[at] = p.doc.line(text, true)
	}
	p.block(Event{Kind: Heading, N: int32(m.number), Text: m.target, Doc: p.doc.line(text, false)})
}

func (p *parser) definition(text string) {
	if p.inDefinitions {
		p.inline(Event{Kind: TermClose})
	} else {
		p.closeParagraph()
		p.inline(Event{Kind: DefinitionsOpen})
		p.freshTerms = true
	}
	term := text[:strings.Index(text, "::")]
	p.inline(Event{Kind: Term, Doc: p.doc.line(term, false)})
	p.inDefinitions = true
}
