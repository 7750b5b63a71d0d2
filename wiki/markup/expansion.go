package markup

import (
	"errors"
	"strings"
)

// link writes a link as its resolver answered.
func (w *writer) link(l *Link, a Anchor) {
	switch {
	case a.Unknown:
		w.escaped(l.Source, true)
		return
	case a.Problem:
		w.text(`<em class="error">`)
		w.escaped(a.Text, false)
		w.text("</em>")
		return
	case !a.Linked:
		w.escaped(a.Text, false)
		return
	}
	w.text("<a")
	w.attribute("class", a.Class)
	w.attribute("href", a.Href)
	w.attribute("rel", a.Rel)
	w.attribute("title", a.Title)
	w.text(">")
	if a.Icon {
		w.text("<span class=\"icon\">\u200b</span>")
	}
	w.escaped(a.Text, false)
	w.text("</a>")
	if a.Download != "" {
		w.text(`<a class="trac-rawlink"`)
		w.attribute("href", a.Download)
		w.text(" title=\"Download\">\u200b</a>")
	}
}

func (w *writer) attribute(name, value string) {
	if value == "" {
		return
	}
	w.text(" ")
	w.text(name)
	w.text(`="`)
	w.escaped(value, true)
	w.text(`"`)
}

// call writes what a macro or processor of the host gives.
func (w *writer) call(d *Document, pg *page, e *Event) {
	c := &d.calls[e.N]
	content, err := w.host.Expand(c, pg.unique)
	if err == nil {
		w.inLine(pg, e, content)
		return
	}
	what := "Processor " + c.Name
	if !c.IsBlock {
		args := "None"
		if c.HasContent {
			args = c.Content
		}
		what = "Macro " + c.Name + "(" + args + ")"
	}
	var macro *MacroError
	var processor *ProcessorError
	details := ""
	switch {
	case errors.As(err, &macro):
		details = macro.Message
	case errors.As(err, &processor):
		details = processor.Message
	default:
		details = string(AppendEscaped(nil, err.Error(), false))
	}
	if wrongUse := macro != nil && !c.IsBlock || processor != nil && c.IsBlock; !wrongUse {
		what = "Error: " + what
	}
	w.message(what+" failed", details)
}

// message writes a system message; details is HTML.
func (w *writer) message(title, details string) {
	w.text(`<div class="system-message"><strong>`)
	w.escaped(title, false)
	w.text("</strong>")
	if details != "" {
		w.text("<pre>" + details + "</pre>")
	}
	w.text("</div>")
}

// processed writes what the processors of the markup itself give.
func (w *writer) processed(pg *page, e *Event) {
	start := len(w.out)
	switch e.Kind {
	case Element:
		w.text("<" + e.Text + e.Detail + ">")
		w.document(e.Doc)
		w.text("</" + e.Text + ">")
	case Preformatted:
		w.text(`<pre class="wiki">`)
		w.escaped(e.Text, false)
		w.text("</pre>")
	case HTML:
		w.text(e.Text)
		pg.open = append(pg.open, strings.Fields(e.Detail)...)
	case Message:
		w.message(e.Text, string(AppendEscaped(nil, e.Detail, false)))
	case Unknown:
		w.text(`<div class="system-message"><strong>Error: Failed to load processor <code>`)
		w.escaped(e.Text, false)
		w.text("</code></strong><pre>No macro or processor named '")
		w.escaped(e.Text, false)
		w.text("' found</pre></div>")
	}
	if e.Inline {
		content := string(w.out[start:])
		w.out = w.out[:start]
		w.inLine(pg, e, content)
	}
}

// inLine writes the HTML that a macro gives. Within a line, a block of code
// becomes a span; other blocks interrupt the paragraph.
func (w *writer) inLine(pg *page, e *Event, content string) {
	if !e.Inline {
		w.text(content)
		return
	}
	head := strings.TrimLeftFunc(content, isSpace)
	name := ""
	if strings.HasPrefix(head, "<") {
		name = strings.ToLower(head[1 : 1+skip(head[1:], 0, asciiLetter)])
	}
	inner, isCode := codeDivision(content)
	switch {
	case isCode && inner != "":
		w.text(`<span class="code-block">` + inner + "</span>")
	case isCode:
		w.text(content)
	case (name == "div" || name == "table") && e.Flag && (pg.inParagraph || pg.opened || pg.interrupted):
		w.text("</p>" + content + "<p>")
	case (name == "div" || name == "table") && e.Flag:
		// The line turned out to be a row of a table: Trac interrupts a paragraph
		// there, too.
		w.text("<p></p>" + content + "<p>")
		pg.interrupted = true
	default:
		w.text(content)
	}
}

// resume ends the paragraph that a block interrupted where there is none.
func (w *writer) resume(pg *page, e *Event) {
	switch e.Kind {
	case CellOpen, CellClose, RowClose, TableClose, LineClose:
		w.text("</p>")
		pg.interrupted = false
	}
}

// codeDivision returns what is in a division whose class speaks of code.
func codeDivision(content string) (inner string, ok bool) {
	rest, ok := strings.CutPrefix(content, `<div class="`)
	if !ok || !strings.HasSuffix(content, "</div>") {
		return "", false
	}
	class, rest, ok := strings.Cut(rest, `"`)
	if !ok || !strings.Contains(class, "code") {
		return "", false
	}
	_, rest, ok = strings.Cut(rest, ">")
	return strings.TrimSuffix(rest, "</div>"), ok
}
