package render

import (
	"bytes"
	"context"
	"strings"
	"sync"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"

	"tracrpc/wiki/markup"
)

// markdownMacros are the processors for Markdown, under the names that Trac's
// plugins have for it.
func markdownMacros() []Macro {
	var list []Macro
	for _, name := range []string{"Markdown", "markdown"} {
		list = append(list, Macro{
			Name: name,
			Description: `Shows Markdown, with GitHub's tables, task lists and struck text. What is not safe in its HTML is left out, as in the
processor ` + "`html`.",
			Hidden: name == "markdown",
			Expand: expandMarkdown,
		})
	}
	return list
}

// The time that Markdown takes grows with the square of how many marks stand in a
// paragraph, and of how deep quotes are. These bounds keep a page from taking long.
const (
	maxMarkdown      = 128 << 10 // bytes of all blocks of a page
	maxMarkdownMarks = 3000      // in a paragraph
	maxMarkdownDepth = 100       // of quotes
)

// markdown turns Markdown into HTML. Raw HTML goes through, since the sanitiser
// sees to it afterwards.
var markdown = sync.OnceValue(func() goldmark.Markdown {
	return goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(html.WithUnsafe()))
})

func expandMarkdown(_ context.Context, p *Place, c *markup.Call) (string, error) {
	p.host.markdown += len(c.Content)
	if p.host.markdown > maxMarkdown || isTangled(c.Content) {
		return "", &markup.ProcessorError{Message: "There is too much of it"}
	}
	var b bytes.Buffer
	if err := markdown().Convert([]byte(c.Content), &b); err != nil {
		return "", err
	}
	return `<div class="markdown">` + p.policy.Sanitize(b.String()) + "</div>", nil
}

// isTangled tells whether a text has more marks in a paragraph, or deeper quotes,
// than can be read in good time.
func isTangled(text string) bool {
	marks := 0
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) == "" {
			marks = 0
			continue
		}
		depth := 0
		for i := range len(line) {
			switch line[i] {
			case '*', '_', '[', ']', '(', '!':
				marks++
			case '>':
				depth++
			}
		}
		if marks > maxMarkdownMarks || depth > maxMarkdownDepth && strings.HasPrefix(strings.TrimLeft(line, " \t"), ">") {
			return true
		}
	}
	return false
}
