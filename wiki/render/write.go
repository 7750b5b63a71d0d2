package render

import (
	"maps"
	"slices"

	"tracrpc/wiki/markup"
)

// writer puts HTML together. Its text methods escape what they are given.
type writer struct{ b []byte }

func (w *writer) String() string { return string(w.b) }

// raw adds HTML as it is.
func (w *writer) raw(html ...string) *writer {
	for _, s := range html {
		w.b = append(w.b, s...)
	}
	return w
}

func (w *writer) text(s string) *writer {
	w.b = markup.AppendEscaped(w.b, s, false)
	return w
}

// open adds a start tag with attributes, given as names and values, in the order
// of their names. Empty attributes are left out.
func (w *writer) open(name string, attributes ...string) *writer {
	w.raw("<", name).attributes(attributes)
	return w.raw(">")
}

func (w *writer) attributes(pairs []string) {
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			continue
		}
		w.raw(" ", pairs[i], `="`)
		w.b = markup.AppendEscaped(w.b, pairs[i+1], true)
		w.raw(`"`)
	}
}

func (w *writer) close(name string) *writer { return w.raw("</", name, ">") }

// element adds an element with a text in it.
func (w *writer) element(name, text string, attributes ...string) *writer {
	return w.open(name, attributes...).text(text).close(name)
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
