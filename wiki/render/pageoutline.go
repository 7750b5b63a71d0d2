package render

import (
	"context"
	"strings"

	"tracrpc/wiki/markup"
)

func pageOutlineMacro() Macro {
	return Macro{
		Name: "PageOutline",
		Description: `Lists the headings of the page, each a link to its section.

The first argument is the levels of the headings, as a number or a range such as ` + "`2-3`" + `; the second one is a title.
` + "`inline`" + ` puts the list into the text instead of a box beside it, and ` + "`unnumbered`" + ` then leaves the numbers out.`,
		Expand: expandPageOutline,
	}
}

func expandPageOutline(_ context.Context, p *Place, c *markup.Call) (string, error) {
	low, high, title := 1, 6, ""
	inline, numbered := false, true
	if c.Content != "" {
		args := strings.Split(c.Content, ",")
		var err error
		if low, high, err = levels(strings.TrimSpace(args[0])); err != nil {
			return "", err
		}
		if len(args) > 1 {
			title = strings.TrimSpace(args[1])
		}
		for _, arg := range args[min(2, len(args)):] {
			switch strings.ToLower(strings.TrimSpace(arg)) {
			case "inline":
				inline = true
			case "unnumbered":
				numbered = false
			}
		}
	}
	outline, err := p.outline(c.Within, low, high, !inline)
	if err != nil {
		return "", err
	}
	w := &writer{}
	class := "wiki-toc"
	if inline {
		class = "wiki-toc-un"
	}
	boxed := !inline || !numbered
	if boxed {
		w.open("div", "class", class)
	}
	if title != "" {
		w.element("h4", title, "class", "section")
	}
	w.raw(outline)
	if boxed {
		w.close("div")
	}
	return w.String(), nil
}

// levels reads the levels of headings: "2" or "2-3".
func levels(s string) (low, high int, err error) {
	first, last, isRange := strings.Cut(s, "-")
	if !isRange {
		last = first
	}
	if low, err = number(first, "", 1, 6); err != nil {
		return 0, 0, err
	}
	high, err = number(last, "", 1, 6)
	return low, high, err
}

// outlineKey is what an outline depends on.
type outlineKey struct {
	doc       *markup.Document
	low, high int
	shorten   bool
}

// outline is the outline of a document. A page may ask for the same many times.
func (p *Place) outline(doc *markup.Document, low, high int, shorten bool) (string, error) {
	key := outlineKey{doc, low, high, shorten}
	if s, ok := p.host.outlines[key]; ok {
		return s, nil
	}
	s, err := doc.Outline(p.host.ctx, p.host, low, high, shorten)
	if p.host.outlines == nil {
		p.host.outlines = map[outlineKey]string{}
	}
	p.host.outlines[key] = s
	return s, err
}
