package render

import (
	"context"
	"maps"
	"slices"
	"strings"

	"tracrpc/wiki/markup"
)

func knownMimeTypesMacro() Macro {
	return Macro{
		Name: "KnownMimeTypes",
		Description: `Lists the kinds of text that can be written as processors, with the other names for each. The argument is
the beginning of the kinds to list.`,
		Expand: expandKnownMimeTypes,
	}
}

func expandKnownMimeTypes(_ context.Context, p *Place, c *markup.Call) (string, error) {
	prefix := strings.TrimRight(readArguments(c.Content, true).at(0), "*")
	names := map[string][]string{}
	for name, l := range languages() {
		if l.mime != "" && l.mime != name && strings.HasPrefix(l.mime, prefix) {
			names[l.mime] = append(names[l.mime], name)
		}
	}
	w := &writer{}
	w.raw(`<div class="mimetypes"><table class="wiki"><thead><tr><th>MIME Types</th><th>`)
	w.element("a", "WikiProcessors", "href", href(p.base, "wiki", "WikiProcessors"))
	w.raw("</th></tr></thead><tbody>")
	for _, kind := range slices.Sorted(maps.Keys(names)) {
		slices.Sort(names[kind])
		w.raw(`<tr><th style="text-align: left">`).element("code", kind).raw("</th><td>")
		w.element("code", strings.Join(names[kind], " ")).raw("</td></tr>")
	}
	w.raw("</tbody></table></div>")
	return w.String(), nil
}
