package render

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"tracrpc/auth"
	"tracrpc/fault"
	"tracrpc/ticket"
	"tracrpc/wiki/markup"
)

// query is a ticket query as its address needs it: what it asks for, word for
// word. Finding the tickets is the business of package ticket.
type query struct {
	clauses   []map[string][]string
	cols      []string
	rows      []string
	report    string
	group     string
	order     string // empty only in the description of a group
	max       string
	page      string
	format    string
	desc      bool
	groupDesc bool

	fields []ticket.Field
}

// querySynonyms are names that people use for fields.
var querySynonyms = map[string]string{"created": "time", "modified": "changetime", "row": "rows"}

// readQuery reads a query in Trac's query language (Query.from_string of
// trac/ticket/query.py).
func readQuery(text string, fields []ticket.Field) (*query, error) {
	q := &query{clauses: []map[string][]string{{}}, fields: fields}
	for _, filter := range splitUnescaped(text, '&') {
		if filter == "or" {
			q.clauses = append(q.clauses, map[string][]string{})
			continue
		}
		name, value, ok := strings.Cut(strings.ReplaceAll(filter, `\&`, "&"), "=")
		if !ok {
			return nil, fault.New(fault.Invalid, `Query filter requires field and constraints separated by a "="`)
		}
		name, mode := queryMode(name)
		if name == "" {
			return nil, fault.New(fault.Invalid, "Query filter requires field name")
		}
		values := splitUnescaped(value, '|')
		for i, v := range values {
			values[i] = mode + strings.ReplaceAll(v, `\|`, "|")
		}
		q.set(name, values)
	}
	q.finish()
	return q, nil
}

func splitUnescaped(s string, separator byte) []string {
	var parts []string
	start := 0
	for i := range len(s) {
		if s[i] == separator && (i == 0 || s[i-1] != '\\') {
			parts = append(parts, s[start:i])
			start = i + 1
		}
	}
	return append(parts, s[start:])
}

// queryMode takes the operator off a name.
func queryMode(name string) (field, mode string) {
	if n := len(name); n > 0 && strings.IndexByte("~^$", name[n-1]) >= 0 && name != "$USER" {
		name, mode = name[:n-1], name[n-1:]
	}
	if rest, ok := strings.CutSuffix(name, "!"); ok {
		return rest, "!" + mode
	}
	return name, mode
}

func (q *query) set(name string, values []string) {
	if other, ok := querySynonyms[name]; ok {
		name = other
	}
	switch name {
	case "order":
		q.order = values[0]
	case "group":
		q.group = values[0]
	case "max":
		q.max = values[0]
	case "page":
		q.page = values[0]
	case "format":
		q.format = values[0]
	case "report":
		q.report = values[0]
	case "desc":
		q.desc = isTrue(values[0])
	case "groupdesc":
		q.groupDesc = isTrue(values[0])
	case "verbose":
		if isTrue(values[0]) {
			q.rows = append(q.rows, "description")
		}
	case "rows":
		q.rows = append(q.rows, values...)
	case "col":
		for _, v := range values {
			if other, ok := querySynonyms[v]; ok {
				v = other
			}
			q.cols = append(q.cols, v)
		}
	default:
		clause := q.clauses[len(q.clauses)-1]
		clause[name] = append(clause[name], values...)
	}
}

func isTrue(s string) bool {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "yes", "true", "enabled", "on":
		return true
	}
	n, err := strconv.ParseFloat(s, 64)
	return err == nil && n != 0
}

// finish drops what is not a field.
func (q *query) finish() {
	known := func(name string) bool { return q.field(name) != nil }
	unknown := func(name string) bool { return !known(name) }
	if other, ok := querySynonyms[q.order]; ok {
		q.order = other
	}
	if q.order != "id" && !known(q.order) {
		q.order = "priority"
	}
	if !known(q.group) {
		q.group = ""
	}
	if q.max == "none" {
		q.max = "0"
	}
	q.cols = slices.DeleteFunc(q.cols, func(c string) bool { return c != "id" && unknown(c) })
	q.rows = slices.DeleteFunc(q.rows, unknown)
	q.clauses = slices.DeleteFunc(q.clauses, func(c map[string][]string) bool { return len(c) == 0 })
	for _, clause := range q.clauses {
		for name := range clause {
			if name != "id" && unknown(name) {
				delete(clause, name)
			}
		}
	}
}

func (q *query) field(name string) *ticket.Field {
	for i := range q.fields {
		if q.fields[i].Name == name {
			return &q.fields[i]
		}
	}
	return nil
}

// parameters is the query string of the page that shows the query.
func (q *query) parameters(itemsPerPage int) string {
	var b strings.Builder
	add := func(name, value string) {
		b.WriteByte("?&"[min(b.Len(), 1)])
		b.WriteString(quotePlus(name, querySafe) + "=" + quotePlus(value, querySafe))
	}
	given := func(name, value string) {
		if value != "" {
			add(name, value)
		}
	}
	for i, clause := range q.clauses {
		if i > 0 {
			b.WriteByte("?&"[min(b.Len(), 1)])
			b.WriteString("or")
		}
		for _, name := range sortedNames(clause) {
			for _, value := range clause[name] {
				add(name, value)
			}
		}
	}
	given("report", q.report)
	given("group", q.group)
	given("groupdesc", flag(q.groupDesc))
	if q.max != strconv.Itoa(itemsPerPage) {
		given("max", q.max)
	}
	given("order", q.order)
	given("desc", flag(q.desc))
	for _, col := range q.shownColumns() {
		add("col", col)
	}
	for _, row := range q.rows {
		add("row", row)
	}
	if q.page != "1" {
		given("page", q.page)
	}
	given("format", q.format)
	return b.String()
}

func flag(on bool) string {
	if on {
		return "1"
	}
	return ""
}

func (r *Renderer) itemsPerPage() int {
	if r.Settings.ItemsPerPage > 0 {
		return r.Settings.ItemsPerPage
	}
	return 100
}

// query resolves a link to the tickets that a query finds.
func (l *linker) query(target, label string) markup.Anchor {
	if strings.HasPrefix(target, "?") {
		return linked("query", href(l.base, "query")+quotePlus(target, printable), label)
	}
	if l.Queries == nil || l.rehearsing {
		return text(label)
	}
	fields, err := l.Queries.Fields(l.ctx)
	if err != nil {
		l.err = err
		return text(label)
	}
	q, err := readQuery(target, fields)
	if err != nil {
		return markup.Anchor{Problem: true, Text: "[Error: " + err.Error() + "]"}
	}
	return linked("query", href(l.base, "query")+q.parameters(l.itemsPerPage()), label)
}

// Queries knows the tickets by what is in them.
type Queries interface {
	// Fields returns the fields of tickets in Trac's order.
	Fields(ctx context.Context) ([]ticket.Field, error)
	// Statuses returns the statuses that tickets can have.
	Statuses(ctx context.Context) ([]string, error)
	// Count returns how many tickets Find would return.
	Count(ctx context.Context, who auth.Principal, query string) (int, error)
	// Find returns the tickets that a query in Trac's query language finds and
	// who may view, in the order that it asks for. What is wrong with the query
	// comes back as a fault.
	Find(ctx context.Context, who auth.Principal, query string) ([]*ticket.Ticket, error)
}
