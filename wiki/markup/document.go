package markup

func (d *Document) maxDepth(def int) int {
	if d.options.MaxDepth > 0 {
		return min(def, d.options.MaxDepth)
	}
	return def
}

func (d *Document) knows(c *Call) bool {
	return builtin(c.Name) || d.options.Macros != nil && d.options.Macros.Known(c)
}

// inlineCall tells whether a call may stand in one line of text.
func (d *Document) inlineCall(c *Call) bool {
	switch c.Name {
	case "span", "Span", "comment", "htmlcomment":
		return true
	case "html":
		return inlineHTML(c.Content)
	}
	return !builtin(c.Name) && d.options.Macros.Inline(c)
}

func (d *Document) addCall(c Call) int32 {
	c.Within = d
	d.calls = append(d.calls, c)
	return int32(len(d.calls) - 1)
}

func (d *Document) addLink(l Link) int32 {
	d.links = append(d.links, l)
	return int32(len(d.links) - 1)
}

// Links are the links of the document and of everything in it, in the order of
// the text. They must not be changed.
func (d *Document) Links() []Link { return d.links }

// Calls are the calls of macros and processors that the host has to expand.
func (d *Document) Calls() []Call { return d.calls }

// Empty tells whether there is nothing in the document.
func (d *Document) Empty() bool { return len(d.events) == 0 }

// BeginsWithLink tells whether the first thing in the document is a link, which
// is then the first of Links.
func (d *Document) BeginsWithLink() bool {
	for i := range d.events {
		switch d.events[i].Kind {
		case LineOpen, ParagraphClose:
		default:
			return d.events[i].Kind == Reference
		}
	}
	return false
}
