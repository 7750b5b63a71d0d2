package render

import (
	"context"
	"strings"

	"tracrpc/wiki/markup"
)

// Section is a section of trac.ini that the TracIni macro can describe.
type Section struct {
	Name    string
	Doc     string // wiki text
	Options []Option
}

// Option is an option of a section. Default is empty when there is none.
type Option struct {
	Name, Default string
	Doc           string // wiki text
}

func tracIniMacro() Macro {
	return Macro{
		Name: "TracIni",
		Description: `Describes the options of trac.ini. The arguments are the beginnings of a section's name and of an
option's name; ` + "`section=` and `option=`" + ` are patterns of them.`,
		Expand: expandTracIni,
	}
}

func expandTracIni(ctx context.Context, p *Place, c *markup.Call) (string, error) {
	args := readArguments(c.Content, true)
	section := nameFilter(args.named["section"], args.at(0))
	option := nameFilter(args.named["option"], args.at(1))
	filtered := args.named["option"] != "" || args.at(1) != ""
	w := &writer{}
	w.open("div", "class", "tracini")
	for _, s := range p.Settings.Documentation {
		var options []Option
		for _, o := range s.Options {
			if option(o.Name) {
				options = append(options, o)
			}
		}
		if !section(s.Name) || filtered && len(options) == 0 {
			continue
		}
		if err := p.describeSection(ctx, w, s, options); err != nil {
			return "", err
		}
	}
	return w.close("div").String(), nil
}

// nameFilter matches a pattern or, if there is none, the beginning of a name, in
// any case.
func nameFilter(pattern, prefix string) func(string) bool {
	pattern, prefix = strings.ToLower(strings.TrimSpace(pattern)), strings.ToLower(prefix)
	return func(name string) bool {
		name = strings.ToLower(name)
		if pattern != "" {
			return glob(pattern, name)
		}
		return strings.HasPrefix(name, prefix)
	}
}

func (p *Place) describeSection(ctx context.Context, w *writer, s Section, options []Option) error {
	doc, err := p.HTML(ctx, s.Doc)
	if err != nil {
		return err
	}
	w.open("h3", "id", s.Name+"-section").element("code", "["+s.Name+"]").close("h3").raw(doc)
	if len(options) == 0 {
		return nil
	}
	w.raw(`<table class="wiki"><tbody>`)
	for i, o := range options {
		if doc, err = p.HTML(ctx, o.Doc); err != nil {
			return err
		}
		id := s.Name + "-" + o.Name + "-option"
		w.open("tr", "class", evenOdd(i), "id", id).raw("<td>")
		w.open("a", "class", "tracini-option", "href", "#"+id).element("code", o.Name).raw("</a></td><td>", doc, "</td>")
		if o.Default == "" {
			w.element("td", "(no default)", "class", "nodefault")
		} else {
			w.open("td", "class", "default").element("code", o.Default).close("td")
		}
		w.close("tr")
	}
	w.raw("</tbody></table>")
	return nil
}
