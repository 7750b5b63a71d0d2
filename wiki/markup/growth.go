package markup

import (
	"strings"

	"golang.org/x/net/html"
)

// growsTooMuch tells whether the tree of an HTML text would be many times as
// large as the text: what stays open at the end of a paragraph, such as <b>, a
// browser opens again in the next one, with all its attributes.
func growsTooMuch(text string) bool {
	limit := 8*len(text) + 64<<10
	var f formatting
	z := html.NewTokenizer(strings.NewReader(text))
	grown := 0
	for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
		tag := z.Raw()
		switch kind {
		case html.StartTagToken, html.SelfClosingTagToken:
			name, _ := z.TagName()
			if isFormatting(string(name)) {
				f.start(string(name), tag)
				continue
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			f.end(string(name))
		default:
			continue
		}
		if grown += f.size; grown > limit {
			return true
		}
	}
	return false
}

// formatting is the elements that are open and would be opened again.
type formatting struct {
	open map[string][]string // their tags by their names
	same map[string]int      // how many of them have this tag
	size int                 // the length of all tags; of the same ones only three count
}

func (f *formatting) start(name string, raw []byte) {
	if f.open == nil {
		f.open, f.same = map[string][]string{}, map[string]int{}
	}
	tag := string(raw)
	f.open[name] = append(f.open[name], tag)
	if f.same[tag]++; f.same[tag] <= 3 {
		f.size += len(tag)
	}
}

func (f *formatting) end(name string) {
	tags := f.open[name]
	if len(tags) == 0 {
		return
	}
	tag := tags[len(tags)-1]
	f.open[name] = tags[:len(tags)-1]
	if f.same[tag]--; f.same[tag] < 3 {
		f.size -= len(tag)
	}
}

func isFormatting(name string) bool {
	switch name {
	case "a", "b", "big", "code", "em", "font", "i", "s", "small", "strike", "strong", "tt", "u":
		return true
	}
	return false
}
