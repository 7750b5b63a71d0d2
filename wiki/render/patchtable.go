package render

import (
	"strconv"
	"strings"

	"tracrpc/wiki/markup"
)

// isPatch tells whether a kind of text is a patch.
func isPatch(name string) bool {
	switch name {
	case "diff", "patch", "udiff", "text/x-diff", "text/x-patch":
		return true
	}
	return false
}

// patch shows a patch as Trac shows changes: a table a file. It returns "" if
// the text is no patch.
func patch(text string) string {
	files, ok := readPatch(text)
	if !ok {
		return ""
	}
	w := &writer{}
	w.raw("<div class=\"wiki-code\">\n<div class=\"diff\">\n\n  <ul class=\"entries\">\n")
	for i := range files {
		files[i].write(w)
	}
	w.raw("  </ul>\n</div></div>")
	return w.String()
}

func (f *patchFile) write(w *writer) {
	w.raw("    <li class=\"entry\">\n      <h2>\n        ")
	if f.path != "" {
		w.element("a", f.path)
	} else {
		w.raw("&nbsp;")
	}
	w.raw("\n      </h2>\n")
	if f.comments != "" {
		w.raw("      ").element("pre", f.comments).raw("\n")
	}
	if len(f.hunks) > 0 && len(f.hunks[0].blocks) > 0 {
		f.table(w)
	}
	w.raw("\n    </li>\n")
}

func (f *patchFile) table(w *writer) {
	w.raw("      <table class=\"trac-diff inline\" cellspacing=\"0\">\n        <colgroup>\n          ",
		"<col class=\"lineno\"/><col class=\"lineno\"/><col class=\"content\"/>\n        </colgroup>\n        <thead>\n          <tr>\n            ")
	w.open("th", "title", "File "+f.oldRev).text("\n              " + f.oldShort + "\n            ").close("th")
	w.raw("\n            ").open("th", "title", "File "+f.newRev).text("\n              " + f.newShort + "\n            ").close("th")
	w.raw("\n            <td>\n              ").element("em", f.hunks[0].title)
	w.raw("\n              &nbsp;\n            </td>\n          </tr>\n        </thead>\n")
	for i := range f.hunks {
		if i > 0 {
			f.skipped(w, &f.hunks[i])
		}
		for j := range f.hunks[i].blocks {
			f.hunks[i].blocks[j].write(w)
		}
	}
	w.raw("      </table>\n")
}

// skipped is the row between two hunks.
func (f *patchFile) skipped(w *writer, h *patchHunk) {
	if len(h.blocks) == 0 {
		return
	}
	w.raw("        <tbody class=\"skipped\">\n          <tr>\n")
	for _, offset := range [2]int{h.blocks[0].oldOffset, h.blocks[0].newOffset} {
		w.raw("            <th>").open("a", "href", "#L"+strconv.Itoa(offset+1)).raw("&hellip;</a></th>\n")
	}
	w.raw("            <td>\n              ").element("em", h.title)
	w.raw("\n              &nbsp;\n            </td>\n          </tr>\n        </tbody>\n")
}

func (b *patchBlock) write(w *writer) {
	oldHTML, newHTML := b.html()
	switch {
	case b.same:
		w.raw("        <tbody class=\"unmod\">\n")
		for i, line := range oldHTML {
			row(w, "", b.oldOffset+i+1, b.newOffset+i+1, "l", "span", line)
		}
	case len(oldHTML) == 0:
		w.raw("        <tbody class=\"add\">\n")
		for i, line := range newHTML {
			row(w, ends(i, len(newHTML)), 0, b.newOffset+i+1, "r", "ins", line)
		}
	case len(newHTML) == 0:
		w.raw("        <tbody class=\"rem\">\n")
		for i, line := range oldHTML {
			row(w, ends(i, len(oldHTML)), b.oldOffset+i+1, 0, "l", "del", line)
		}
	default:
		w.raw("        <tbody class=\"mod\">\n")
		for i, line := range oldHTML {
			row(w, strings.TrimSuffix(ends(i, len(oldHTML)+1), " "), b.oldOffset+i+1, 0, "l", "span", line)
		}
		for i, line := range newHTML {
			row(w, strings.TrimSpace(ends(i+1, len(newHTML)+1)), 0, b.newOffset+i+1, "r", "span", line)
		}
	}
	w.raw("        </tbody>\n")
}

// ends is the class of the first and the last row of a block.
func ends(i, n int) string {
	switch {
	case i == 0 && n == 1:
		return "first last"
	case i == 0:
		return "first"
	case i == n-1:
		return "last"
	}
	return ""
}

// row is one line; a number of 0 is none. line is HTML.
func row(w *writer, class string, oldNumber, newNumber int, side, element, line string) {
	w.raw("          ").open("tr", "class", class).raw("\n            ")
	for _, n := range [2]int{oldNumber, newNumber} {
		if n == 0 {
			w.raw("<th>&nbsp;</th>")
		} else {
			w.raw("<th>", strconv.Itoa(n), "</th>")
		}
	}
	w.open("td", "class", side).open(element).raw(line).close(element).close("td").raw("\n          </tr>\n")
}

// html writes the lines of a block. When as many lines were taken as were added,
// what differs in each pair is marked.
func (b *patchBlock) html() (oldHTML, newHTML []string) {
	paired := !b.same && len(b.oldLines) == len(b.newLines)
	for i, line := range b.oldLines {
		from, to := 0, -1
		if paired {
			from, to, _ = difference(line.text, b.newLines[i].text)
		}
		oldHTML = append(oldHTML, line.html(from, to, "del"))
	}
	for i, line := range b.newLines {
		from, to := 0, -1
		if paired {
			from, _, to = difference(b.oldLines[i].text, line.text)
		}
		newHTML = append(newHTML, line.html(from, to, "ins"))
	}
	return oldHTML, newHTML
}

// difference finds the part in which two lines differ: from is its beginning in
// both, the others are its ends, or -1 if they have nothing in common.
func difference(a, b string) (from, endA, endB int) {
	for from < len(a) && from < len(b) && a[from] == b[from] {
		from++
	}
	for from > 0 && !boundary(a, from) {
		from--
	}
	endA, endB = len(a), len(b)
	for endA > from && endB > from && a[endA-1] == b[endB-1] {
		endA--
		endB--
	}
	for endA < len(a) && !boundary(a, endA) {
		endA++
		endB++
	}
	if from == 0 && endA == len(a) && endB == len(b) {
		return 0, -1, -1
	}
	return from, endA, endB
}

// boundary tells whether a character begins at byte i.
func boundary(s string, i int) bool { return i >= len(s) || s[i]&0xC0 != 0x80 }

// html writes a line, and the part from from to to in an element of its own.
func (l patchLine) html(from, to int, element string) string {
	w := &writer{}
	if l.meta {
		w.raw("<em>")
	}
	if to < 0 {
		codeText(w, l.text)
	} else {
		codeText(w, l.text[:from])
		w.open(element)
		codeText(w, l.text[from:to])
		w.close(element)
		codeText(w, l.text[to:])
	}
	if l.meta {
		w.raw("</em>")
	}
	return w.String()
}

// codeText writes text so that its spaces stay: a browser shows one where there
// are several.
func codeText(w *writer, s string) {
	for i := 0; i < len(s); {
		n := 0
		for i+n < len(s) && s[i+n] == ' ' {
			n++
		}
		if n > 1 || n == 1 && i == 0 {
			w.raw(strings.Repeat("&nbsp; ", n/2), strings.Repeat("&nbsp;", n%2))
			i += n
			continue
		}
		end := i + 1
		if next := strings.IndexByte(s[end:], ' '); next >= 0 {
			end += next
		} else {
			end = len(s)
		}
		w.b = markup.AppendEscaped(w.b, s[i:end], false)
		i = end
	}
}
