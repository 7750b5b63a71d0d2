package render

import (
	"slices"
	"strings"
)

// columns are the columns to show; the number is always among them.
func (q *query) columns() []string {
	if len(q.cols) == 0 {
		return q.defaultColumns()
	}
	if slices.Contains(q.cols, "id") {
		return q.cols
	}
	return append([]string{"id"}, q.cols...)
}

// shownColumns are the columns to name in the address: none if they are those
// that the page shows anyway.
func (q *query) shownColumns() []string {
	if len(q.cols) == 0 || slices.Equal(q.columns(), q.defaultColumns()) {
		return nil
	}
	return q.columns()
}

// defaultColumns are the first seven columns that say something: those in which
// all tickets have the same value do not.
func (q *query) defaultColumns() []string {
	cols := q.allColumns()
	drop := func(name string) {
		cols = slices.DeleteFunc(cols, func(c string) bool { return c == name })
	}
	for _, name := range q.constrained() {
		if name == "id" {
			continue
		}
		single, closed := true, false
		for _, clause := range q.clauses {
			values, ok := clause[name]
			if !ok {
				continue
			}
			closed = closed || slices.Contains(values, "closed")
			f := q.field(name)
			single = single && len(values) == 1 && values[0] != "" &&
				strings.IndexByte("!~^$", values[0][0]) < 0 && (f == nil || f.Type != "time")
		}
		if !slices.Contains(cols, name) {
			continue
		}
		if single {
			drop(name)
		}
		if name == "status" && !closed {
			drop("resolution")
		}
	}
	drop(q.group)
	cols = cols[:min(7, len(cols))]
	if q.order != "" && q.order != q.group && !slices.Contains(cols, q.order) {
		cols[len(cols)-1] = q.order
	}
	return cols
}

// allColumns are the columns in the order in which they interest people.
func (q *query) allColumns() []string {
	cols := []string{"id"}
	for _, f := range q.fields {
		if f.Type != "textarea" {
			cols = append(cols, f.Name)
		}
	}
	for _, last := range []string{"reporter", "keywords", "cc"} {
		if i := slices.Index(cols, last); i >= 0 {
			cols = append(slices.Delete(cols, i, i+1), last)
		}
	}
	constrained := q.constrained()
	rank := func(name string) int {
		switch {
		case name == "id":
			return 1
		case name == "summary":
			return 2
		case slices.Contains(constrained, name):
			return 3
		}
		return 4
	}
	slices.SortStableFunc(cols, func(a, b string) int { return rank(a) - rank(b) })
	return cols
}

// constrained are the fields that the query says something about.
func (q *query) constrained() []string {
	names := map[string][]string{}
	for _, clause := range q.clauses {
		for name := range clause {
			names[name] = nil
		}
	}
	return sortedNames(names)
}
