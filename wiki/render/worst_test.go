//go:build unix

package render_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"tracrpc/auth"
)

// worstTexts make texts of about so many bytes that keep Trac busy for long. Those
// whose names are in worst-cases.json are the ones that were measured there.
func worstTexts() map[string]func(size int) string {
	repeat := func(unit string) func(int) string {
		return func(size int) string { return strings.Repeat(unit, size/len(unit)) }
	}
	within := func(before, unit, after string) func(int) string {
		return func(size int) string { return before + strings.Repeat(unit, size/len(unit)) + after }
	}
	nested := func(unit string, depth int) func(int) string {
		return func(size int) string {
			return strings.Repeat(unit, depth) + strings.Repeat("text\n", size/5) + strings.Repeat("}}}\n", depth)
		}
	}
	growing := func(before, after string) func(int) string {
		return func(size int) string {
			var b strings.Builder
			for n := 1; b.Len() < size; n++ {
				b.WriteString(strings.Repeat(" ", n) + before + "x" + after + "\n")
			}
			return b.String()
		}
	}
	texts := map[string]func(int) string{
		`heading: "= a" + n spaces + "b"`:      within("= a", " ", "b"),
		`heading: "= " + n x "#a"`:             within("= ", "#a", ""),
		"n leading spaces + x":                 within("", " ", "x"),
		"one word of n letters":                repeat("a"),
		"one word of n letters + digits, dots": repeat("aZ9.b4"),
		"word with n underscores a:b___":       within("a:b", "_", ""),
		"n x \"`\" odd":                        within("", "`", "```"),
		"n x CamelCase joined":                 within("", "CamelCase", "_"),
		"n pipes":                              repeat("|"),
		"row of n cells":                       within("", "||a", "||"),
		"|- with n params":                     within("|-", " a=b", ""),
		"toggle storm __~~":                    repeat("__~~"),
		`n x "> " depth`:                       repeat("> "),
		"nested div depth n/20":                nested("{{{#!div\n", 90),
		"nested {{{ depth n/4":                 repeat("{{{\n"),
		"n headings + n/1000 PageOutline":      within("", strings.Repeat("= S =\n", 100)+"[[PageOutline]]\n", ""),
		"n same headings (unique id loop)":     repeat("= S =\n"),
		"list depth growing":                   growing("* ", ""),
		"indent depth growing":                 growing("", ""),
		`html n x "<b"`:                        within("{{{#!html\n", "<b", "\n}}}"),
		`html n x "<!--"`:                      within("{{{#!html\n", "<!--", "\n}}}"),
		`html style n x "\\"`:                  within("{{{#!html\n<b style=\"color:", `\`, "\">\n}}}"),
		`html n x "&#x"`:                       within("{{{#!html\n", "&#x", "\n}}}"),
		"rst n x \"`\"":                        within("{{{#!rst\n", "`", "\n}}}"),
		"n x TicketQuery":                      repeat("[[TicketQuery(id=7)]]\n"),
		"plain text control":                   repeat("Plain words in a row, some of them long.\n"),
		"own: elements opened":                 within("{{{#!html\n", "<b>", "\n}}}"),
		"own: elements of different kinds":     within("{{{#!html\n", "<b><i><u><s><big><tt>x<p>", "\n}}}"),
		"own: elements and paragraphs": func(n int) string {
			return "{{{#!html\n" + differentElements(200) + strings.Repeat("</p><p>x", n/8) + "\n}}}"
		},
		"own: tables in the wrong place":      within("{{{#!html\n", "<table><b>x", "\n}}}"),
		"own: attributes":                     within("{{{#!html\n<b ", "title=x ", ">\n}}}"),
		"own: comments in a style":            within("{{{#!html\n<b style=\"color:red;", "/**/", "\">\n}}}"),
		"own: comments over lines in a style": within("{{{#!html\n<b style=\"color:red;", "/*\n", "*/\">\n}}}"),
		"own: addresses in a style":           within("{{{#!html\n<b style=\"background:", "url(", "\">\n}}}"),
		"own: divs to the end":                repeat("{{{#!div\n"),
		"own: indented divs to the end":       repeat("  {{{#!div\n"),
		"own: tables to the end":              repeat("{{{#!table\n||a\n"),
		"own: empty lines in indented divs":   func(n int) string { return growingDivs(90) + strings.Repeat("\n", n) },
		"own: outlines of all levels":         within(strings.Repeat("= S =\n", 2000), "[[PageOutline]]\n", ""),
		"own: headings with links":            repeat("= [wiki:WikiStart S] #7 =\n"),
		"own: links to pages":                 repeat("WikiStart NoSuchPage wiki:Guide/Setup ../Setup\n"),
		"own: links to tickets":               repeat("#7 #8 #9 ticket:7 comment:1:ticket:7 {3} {4}\n"),
		"own: ranges of tickets":              within("#1", ",5-9", "\n"),
		"own: ranges of changesets":           within("[1:2", ",5-9", "]\n"),
		"own: queries":                        repeat("query:status=new query:?order=id \n"),
		"own: pictures":                       repeat("[[Image(a.png)]]\n"),
		"own: titles":                         repeat("[[TitleIndex]]\n"),
		"own: macros with arguments":          within("[[Image(a.png", ",align=left", ")]]"),
		"own: code in C":                      within("{{{#!c\n", "a(\"", "\n}}}"),
		"own: blocks of code":                 repeat("{{{#!python\ndef a(b): 'c'\n}}}\n"),
		"own: code in one line of brackets":   within("{{{#!js\n", "([{", "\n}}}"),
		"own: one patch":                      within("{{{#!diff\n--- a\n+++ b\n@@ -1,9 +1,9 @@\n", "-a\n+b\n", "}}}"),
		"own: a patch of long lines": func(n int) string {
			return "{{{#!diff\n--- a\n+++ b\n@@ -1 +1 @@\n-" + strings.Repeat("ab ", n/6) + "\n+" + strings.Repeat("a b", n/6) + "\n}}}"
		},
		"own: citations in citations": repeat(strings.Repeat(">", 250) + "\n"),
		"own: spans":                  repeat("[[span(a, class=b)]]"),
	}
	for name, text := range nastyTexts() {
		texts["own: "+name] = text
	}
	return texts
}

// differentElements are elements that are no copies of each other, and so are all
// opened again behind each paragraph.
func differentElements(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "<b id=%d>", i)
	}
	return b.String()
}

func growingDivs(depth int) string {
	var b strings.Builder
	for i := range depth {
		b.WriteString(strings.Repeat(" ", i%2) + "{{{#!div\n")
	}
	return b.String()
}

var repeated = regexp.MustCompile(`^n x ("(?:[^"\\]|\\.)*")$`)

// measured adds the texts of worst-cases.json that are one repeated unit.
func measured(b *testing.B, texts map[string]func(int) string) {
	b.Helper()
	data, err := os.ReadFile(filepath.Join(casesFolder(b), "worst-cases.json"))
	if err != nil {
		b.Fatal(err)
	}
	var cases []struct{ Input string }
	if err := json.Unmarshal(data, &cases); err != nil {
		b.Fatal(err)
	}
	for _, c := range cases {
		if texts[c.Input] != nil {
			continue
		}
		m := repeated.FindStringSubmatch(c.Input)
		var unit string
		if m == nil || json.Unmarshal([]byte(m[1]), &unit) != nil {
			b.Errorf("worst-cases.json has %q, which no text is for", c.Input)
			continue
		}
		texts[c.Input] = func(size int) string { return strings.Repeat(unit, size/len(unit)) }
	}
}

// BenchmarkWorst renders the worst texts and reports how long 256 KB of each take,
// and by which power of the length the time grows from 32 KB on. The short text is
// rendered as often as it takes to have as much, so that both leave the collector
// the same to do.
func BenchmarkWorst(b *testing.B) {
	texts := worstTexts()
	measured(b, texts)
	r := recordedRenderer(b, casesFolder(b), true)
	const short, long = 32 << 10, 256 << 10
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		b.Run(strings.ReplaceAll(name, "/", "|"), func(b *testing.B) {
			took := func(size int) time.Duration {
				text := texts[name](size)
				runtime.GC()
				start := processorTime(b)
				for range long / size {
					if _, err := r.HTML(b.Context(), admin(), recordedBase, auth.Resource{Realm: "wiki", ID: "WikiStart"}, text); err != nil {
						b.Log(err)
					}
				}
				return (processorTime(b) - start) / time.Duration(long/size)
			}
			best := [2]time.Duration{time.Hour, time.Hour}
			for b.Loop() {
				for range 3 {
					best[0], best[1] = min(best[0], took(short)), min(best[1], took(long))
				}
			}
			b.ReportMetric(float64(best[1].Microseconds())/1000, "ms/256KB")
			b.ReportMetric(math.Log(float64(best[1])/float64(max(best[0], 1)))/math.Log(long/short), "growth")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// processorTime is the time that the process has computed.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
