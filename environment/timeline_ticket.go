package environment

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"tracrpc/auth"
	"tracrpc/publish"
	"tracrpc/search"
	"tracrpc/store"
	"tracrpc/ticket"
)

func (t *teller) newTickets(ctx context.Context) error {
	if !t.wanted["ticket"] {
		return nil
	}
	return newestFirst(t, func(in store.Span, limit int) ([]ticket.Ticket, error) {
		return t.env.DB.TicketsMade(ctx, in, limit)
	}, func(k ticket.Ticket) int64 { return k.Time }, func(made []ticket.Ticket) (told int, err error) {
		for _, k := range made {
			on := auth.Resource{Realm: publish.Ticket, ID: strconv.Itoa(k.ID)}
			may, err := t.who.May(ctx, "TICKET_VIEW", on)
			if err != nil {
				return told, err
			}
			if may {
				t.told = append(t.told, Happening{
					Kind: "newticket", Time: k.Time, Author: k.Reporter, Title: t.ticketTitle(on.ID, k.Summary, k.Component, "created"),
					Path: search.Path("ticket", on.ID), text: k.Description, on: on,
				})
				told++
			}
		}
		return told, nil
	})
}

func (t *teller) ticketTitle(id, summary, component, verb string) string {
	summary = search.Line(summary)
	if component != "" && t.env.Ini.Bool("timeline", "ticket_show_component", false) {
		summary = component + " - " + summary
	}
	return "Ticket #" + id + " (" + summary + ") " + verb
}

func (t *teller) ticketChanges(ctx context.Context) error {
	if !t.wanted["ticket"] && !t.wanted["ticket_details"] {
		return nil
	}
	fields, err := t.env.Tickets.Fields(ctx)
	if err != nil {
		return err
	}
	return newestFirst(t, func(in store.Span, limit int) ([]store.TicketStep, error) {
		return t.env.DB.TicketSteps(ctx, in, limit)
	}, func(s store.TicketStep) int64 { return s.Time }, func(steps []store.TicketStep) (int, error) {
		before := len(t.told)
		for len(steps) > 0 {
			n := slices.IndexFunc(steps, func(s store.TicketStep) bool { return s.Time != steps[0].Time })
			if n < 0 {
				n = len(steps)
			}
			if err := t.atOnce(ctx, fields, steps[:n]); err != nil {
				return 0, err
			}
			steps = steps[n:]
		}
		return len(t.told) - before, nil
	})
}

// atOnce tells of the steps of one time: the change of one ticket, or that of
// many in one go.
func (t *teller) atOnce(ctx context.Context, fields *ticket.Fieldset, steps []store.TicketStep) error {
	var changes []change
	for len(steps) > 0 {
		n := slices.IndexFunc(steps, func(s store.TicketStep) bool { return s.Ticket != steps[0].Ticket })
		if n < 0 {
			n = len(steps)
		}
		c := readChange(fields, steps[:n])
		steps = steps[n:]
		if c.empty || !t.wanted[c.filter()] {
			continue
		}
		may, err := t.who.May(ctx, "TICKET_VIEW", auth.Resource{Realm: publish.Ticket, ID: c.id})
		if err != nil {
			return err
		}
		if may {
			changes = append(changes, c)
		}
	}
	if len(changes) > 0 {
		t.told = append(t.told, t.changed(changes))
	}
	return nil
}

// changed is the happening of changes at one time.
func (t *teller) changed(changes []change) Happening {
	first := changes[0]
	h := Happening{
		Kind: first.kind(), Time: first.step.Time, Author: first.author, Description: first.info(),
		Title: t.ticketTitle(first.id, first.step.Summary, first.step.Component, first.verb()),
		Path:  search.Path("ticket", first.id), text: first.comment,
		on: auth.Resource{Realm: publish.Ticket, ID: first.id},
	}
	if first.number != "" {
		h.Path += "#comment:" + first.number
	}
	if len(changes) > 1 {
		ids := make([]string, len(changes))
		for i, c := range changes {
			ids[i] = c.id
		}
		h.Kind, h.Path, h.on = "batchmodify", queryPath(ids), auth.Resource{}
		h.Title = "Tickets #" + strings.Join(ids, ", ") + " batch updated"
	}
	return h
}

// change is what the rows of a ticket's change log at one time come to.
type change struct {
	step       store.TicketStep // one of the rows, for what it tells of the ticket
	id         string
	author     string
	status     string // closed or reopened when the ticket became that; else ""
	resolution string
	labels     []string // of the fields that changed
	comment    string
	number     string
	empty      bool
}

// readChange puts the rows together (trac/ticket/web_ui.py, get_timeline_events).
func readChange(fields *ticket.Fieldset, steps []store.TicketStep) change {
	c := change{step: steps[0], id: strconv.Itoa(steps[0].Ticket), empty: true}
	for _, s := range steps {
		if s.Old == "" && s.New == "" {
			continue // a custom field that came or went
		}
		if c.empty || s.Field == "comment" {
			c.author = s.Author
		}
		c.empty = false
		switch {
		case s.Field == "comment":
			c.comment = s.New
			c.number = s.Old[strings.LastIndexByte(s.Old, '.')+1:]
		case s.Field == "status" && (s.New == "closed" || s.New == "reopened"):
			c.status = s.New
		case !strings.HasPrefix(s.Field, "_"):
			if s.Field == "resolution" {
				c.resolution = s.New
			}
			c.labels = append(c.labels, label(fields, s.Field))
		}
	}
	return c
}

func label(fields *ticket.Fieldset, name string) string {
	if f := fields.Field(name); f != nil {
		return f.Label
	}
	return customLabel(name)
}

func (c change) filter() string {
	if c.status == "" {
		return "ticket_details"
	}
	return "ticket"
}

func (c change) kind() string {
	if c.status == "" {
		return "editedticket"
	}
	return c.status + "ticket"
}

func (c change) verb() string {
	if c.status == "" {
		return "updated"
	}
	return c.status
}

// info is what there is to say before the comment.
func (c change) info() string {
	switch {
	case c.status == "closed" && c.resolution != "" && c.comment != "":
		return c.resolution + ":"
	case c.status == "closed":
		return c.resolution
	case c.status == "" && len(c.labels) > 0:
		return strings.Join(c.labels, ", ") + " changed"
	default:
		return ""
	}
}
