package markup

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// htmlPiece is a part of a block of HTML. People build boxes around wiki text with
// a block that begins one and another block that ends it, so that a block may
// leave elements open, and close what earlier ones left open.
type htmlPiece struct {
	closes string   // an element of an earlier block or piece, or ""
	safe   string   // safe HTML without the end tags of what stays open
	open   []string // what stays open
}

// pieces is Sanitize for a block of HTML that may leave elements open.
func (p *Policy) pieces(text string) []htmlPiece {
	if p.Unsafe {
		return []htmlPiece{{safe: text}}
	}
	text = withoutUnsafe(escapeUnfinished(text))
	var list []htmlPiece
	var open []string // the elements that are open
	from, at, closes := 0, 0, ""
	z := html.NewTokenizer(strings.NewReader(text))
	for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
		end := at + len(z.Raw())
		name, _ := z.TagName()
		switch n := string(name); {
		case kind == html.StartTagToken && !isVoid(n):
			open = append(open, n)
		case kind != html.EndTagToken:
		case len(open) > 0 && open[len(open)-1] == n:
			open = open[:len(open)-1]
		case !slices.Contains(open, n) && mayStayOpen(n) && allMayStayOpen(open):
			list = append(list, p.piece(closes, text[from:at], open))
			from, closes, open = end, n, nil
		}
		at = end
	}
	return append(list, p.piece(closes, text[from:], open))
}

// piece makes a piece of a text at whose end the elements open are open, if they
// may stay so; otherwise they are closed.
func (p *Policy) piece(closes, text string, open []string) htmlPiece {
	whole := htmlPiece{closes: closes, safe: p.fromTree(text)}
	if len(open) == 0 || !allMayStayOpen(open) {
		return whole
	}
	rest := strings.TrimRight(whole.safe, " \n")
	for _, name := range open {
		var ok bool
		if rest, ok = strings.CutSuffix(rest, "</"+name+">"); !ok {
			return whole
		}
	}
	return htmlPiece{closes: closes, safe: rest, open: slices.Clone(open)}
}

// mayStayOpen names the boxes and the styles.
func mayStayOpen(name string) bool {
	switch name {
	case "center", "div":
		return true
	}
	return name != "a" && isFormatting(name)
}

func allMayStayOpen(names []string) bool {
	return !slices.ContainsFunc(names, func(n string) bool { return !mayStayOpen(n) })
}
