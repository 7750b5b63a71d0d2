package render

import (
	"strconv"
	"strings"

	"tracrpc/auth"
	"tracrpc/wiki/markup"
)

// startPage is the page that a link without a name leads to.
const startPage = "WikiStart"

// page resolves a link to a wiki page (WikiSystem._format_link). With
// ignoreMissing a link to a page that does not exist is shown as source.
func (l *linker) page(target, label string, ignoreMissing bool, source string) markup.Anchor {
	name, query, fragment := splitTarget(target)
	name, version, versioned := strings.Cut(name, "@")
	if version != "" && query != "" {
		query = "&" + query[1:]
	}
	name = strings.TrimRight(name, "/")
	if name == "" {
		name = startPage
	}
	name = l.resolvePage(name)
	l.named = name
	label = markup.Unquote(label)
	exists := l.hasPage(name)
	on := auth.Resource{Realm: "wiki", ID: name}
	if n, err := strconv.Atoi(version); err == nil {
		on.Version = n
	}
	switch {
	case !exists && ignoreMissing:
		return text(source)
	case !l.allowed("WIKI_VIEW", on):
		return missing("forbidden wiki", label, "no permission to view this wiki page")
	}
	address := href(l.base, "wiki", name)
	if versioned {
		address += "?version=" + quotePlus(version, querySafe)
	}
	address += query + fragment
	if exists {
		return linked("wiki", address, label)
	}
	a := missing("missing wiki", label, "")
	if l.allowed("WIKI_CREATE", on) {
		a.Href, a.Rel = address, "nofollow"
	}
	return a
}

func (l *linker) hasPage(name string) bool {
	exists, _ := l.pages.get(strings.TrimRight(name, "/"), l.rehearsing)
	return exists
}

// resolvePage finds the page that a name means on the page it is written on.
func (l *linker) resolvePage(name string) string {
	referrer := ""
	if l.on.Realm == "wiki" {
		referrer = l.on.ID
	}
	switch {
	case strings.HasPrefix(name, "/"):
		return strings.TrimLeft(name, "/")
	case isRelativePage(name):
		return relativePage(name, referrer)
	}
	return l.scopedPage(name, referrer)
}

func isRelativePage(name string) bool {
	return name == "." || name == ".." || strings.HasPrefix(name, "./") || strings.HasPrefix(name, "../")
}

func relativePage(name, referrer string) string {
	base := strings.Split(referrer, "/")
	parts := strings.Split(name, "/")
	for i, part := range parts {
		if part == ".." {
			if len(base) > 0 {
				base = base[:len(base)-1]
			}
		} else if part != "." {
			base = append(base, parts[i:]...)
			break
		}
	}
	return strings.Join(base, "/")
}

// scopedPage looks for a name beside the referrer, then beside the pages above
// it. A page that is nowhere is meant to stand beside the referrer.
func (l *linker) scopedPage(name, referrer string) string {
	above := strings.Split(referrer, "/")
	if len(above) == 1 {
		return name
	}
	for i := len(above) - 1; i > 0; i-- {
		if full := strings.Join(above[:i], "/") + "/" + name; l.hasPage(full) {
			return full
		}
	}
	if l.hasPage(name) {
		return name
	}
	if first, rest, ok := strings.Cut(name, "/"); ok {
		for i, part := range above {
			if part != first {
				continue
			}
			if anchor := strings.Join(above[:i+1], "/"); l.hasPage(anchor) {
				l.hasPage(anchor + "/" + rest)
				return anchor + "/" + rest
			}
			l.hasPage(strings.Join(above[:i+1], "/") + "/" + rest)
		}
	}
	return strings.Join(above[:len(above)-1], "/") + "/" + name
}

// labelFromTarget makes a label of a target without what only leads there.
func (l *linker) labelFromTarget(target string) string {
	label, _, _ := strings.Cut(target, "#")
	label, _, _ = strings.Cut(label, "?")
	if label == "" {
		return target
	}
	parts := strings.Split(label, "/")
	for i, part := range parts {
		if part != "" && part != "." && part != ".." {
			label = strings.Join(parts[i:], "/")
			break
		}
	}
	return l.pageLabel(label)
}

func (r *Renderer) pageLabel(name string) string {
	if r.Settings.SplitPageNames {
		return splitName(name)
	}
	return name
}

// splitName puts spaces between the words of a WikiPageName.
func splitName(name string) string {
	var b strings.Builder
	from := 0
	for i := 1; i+1 < len(name); i++ {
		if isSmall(name[i-1]) && name[i] >= 'A' && name[i] <= 'Z' && isSmall(name[i+1]) {
			b.WriteString(name[from:i])
			b.WriteByte(' ')
			from = i
		}
	}
	b.WriteString(name[from:])
	return b.String()
}

func isSmall(c byte) bool { return c >= 'a' && c <= 'z' }
