package render

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/chroma/v2"

	"tracrpc/wiki/markup"
)

// A highlighter's rules are backtracking expressions that somebody else wrote: 8 KB
// of line ends keep those for C++ busy for seconds, and a bound of bytes alone would
// have to be too small for honest code. So there is a clock beside it. It decides
// once for a text: what is shown plain for lack of time stays plain.
const (
	maxHighlighted = 64 << 10
	highlightTime  = 300 * time.Millisecond
)

// code shows a block of text of some kind, with colours if the highlighter knows
// it, and with line numbers if the block asks for them.
func (h *host) code(c *markup.Call, unique func(string) string) (string, error) {
	w := &writer{}
	if l, _ := languageOf(c.Name); c.Content == "" || l.binary {
		return `<div class="wiki-code"></div>`, nil
	}
	if isWikiText(c.Name) {
		html, err := h.place.HTML(h.ctx, c.Content)
		return `<div class="wiki-code">` + html + "</div>", err
	}
	if isPatch(c.Name) {
		if table := patch(c.Content); table != "" {
			return table, nil
		}
	}
	text, lexer := c.Content, lexerFor(c.Name)
	if c.Name == "default" {
		lexer = nil
	} else if !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	lines := h.highlight(lexer, expandTabs(text))
	w.open("div", "class", "wiki-code")
	if first, ok := argument(c.Args, "lineno"); ok {
		h.numbered(w, c, first, lines, unique)
	} else {
		w.raw(`<div class="code"><pre>`)
		for _, line := range lines {
			w.raw(line)
		}
		w.raw("</pre></div>")
	}
	return w.close("div").String(), nil
}

func argument(args []markup.Arg, name string) (string, bool) {
	for _, a := range slices.Backward(args) {
		if a.Name == name {
			return a.Value, true
		}
	}
	return "", false
}

// numbered shows lines in a table with their numbers.
func (h *host) numbered(w *writer, c *markup.Call, first string, lines []string, unique func(string) string) {
	start, err := number(first, "", 1, noLimit)
	if err != nil {
		start = 1
	}
	id, _ := argument(c.Args, "id")
	if id == "" {
		id = unique("a")
	}
	marked, _ := argument(c.Args, "marks")
	marks, _ := parseRanges(marked)
	w.raw(`<table class="code"><thead><tr><th class="lineno" title="Line numbers">Line</th>`)
	w.raw("<th class=\"content\">\u00a0</th></tr></thead><tbody>")
	for i, line := range lines {
		n := start + i
		anchor := id + "-L" + strconv.Itoa(n)
		class := ""
		if holds(marks, n) {
			class = "hilite"
		}
		w.open("tr", "class", class).open("th", "id", anchor)
		w.element("a", strconv.Itoa(n), "href", "#"+anchor).close("th")
		w.raw("<td>", line, "</td></tr>")
	}
	w.raw("</tbody></table>")
}

// highlight returns the lines of a text as HTML, each with its end.
func (h *host) highlight(lexer chroma.Lexer, text string) []string {
	if lexer == nil || len(text) > maxHighlighted {
		return plainLines(text)
	}
	key := lexer.Config().Name + "\x00" + text
	if lines := h.place.coloured.get(key); lines != nil {
		return lines
	}
	if h.highlighted > highlightTime {
		return plainLines(text)
	}
	// The first text of a language compiles its rules. That time is not the text's.
	tokens, err := chroma.Coalesce(lexer).Tokenise(&chroma.TokeniseOptions{State: "root"}, text)
	if err != nil {
		return plainLines(text)
	}
	start := time.Now()
	lines := tokenLines(tokens, len(text), start.Add(highlightTime))
	h.highlighted += time.Since(start)
	if lines == nil {
		lines = plainLines(text) // and next time, too
	}
	h.place.coloured.put(key, lines)
	return lines
}

// tokenLines runs a highlighter over a text of so many bytes. It returns nil when
// the rules lose some of them, or are not done in time.
func tokenLines(tokens chroma.Iterator, size int, deadline time.Time) []string {
	w := &writer{}
	var lines []string
	length := 0
	for token := tokens(); token != chroma.EOF; token = tokens() {
		length += len(token.Value)
		if time.Now().After(deadline) {
			return nil
		}
		lines = appendToken(w, lines, token)
	}
	if length != size {
		return nil
	}
	if len(w.b) > 0 {
		lines = append(lines, w.String())
	}
	return lines
}

// appendToken adds a token to the current line; a token that goes over several
// lines is cut at their ends.
func appendToken(w *writer, lines []string, token chroma.Token) []string {
	class := tokenClass(token.Type)
	for part := range strings.Lines(token.Value) {
		text, end := strings.CutSuffix(part, "\n")
		if text != "" {
			if class != "" {
				w.raw(`<span class="`, class, `">`)
			}
			w.b = appendCode(w.b, text)
			if class != "" {
				w.raw("</span>")
			}
		}
		if end {
			w.raw("\n")
			lines = append(lines, w.String())
			w.b = w.b[:0]
		}
	}
	return lines
}

// appendCode escapes a token as Pygments does, quotes included.
func appendCode(b []byte, s string) []byte {
	for i := range len(s) {
		switch s[i] {
		case '&':
			b = append(b, "&amp;"...)
		case '<':
			b = append(b, "&lt;"...)
		case '>':
			b = append(b, "&gt;"...)
		case '"':
			b = append(b, "&quot;"...)
		case '\'':
			b = append(b, "&#39;"...)
		default:
			b = append(b, s[i])
		}
	}
	return b
}

// tokenClass is the class that Pygments, and so every style sheet of Trac, has
// for a kind of token.
func tokenClass(t chroma.TokenType) string {
	for t != 0 {
		if class, ok := chroma.StandardTypes[t]; ok {
			return class
		}
		t = t.Parent()
	}
	return ""
}

func plainLines(text string) []string {
	var lines []string
	for line := range strings.Lines(text) {
		lines = append(lines, string(markup.AppendEscaped(nil, line, false)))
	}
	return lines
}

// expandTabs replaces tabs by spaces up to the next column that eight divides.
func expandTabs(text string) string {
	if strings.IndexByte(text, '\t') < 0 {
		return text
	}
	const tab = 8
	var b strings.Builder
	column := 0
	for _, r := range text {
		switch r {
		case '\t':
			n := tab - column%tab
			b.WriteString(strings.Repeat(" ", n))
			column += n
		case '\n', '\r':
			b.WriteRune(r)
			column = 0
		default:
			b.WriteRune(r)
			column++
		}
	}
	return b.String()
}
