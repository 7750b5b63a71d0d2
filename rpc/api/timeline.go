package api

import (
	"context"
	"time"

	"tracrpc/environment"
	"tracrpc/fault"
	"tracrpc/rpc"
)

// timeline are the methods that tell what happened.
type timeline struct {
	env *environment.Environment
}

// How many events timeline.getEvents answers with: unless asked otherwise, and at
// most.
const (
	usualEvents = 100
	mostEvents  = 1000
)

// Timeline are the methods of the namespace timeline.
func Timeline(env *environment.Environment) []rpc.Method {
	t := timeline{env}
	return []rpc.Method{{
		Signature:  "array timeline.getFilters()",
		Permission: environment.ViewTimeline,
		Help:       "The sorts of events that can be asked for, each as `[name, label]`.",
		Do:         t.filters,
	}, {
		Signature:  "array timeline.getEvents(DateTime start, DateTime stop, array filters=None, int max_results=100)",
		Permission: environment.ViewTimeline,
		Asks:       "TIMELINE_VIEW, and the permission to view what an event is about; other events are left out",
		Help: "What happened between two times, the newest first: structs of `kind`, `date`, `author`, `title`, " +
			"`description` and `url`. Title and description are plain text. The filters are names that " +
			"`timeline.getFilters` tells; without them all events are meant, and with an empty array none. At most " +
			"1000 events are told at once.",
		Do: t.events,
	}}
}

func (t timeline) filters(ctx context.Context, c *rpc.Call) (any, error) {
	filters, err := t.env.TimelineFilters(ctx, c.Who)
	if err != nil {
		return nil, err
	}
	list := make([]any, len(filters))
	for i, f := range filters {
		list[i] = []any{f.Name, f.Label}
	}
	return list, nil
}

func (t timeline) events(ctx context.Context, c *rpc.Call) (any, error) {
	ask, err := t.question(ctx, c)
	if err != nil {
		return nil, err
	}
	happenings, err := t.env.Happenings(ctx, c.Who, ask)
	if err != nil {
		return nil, err
	}
	list := make([]any, len(happenings))
	for i, h := range happenings {
		list[i] = rpc.Struct{
			{Name: "kind", Value: h.Kind},
			{Name: "date", Value: time.UnixMicro(h.Time).UTC()},
			{Name: "author", Value: h.Author},
			{Name: "title", Value: h.Title},
			{Name: "description", Value: h.Description},
			{Name: "url", Value: c.BaseURL + h.Path},
		}
	}
	return list, nil
}

// question reads the arguments of timeline.getEvents.
func (t timeline) question(ctx context.Context, c *rpc.Call) (environment.Timeline, error) {
	ask := environment.Timeline{Most: usualEvents, BaseURL: c.BaseURL}
	var err error
	if ask.Span.Start, err = instant(c.Arg(0)); err != nil {
		return ask, err
	}
	if ask.Span.Stop, err = instant(c.Arg(1)); err != nil {
		return ask, err
	}
	if c.Given(3) {
		n, ok := wholeNumber(c.Arg(3))
		if !ok {
			return ask, fault.New(fault.BadCall, "max_results must be int, not %s", rpc.TypeName(c.Arg(3)))
		}
		ask.Most = min(max(n, 1), mostEvents)
	}
	if c.Given(2) {
		ask.Filters, err = filterNames(c.Arg(2))
		return ask, err
	}
	all, err := t.env.TimelineFilters(ctx, c.Who)
	for _, f := range all {
		ask.Filters = append(ask.Filters, f.Name)
	}
	return ask, err
}

// instant reads a time: a DateTime, or seconds since 1970.
func instant(v any) (int64, error) {
	switch v := v.(type) {
	case time.Time:
		return v.UnixMicro(), nil
	case int:
		return time.Unix(int64(v), 0).UnixMicro(), nil
	case float64:
		return int64(v * 1e6), nil
	default:
		return 0, fault.New(fault.BadCall, "a time must be DateTime, not %s", rpc.TypeName(v))
	}
}
