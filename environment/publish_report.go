package environment

import (
	"context"
	"slices"
	"time"

	"tracrpc/auth"
	"tracrpc/fault"
	"tracrpc/publish"
)

// SinkReport is what is known of a sink, and how far it is behind.
type SinkReport struct {
	publish.SinkState
	Lag    int64         // events that it has not had
	Behind time.Duration // how long ago the first of them happened; 0 when there are none
}

// SinkReports are those of all sinks, by name; also of those that the settings no
// longer name.
func (e *Environment) SinkReports(ctx context.Context) ([]SinkReport, error) {
	sinks, err := e.DB.Sinks(ctx)
	if err != nil {
		return nil, err
	}
	_, newest, err := e.DB.EventRange(ctx)
	if err != nil {
		return nil, err
	}
	reports := make([]SinkReport, len(sinks))
	for i, s := range sinks {
		reports[i] = SinkReport{SinkState: s, Lag: max(newest-s.Cursor, 0)}
		next, err := e.DB.Events(ctx, s.Cursor, 1)
		if err != nil {
			return nil, err
		}
		if len(next) > 0 {
			reports[i].Behind = max(time.Since(next[0].Time), 0)
		}
	}
	return reports, nil
}

// EventFilter chooses events. Empty lists choose all.
type EventFilter struct {
	Realms, Verbs, IDs, Authors []string
}

func (f EventFilter) chooses(e publish.Event) bool {
	for _, c := range []struct {
		list  []string
		value string
	}{{f.Realms, e.Realm}, {f.Verbs, e.Verb}, {f.IDs, e.ID}, {f.Authors, e.Author}} {
		if len(c.list) > 0 && !slices.Contains(c.list, c.value) {
			return false
		}
	}
	return true
}

// EventPage is a part of the log.
type EventPage struct {
	Events         []publish.Event
	Next           int64 // whoever goes on asks for what comes after this number
	Oldest, Newest int64 // the numbers that are kept
}

// eventsLooked is how many events one EventPage looks at, at most.
const eventsLooked = 5000

// EventPage lists events after a number, those that who may see and the filter
// chooses, at most so many. It looks at a bounded part of the log only: there may
// be more although there are few or none. A NotFound fault says that events after
// the number are gone; 0 asks for what there is.
func (e *Environment) EventPage(ctx context.Context, who auth.Principal, after int64, limit int, f EventFilter) (EventPage, error) {
	page := EventPage{Next: max(after, 0)}
	var err error
	if page.Oldest, page.Newest, err = e.DB.EventRange(ctx); err != nil {
		return page, err
	}
	if after > 0 && after < page.Oldest-1 {
		return page, fault.New(fault.NotFound, "The events after %d are gone; the oldest that is kept is %d.", after, page.Oldest)
	}
	for looked := 0; looked < eventsLooked && len(page.Events) < limit; {
		events, err := e.DB.Events(ctx, page.Next, min(500, limit))
		if err != nil || len(events) == 0 {
			return page, err
		}
		looked += len(events)
		for _, event := range events {
			if len(page.Events) == limit {
				break
			}
			page.Next = event.Seq
			if !f.chooses(event) {
				continue
			}
			may, err := e.MayView(ctx, who, event)
			if err != nil {
				return page, err
			}
			if may {
				event.Env = e.Name()
				page.Events = append(page.Events, event)
			}
		}
	}
	return page, nil
}

// SkipEvents lets a sink go on behind the next events that it would get, at most
// so many, and tells how many those are.
func (e *Environment) SkipEvents(ctx context.Context, sink string, count int64) (skipped int64, err error) {
	s, found, err := e.DB.Sink(ctx, sink)
	if err == nil && !found {
		err = fault.New(fault.NotFound, "There is no sink %s.", sink)
	}
	if err != nil {
		return 0, err
	}
	_, newest, err := e.DB.EventRange(ctx)
	if err != nil {
		return 0, err
	}
	skipped = min(max(count, 0), max(newest-s.Cursor, 0))
	return skipped, e.DB.MoveSink(ctx, sink, s.Cursor+skipped)
}
