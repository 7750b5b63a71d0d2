package render

import (
	"context"
	"strconv"
	"strings"
	"unicode"

	"tracrpc/wiki/markup"
)

func imageMacro() Macro {
	return Macro{
		Name: "Image",
		Description: `Shows an image.

The first argument says which: an attachment of this page or ticket (` + "`photo.png`" + `), of another one
(` + "`OtherPage:photo.png`, `#3:photo.png`, `ticket:3:photo.png`" + `), a file of the project (` + "`htdocs:photo.png`" + `)
or an address. The others are a width, ` + "`left`, `right`, `center`, `top`, `middle`, `bottom`, `nolink`, `link=`" + ` with
a TracLink, ` + "`inline`" + `, or attributes: ` + "`alt=`, `title=`, `width=`, `height=`, `border=`, `margin=`, `class=`, `id=`" + `.`,
		Inline: func(c *markup.Call) bool { return contains(imageArguments(c.Content), "inline") },
		Expand: expandImage,
	}
}

// image is one call of the macro.
type image struct {
	attributes map[string]string
	style      map[string]string
	linked     bool
	link       string // where the image leads; empty is to itself
	source     string
	address    string
	summary    string
}

func expandImage(ctx context.Context, p *Place, c *markup.Call) (string, error) {
	args := imageArguments(c.Content)
	if len(args) == 0 {
		return "", nil
	}
	m := &image{attributes: map[string]string{}, style: map[string]string{}, linked: true}
	for queue := args[1:]; len(queue) > 0; {
		arg := queue[0]
		queue = queue[1:]
		if target, ok := strings.CutPrefix(arg, "link="); ok {
			address, err := p.firstLink(ctx, strings.TrimSpace(target))
			if err != nil {
				return "", err
			}
			m.link, m.linked = address, address != ""
			continue
		}
		again, err := m.argument(arg)
		if err != nil {
			return "", err
		}
		queue = append(queue, again...)
	}
	if ok, err := p.locate(ctx, m, args[0]); err != nil {
		return "", err
	} else if !ok {
		return `<div class="system-message"><strong>No filespec given</strong></div>`, nil
	}
	return m.html(p), nil
}

func imageArguments(content string) []string {
	args := splitQuoted(strip(content), ',')
	for i := range args {
		args[i] = strip(args[i])
	}
	return args
}

// strip removes white space, and the zero-width spaces that come along when names
// are copied from Trac's pages.
func strip(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == '\u200b' })
}

// splitQuoted cuts s at the separators that are not in quotes, and drops what is
// empty.
func splitQuoted(s string, separator byte) []string {
	var parts []string
	start := 0
	add := func(end int) {
		if end > start {
			parts = append(parts, s[start:end])
		}
		start = end + 1
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case separator:
			add(i)
		case '"', '\'':
			n := strings.IndexByte(s[i+1:], c)
			if n < 0 {
				add(i)
			} else {
				i += n + 1
			}
		}
	}
	add(len(s))
	return parts
}

// firstLink is the address that a TracLink leads to, or "".
func (p *Place) firstLink(ctx context.Context, target string) (string, error) {
	doc, err := p.parse(ctx, target, markup.Options{OneLine: true})
	if err != nil || !doc.BeginsWithLink() {
		return "", err
	}
	h, err := p.resolve(ctx, p.view, doc)
	if err != nil {
		return "", err
	}
	return h.anchors[0].Href, nil
}

// argument reads one argument. What it returns is to be read as arguments, too.
func (m *image) argument(arg string) (again []string, err error) {
	switch arg {
	case "nolink":
		m.linked = false
	case "left", "right":
		m.style["float"] = arg
	case "center":
		m.style["margin-left"], m.style["margin-right"] = "auto", "auto"
		m.style["display"] = "block"
		delete(m.style, "margin")
	case "top", "bottom", "middle":
		m.style["vertical-align"] = arg
	default:
		if isSize(arg) {
			m.attributes["width"] = arg
			return nil, nil
		}
		name, value, _ := strings.Cut(arg, "=")
		if value, _, _ = strings.Cut(value, "\n"); value != "" {
			return m.attribute(name, value)
		}
	}
	return nil, nil
}

func (m *image) attribute(name, value string) (again []string, err error) {
	_, centered := m.style["display"]
	switch name {
	case "align", "valign":
		if (name == "align") == contains([]string{"left", "right", "center"}, value) &&
			(name == "valign") == contains([]string{"top", "middle", "bottom"}, value) {
			return []string{value}, nil
		}
		m.attributes[name] = unquoted(value)
	case "margin", "margin-left", "margin-right", "margin-top", "margin-bottom", "border":
		if centered && name != "margin-top" && name != "margin-bottom" && name != "border" {
			m.attributes[name] = unquoted(value)
			return nil, nil
		}
		length, err := lengthOf(value, name)
		if err != nil {
			return nil, err
		}
		if name == "border" {
			length += " solid"
		}
		m.style[name] = length
	case "width", "height", "alt", "title", "longdesc", "class", "id", "usemap":
		m.attributes[name] = unquoted(value)
	}
	return nil, nil
}

// unquoted is what stands between the first quote and the last character, if
// that is a quote.
func unquoted(s string) string {
	first := strings.IndexAny(s, `"'`)
	if last := len(s) - 1; first >= 0 && first < last && (s[last] == '"' || s[last] == '\'') {
		return s[first+1 : last]
	}
	return s
}

func lengthOf(value, name string) (string, error) {
	if isDigits(value) {
		return value + "px", nil
	}
	if isSize(value) {
		return value, nil
	}
	n, err := number(value, name, 1, noLimit)
	if err != nil {
		return "", err
	}
	return strconv.Itoa(n) + "px", nil
}

// isSize tells whether s is a number, or a CSS length.
func isSize(s string) bool {
	digits := strings.TrimLeft(s, "0123456789")
	if digits == "" {
		return s != ""
	}
	whole := len(digits) < len(s)
	if rest, ok := strings.CutPrefix(digits, "."); ok {
		digits = strings.TrimLeft(rest, "0123456789")
		whole = len(digits) < len(rest)
	}
	if !whole {
		return false
	}
	switch digits {
	case "%", "ch", "em", "ex", "ic", "rem", "vh", "vw", "vmax", "vmin", "vb", "vi", "px", "cm", "mm", "Q", "in", "pc", "pt":
		return true
	}
	return false
}

func (m *image) html(p *Place) string {
	if m.summary != "" {
		for _, name := range []string{"title", "alt"} {
			if _, given := m.attributes[name]; !given {
				m.attributes[name] = m.summary
			}
		}
	}
	for _, name := range []string{"width", "height"} {
		value, given := m.attributes[name]
		switch {
		case !given:
		case !isSize(value):
			delete(m.attributes, name)
		case !strings.HasSuffix(value, "%") && !isDigits(value):
			m.style[name] = value
			delete(m.attributes, name)
		}
	}
	var style []string
	for _, name := range sortedKeys(m.style) {
		style = append(style, name+":"+m.style[name])
	}
	if len(style) > 0 {
		m.attributes["style"] = strings.Join(style, "; ")
	}
	if !p.policy.SafeOrigin(p.withScheme(m.source)) {
		m.attributes["crossorigin"] = "anonymous"
	}
	m.attributes["src"] = m.source
	w := &writer{}
	if m.linked {
		w.open("a", "href", orDefault(m.link, m.address), "style", "padding:0; border:none")
	}
	w.raw("<img")
	for _, name := range sortedKeys(m.attributes) {
		w.attributes([]string{name, m.attributes[name]})
	}
	w.raw(" />")
	if m.linked {
		w.close("a")
	}
	return w.String()
}

// withScheme adds the scheme of the site to an address without one.
func (p *Place) withScheme(address string) string {
	if scheme, _, ok := strings.Cut(p.base, "://"); ok && strings.HasPrefix(address, "//") {
		return scheme + ":" + address
	}
	return address
}
