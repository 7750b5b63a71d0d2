package render

import (
	"context"
	"maps"
	"slices"
	"strings"

	"tracrpc/wiki/markup"
)

func macroListMacro() Macro {
	return Macro{
		Name: "MacroList",
		Description: `Lists the macros with their descriptions. The argument is the beginning of the names to list; with ` +
			"`*`" + ` the descriptions are short.`,
		Expand: expandMacroList,
	}
}

func expandMacroList(ctx context.Context, p *Place, c *markup.Call) (string, error) {
	content := strings.TrimSpace(c.Content)
	prefix := strings.Trim(content, "*")
	w := &writer{}
	w.open("div", "class", "trac-macrolist")
	for _, name := range slices.Sorted(maps.Keys(p.macros)) {
		m := p.macros[name]
		if m.Hidden || !strings.HasPrefix(name, prefix) {
			continue
		}
		w.open("h3", "id", name+"-macro").element("code", "[["+name+"]]").close("h3")
		if err := p.describe(ctx, w, m, content == "*"); err != nil {
			return "", err
		}
	}
	return w.close("div").String(), nil
}

// describe adds the description of a macro.
func (p *Place) describe(ctx context.Context, w *writer, m *Macro, short bool) error {
	if m.Description == "" {
		w.element("em", "No documentation found")
		return nil
	}
	html, err := p.nested(ctx, m.Description, markup.Options{OneLine: short, Shorten: short})
	w.raw(html)
	return err
}
