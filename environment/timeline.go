package environment

import (
	"context"
	"slices"

	"tracrpc/auth"
	"tracrpc/search"
	"tracrpc/store"
)

// ViewTimeline is the permission to see what happened.
const ViewTimeline auth.Permission = "TIMELINE_VIEW"

// Happening is one line of the timeline. Title and Description are plain texts.
type Happening struct {
	Kind        string // newticket, closedticket, reopenedticket, editedticket, batchmodify, wiki, milestone, attachment
	Time        int64  // microseconds since 1970 UTC
	Author      string
	Title       string
	Description string
	Path        string // of its page in Trac, below the environment's URL

	text string        // wiki text that the description goes on with
	on   auth.Resource // what the text belongs to
}

// Timeline is a question for what happened.
type Timeline struct {
	Span    store.Span
	Filters []string // the names of filters; others than TimelineFilters names are ignored
	Most    int      // how many to answer with, the newest
	BaseURL string   // for links in wiki texts
}

// TimelineFilters are the filters that who may choose from. It needs
// TIMELINE_VIEW on the timeline.
func (e *Environment) TimelineFilters(ctx context.Context, who auth.Principal) ([]search.Filter, error) {
	if err := who.Require(ctx, ViewTimeline, auth.Resource{Realm: "timeline"}); err != nil {
		return nil, err
	}
	var offered []search.Filter
	for _, f := range []search.Filter{
		{Name: "milestone", Label: "Milestones completed", Permission: "MILESTONE_VIEW"},
		{Name: "ticket", Label: "Tickets opened and closed", Permission: "TICKET_VIEW"},
		{Name: "ticket_details", Label: "Ticket updates", Permission: "TICKET_VIEW"},
		{Name: "wiki", Label: "Wiki changes", Permission: "WIKI_VIEW"},
	} {
		if f.Name == "ticket_details" && !e.Ini.Bool("timeline", "ticket_show_details", true) {
			continue
		}
		may, err := who.May(ctx, f.Permission, auth.Resource{})
		if err != nil {
			return nil, err
		}
		if may {
			offered = append(offered, f)
		}
	}
	return offered, nil
}

// Happenings are what happened, as far as who may see it, the newest first.
func (e *Environment) Happenings(ctx context.Context, who auth.Principal, ask Timeline) ([]Happening, error) {
	offered, err := e.TimelineFilters(ctx, who)
	if err != nil {
		return nil, err
	}
	wanted := map[string]bool{}
	for _, f := range offered {
		wanted[f.Name] = slices.Contains(ask.Filters, f.Name)
	}
	t := &teller{env: e, who: who, ask: ask, wanted: wanted}
	for _, tell := range []func(context.Context) error{t.milestones, t.ticketChanges, t.newTickets, t.pages, t.attachments} {
		if err := tell(ctx); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(t.told, func(a, b Happening) int { return int(max(-1, min(1, b.Time-a.Time))) })
	t.told = t.told[:min(len(t.told), ask.Most)]
	return t.told, t.describe(ctx)
}

// teller collects happenings from each source.
type teller struct {
	env    *Environment
	who    auth.Principal
	ask    Timeline
	wanted map[string]bool // by the names of filters
	told   []Happening
}

// pageSize is how many rows a source is asked for at once.
const pageSize = 500

// newestFirst asks a source for its rows, a page at a time, and hands them on
// until there are no more or enough have been told. Rows of one time are never
// parted.
func newestFirst[R any](t *teller, rows func(in store.Span, limit int) ([]R, error), when func(R) int64, tell func([]R) (told int, err error)) error {
	in, told, size := t.ask.Span, 0, pageSize
	for told < t.ask.Most {
		page, err := rows(in, size)
		if err != nil {
			return err
		}
		last := len(page) < size
		if !last {
			// More rows of the oldest time may follow: they come with the next page.
			in.Stop = when(page[len(page)-1])
			whole := slices.IndexFunc(page, func(r R) bool { return when(r) == in.Stop })
			if whole == 0 {
				size *= 2
				continue
			}
			page = page[:whole]
		}
		n, err := tell(page)
		if err != nil || last {
			return err
		}
		told += n
	}
	return nil
}
