package render

import (
	"context"
	"strconv"
	"time"

	"tracrpc/ticket"
)

// table shows tickets as the query page does, without its form.
func (t *ticketQuery) table(ctx context.Context, tickets []*ticket.Ticket) error {
	t.w.raw("<div>\n")
	t.w.raw("  <table class=\"listing tickets\">\n")
	groups := []ticketGroup{{tickets: tickets}}
	if t.query.group != "" && len(tickets) > 0 {
		groups = t.groups(tickets)
	}
	columns := t.query.columns()
	for i, g := range groups {
		if i == 0 {
			t.w.raw("    <caption class=\"trac-group\">\n")
			t.groupHeading(g)
			t.w.raw("    </caption>\n    <thead class=\"trac-query-heading\">\n")
			t.tableHead(columns)
			t.w.raw("    </thead>\n")
		} else {
			t.w.raw("    <tbody class=\"trac-query-heading\">\n      <tr class=\"trac-group\">\n        ")
			t.w.open("td", "class", "trac-colspan", "colspan", strconv.Itoa(len(columns)))
			t.groupHeading(g)
			t.w.raw("</td>\n      </tr>\n")
			t.tableHead(columns)
			t.w.raw("    </tbody>\n")
		}
		if err := t.tableRows(ctx, g, columns); err != nil {
			return err
		}
	}
	t.w.raw("  </table>\n</div>")
	return nil
}

func (t *ticketQuery) label(name string) string {
	if f := t.query.field(name); f != nil {
		return f.Label
	}
	return "Ticket"
}

func (t *ticketQuery) groupHeading(g ticketGroup) {
	if t.query.group == "" {
		return
	}
	matches := " matches"
	if len(g.tickets) == 1 {
		matches = " match"
	}
	t.w.raw("      <h2 class=\"report-result\">").text(t.label(t.query.group) + ": " + orDefault(g.value, "None") + " ")
	t.w.element("span", "("+strconv.Itoa(len(g.tickets))+matches+")", "class", "numrows").raw("</h2>\n")
}

func (t *ticketQuery) tableHead(columns []string) {
	t.w.raw("      <tr class=\"trac-columns\">\n")
	for _, name := range columns {
		q := *t.query
		class, direction := name, "(ascending)"
		q.desc = false
		if name == t.query.order {
			class += " asc"
			if t.query.desc {
				class = name + " desc"
			} else {
				q.desc, direction = true, "(descending)"
			}
		}
		q.order = name
		t.w.raw("        ").open("th", "class", class)
		t.w.element("a", t.label(name), "href", t.address(&q), "title", "Sort by "+t.label(name)+" "+direction)
		t.w.raw("</th>\n")
	}
	t.w.raw("      </tr>\n")
}

func (t *ticketQuery) tableRows(ctx context.Context, g ticketGroup, columns []string) error {
	t.w.raw("    <tbody class=\"trac-query-results\">\n")
	if len(g.tickets) == 0 {
		t.w.raw("      <tr class=\"even\">\n        ")
		t.w.element("td", "No tickets found", "class", "trac-colspan", "colspan", strconv.Itoa(len(columns)))
		t.w.raw("\n      </tr>\n")
	}
	for i, tk := range g.tickets {
		class := "odd"
		if i%2 == 1 {
			class = "even"
		}
		t.w.raw("      ").open("tr", "class", class+" prio"+t.priority(tk)).raw("\n")
		for _, name := range columns {
			if err := t.cell(ctx, tk, name); err != nil {
				return err
			}
		}
		t.w.raw("      </tr>\n")
	}
	t.w.raw("    </tbody>\n")
	return nil
}

// priority is the place of a ticket's priority among all of them, from 1.
func (t *ticketQuery) priority(tk *ticket.Ticket) string {
	if f := t.query.field("priority"); f != nil {
		for i, option := range f.Options {
			if option == tk.Priority {
				return strconv.Itoa(i + 1)
			}
		}
	}
	return ""
}

func (t *ticketQuery) cell(ctx context.Context, tk *ticket.Ticket, name string) error {
	address := href(sitePath(t.base), "ticket", strconv.Itoa(tk.ID))
	t.w.raw("        ").open("td", "class", name)
	value := fieldValue(tk, name)
	f := t.query.field(name)
	switch {
	case name == "id":
		class := ""
		if tk.Status == "closed" {
			class = "closed"
		}
		t.w.element("a", "#"+value, "class", class, "href", address, "title", "View ticket")
	case name == "summary":
		t.w.element("a", value, "href", address, "title", "View ticket")
	case name == "milestone" && value != "":
		t.w.element("a", value, "class", "milestone", "href", href(t.base, "milestone", value))
	case f != nil && f.Type == "time":
		t.w.text(shownField(value))
	case f != nil && f.Format == "wiki":
		html, err := t.HTML(ctx, value)
		if err != nil {
			return err
		}
		t.w.raw(html)
	default:
		t.w.text(value)
	}
	t.w.raw("</td>\n")
	return nil
}

// shownField is a time in Trac's notation as a date.
func shownField(value string) string {
	micros, err := strconv.ParseInt(value, 10, 64)
	if err != nil || micros == 0 {
		return ""
	}
	return time.UnixMicro(micros).UTC().Format("Jan 2, 2006")
}
