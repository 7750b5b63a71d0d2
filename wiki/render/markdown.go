package render

import (
	"bytes"
	"context"
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

// maxMarkdown bounds the length of a text: rules for it go back and forth over it.
const maxMarkdown = 128 << 10

// markdown turns Markdown into HTML. Raw HTML goes through, since the sanitiser
// sees to it afterwards.
var markdown = sync.OnceValue(func() goldmark.Markdown {
	return goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(html.WithUnsafe()))
})

func expandMarkdown(_ context.Context, p *Place, c *markup.Call) (string, error) {
	if len(c.Content) > maxMarkdown {
		return "", &markup.ProcessorError{Message: "The text is too long"}
	}
	var b bytes.Buffer
	if err := markdown().Convert([]byte(c.Content), &b); err != nil {
		return "", err
	}
	return `<div class="markdown">` + p.policy.Sanitize(b.String()) + "</div>", nil
}
