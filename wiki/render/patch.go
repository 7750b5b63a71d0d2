package render

import (
	"regexp"
	"strconv"
	"strings"
)

// patchFile is what a patch changes in one file.
type patchFile struct {
	comments       string
	path           string
	oldRev, newRev string
	oldShort       string
	newShort       string
	hunks          []patchHunk
}

type patchHunk struct {
	title  string
	blocks []patchBlock
}

// patchBlock is a run of lines that are all the same, or all different. The
// offsets are the numbers of the lines before it.
type patchBlock struct {
	same                 bool
	oldOffset, newOffset int
	oldLines, newLines   []patchLine
}

// patchLine is a line; meta marks a remark of the patch itself.
type patchLine struct {
	text string
	meta bool
}

// hunkHead is "@@ -333,10 +329,8 @@ title".
var hunkHead = regexp.MustCompile(`^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@(.*)`)

// patchReader goes through the lines of a patch (PatchRenderer of
// trac/mimeview/patch.py).
type patchReader struct {
	lines []string
	at    int
}

func (r *patchReader) more() bool { return r.at < len(r.lines) }

func (r *patchReader) line() string { return r.lines[r.at] }

// readPatch reads a patch in the unified format. ok is false if it is none.
func readPatch(text string) (files []patchFile, ok bool) {
	r := &patchReader{lines: strings.Split(strings.TrimSuffix(text, "\n"), "\n")}
	var comments []string
	for r.more() {
		line := r.line()
		r.at++
		if !strings.HasPrefix(line, "--- ") {
			if !strings.HasPrefix(line, "Index: ") && line != strings.Repeat("=", 67) {
				comments = append(comments, line)
			}
			continue
		}
		if !r.more() {
			break
		}
		if !strings.HasPrefix(r.line(), "+++ ") {
			return nil, false
		}
		f := newPatchFile(line, r.line())
		f.comments = strings.Join(comments, "\n")
		comments = nil
		r.at++
		if !r.hunks(&f) {
			return nil, false
		}
		files = append(files, f)
	}
	for _, f := range files {
		if len(f.hunks) > 0 {
			return files, true
		}
	}
	return nil, false
}

func newPatchFile(oldLine, newLine string) patchFile {
	oldInfo, newInfo := fileInfo(oldLine), fileInfo(newLine)
	f := patchFile{
		oldRev: strings.Join(oldInfo, " "), newRev: strings.Join(newInfo, " "), oldShort: "old", newShort: "new",
	}
	f.name(first(oldInfo), first(newInfo))
	return f
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// fileInfo is the path and the version behind --- or +++.
func fileInfo(line string) []string {
	rest := strings.TrimSpace(line[4:])
	i := strings.IndexAny(rest, " \t")
	if i < 0 {
		return []string{rest}
	}
	return []string{rest[:i], strings.TrimSpace(rest[i:])}
}

// name finds what the two paths have in common.
func (f *patchFile) name(oldPath, newPath string) {
	if oldPath == "" && newPath == "" {
		return
	}
	oldParts, newParts := cutAround(oldPath, `/.~\`), cutAround(newPath, `/.~\`)
	prefix, suffix := commonEnds(oldParts, newParts)
	switch {
	case len(prefix) > len(suffix):
		f.path = prefix
	case suffix != "":
		f.path = strings.TrimLeft(suffix, "/")
		a, b := strings.TrimSuffix(oldPath, suffix), strings.TrimSuffix(newPath, suffix)
		if len(a) < 4 && len(b) < 4 {
			f.oldShort, f.newShort = a, b
		}
	case oldPath == "/dev/null":
		f.path = "new file " + strings.TrimLeft(newPath, "b/")
		f.oldShort, f.newShort = "-", "+"
	case newPath == "/dev/null":
		f.path = "deleted file " + strings.TrimLeft(oldPath, "a/")
		f.oldShort, f.newShort = "+", "-"
	default:
		f.path = "(a) " + oldPath + " vs. (b) " + newPath
		f.oldShort, f.newShort = "a", "b"
	}
}

func commonEnds(a, b []string) (prefix, suffix string) {
	for i := 0; i < len(a) && i < len(b) && a[i] == b[i]; i++ {
		prefix += a[i]
	}
	for i := 1; i <= len(a) && i <= len(b) && a[len(a)-i] == b[len(b)-i]; i++ {
		suffix = a[len(a)-i] + suffix
	}
	return prefix, suffix
}

func (r *patchReader) hunks(f *patchFile) bool {
	for r.more() {
		head := hunkHead.FindStringSubmatch(r.line())
		if head == nil {
			return true
		}
		r.at++
		hunk, ok := r.hunk(head)
		if !ok {
			return false
		}
		f.hunks = append(f.hunks, hunk)
	}
	return true
}

// hunk reads as many lines as its head says.
func (r *patchReader) hunk(head []string) (h patchHunk, ok bool) {
	size := func(s string) int {
		if n, err := strconv.Atoi(s); err == nil && s != "0" {
			return n
		}
		return 1
	}
	h.title = head[5]
	oldAt, newAt := size(head[1]), size(head[3])
	oldEnd, newEnd := oldAt+size(head[2]), newAt+size(head[4])
	newSide := false
	for r.more() && (oldAt < oldEnd || newAt < newEnd || strings.HasPrefix(r.line(), `\`)) {
		command, text := byte(' '), r.line()
		if text != "" {
			command, text = text[0], text[1:]
		}
		if command == '@' {
			h.title += " (this hunk was shorter than expected)"
			break
		}
		r.at++
		if n := len(h.blocks); n == 0 || h.blocks[n-1].same != (command == ' ') {
			h.blocks = append(h.blocks, patchBlock{same: command == ' ', oldOffset: oldAt - 1, newOffset: newAt - 1})
		}
		b := &h.blocks[len(h.blocks)-1]
		line := patchLine{text: expandTabs(text), meta: command == '\\'}
		switch {
		case command == ' ':
			b.oldLines, b.newLines = append(b.oldLines, line), append(b.newLines, line)
			oldAt++
			newAt++
		case command == '+' || command == '\\' && newSide:
			newSide = true
			b.newLines = append(b.newLines, line)
			newAt++
		case command == '-' || command == '\\':
			newSide = false
			b.oldLines = append(b.oldLines, line)
			oldAt++
		default:
			return h, false
		}
	}
	return h, true
}
