package render

import (
	"context"
	"strconv"

	"tracrpc/ticket"
	"tracrpc/wiki/markup"
)

// queryTable shows tickets as the query page does, without its form.
type queryTable struct {
	*ticketQuery
	columns    []string
	milestones map[string]markup.Anchor
}

func (t *ticketQuery) table(ctx context.Context, tickets []*ticket.Ticket) error {
	pages, err := t.pages(ctx, len(tickets))
	if err != nil {
		return err
	}
	q := &queryTable{ticketQuery: t, columns: t.query.columns()}
	if q.milestones, err = t.milestoneLinks(ctx, tickets); err != nil {
		return err
	}
	groups := []ticketGroup{{tickets: tickets}}
	if t.query.group != "" && len(tickets) > 0 {
		groups = t.groups(tickets)
	}
	t.w.raw("\n<div>\n")
	pages.heading(&t.w)
	pages.write(t)
	t.w.raw("  <table class=\"listing tickets\">\n")
	for i, g := range groups {
		q.head(i == 0, g)
		if err := q.rows(ctx, g); err != nil {
			return err
		}
	}
	t.w.raw("  </table>\n")
	pages.write(t)
	t.w.raw("</div>")
	return nil
}

// milestoneLinks are the links to all milestones of tickets.
func (t *ticketQuery) milestoneLinks(ctx context.Context, tickets []*ticket.Ticket) (map[string]markup.Anchor, error) {
	links := map[string]markup.Anchor{}
	l := newLinker(ctx, t.Renderer, t.view)
	l.rehearsing = true
	for _, tk := range tickets {
		if tk.Milestone != "" {
			links[tk.Milestone] = l.milestone(tk.Milestone, tk.Milestone)
		}
	}
	l.rehearsing = false
	if err := l.ask(); err != nil {
		return nil, err
	}
	for name := range links {
		links[name] = l.milestone(name, name)
	}
	return links, l.err
}

func (t *ticketQuery) label(name string) string {
	if f := t.query.field(name); f != nil {
		return f.Label
	}
	return "Ticket"
}

// head begins a group, the first one with the head of the table.
func (q *queryTable) head(first bool, g ticketGroup) {
	if first {
		q.w.raw("    <caption class=\"trac-group\">\n")
		q.groupHeading(g)
		q.w.raw("    </caption>\n    <thead class=\"trac-query-heading\">\n")
		q.columnHeads()
		q.w.raw("    </thead>\n")
		return
	}
	q.w.raw("    <tbody class=\"trac-query-heading\">\n      <tr class=\"trac-group\">\n        ")
	q.w.open("td", "class", "trac-colspan", "colspan", strconv.Itoa(len(q.columns)))
	q.groupHeading(g)
	q.w.raw("</td>\n      </tr>\n")
	q.columnHeads()
	q.w.raw("    </tbody>\n")
}

func (q *queryTable) groupHeading(g ticketGroup) {
	name := q.query.group
	if name == "" || len(g.tickets) == 0 {
		return
	}
	matches := " matches"
	if len(g.tickets) == 1 {
		matches = " match"
	}
	q.w.raw("      <h2 class=\"report-result\">").text(q.label(name) + ": ")
	if name == "owner" || name == "reporter" {
		q.author(g.value)
	} else {
		q.w.text(orDefault(g.value, "None"))
	}
	q.w.raw(" ").element("span", " ("+strconv.Itoa(len(g.tickets))+matches+") ", "class", "numrows").raw("</h2>\n")
}

func (q *queryTable) columnHeads() {
	q.w.raw("      <tr class=\"trac-columns\">\n")
	for _, name := range q.columns {
		sorted := *q.query
		class, direction := name, "(ascending)"
		sorted.desc = false
		if name == q.query.order {
			class += " asc"
			if q.query.desc {
				class = name + " desc"
			} else {
				sorted.desc, direction = true, "(descending)"
			}
		}
		sorted.order = name
		q.w.raw("        ").open("th", "class", class)
		q.w.element("a", q.label(name), "href", q.address(&sorted), "title", "Sort by "+q.label(name)+" "+direction)
		q.w.raw("</th>\n")
	}
	q.w.raw("      </tr>\n")
}

func (q *queryTable) rows(ctx context.Context, g ticketGroup) error {
	q.w.raw("    <tbody class=\"trac-query-results\">\n")
	if len(g.tickets) == 0 {
		q.w.raw("      <tr class=\"even\">\n        ")
		q.w.element("td", "No tickets found", "class", "trac-colspan", "colspan", strconv.Itoa(len(q.columns)))
		q.w.raw("\n      </tr>\n")
	}
	for i, tk := range g.tickets {
		class := "odd"
		if i%2 == 1 {
			class = "even"
		}
		q.w.raw("      ").open("tr", "class", class+" prio"+q.priority(tk)).raw("\n")
		for _, name := range q.columns {
			if err := q.cell(ctx, tk, name); err != nil {
				return err
			}
		}
		q.w.raw("      </tr>\n")
		if err := q.fullRows(ctx, tk); err != nil {
			return err
		}
	}
	q.w.raw("    </tbody>\n")
	return nil
}

// priority is the place of a ticket's priority among all of them, from 1.
func (q *queryTable) priority(tk *ticket.Ticket) string {
	if f := q.query.field("priority"); f != nil {
		for i, option := range f.Options {
			if option == tk.Priority {
				return strconv.Itoa(i + 1)
			}
		}
	}
	return ""
}

// fullRows shows the fields that have a row of their own.
func (q *queryTable) fullRows(ctx context.Context, tk *ticket.Ticket) error {
	if q.on.Realm == "ticket" && q.on.ID == strconv.Itoa(tk.ID) {
		q.w.raw("      <tr class=\"fullrow\">\n        ")
		q.w.open("td", "class", "trac-colspan", "colspan", strconv.Itoa(len(q.columns)))
		q.w.raw(`<p class="meta"><em>(this ticket)</em></p></td>` + "\n      </tr>\n")
		return nil
	}
	for _, name := range q.query.rows {
		value := fieldValue(tk, name)
		if value == "" {
			continue
		}
		q.w.raw("      <tr class=\"fullrow\">\n        ").element("th", q.label(name), "class", "meta").raw("\n        ")
		q.w.open("td", "class", "trac-colspan", "colspan", strconv.Itoa(len(q.columns)-1))
		if err := q.longValue(ctx, tk, name, value); err != nil {
			return err
		}
		q.w.raw("</td>\n      </tr>\n")
	}
	return nil
}
