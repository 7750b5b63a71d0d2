package render

import (
	"context"
	"strconv"
	"strings"
	"time"

	"tracrpc/auth"
	"tracrpc/ticket"
	"tracrpc/wiki/markup"
)

func (q *queryTable) cell(ctx context.Context, tk *ticket.Ticket, name string) error {
	address := href(sitePath(q.base), "ticket", strconv.Itoa(tk.ID))
	q.w.raw("        ").open("td", "class", name)
	value := fieldValue(tk, name)
	var err error
	switch name {
	case "id":
		class := ""
		if tk.Status == "closed" {
			class = "closed"
		}
		q.w.element("a", "#"+value, "class", class, "href", address, "title", "View ticket")
	case "summary":
		q.w.element("a", value, "href", address, "title", "View ticket")
	case "reporter":
		q.author(value)
	case "owner":
		if value != "" {
			q.author(value)
		}
	case "cc":
		l := newLinker(ctx, q.Renderer, q.view)
		q.w.text(l.obfuscated(value))
		err = l.err
	case "milestone":
		if value != "" {
			q.anchorTo(q.milestones[value])
		}
	default:
		err = q.value(ctx, tk, name, value)
	}
	q.w.raw("</td>\n")
	return err
}

// value shows a field by its type.
func (q *queryTable) value(ctx context.Context, tk *ticket.Ticket, name, value string) error {
	f := q.query.field(name)
	switch {
	case f == nil:
		q.w.text(value)
	case f.Type == "time":
		q.date(value, f.Format)
	case f.Type == "checkbox":
		if value == "" || value == "0" {
			value = "no"
		} else {
			value = "yes"
		}
		q.w.text(value)
	case f.Type == "textarea":
		return q.longValue(ctx, tk, name, value)
	case f.Type == "text" && f.Format == "wiki":
		return q.wiki(ctx, tk, value, markup.Options{OneLine: true})
	default:
		q.w.text(value)
	}
	return nil
}

// longValue shows a text of several lines.
func (q *queryTable) longValue(ctx context.Context, tk *ticket.Ticket, name, value string) error {
	if f := q.query.field(name); f != nil && f.Format == "wiki" {
		return q.wiki(ctx, tk, value, markup.Options{})
	}
	for i, line := range strings.Split(strings.TrimRight(value, "\r\n"), "\n") {
		if i > 0 {
			q.w.raw("<br />\n")
		}
		q.w.text(strings.TrimSuffix(line, "\r"))
	}
	return nil
}

// wiki shows wiki text as it stands in a ticket.
func (q *queryTable) wiki(ctx context.Context, tk *ticket.Ticket, value string, o markup.Options) error {
	p := *q.Place
	p.on = auth.Resource{Realm: "ticket", ID: strconv.Itoa(tk.ID)}
	html, err := p.nested(ctx, value, o)
	q.w.raw(html)
	return err
}

// author shows somebody's name.
func (q *queryTable) author(name string) {
	class := "trac-author"
	switch {
	case name == "anonymous":
		class += "-anonymous"
	case name == "":
		class, name = class+"-none", "(none)"
	case name == q.who.Name():
		class += "-user"
	}
	if at := strings.IndexByte(name, '@'); at >= 0 {
		l := newLinker(context.Background(), q.Renderer, q.view)
		name = l.obfuscated(name)
	}
	q.w.element("span", name, "class", class)
}

// anchorTo writes a link.
func (q *queryTable) anchorTo(a markup.Anchor) {
	q.w.element("a", a.Text, "class", a.Class, "href", a.Href, "rel", a.Rel, "title", a.Title)
}

// date shows a time in Trac's notation as how long ago it was, or as a date.
func (q *queryTable) date(value, format string) {
	micros, err := strconv.ParseInt(value, 10, 64)
	if err != nil || micros == 0 {
		return
	}
	relative, absolute := between(q.Now(), micros), shownTime(micros)
	inOrAgo := relative + " ago"
	if micros > q.Now().UnixMicro() {
		inOrAgo = "in " + relative
	}
	switch format {
	case "date":
		q.w.element("span", time.UnixMicro(micros).UTC().Format("Jan 2, 2006"), "title", inOrAgo)
	case "datetime":
		q.w.element("span", absolute, "title", inOrAgo)
	default:
		q.w.element("span", relative, "title", absolute)
	}
}
