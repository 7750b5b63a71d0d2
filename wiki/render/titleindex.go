package render

import (
	"context"
	"slices"
	"strings"

	"tracrpc/auth"
	"tracrpc/wiki/markup"
)

func titleIndexMacro() Macro {
	return Macro{
		Name: "TitleIndex",
		Description: `Lists the wiki pages in alphabetical order.

The first argument is a prefix: only pages whose names begin with it are listed. On a wiki page it may begin with
` + "`./` or `../`" + `. The word ` + "`hideprefix`" + ` as second argument leaves the prefix out of the names.
 - ` + "`format=compact`" + ` separates the pages by commas, ` + "`group`" + ` groups them by the words of their names, and
   ` + "`hierarchy`" + ` by their paths. With ` + "`min=`" + ` a group has at least so many pages.
 - ` + "`depth=`" + ` bounds how far below the prefix pages may stand.
 - ` + "`include=` and `exclude=`" + ` are patterns of page names with colons between them.`,
		Expand: expandTitleIndex,
	}
}

// titleIndex is one call of the macro.
type titleIndex struct {
	*Place
	hidden   int // the length of the prefix that is not shown
	minGroup int
	minTree  int
	w        writer
}

func expandTitleIndex(ctx context.Context, p *Place, c *markup.Call) (string, error) {
	args := readArguments(c.Content, true)
	prefix := args.at(0)
	if p.on.Realm == "wiki" && isRelativePage(prefix) {
		prefix = relativePage(prefix, p.on.ID)
	}
	minimum, err := args.number("min", 1, 1)
	if err != nil {
		return "", err
	}
	depth, err := args.number("depth", -1, -1)
	if err != nil {
		return "", err
	}
	pages, err := p.listedPages(ctx, prefix, depth, args)
	if err != nil {
		return "", err
	}
	t := &titleIndex{Place: p, minGroup: max(minimum, 2), minTree: minimum}
	if args.at(1) == "hideprefix" {
		t.hidden = len(prefix)
	}
	t.write(args.named["format"], pages)
	return t.w.String(), nil
}

func orDefault(s, def string) string {
	if s == "" {
		return def
	}
	return s
}

// listedPages are the pages that the reader may see and the arguments ask for,
// in alphabetical order.
func (p *Place) listedPages(ctx context.Context, prefix string, depth int, args arguments) ([]string, error) {
	if p.Pages == nil {
		return nil, nil
	}
	names, err := p.Pages.Names(ctx, prefix)
	if err != nil {
		return nil, err
	}
	include, exclude := patterns(args.named["include"]), patterns(args.named["exclude"])
	start := strings.Count(prefix, "/")
	var listed []string
	for _, name := range names {
		if depth >= 0 && strings.Count(name, "/")-start > depth {
			continue
		}
		if len(include) > 0 && !matchesAny(include, name) || matchesAny(exclude, name) {
			continue
		}
		may, err := p.who.May(ctx, "WIKI_VIEW", auth.Resource{Realm: "wiki", ID: name})
		if err != nil {
			return nil, err
		}
		if may {
			listed = append(listed, name)
		}
	}
	slices.Sort(listed)
	return listed, nil
}

func patterns(s string) []string {
	var list []string
	for p := range strings.SplitSeq(s, ":") {
		if p = strings.TrimSpace(p); p != "" {
			list = append(list, p)
		}
	}
	return list
}

func matchesAny(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return glob(p, name) })
}

func (t *titleIndex) write(format string, pages []string) {
	if format == "compact" {
		for i, page := range pages {
			if i > 0 {
				t.w.raw(", ")
			}
			t.link(t.shown(page), page)
		}
		return
	}
	t.w.open("div", "class", "titleindex")
	switch format {
	case "group":
		t.group(t.groups(t.words(pages)))
	case "hierarchy":
		t.tree(t.branches(t.paths(pages)))
	default:
		t.w.open("ul")
		for _, page := range pages {
			t.w.open("li")
			t.link(t.shown(page), page)
			t.w.close("li")
		}
		t.w.close("ul")
	}
	t.w.close("div")
}

func (t *titleIndex) link(label, page string) {
	t.w.element("a", label, "href", href(t.base, "wiki", page))
}

func (t *titleIndex) shown(page string) string { return t.pageLabel(page[t.hidden:]) }
