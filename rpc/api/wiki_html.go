package api

import (
	"context"

	"tracrpc/auth"
	"tracrpc/fault"
	"tracrpc/rpc"
	"tracrpc/wiki"
)

// pageHTML are the methods that answer with pages as HTML.
func (p pages) pageHTML() []rpc.Method {
	return []rpc.Method{{
		Signature: "string wiki.getPageHTML(string pagename, int version=None)",
		Asks:      viewPage,
		Help:      "A page as an HTML document, of its latest version or of the one asked for. Its links are absolute.",
		Do:        p.html,
	}, {
		Signature: "string wiki.getPageHTMLVersion(string pagename, int version=None)",
		Asks:      viewPage,
		Help:      "The same as `wiki.getPageHTML`.",
		Do:        p.html,
	}}
}

// textHTML is the method that renders any text.
func (p pages) textHTML() rpc.Method {
	return rpc.Method{
		Signature:  "string wiki.wikiToHtml(string text)",
		Permission: wiki.View,
		Help:       "Any wiki text as HTML, without a document around it. Its links are absolute.",
		Do: func(ctx context.Context, c *rpc.Call) (any, error) {
			text, err := c.String(0)
			if err != nil {
				return nil, err
			}
			return p.env.Renderer.HTML(ctx, c.Who, c.BaseURL, auth.Resource{}, text)
		},
	}
}

// links answers where the links of a page lead.
func (p pages) links(ctx context.Context, c *rpc.Call) (any, error) {
	list := []any{}
	if c.Arg(0) == nil {
		return list, nil
	}
	ref, err := pageRef(c)
	if err != nil {
		return nil, err
	}
	page, err := p.env.Wiki.Get(ctx, c.Who, ref)
	if fault.Is(err, fault.NotFound) {
		return list, nil
	}
	if err != nil {
		return nil, err
	}
	links, err := p.env.Renderer.Links(ctx, c.Who, c.BaseURL, wiki.Resource(page.Name), page.Text)
	for _, l := range links {
		kind := "local"
		if l.External {
			kind = "external"
		}
		list = append(list, rpc.Struct{{Name: "page", Value: l.Page}, {Name: "type", Value: kind}, {Name: "href", Value: l.Href}})
	}
	return list, err
}

func (p pages) html(ctx context.Context, c *rpc.Call) (any, error) {
	ref, err := pageRef(c)
	if err != nil {
		return nil, err
	}
	page, err := p.env.Wiki.Get(ctx, c.Who, ref)
	if err != nil {
		return nil, err
	}
	on := wiki.Resource(page.Name)
	if ref.Version != wiki.Latest {
		on.Version = page.Version
	}
	body, err := p.env.Renderer.HTML(ctx, c.Who, c.BaseURL, on, page.Text)
	if err != nil {
		return nil, err
	}
	return "<html><body>" + body + "</body></html>", nil
}
