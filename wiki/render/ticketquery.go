package render

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"tracrpc/fault"
	"tracrpc/ticket"
	"tracrpc/wiki/markup"
)

func ticketQueryMacro() Macro {
	return Macro{
		Name: "TicketQuery",
		Description: `Lists the tickets that a query finds.

The arguments are filters as in ` + "`query:`" + ` links, with commas between them; a comma in a value needs a backslash,
and the word ` + "`or`" + ` stands between alternatives. ` + "`format=`" + ` says how to show them: ` + "`list`, `compact`, `count`,\n" +
			"`rawcount`, `table` or `progress`. `order=`, `desc=1`, `group=`, `groupdesc=1`, `max=` and `col=`" + ` do what they do
in queries.`,
		Inline: func(c *markup.Call) bool {
			switch readTicketQuery(c.Content).format {
			case "compact", "count", "rawcount":
				return true
			}
			return false
		},
		Expand: expandTicketQuery,
	}
}

// ticketQuery is one call of the macro.
type ticketQuery struct {
	*Place
	text   string
	format string
	query  *query
	w      writer
}

// readTicketQuery turns the arguments of the macro into a query.
func readTicketQuery(content string) *ticketQuery {
	clauses := []map[string]string{{}}
	settings := map[string]string{}
	first := ""
	for _, part := range markup.SplitArgs(content) {
		name, value, ok := strings.Cut(part, "=")
		switch {
		case ok && strings.TrimSpace(name) != "":
			name = strings.TrimSpace(name)
			if contains([]string{"order", "max", "format", "col"}, name) {
				settings[name] = value
			} else {
				clauses[len(clauses)-1][name] = value
			}
		case strings.TrimSpace(part) == "or":
			clauses = append(clauses, map[string]string{})
		case first == "":
			first = part
		}
	}
	t := &ticketQuery{format: strings.ToLower(strings.TrimSpace(settings["format"]))}
	if _, given := settings["format"]; !given {
		t.format = strings.ToLower(strings.TrimSpace(orDefault(first, "list")))
	}
	delete(settings, "format")
	settings["order"] = orDefault(settings["order"], "id")
	settings["max"] = orDefault(settings["max"], "0")
	if t.format == "list" || t.format == "compact" {
		settings["col"] = strings.TrimSuffix("status|summary|"+settings["col"], "|")
	}
	var parts []string
	for _, clause := range clauses {
		if len(clause) > 0 {
			parts = append(parts, pairs(clause))
		}
	}
	t.text = pairs(settings)
	if len(parts) > 0 {
		t.text = strings.Join(parts, "&or&") + "&" + t.text
	}
	return t
}

func pairs(m map[string]string) string {
	var list []string
	for _, name := range sortedKeys(m) {
		list = append(list, name+"="+m[name])
	}
	return strings.Join(list, "&")
}

func expandTicketQuery(ctx context.Context, p *Place, c *markup.Call) (string, error) {
	t := readTicketQuery(c.Content)
	t.Place = p
	if p.Queries == nil {
		return `<span class="query_no_results">No results</span>`, nil
	}
	fields, err := p.Queries.Fields(ctx)
	if err != nil {
		return "", err
	}
	if t.query, err = readQuery(t.text, fields); err != nil {
		return "", macroProblem(err.Error())
	}
	err = t.find(ctx)
	if f := fault.Of(err); f != nil {
		if t.format == "count" || t.format == "rawcount" {
			return "", errors.New(f.Message) // Trac does not expect it there
		}
		return "", macroProblem(f.Message)
	}
	return t.w.String(), err
}

// allPages makes a query find all tickets and not only a page of them.
const allPages = "&max=0&page=1"

// find finds the tickets, or how many there are, and shows them.
func (t *ticketQuery) find(ctx context.Context) error {
	if t.format == "count" || t.format == "rawcount" {
		n, err := t.Queries.Count(ctx, t.who, t.text+allPages)
		if err == nil {
			t.count(n)
		}
		return err
	}
	tickets, err := t.Queries.Find(ctx, t.who, t.text)
	if err != nil {
		return err
	}
	return t.write(ctx, tickets)
}

func macroProblem(message string) error {
	return &markup.MacroError{Message: string(markup.AppendEscaped(nil, message, false))}
}

func (t *ticketQuery) write(ctx context.Context, tickets []*ticket.Ticket) error {
	switch t.format {
	case "progress":
		return t.progress(ctx, tickets)
	case "table":
		return t.table(ctx, tickets)
	}
	switch {
	case len(tickets) == 0:
		t.w.raw(`<span class="query_no_results">No results</span>`)
	case t.format == "compact" && t.query.group == "":
		t.w.open("span")
		for i, tk := range tickets {
			if i > 0 {
				t.w.raw(", ")
			}
			t.anchor(tk)
		}
		t.w.close("span")
	case t.format == "compact":
		t.compactGroups(tickets)
	case t.query.group != "":
		t.listGroups(tickets)
	default:
		t.w.open("div")
		t.list(tickets)
		t.w.close("div")
	}
	return nil
}

func (t *ticketQuery) address(q *query) string {
	return href(t.base, "query") + q.parameters(t.itemsPerPage())
}

func (t *ticketQuery) count(n int) {
	what := " tickets matching "
	if n == 1 {
		what = " ticket matching "
	}
	number := strconv.Itoa(n)
	title := number + what + strings.ReplaceAll(t.text, "&", ", ")
	if t.format == "rawcount" {
		t.w.element("span", number, "class", "query_count", "title", title)
		return
	}
	t.w.element("a", number, "href", t.address(t.query), "title", title)
}

// anchor is a link to a ticket. As in Trac its address begins at the server.
func (t *ticketQuery) anchor(tk *ticket.Ticket) {
	number := strconv.Itoa(tk.ID)
	t.w.element("a", "#"+number, "class", tk.Status, "href", href(sitePath(t.base), "ticket", number),
		"title", shorten(tk.Summary))
}

func (t *ticketQuery) list(tickets []*ticket.Ticket) {
	t.w.open("dl", "class", "wiki compact")
	for _, tk := range tickets {
		t.w.open("dt")
		t.anchor(tk)
		t.w.close("dt").element("dd", tk.Summary)
	}
	t.w.close("dl")
}

// ticketGroup is a run of tickets with the same value.
type ticketGroup struct {
	value          string
	tickets        []*ticket.Ticket
	title, address string
}

func fieldValue(tk *ticket.Ticket, name string) string {
	switch name {
	case "id":
		return strconv.Itoa(tk.ID)
	case "time":
		return strconv.FormatInt(tk.Time, 10)
	case "changetime":
		return strconv.FormatInt(tk.Changetime, 10)
	}
	value, _ := tk.Value(name)
	if name == "reporter" && value == "" {
		return "anonymous"
	}
	return value
}

func (t *ticketQuery) groups(tickets []*ticket.Ticket) []ticketGroup {
	name := t.query.group
	var groups []ticketGroup
	isTime := false
	if f := t.query.field(name); f != nil {
		isTime = f.Type == "time"
	}
	for _, tk := range tickets {
		value := fieldValue(tk, name)
		if isTime {
			value = pythonTime(value)
		}
		if n := len(groups); n == 0 || groups[n-1].value != value {
			groups = append(groups, ticketGroup{value: value})
		}
		g := &groups[len(groups)-1]
		g.tickets = append(g.tickets, tk)
	}
	for i := range groups {
		g := &groups[i]
		q := *t.query
		q.group, q.groupDesc, q.order = "", false, ""
		shown := strings.TrimPrefix(orDefault(q.parameters(t.itemsPerPage()), "/query"), "?")
		g.title = g.value + " " + name + " tickets matching query:?" + strings.ReplaceAll(shown, "&", "\n&\n")
		q.order = t.query.order
		if !isTime {
			q.clauses = withValue(q.clauses, name, []string{g.value})
		}
		g.address = t.address(&q)
	}
	return groups
}

// pythonTime is a time in Trac's notation as Python writes it.
func pythonTime(value string) string {
	micros, err := strconv.ParseInt(value, 10, 64)
	if err != nil || micros == 0 {
		return value
	}
	layout := "2006-01-02 15:04:05.000000-07:00"
	if micros%1e6 == 0 {
		layout = "2006-01-02 15:04:05-07:00"
	}
	return time.UnixMicro(micros).UTC().Format(layout)
}

// withValue is a copy of clauses in each of which a field has the values.
func withValue(clauses []map[string][]string, name string, values []string) []map[string][]string {
	var all []map[string][]string
	for _, clause := range clauses {
		clause = maps.Clone(clause)
		clause[name] = values
		all = append(all, clause)
	}
	return all
}

func (t *ticketQuery) compactGroups(tickets []*ticket.Ticket) {
	for i, g := range t.groups(tickets) {
		if i > 0 {
			t.w.raw(", ")
		}
		var numbers []string
		for _, tk := range g.tickets {
			numbers = append(numbers, strconv.Itoa(tk.ID))
		}
		t.w.text(g.value + " ")
		t.w.element("a", "#"+strings.Join(numbers, ",\u200b"), "class", "query", "href", g.address, "title", g.title)
	}
}

func (t *ticketQuery) listGroups(tickets []*ticket.Ticket) {
	t.w.open("div")
	for _, g := range t.groups(tickets) {
		t.w.open("p").element("a", g.value, "class", "query", "href", g.address, "title", g.title)
		t.w.text(" " + t.query.group + " tickets:").close("p")
		t.list(g.tickets)
	}
	t.w.close("div")
}

func sortedNames(m map[string][]string) []string { return slices.Sorted(maps.Keys(m)) }
