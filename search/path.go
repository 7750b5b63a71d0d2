package search

import "strings"

// Path is the path of a page in Trac: parts joined by slashes, and what a path
// may not hold written as %XX (trac/web/href.py). Slashes in a part stay; those
// around it go, and neighbouring ones become one.
func Path(parts ...string) string {
	var b strings.Builder
	for _, part := range parts {
		for piece := range strings.SplitSeq(part, "/") {
			if piece != "" {
				b.WriteByte('/')
				escape(&b, piece)
			}
		}
	}
	return b.String()
}

func escape(b *strings.Builder, text string) {
	const hex = "0123456789ABCDEF"
	for i := range len(text) {
		c := text[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("_.-~!*'()", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hex[c>>4])
		b.WriteByte(hex[c&15])
	}
}
