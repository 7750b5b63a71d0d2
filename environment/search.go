package environment

import (
	"context"
	"html"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"tracrpc/attachment"
	"tracrpc/auth"
	"tracrpc/publish"
	"tracrpc/search"
	"tracrpc/store"
	"tracrpc/ticket"
	"tracrpc/wiki"
)

// openSearch joins the search with what can be searched here. Changesets are
// offered, as Trac offers them, and never found: there are no repositories.
func (e *Environment) openSearch() *search.Service {
	return search.New(
		source{
			filter: search.Filter{Name: "milestone", Label: "Milestones", Permission: "MILESTONE_VIEW"},
			find:   e.findMilestones,
		},
		source{
			filter: search.Filter{Name: "ticket", Label: "Tickets", Permission: "TICKET_VIEW"},
			find:   e.findTickets,
		},
		source{
			filter: search.Filter{Name: "changeset", Label: "Changesets", Permission: "CHANGESET_VIEW"},
			find:   func(context.Context, auth.Principal, []string) ([]search.Result, error) { return nil, nil },
		},
		source{
			filter: search.Filter{Name: "wiki", Label: "Wiki", Permission: wiki.View},
			find:   e.findPages,
		},
	)
}

// KeepSearchIndex keeps the index that makes searches fast, until ctx ends. The
// file may be deleted when nobody serves the environment.
func (e *Environment) KeepSearchIndex(ctx context.Context) {
	e.DB.KeepIndex(ctx, filepath.Join(e.Dir, "db", "tracrpc-search.db"), e.Log)
}

// source is a search.Source.
type source struct {
	filter search.Filter
	find   func(ctx context.Context, who auth.Principal, terms []string) ([]search.Result, error)
}

func (s source) Filter() search.Filter { return s.filter }

func (s source) Results(ctx context.Context, who auth.Principal, terms []string) ([]search.Result, error) {
	return s.find(ctx, who, terms)
}

// results are what is made of those of the found things that who may see.
func results[T any](ctx context.Context, who auth.Principal, action auth.Permission, found []T,
	resource func(T) auth.Resource, result func(T) search.Result) ([]search.Result, error) {
	var list []search.Result
	for _, thing := range found {
		may, err := who.May(ctx, action, resource(thing))
		if err != nil {
			return nil, err
		}
		if may {
			list = append(list, result(thing))
		}
	}
	return list, nil
}

func (e *Environment) findTickets(ctx context.Context, who auth.Principal, terms []string) ([]search.Result, error) {
	found, err := e.DB.SearchTickets(ctx, terms)
	if err != nil {
		return nil, err
	}
	list, err := results(ctx, who, "TICKET_VIEW", found, func(t ticket.Ticket) auth.Resource {
		return auth.Resource{Realm: publish.Ticket, ID: strconv.Itoa(t.ID)}
	}, func(t ticket.Ticket) search.Result {
		return search.Result{
			Path: search.Path("ticket", strconv.Itoa(t.ID)), Title: ticketTitle(t), Time: t.Time,
			Author: t.Reporter, Excerpt: search.Excerpt(t.Description, terms),
		}
	})
	if err != nil {
		return nil, err
	}
	return e.withAttachments(ctx, who, list, publish.Ticket, terms)
}

// ticketTitle is a ticket's title in HTML: number, type, summary, status.
func ticketTitle(t ticket.Ticket) string {
	var b strings.Builder
	b.WriteString(`<span class="` + html.EscapeString(t.Status) + `">#` + strconv.Itoa(t.ID) + `</span>: `)
	text := search.Line(t.Summary)
	if t.Type != "" {
		text = t.Type + ": " + text
	}
	switch {
	case t.Status == "closed" && t.Resolution != "":
		text += " (closed: " + t.Resolution + ")"
	case t.Status != "":
		text += " (" + t.Status + ")"
	}
	// Within text, unlike within attributes, quotes stand for themselves.
	escaped := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	_, _ = escaped.WriteString(&b, text) // a Builder takes everything
	return b.String()
}

func (e *Environment) findPages(ctx context.Context, who auth.Principal, terms []string) ([]search.Result, error) {
	found, err := e.DB.SearchPages(ctx, terms)
	if err != nil {
		return nil, err
	}
	list, err := results(ctx, who, wiki.View, found, func(p wiki.Page) auth.Resource {
		return wiki.Resource(p.Name)
	}, func(p wiki.Page) search.Result {
		return search.Result{
			Path: search.Path("wiki", p.Name), Title: p.Name + ": " + search.Line(p.Text), Time: p.Time,
			Author: p.Author, Excerpt: search.Excerpt(p.Text, terms),
		}
	})
	if err != nil {
		return nil, err
	}
	return e.withAttachments(ctx, who, list, publish.Wiki, terms)
}

// findMilestones looks at all milestones, as Trac does, which keeps them in
// memory: the case of letters in any script is no matter to it here.
func (e *Environment) findMilestones(ctx context.Context, who auth.Principal, terms []string) ([]search.Result, error) {
	all, err := e.DB.MilestoneTexts(ctx)
	if err != nil {
		return nil, err
	}
	found := slices.DeleteFunc(all, func(m store.MilestoneText) bool {
		return slices.ContainsFunc(terms, func(term string) bool {
			one := []string{term}
			return !search.Contains(m.Name, one) && !search.Contains(m.Description, one)
		})
	})
	now := time.Now().UnixMicro()
	list, err := results(ctx, who, "MILESTONE_VIEW", found, func(m store.MilestoneText) auth.Resource {
		return auth.Resource{Realm: publish.Milestone, ID: m.Name}
	}, func(m store.MilestoneText) search.Result {
		when := now
		if m.Completed != 0 {
			when = m.Completed
		} else if m.Due != 0 {
			when = m.Due
		}
		return search.Result{
			Path: search.Path("milestone", m.Name), Title: "Milestone " + m.Name, Time: when,
			Excerpt: search.Excerpt(m.Description, terms),
		}
	})
	if err != nil {
		return nil, err
	}
	return e.withAttachments(ctx, who, list, publish.Milestone, terms)
}

// withAttachments appends the attachments found in a realm to the results of it.
func (e *Environment) withAttachments(ctx context.Context, who auth.Principal, list []search.Result, realm string, terms []string) ([]search.Result, error) {
	found, err := e.DB.SearchAttachments(ctx, realm, terms)
	if err != nil {
		return nil, err
	}
	more, err := results(ctx, who, attachment.View, found, attachment.Attachment.Resource, func(a attachment.Attachment) search.Result {
		description := ""
		if a.Description != nil {
			description = *a.Description
		}
		return search.Result{
			Path:  search.Path("attachment", a.Realm, a.ParentID, a.Filename),
			Title: a.Filename + " (" + a.Parent().String() + ")", Time: a.Time,
			Author: a.Author, Excerpt: search.Excerpt(description, terms),
		}
	})
	return append(list, more...), err
}
