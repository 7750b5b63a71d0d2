package render

import (
	"context"
	"strconv"
	"time"

	"tracrpc/auth"
	"tracrpc/wiki/markup"
)

func recentChangesMacro() Macro {
	return Macro{
		Name: "RecentChanges",
		Description: `Lists the wiki pages that were changed last, the latest first.

The first argument is a prefix of the page names, the second one the number of pages. Pages are grouped by date, unless
` + "`group=none`" + ` is given.`,
		Expand: expandRecentChanges,
	}
}

func expandRecentChanges(ctx context.Context, p *Place, c *markup.Call) (string, error) {
	args := readArguments(c.Content, true)
	limit := 0
	if len(args.list) > 1 {
		var err error
		if limit, err = number(args.at(1), "", 1, noLimit); err != nil {
			return "", err
		}
	}
	var pages []PageVersion
	if p.Pages != nil {
		var err error
		if pages, err = p.Pages.Recent(ctx, args.at(0), limit); err != nil {
			return "", err
		}
	}
	byDate := orDefault(args.named["group"], "date") == "date"
	w := &writer{}
	w.open("div", "class", "wikipage")
	if !byDate {
		w.open("ul")
	}
	last := ""
	for _, page := range pages {
		may, err := p.who.May(ctx, "WIKI_VIEW", auth.Resource{Realm: "wiki", ID: page.Name, Version: page.Version})
		if err != nil {
			return "", err
		}
		if !may {
			continue
		}
		if date := shownDate(page.Time); byDate && date != last {
			if last != "" {
				w.close("ul")
			}
			w.element("h3", date, "class", "section").open("ul")
			last = date
		}
		p.recentChange(w, page)
	}
	if !byDate || last != "" {
		w.close("ul")
	}
	return w.close("div").String(), nil
}

func (p *Place) recentChange(w *writer, page PageVersion) {
	w.open("li")
	w.element("a", p.pageLabel(page.Name), "href", href(p.base, "wiki", page.Name))
	if page.Version > 1 {
		w.open("small").raw(" (")
		w.element("a", "diff", "href", href(p.base, "wiki", page.Name)+
			parameters("action", "diff", "version", strconv.Itoa(page.Version)))
		w.raw(")").close("small")
	}
	w.raw("\n").close("li")
}

// shownDate is a date as Trac shows it in English.
func shownDate(micros int64) string { return time.UnixMicro(micros).UTC().Format("Jan 2, 2006") }
