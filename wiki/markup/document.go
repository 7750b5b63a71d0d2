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
	d.shared.Calls = append(d.shared.Calls, c)
	return int32(len(d.shared.Calls) - 1)
}

func (d *Document) addLink(l Link) int32 {
	d.shared.Links = append(d.shared.Links, l)
	return int32(len(d.shared.Links) - 1)
}

// Empty tells whether there is nothing in the document.
func (d *Document) Empty() bool { return len(d.events) == 0 }

// BeginsWithLink tells whether the first thing in the document is a link, which
// is then Links[0].
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
