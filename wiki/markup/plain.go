package markup

import (
	"html"
	"strings"
)

// Plain walks the document and returns its text without markup: links as their
// labels, blocks with line ends between them, what macros would give left out.
func (d *Document) Plain() string {
	var b strings.Builder
	d.plain(&b)
	return strings.TrimSpace(b.String())
}

func (d *Document) plain(b *strings.Builder) {
	for i := range d.events {
		e := &d.events[i]
		switch e.Kind {
		case Text, Verbatim, Code, Preformatted:
			b.WriteString(e.Text)
		case Reference:
			b.WriteString(d.links[e.N].shown())
		case HTML:
			b.WriteString(PlainHTML(e.Text))
		case Block:
			b.WriteString(d.calls[e.N].Content)
		case Break, LineClose:
			b.WriteByte('\n')
		case Term, CellClose:
			if e.Doc != nil {
				e.Doc.plain(b)
			}
			b.WriteByte(' ')
		case Heading, Citation, Element, Target:
			if e.Doc != nil {
				e.Doc.plain(b)
			}
			if e.Kind == Heading {
				b.WriteByte('\n')
			}
		}
	}
}

// shown is the text of a link before anybody knows where it leads.
func (l *Link) shown() string {
	switch {
	case l.Label != "":
		return strings.TrimSpace(Unquote(l.Label))
	case l.Form == FreePage || l.Form == Relative:
		return l.Target
	case l.Form == Long && strings.HasPrefix(l.Target, "//"):
		return l.Scheme + ":" + l.Target
	case l.Form == Long:
		return l.Target
	}
	return l.Source
}

// Section is a heading of a document.
type Section struct {
	Level int
	Title string // without markup
}

// Sections are the headings of the document, as Outline shows them.
func (d *Document) Sections() []Section {
	var list []Section
	for _, at := range d.outline {
		e := &d.events[at]
		list = append(list, Section{Level: int(e.N), Title: e.Doc.Plain()})
	}
	return list
}

// PlainHTML returns the text of an HTML text, its lines joined.
func PlainHTML(s string) string {
	if strings.IndexByte(s, '<') >= 0 {
		s = withoutTags(s)
	}
	if strings.IndexByte(s, '&') >= 0 {
		s = html.UnescapeString(s)
	}
	return strings.ReplaceAll(s, "\n", " ")
}

func withoutTags(s string) string {
	var b strings.Builder
	for {
		open := strings.IndexByte(s, '<')
		if open < 0 {
			b.WriteString(s)
			return b.String()
		}
		end := strings.IndexByte(s[open:], '>')
		if end < 0 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:open])
		s = s[open+end+1:]
	}
}

// withoutEntities replaces the entities that an author wrote as text. Trac does
// so for the ids of headings: "a &amp; b" has the id "ab".
func withoutEntities(s string) string {
	if strings.IndexByte(s, '&') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		end := i + 1
		if s[i] == '&' {
			if end < len(s) && s[end] == '#' {
				end++
			}
			for end < len(s) && wordAt(s, end) {
				_, n := runeAt(s, end)
				end += n
			}
			if end < len(s) && s[end] == ';' && end > i+1 {
				end++
				b.WriteString(strings.Trim(html.UnescapeString(s[i:end]), "&;"))
				i = end
				continue
			}
		}
		b.WriteString(s[i:end])
		i = end
	}
	return b.String()
}
