package markup

import (
	"html"
	"strings"
)

// Plain walks the document and returns its text without markup: links as their
// labels, a line for each block, what macros would give left out.
func (d *Document) Plain() string {
	var p plain
	p.document(d)
	return strings.TrimSpace(string(p.b))
}

// plain is a walk that collects text.
type plain struct{ b []byte }

func (p *plain) text(s string) { p.b = append(p.b, s...) }

// gap adds a separator, unless there is one already.
func (p *plain) gap(separator byte) {
	n := len(p.b)
	for n > 0 && p.b[n-1] == ' ' {
		n--
	}
	p.b = p.b[:n]
	if n > 0 && p.b[n-1] != '\n' {
		p.b = append(p.b, separator)
	}
}

func (p *plain) document(d *Document) {
	for i := range d.events {
		e := &d.events[i]
		switch e.Kind {
		case Text, Verbatim, Code, Preformatted:
			p.text(e.Text)
		case Reference:
			p.text(d.links[e.N].shown())
		case HTML:
			p.text(PlainHTML(e.Text))
		case Block:
			p.text(d.calls[e.N].Content)
		case Break, LineClose:
			p.gap('\n')
		case CellClose:
			p.gap(' ')
		case Heading, Citation, Element, Target, Term:
			if e.Doc != nil {
				p.document(e.Doc)
			}
			if e.Kind == Heading {
				p.gap('\n')
			} else if e.Kind == Term {
				p.gap(' ')
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
			if n := entityEnd(s, i); n > 0 {
				b.WriteString(strings.Trim(html.UnescapeString(s[i:n]), "&;"))
				i = n
				continue
			}
		}
		b.WriteString(s[i:end])
		i = end
	}
	return b.String()
}

// entityEnd returns the end of the entity at i, or 0. Only numbers need no
// semicolon.
func entityEnd(s string, i int) int {
	end := i + 1
	if end < len(s) && s[end] == '#' {
		digits := end + 1
		if digits < len(s) && (s[digits] == 'x' || s[digits] == 'X') {
			end = skip(s, digits+1, asciiHex)
			digits++
		} else {
			end = skip(s, digits, asciiDigit)
		}
		if end == digits {
			return 0
		}
		if end < len(s) && s[end] == ';' {
			end++
		}
		return end
	}
	for end < len(s) && wordAt(s, end) {
		_, n := runeAt(s, end)
		end += n
	}
	if end == i+1 || end >= len(s) || s[end] != ';' {
		return 0
	}
	return end + 1
}
