package markup

import (
	"context"
	"strings"
)

// outlineIndent is the white space before each level of an outline.
const outlineIndent = "  "

// Outline walks the headings of the document from level low to high and writes
// them as nested lists of links. Headings inside blocks and quotes are not among
// them. Shorten cuts their texts after about 75 characters.
func (d *Document) Outline(ctx context.Context, h Host, low, high int, shorten bool) (string, error) {
	if low > high {
		low, high = high, low
	}
	low, high = max(1, low), min(6, high)
	w := &writer{work: work{ctx: ctx}, host: h, limit: 64 << 20}
	pg := &page{}
	w.text("\n")
	depth := low - 1
	for _, at := range d.outline {
		e := &d.events[at]
		start := len(w.out)
		w.document(e.Doc)
		content := string(w.out[start:])
		w.out = w.out[:start]
		id := e.Text
		if id == "" {
			id = headingID(content)
		}
		id = pg.unique(id)
		level := int(e.N)
		if level < low || level > high {
			continue
		}
		if shorten && d.short[at] != nil {
			w.document(d.short[at])
			content = string(w.out[start:])
			w.out = w.out[:start]
		}
		w.outlineTo(depth, level)
		depth = level
		w.text(strings.Repeat(outlineIndent, 2*level) + `<a href="#`)
		w.escaped(id, true)
		w.text(`">` + withoutLinks(content) + "</a>\n")
		if w.err != nil {
			return "", w.err
		}
	}
	w.outlineClose(depth, low-1)
	return string(w.out), w.err
}

// outlineTo opens and closes lists between a heading and the next one.
func (w *writer) outlineTo(from, to int) {
	if to > from {
		for i := from; i < to; i++ {
			w.text(strings.Repeat(outlineIndent, 2*i) + "<ol>\n" + strings.Repeat(outlineIndent, 2*i+1) + "<li>\n")
		}
		return
	}
	w.outlineClose(from, to)
	item := strings.Repeat(outlineIndent, 2*to-1)
	w.text(item + "</li>\n" + item + "<li>\n")
}

func (w *writer) outlineClose(from, to int) {
	for i := from - 1; i >= to; i-- {
		w.text(strings.Repeat(outlineIndent, 2*i+1) + "</li>\n" + strings.Repeat(outlineIndent, 2*i) + "</ol>\n")
	}
}

// withoutLinks removes the tags of links from HTML, and keeps what is between
// them.
func withoutLinks(s string) string {
	var b strings.Builder
	for {
		open := strings.IndexByte(s, '<')
		if open < 0 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:open])
		s = s[open:]
		name := strings.TrimPrefix(s[1:], "/")
		end := strings.IndexByte(s, '>')
		if end >= 0 && (strings.HasPrefix(name, "a>") || strings.HasPrefix(name, "a ")) {
			s = s[end+1:]
			continue
		}
		b.WriteByte('<')
		s = s[1:]
	}
}
