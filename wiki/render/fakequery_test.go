package render_test

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"tracrpc/auth"
	"tracrpc/ticket"
)

// Fields are Trac's fields, without those selects that offer nothing.
func (w *world) Fields(context.Context) ([]ticket.Field, error) {
	fields := []ticket.Field{
		{Name: "summary", Type: "text", Label: "Summary"},
		{Name: "reporter", Type: "text", Label: "Reporter"},
		{Name: "owner", Type: "text", Label: "Owner"},
		{Name: "description", Type: "textarea", Label: "Description", Format: "wiki"},
	}
	for _, name := range []string{"type", "status", "priority", "milestone", "component", "version", "resolution"} {
		options := w.choices[name]
		if name == "status" {
			options, _ = w.Statuses(context.Background())
		}
		if len(options) > 0 {
			label := strings.ToUpper(name[:1]) + name[1:]
			fields = append(fields, ticket.Field{Name: name, Type: "select", Label: label, Options: options})
		}
	}
	fields = append(fields,
		ticket.Field{Name: "keywords", Type: "text", Label: "Keywords", Format: "list"},
		ticket.Field{Name: "cc", Type: "text", Label: "Cc", Format: "list"},
		ticket.Field{Name: "time", Type: "time", Label: "Created"},
		ticket.Field{Name: "changetime", Type: "time", Label: "Modified"},
	)
	for _, name := range w.custom {
		fields = append(fields, ticket.Field{Name: name, Type: "text", Label: name, Custom: true})
	}
	return fields, nil
}

func (w *world) Statuses(context.Context) ([]string, error) {
	return []string{"accepted", "assigned", "closed", "new", "reopened"}, nil
}

func (w *world) Count(ctx context.Context, who auth.Principal, query string) (int, error) {
	found, err := w.Find(ctx, who, query)
	return len(found), err
}

// Find reads the query as the program does, and goes through all tickets.
func (w *world) Find(ctx context.Context, who auth.Principal, query string) ([]*ticket.Ticket, error) {
	fields, _ := w.Fields(ctx)
	q, err := ticket.ParseQuery(query, ticket.QueryContext{
		Fields: fields, User: who.Name(), Max: 100, Now: time.Date(2024, 3, 15, 12, 0, 0, 0, time.UTC),
	})
	if err != nil {
		return nil, err
	}
	var found []*ticket.Ticket
	for _, t := range w.tickets {
		tk := &ticket.Ticket{
			ID: t.ID, Summary: t.Summary, Status: t.Status, Resolution: t.Resolution, Type: t.Type, Owner: t.Owner,
			Reporter: t.Reporter, Priority: t.Priority, Milestone: t.Milestone, Component: t.Component,
			Version: t.Version, Keywords: t.Keywords, Custom: t.Custom,
		}
		if len(q.Any) == 0 || slices.ContainsFunc(q.Any, func(c ticket.Clause) bool { return holds(c, tk) }) {
			found = append(found, tk)
		}
	}
	slices.SortStableFunc(found, func(a, b *ticket.Ticket) int {
		for _, o := range q.Order {
			c := cmp.Compare(sortKey(a, o.Field), sortKey(b, o.Field))
			if o.Desc {
				c = -c
			}
			if c != 0 {
				return c
			}
		}
		return 0
	})
	if q.Max > 0 && len(found) > q.Max {
		found = found[:q.Max]
	}
	return found, nil
}

// sortKey sorts what has no value last.
func sortKey(t *ticket.Ticket, f ticket.Field) string {
	v := value(t, f.Name)
	if i := slices.Index(f.Options, v); i >= 0 {
		v = strconv.Itoa(100 + i)
		if f.Name == "status" || f.Name == "milestone" {
			v = value(t, f.Name)
		}
	}
	if f.Name == "id" {
		v = strconv.Itoa(1000000 + t.ID)
	}
	if v == "" {
		return "2"
	}
	return "1" + v
}

func value(t *ticket.Ticket, name string) string {
	if name == "id" {
		return strconv.Itoa(t.ID)
	}
	v, _ := t.Value(name)
	return v
}

func holds(c ticket.Clause, t *ticket.Ticket) bool {
	for _, condition := range c {
		v := value(t, condition.Field.Name)
		any := slices.ContainsFunc(condition.Tests, func(test ticket.Test) bool {
			switch test.Op {
			case ticket.Equals:
				return v == test.Text
			case ticket.Contains:
				return strings.Contains(strings.ToLower(v), strings.ToLower(test.Text))
			case ticket.Begins:
				return strings.HasPrefix(v, test.Text)
			case ticket.Between:
				return t.ID >= test.Low && t.ID <= test.High
			}
			return false
		})
		if any == condition.Not {
			return false
		}
	}
	return true
}
