package markup

import (
	"bytes"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Sanitize returns the safe part of an HTML text. The text is read as a browser
// reads it and written anew from the tree, so that what comes out is balanced
// and means the same to everybody. Elements that are not safe go with all that
// is in them, up to their end tags or the end of the text; so do comments and
// declarations. A tag that is not finished is text.
func (p *Policy) Sanitize(text string) string {
	if p.Unsafe {
		return text
	}
	return p.fromTree(withoutUnsafe(escapeUnfinished(text)))
}

// fromTree reads a text without unsafe elements as a tree and writes it.
func (p *Policy) fromTree(text string) string {
	nodes, err := html.ParseFragment(strings.NewReader(text), fragmentContext(text))
	if err != nil || growsTooMuch(text) {
		return string(AppendEscaped(nil, text, true)) // nested beyond all measure
	}
	var b []byte
	for _, n := range nodes {
		b = p.appendNode(b, n)
	}
	return string(b)
}

// escapeUnfinished makes text of a tag or comment at the end that is not finished.
func escapeUnfinished(text string) string {
	at := 0
	z := html.NewTokenizer(strings.NewReader(text))
	for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
		if kind == html.CommentToken && !bytes.HasSuffix(z.Raw(), []byte(">")) {
			break
		}
		at += len(z.Raw())
	}
	rest := text[min(at, len(text)):]
	if !strings.HasPrefix(rest, "<") {
		return text
	}
	return text[:at] + strings.ReplaceAll(rest, "<", "&lt;")
}

// withoutUnsafe leaves out what stands between the tags of unsafe elements, and
// comments and declarations. Where a browser would end an unsafe element early,
// or never begin it, Trac does not. What is left is still read as a tree.
func withoutUnsafe(text string) string {
	var b strings.Builder
	from, at, waiting := 0, 0, ""
	z := html.NewTokenizer(strings.NewReader(text))
	for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
		end := at + len(z.Raw())
		switch kind {
		case html.StartTagToken, html.SelfClosingTagToken:
			if waiting == "" && !safeTag(z) {
				waiting = tagName(text[at:])
				b.WriteString(text[from:at])
			}
		case html.EndTagToken:
			if name, _ := z.TagName(); waiting != "" && string(name) == waiting {
				waiting, from = "", end
			}
		case html.CommentToken, html.DoctypeToken:
			if waiting == "" && !strings.HasPrefix(text[at:], "<?") {
				b.WriteString(text[from:at])
				from = end
			}
		}
		at = end
	}
	if from == 0 && waiting == "" {
		return text
	}
	if waiting == "" {
		b.WriteString(text[from:])
	}
	return b.String()
}

// safeTag tells whether the tag that z is at begins a safe element.
func safeTag(z *html.Tokenizer) bool {
	t := z.Token()
	if t.Data == "input" {
		for _, a := range t.Attr {
			if a.Key == "type" && strings.EqualFold(a.Val, "password") {
				return false
			}
		}
	}
	return safeElements[t.Data]
}

// tagName is the name in the tag at the head of a text, in small letters.
func tagName(text string) string {
	end := 1
	for end < len(text) && class[text[end]]&asciiSpace == 0 && text[end] != '/' && text[end] != '>' {
		end++
	}
	return strings.ToLower(text[1:end])
}

// fragmentContext lets a fragment that begins with a part of a table stand as if
// it were in one.
func fragmentContext(text string) *html.Node {
	name := "body"
	rest, ok := strings.CutPrefix(trim(text), "<")
	if ok {
		switch strings.ToLower(rest[:skip(rest, 0, asciiLetter)]) {
		case "td", "th":
			name = "tr"
		case "tr":
			name = "tbody"
		case "tbody", "thead", "tfoot", "caption", "colgroup":
			name = "table"
		case "col":
			name = "colgroup"
		}
	}
	return &html.Node{Type: html.ElementNode, Data: name, DataAtom: atom.Lookup([]byte(name))}
}

// appendNode writes a node and all below it. The parser bounds how deep a tree
// gets.
func (p *Policy) appendNode(b []byte, n *html.Node) []byte {
	switch n.Type {
	case html.TextNode:
		return AppendEscaped(b, characters(n.Data), true)
	case html.CommentNode:
		// Only processing instructions are left: browsers see them as comments, with
		// the question mark that Trac adds.
		return append(append(append(b, "<!--"...), characters(n.Data)...), "?-->"...)
	case html.ElementNode:
	default:
		return b
	}
	if !safeElements[n.Data] || n.Namespace != "" || n.DataAtom == atom.Input && isPassword(n) {
		return b
	}
	values := map[string]string{}
	for _, a := range n.Attr {
		if a.Val == "" && a.Namespace == "" {
			a.Val = a.Key
		}
		values[a.Key] = characters(a.Val)
	}
	b = append(b, '<')
	b = append(b, n.Data...)
	b = append(b, formatAttributes(p.sanitized(n.Data, values))...)
	if isVoid(n.Data) {
		return append(b, " />"...)
	}
	b = append(b, '>')
	if n.FirstChild != nil && n.FirstChild.Type == html.TextNode && strings.HasPrefix(n.FirstChild.Data, "\n") &&
		(n.Data == "pre" || n.Data == "textarea") {
		b = append(b, '\n') // the first one does not count
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		b = p.appendNode(b, c)
	}
	b = append(b, "</"...)
	b = append(b, n.Data...)
	return append(b, '>')
}

// characters drops the code points that Unicode says are none.
func characters(s string) string {
	return strings.Map(func(r rune) rune {
		if r&0xFFFE == 0xFFFE || r >= 0xFDD0 && r <= 0xFDEF {
			return -1
		}
		return r
	}, s)
}

func isPassword(n *html.Node) bool {
	for _, a := range n.Attr {
		if a.Key == "type" && strings.EqualFold(a.Val, "password") {
			return true
		}
	}
	return false
}

func isVoid(name string) bool {
	switch name {
	case "area", "br", "col", "hr", "img", "input":
		return true
	}
	return false
}

// inlineHTML tells whether a text begins with an element that may stand within a
// line.
func inlineHTML(text string) bool {
	if text == "" {
		return false
	}
	_, n := runeAt(text, 0)
	name, _, _ := strings.Cut(strings.TrimLeftFunc(text[n:], isSpace), " ")
	switch strings.ToLower(name) {
	case "a", "span", "bdo", "img", "big", "small", "font", "tt", "i", "b", "u", "s", "strike", "em", "strong", "dfn",
		"code", "q", "samp", "kbd", "var", "cite", "abbr", "acronym", "sub", "sup":
		return true
	}
	return false
}
