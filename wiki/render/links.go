package render

import (
	"context"
	"strings"

	"tracrpc/auth"
	"tracrpc/wiki/markup"
)

// Link is where a link in a text leads.
type Link struct {
	// Page is the name of the wiki page, or, if it is no page, the address.
	Page string
	// External tells that it leads out of the environment.
	External bool
	// Href is the address; it is empty for a missing page that the reader may not
	// make.
	Href string
}

// Links finds out where the links in a text lead, each place once, in the order of
// the text. Links that lead nowhere, or to pages that the reader may not see, are
// left out, and so is what macros show. The arguments are those of HTML.
func (r *Renderer) Links(ctx context.Context, who auth.Principal, baseURL string, on auth.Resource, text string) ([]Link, error) {
	doc, err := r.parse(ctx, text, markup.Options{})
	if err != nil {
		return nil, err
	}
	var list []Link
	seen := map[Link]bool{}
	err = r.eachLink(ctx, view{who: who, base: baseURL, on: on}, doc, func(l *linker, a markup.Anchor) {
		link := Link{Page: l.named, Href: a.Href}
		if link.Page == "" {
			link.Page = a.Href
		}
		if !a.Linked || link.Page == "" || a.Class == "forbidden wiki" {
			return
		}
		link.External = link.Href != "" && !within(link.Href, baseURL)
		if !seen[link] {
			seen[link] = true
			list = append(list, link)
		}
	})
	return list, err
}

// within tells whether an address is one of the environment at base.
func within(address, base string) bool {
	if strings.HasPrefix(address, "/") && !strings.HasPrefix(address, "//") {
		address, base = address+"/", sitePath(base)
	}
	rest, ok := strings.CutPrefix(address, base)
	return ok && (rest == "" || strings.IndexByte("/?#", rest[0]) >= 0)
}
