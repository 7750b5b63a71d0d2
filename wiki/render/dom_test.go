package render_test

import (
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// sameDOM is the lenient rule of comparison: both texts are read as a browser
// reads them; the order of classes and of style declarations, and white space
// that nobody sees, do not count.
func sameDOM(want, got string) bool {
	return slices.Equal(canonical(want, false), canonical(got, false))
}

// sameText is sameDOM without the highlighter's spans in blocks of code, the ids of
// drawings, and the times that have passed since something.
func sameText(want, got string) bool {
	return slices.Equal(canonical(want, true), canonical(got, true))
}

var blockElements = strings.Fields(`address article aside blockquote body center dd details div dl dt fieldset figure
	footer form h1 h2 h3 h4 h5 h6 header hr li main nav noscript ol p pre section table tbody td tfoot th thead tr ul br`)

type token struct {
	kind byte // S, E, C or T
	name string
	text string
}

func canonical(s string, lenient bool) []string {
	s = strings.NewReplacer("\r", "", "\u200b", "").Replace(s)
	body := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
	nodes, err := html.ParseFragment(strings.NewReader(s), body)
	if err != nil {
		return []string{"unreadable: " + s}
	}
	var list []token
	for _, n := range nodes {
		list = appendTokens(list, n, false, false, lenient)
	}
	return spaced(joined(list))
}

var spaces = regexp.MustCompile(`[ \t\n\f]+`)
var relativeTime = regexp.MustCompile(`(Completed|Due in) .*? \(.*\)$|^.*? late \(.*\)$`)
var percent = regexp.MustCompile(`%[0-9a-fA-F]{2}`)

func appendTokens(list []token, n *html.Node, pre, code, lenient bool) []token {
	switch n.Type {
	case html.CommentNode:
		return append(list, token{kind: 'C', text: strings.TrimSpace(n.Data)})
	case html.TextNode:
		data := n.Data
		if !pre {
			data = spaces.ReplaceAllString(data, " ")
		}
		return append(list, token{kind: 'T', text: data})
	case html.ElementNode:
		pre = pre || n.Data == "pre" || n.Data == "textarea"
		code = code || n.Data == "div" && strings.Contains(canonicalAttributes(n, lenient), "wiki-code")
		skipped := lenient && code && (n.Data == "span" || n.Data == "i" || n.Data == "b")
		if !skipped {
			list = append(list, token{kind: 'S', name: n.Data, text: canonicalAttributes(n, lenient)})
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			list = appendTokens(list, c, pre, code, lenient)
		}
		if !skipped {
			list = append(list, token{kind: 'E', name: n.Data})
		}
	}
	return list
}

func canonicalAttributes(n *html.Node, lenient bool) string {
	var parts []string
	for _, a := range n.Attr {
		v := a.Val
		switch a.Key {
		case "class":
			classes := strings.Fields(v)
			sort.Strings(classes)
			v = strings.Join(classes, " ")
		case "style":
			var decls []string
			for d := range strings.SplitSeq(v, ";") {
				if d = strings.TrimSpace(d); d != "" {
					name, value, _ := strings.Cut(d, ":")
					decls = append(decls, strings.TrimSpace(name)+":"+spaces.ReplaceAllString(strings.TrimSpace(value), " "))
				}
			}
			sort.Strings(decls)
			v = strings.Join(decls, ";")
		case "href", "src":
			v = percent.ReplaceAllStringFunc(v, strings.ToUpper)
		case "id":
			if lenient && strings.HasPrefix(v, "trac-workflow-graph-") {
				v = "trac-workflow-graph-*"
			}
		case "title":
			if lenient {
				v = relativeTime.ReplaceAllString(v, "RELTIME")
			}
		}
		parts = append(parts, fmt.Sprintf("%s=%q", a.Key, v))
	}
	sort.Strings(parts)
	return strings.Join(parts, " ")
}

func joined(list []token) []token {
	var out []token
	for _, t := range list {
		if n := len(out); t.kind == 'T' && n > 0 && out[n-1].kind == 'T' {
			out[n-1].text += t.text
			if !strings.Contains(out[n-1].text, "\n") {
				out[n-1].text = spaces.ReplaceAllString(out[n-1].text, " ")
			}
			continue
		}
		out = append(out, t)
	}
	return out
}

func spaced(list []token) []string {
	isBlock := func(i int) bool {
		return i < 0 || i >= len(list) || list[i].kind != 'T' && slices.Contains(blockElements, list[i].name)
	}
	var out []string
	pre := 0
	for i, t := range list {
		if t.name == "pre" && t.kind == 'S' {
			pre++
		} else if t.name == "pre" && t.kind == 'E' {
			pre--
		}
		if t.kind == 'T' && pre == 0 {
			if isBlock(i - 1) {
				t.text = strings.TrimLeft(t.text, " ")
			}
			if isBlock(i + 1) {
				t.text = strings.TrimRight(t.text, " ")
			}
			if t.text == "" {
				continue
			}
		}
		out = append(out, string(t.kind)+t.name+"|"+t.text)
	}
	return out
}
