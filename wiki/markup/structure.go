package markup

import "strconv"

// structure writes the events that begin and end blocks.
func (w *writer) structure(e *Event) {
	switch e.Kind {
	case Rule:
		w.text("<hr />\n")
	case ListOpen:
		w.listOpen(e)
	case ListClose:
		w.text(pick(e.Flag, "</ol>", "</ul>"))
	case ItemOpen:
		w.text("<li>")
	case ItemClose:
		w.text("</li>")
	case DefinitionsOpen:
		w.text(`<dl class="wiki">`)
	case Term:
		w.text("<dt>")
		w.document(e.Doc)
		w.text("</dt><dd>")
	case TermClose:
		w.text("</dd>")
	case DefinitionsClose:
		w.text("</dd></dl>\n")
	case QuoteOpen:
		w.text("<blockquote>\n")
	case QuoteClose:
		w.text("</blockquote>\n")
	case Citation:
		w.text("<blockquote class=\"citation\">\n")
		w.document(e.Doc)
		w.text("</blockquote>\n")
	default:
		w.table(e)
	}
}

func pick(first bool, a, b string) string {
	if first {
		return a
	}
	return b
}

func (w *writer) listOpen(e *Event) {
	w.text(pick(e.Flag, "<ol", "<ul"))
	if e.Text != "" {
		w.text(` class="` + e.Text + `"`)
	}
	if e.N >= 0 {
		w.text(` start="`)
		w.out = strconv.AppendInt(w.out, int64(e.N), 10)
		w.text(`"`)
	}
	w.text(">")
}

func (w *writer) table(e *Event) {
	switch e.Kind {
	case TableOpen:
		w.text("<table class=\"wiki\">\n")
	case TableClose:
		w.text("</table>\n")
	case RowOpen:
		w.text("<tr" + e.Text + ">")
	case RowClose:
		w.text("</tr>")
	case CellOpen:
		w.text(pick(e.Flag, "<th", "<td"))
		if e.N > 1 {
			w.text(` colspan="`)
			w.out = strconv.AppendInt(w.out, int64(e.N), 10)
			w.text(`"`)
		}
		if e.Text != "" {
			w.text(` style="text-align: ` + e.Text + `"`)
		}
		w.text(">")
	case CellClose:
		w.text(pick(e.Flag, "</th>", "</td>"))
	}
}
