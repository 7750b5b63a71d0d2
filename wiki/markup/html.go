package markup

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"strings"
)

// Anchor is what a link leads to, as its resolver found out. The zero Anchor
// with Text is that text alone.
type Anchor struct {
	// Unknown is a link that nobody resolves: its source is shown.
	Unknown bool
	// Problem shows Text as what is wrong with the link.
	Problem bool
	// Linked makes an <a> element, with an href if Href is not empty.
	Linked bool
	Href   string
	Class  string
	Title  string
	Rel    string
	// Icon adds the mark of external links before the text.
	Icon bool
	Text string
	// Download adds a second link to the thing itself.
	Download string
}

// Host gives a walk what the document does not hold.
type Host interface {
	// Anchor is what Links[n] of the document resolves to. The walk may ask for
	// a link more than once.
	Anchor(n int) Anchor
	// Expand gives the HTML of a macro or processor call. An error is shown in
	// the page: as a wrong use if it is a MacroError of a macro or a ProcessorError
	// of a processor. unique makes an id that nothing
	// else on the page has.
	Expand(c *Call, unique func(id string) string) (string, error)
}

// MacroError is a wrong use of a macro. Message is HTML.
type MacroError struct{ Message string }

func (e *MacroError) Error() string { return e.Message }

// ProcessorError is a wrong use of a processor. Message is HTML.
type ProcessorError struct{ Message string }

func (e *ProcessorError) Error() string { return e.Message }

// ErrTooLarge is returned when a document would give more HTML than allowed.
var ErrTooLarge = errors.New("the page is too large")

// HTML walks the document and writes it as HTML. limit bounds the length of the
// HTML; 0 is 64 MB. The error is ErrTooLarge, or that of ctx.
func (d *Document) HTML(ctx context.Context, h Host, limit int) (string, error) {
	if limit <= 0 {
		limit = 64 << 20
	}
	w := &writer{work: work{ctx: ctx}, host: h, limit: limit}
	w.out = make([]byte, 0, 1024)
	w.document(d)
	if w.err != nil {
		return "", w.err
	}
	return string(w.out), nil
}

// writer is a walk that writes HTML.
type writer struct {
	work
	host  Host
	out   []byte
	limit int
}

// page is what the walk holds of one document, apart from those inside it.
type page struct {
	start       int
	inParagraph bool
	lineStart   int
	opened      bool // the line opened the paragraph
	ids         map[string]int
	open        []string // the elements that blocks of HTML left open
	interrupted bool     // a macro's block ended a paragraph where there is none
}

// closeOpen closes the elements that blocks of HTML left open, down to n of them.
func (w *writer) closeOpen(pg *page, n int) {
	for last := len(pg.open) - 1; last >= n; last-- {
		w.text("</" + pg.open[last] + ">")
		pg.open = pg.open[:last]
	}
}

// htmlClose closes the last element of a name that was left open, with all that
// was left open in it. A style does not end a box around it.
func (w *writer) htmlClose(pg *page, name string) {
	for at := len(pg.open) - 1; at >= 0; at-- {
		if pg.open[at] == name {
			w.closeOpen(pg, at)
			return
		}
		if isFormatting(name) && !isFormatting(pg.open[at]) {
			return
		}
	}
}

func (w *writer) document(d *Document) {
	pg := &page{start: len(w.out)}
	for i := range d.events {
		w.event(d, pg, &d.events[i])
		if len(w.out) > w.limit {
			w.err = ErrTooLarge
		}
		if w.step(1) {
			return
		}
	}
	w.closeOpen(pg, 0)
}

// ellipsis shows with an ellipsis what was left out since start.
func (w *writer) ellipsis(start int) {
	if line := w.out[start:]; bytes.Contains(line, []byte("[...]")) {
		w.out = append(w.out[:start], bytes.ReplaceAll(line, []byte("[...]"), []byte("[…]"))...)
	}
	if bytes.HasSuffix(w.out[start:], []byte("...")) {
		w.out = append(w.out[:len(w.out)-3], "…"...)
	}
}

func (w *writer) text(s string) { w.out = append(w.out, s...) }

func (w *writer) escaped(s string, quotes bool) { w.out = AppendEscaped(w.out, s, quotes) }

func (w *writer) event(d *Document, pg *page, e *Event) {
	if pg.interrupted {
		w.resume(pg, e)
	}
	switch e.Kind {
	case Text:
		w.escaped(e.Text, false)
	case Verbatim:
		w.escaped(e.Text, true)
	case Reference:
		w.link(&d.links[e.N], w.host.Anchor(int(e.N)))
	case LineOpen:
		pg.lineStart = len(w.out)
		pg.opened = e.N == 1 && !pg.inParagraph
		if pg.opened {
			w.text("<p>\n")
		}
	case LineClose:
		w.lineClose(pg, e)
	case ParagraphClose:
		if pg.inParagraph {
			w.text("</p>\n")
			pg.inParagraph = false
		}
	case Heading:
		w.heading(pg, e)
	case HTMLClose:
		w.htmlClose(pg, e.Text)
	case Expansion, Block:
		w.call(d, pg, e)
	case Element, Preformatted, HTML, Message, Unknown:
		w.processed(pg, e)
	case StyleOpen, StyleClose, Code, Break, Target:
		w.inline(e)
	case Ellipsis:
		w.ellipsis(pg.start)
	default:
		w.structure(e)
	}
}

// lineClose ends a line of content. A line without any content does not open a
// paragraph.
func (w *writer) lineClose(pg *page, e *Event) {
	if pg.opened {
		if len(w.out) == pg.lineStart+len("<p>\n") {
			w.out = w.out[:pg.lineStart]
		} else {
			pg.inParagraph = true
		}
	}
	if e.Flag && e.N == 1 && pg.inParagraph &&
		!bytes.HasSuffix(bytes.TrimRightFunc(w.out[pg.lineStart:], isSpace), []byte("<br />")) {
		w.text("<br />")
	}
	w.text("\n")
}

func (w *writer) heading(pg *page, e *Event) {
	start := len(w.out)
	w.document(e.Doc)
	content := string(w.out[start:])
	w.out = w.out[:start]
	id := e.Text
	if id == "" {
		id = headingID(content)
	}
	level := byte('0' + e.N)
	w.text("<h")
	w.out = append(w.out, level)
	w.text(` class="section" id="`)
	w.escaped(pg.unique(id), true)
	w.text(`">`)
	w.text(content)
	w.text("</h")
	w.out = append(w.out, level, '>')
}

// unique makes an id that no other heading of the page has.
func (pg *page) unique(id string) string {
	if pg.ids == nil {
		pg.ids = map[string]int{}
	}
	n, taken := pg.ids[id]
	if !taken {
		pg.ids[id] = 1
		return id
	}
	for ; ; n++ {
		numbered := id + strconv.Itoa(n)
		if _, taken := pg.ids[numbered]; !taken {
			pg.ids[id] = n + 1
			pg.ids[numbered] = 1
			return numbered
		}
	}
}

// headingID makes the id of a heading from the text in its HTML.
func headingID(content string) string {
	text := withoutEntities(PlainHTML(content))
	id := strings.Map(func(r rune) rune {
		if isWord(r) || r == ':' || r == '.' || r == '-' {
			return r
		}
		return -1
	}, text)
	r, n := runeAt(id, 0)
	if n == 0 || isDigit(r) || r == '.' || r == '-' {
		return "a" + id
	}
	return id
}

var styleTags = [...][2]string{
	bold:         {"<strong>", "</strong>"},
	boldCreole:   {"<strong>", "</strong>"},
	italic:       {"<em>", "</em>"},
	italicCreole: {"<em>", "</em>"},
	underline:    {`<span class="underline">`, "</span>"},
	strike:       {"<del>", "</del>"},
	subscript:    {"<sub>", "</sub>"},
	superscript:  {"<sup>", "</sup>"},
}

func (w *writer) inline(e *Event) {
	switch e.Kind {
	case StyleOpen:
		w.text(styleTags[e.N][0])
	case StyleClose:
		w.text(styleTags[e.N][1])
	case Code:
		w.text("<code>")
		w.escaped(e.Text, false)
		w.text("</code>")
	case Break:
		if e.Text != "" {
			w.text(`<br style="clear: ` + e.Text + `" />`)
		} else {
			w.text("<br />")
		}
	case Target:
		w.text(`<span class="wikianchor" id="`)
		w.escaped(e.Text, true)
		w.text(`">`)
		if e.Doc != nil {
			w.document(e.Doc)
		}
		w.text("</span>")
	}
}

// AppendEscaped appends s with the characters escaped that mean something in
// HTML; double quotes only if quotes is set, as in attributes.
func AppendEscaped(b []byte, s string, quotes bool) []byte {
	from := 0
	for i := range len(s) {
		entity := ""
		switch s[i] {
		case '&':
			entity = "&amp;"
		case '<':
			entity = "&lt;"
		case '>':
			entity = "&gt;"
		case '"':
			if !quotes {
				continue
			}
			entity = "&#34;"
		default:
			continue
		}
		b = append(b, s[from:i]...)
		b = append(b, entity...)
		from = i + 1
	}
	return append(b, s[from:]...)
}
