package render

import (
	"context"
	"strings"
)

// readInterWiki reads the prefixes from their page, and then from the settings,
// which win.
func (r *Renderer) readInterWiki(ctx context.Context) (interWikiMap, error) {
	m := interWikiMap{}
	if r.Pages != nil {
		page, err := r.Pages.Text(ctx, interMapPage)
		if err != nil {
			return nil, err
		}
		m.readPage(page)
	}
	for prefix, value := range r.Settings.InterWiki {
		fields := strings.Fields(value)
		if len(fields) == 0 {
			continue
		}
		title := prefix
		if rest := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(value), fields[0])); rest != "" {
			title = rest
		}
		m[strings.ToUpper(prefix)] = interWiki{prefix: prefix, address: fields[0], title: title}
	}
	return m, nil
}

// interWikis are the prefixes, read once for a text.
func (h *host) interWikis(ctx context.Context) (interWikiMap, error) {
	if h.wikis != nil {
		return h.wikis, nil
	}
	var err error
	h.wikis, err = h.place.readInterWiki(ctx)
	return h.wikis, err
}

func (m interWikiMap) readPage(page string) {
	inMap := false
	for line := range strings.SplitSeq(page, "\n") {
		if strings.HasPrefix(line, "----") {
			inMap = !inMap
			continue
		}
		if w, ok := readInterWikiLine(line); inMap && ok {
			m[strings.ToUpper(w.prefix)] = w
		}
	}
}

// readInterWikiLine reads "prefix address # title".
func readInterWikiLine(line string) (w interWiki, ok bool) {
	line = strings.TrimSuffix(line, "\r")
	prefix, rest, ok := cutBlank(line)
	if !ok || !isScheme(prefix) {
		return w, false
	}
	address, rest, _ := cutBlank(rest)
	if address == "" {
		return w, false
	}
	title := prefix
	if t, ok := strings.CutPrefix(rest, "#"); ok && strings.TrimSpace(t) != "" {
		title = strings.TrimSpace(t)
	}
	return interWiki{prefix: prefix, address: address, title: title, fromPage: true}, true
}

func cutBlank(s string) (before, after string, ok bool) {
	i := strings.IndexAny(s, " \t")
	if i < 0 {
		return s, "", false
	}
	return s[:i], strings.TrimLeft(s[i:], " \t"), true
}

func isScheme(s string) bool {
	for i := range len(s) {
		letter := s[i]|0x20 >= 'a' && s[i]|0x20 <= 'z'
		if !letter && (i == 0 || strings.IndexByte("-0123456789+._", s[i]) < 0) {
			return false
		}
	}
	return s != ""
}
