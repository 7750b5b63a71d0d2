package render

import (
	"slices"
	"strings"
)

// entry is a page and the parts of its name that are not yet used by the groups
// above it.
type entry struct {
	parts []string
	page  string
}

func compareEntries(a, b entry) int {
	if c := slices.Compare(a.parts, b.parts); c != 0 {
		return c
	}
	return strings.Compare(a.page, b.page)
}

// node is a group of pages; one without nodes is a page.
type node struct {
	key   string
	page  string
	nodes []node
	rest  []string // of a page in a tree, what of its path is shown
	group bool
}

// words cuts the names of pages at slashes, spaces, capitals and numbers.
func (t *titleIndex) words(pages []string) []entry {
	var list []entry
	for _, page := range pages {
		name := spaceNumbers(splitName(page[t.hidden:]))
		var parts []string
		for _, part := range cutAround(name, "/ ") {
			if part = strings.TrimSpace(part); part != "" {
				parts = append(parts, part)
			}
		}
		list = append(list, entry{parts, page})
	}
	return list
}

// spaceNumbers puts spaces around numbers.
func spaceNumbers(s string) string {
	var b strings.Builder
	inNumber := false
	for i := range len(s) {
		digit := s[i] >= '0' && s[i] <= '9' || s[i] == '.'
		if digit != inNumber {
			b.WriteByte(' ')
			inNumber = digit
		}
		b.WriteByte(s[i])
	}
	if inNumber {
		b.WriteByte(' ')
	}
	return b.String()
}

// cutAround cuts s before and after each of the separators.
func cutAround(s, separators string) []string {
	var parts []string
	for {
		i := strings.IndexAny(s, separators)
		if i < 0 {
			return append(parts, s)
		}
		parts = append(parts, s[:i], s[i:i+1])
		s = s[i+1:]
	}
}

// groups puts pages together whose names begin with the same word, if there are
// enough of them (tree_group of trac/wiki/macros.py).
func (t *titleIndex) groups(entries []entry) []node {
	var groups []node
	for key, members := range runsOf(entries) {
		if key == "" || len(members) < t.minGroup {
			for _, m := range members {
				groups = append(groups, node{page: m.page})
			}
			continue
		}
		rest := make([]entry, len(members))
		for i, m := range members {
			rest[i] = entry{m.parts[1:], m.page}
		}
		slices.SortFunc(rest, compareEntries)
		inner := t.groups(rest)
		switch {
		case len(inner) == 1 && inner[0].group:
			groups = append(groups, node{key: key + inner[0].key, nodes: inner[0].nodes, group: true})
		case key[0] == '/' || key[0] == ' ':
			for _, n := range inner {
				if n.group {
					n.key = key + n.key
				}
				groups = append(groups, n)
			}
		default:
			groups = append(groups, node{key: key, nodes: inner, group: true})
		}
	}
	return groups
}

// runsOf yields the runs of entries with the same first part.
func runsOf(entries []entry) func(yield func(string, []entry) bool) {
	first := func(e entry) string {
		if len(e.parts) == 0 {
			return ""
		}
		return e.parts[0]
	}
	return func(yield func(string, []entry) bool) {
		for start := 0; start < len(entries); {
			end := start + 1
			for end < len(entries) && first(entries[end]) == first(entries[start]) {
				end++
			}
			if !yield(first(entries[start]), entries[start:end]) {
				return
			}
			start = end
		}
	}
}

func (t *titleIndex) group(nodes []node) {
	t.w.open("ul")
	for _, n := range nodes {
		t.w.open("li")
		if n.group {
			t.w.element("strong", strings.Trim(n.key, "/"))
			t.group(n.nodes)
		} else {
			t.link(t.shown(n.page), n.page)
		}
		t.w.close("li")
	}
	t.w.close("ul")
}

// paths cuts the names of pages at slashes.
func (t *titleIndex) paths(pages []string) []entry {
	var list []entry
	for _, page := range pages {
		list = append(list, entry{strings.Split(t.shown(page), "/"), page})
	}
	return list
}

// branches puts pages under those above them (tree_hierarchy).
func (t *titleIndex) branches(entries []entry) []node {
	var nodes []node
	for key, members := range runsOf(entries) {
		var below []entry
		page := ""
		for _, m := range members {
			if len(m.parts) > 1 {
				below = append(below, m)
			} else if page == "" {
				page = m.page
			}
		}
		if key != "" && len(below) >= t.minTree {
			for i, m := range below {
				below[i] = entry{m.parts[1:], m.page}
			}
			slices.SortFunc(below, compareEntries)
			nodes = append(nodes, node{key: key, page: page, nodes: t.branches(below), group: true})
			continue
		}
		if page != "" {
			nodes = append(nodes, node{rest: []string{key}, page: page})
		}
		for _, m := range below {
			nodes = append(nodes, node{rest: m.parts, page: m.page})
		}
	}
	return nodes
}

func (t *titleIndex) tree(nodes []node) {
	t.w.open("ul")
	for _, n := range nodes {
		t.w.open("li")
		switch {
		case !n.group:
			t.link(strings.Join(n.rest, "/"), n.page)
		case n.page != "":
			t.link(n.key, n.page)
			t.tree(n.nodes)
		default:
			t.w.text(n.key)
			t.tree(n.nodes)
		}
		t.w.close("li")
	}
	t.w.close("ul")
}
