package api

import (
	"context"
	"time"

	"tracrpc/auth"
	"tracrpc/environment"
	"tracrpc/fault"
	"tracrpc/rpc"
)

// events are the methods on the log of events and on the sinks that it goes to.
type events struct {
	env *environment.Environment
}

// How many events or dead letters one call answers with: unless asked otherwise,
// and at most.
const (
	usualPage = 100
	mostPage  = 1000
)

// Events are the methods of the namespace events.
func Events(env *environment.Environment) []rpc.Method {
	e := events{env}
	return append([]rpc.Method{{
		Signature: "struct events.list(int after=0, int limit=100, struct filter={})",
		Asks:      "the permission to view what an event is about; other events are left out",
		Help: "What has changed, in the order in which it did: the events whose numbers are higher than `after`. The " +
			"answer has the members `events`; `next`, with which to ask for what follows; and `oldest` and `newest`, " +
			"the numbers that are kept. There may be more although few were answered: go on until `next` is `newest`. " +
			"An event is a struct of `seq`, its number; `time`, `env`, `realm`, `verb`, `id`, `author`; and `data`, " +
			"a struct with old and new values. The filter may have `realm`, `verb`, `id` and `author`, each one value " +
			"or an array of them. It is a fault to ask for events that are no longer kept. At most 1000 are told at once.",
		Do: e.list,
	}, {
		Signature:  "array events.sinks()",
		Permission: auth.Admin,
		Help: "The buses that events go to, each as a struct: `name`; `cursor`, the number of the last event that it has " +
			"had; `lag`, how many it has not had, and `behind`, for how many seconds the first of them has waited; " +
			"`paused`, since when, or nil; `owner`, the process that serves it, `lease`, until when, and `seen`, when it " +
			"last did; the counts `published`, `failed` (tries), `missed` (events that were gone before it had them) and " +
			"`dead` (events that it would not take); `error` and `error_time`, of the last try that failed, where `error` " +
			"is empty when one succeeded since.",
		Do: e.sinks,
	}}, e.commands()...)
}

func (e events) commands() []rpc.Method {
	return []rpc.Method{{
		Signature:  "boolean events.pause(string sink)",
		Permission: auth.Admin,
		Help:       "Hands no more events to a sink, until `events.resume`. Nothing is lost meanwhile.",
		Do:         e.command(func(ctx context.Context, sink string) error { return e.env.DB.PauseSink(ctx, sink) }),
	}, {
		Signature:  "boolean events.resume(string sink)",
		Permission: auth.Admin,
		Help:       "Lets a paused sink go on where it was.",
		Do:         e.command(func(ctx context.Context, sink string) error { return e.env.DB.ResumeSink(ctx, sink) }),
	}, {
		Signature:  "boolean events.rewind(string sink, int after)",
		Permission: auth.Admin,
		Help: "Lets a sink go on with the event that comes after this number: back, so that it gets events once more, or " +
			"on, so that it skips some. The number is kept within those of the events that there are.",
		Do: e.rewind,
	}, {
		Signature:  "int events.skip(string sink, int count=1)",
		Permission: auth.Admin,
		Help: "Lets a sink go on behind the next events that it would get, so that it never gets them. The answer is how " +
			"many there were.",
		Do: e.skip,
	}, {
		Signature:  "array events.deadLetters(string sink, int after=0, int limit=100)",
		Permission: auth.Admin,
		Help: "The events that a sink would not take, those after a number: structs of `event` (as in `events.list`), " +
			"`reason`, `tries`, `buried`, when it was given up, and `queued`, whether it is to be tried once more.",
		Do: e.deadLetters,
	}, {
		Signature:  "int events.requeue(string sink, int seq=0)",
		Permission: auth.Admin,
		Help:       "Tries a dead letter once more, or with 0 all of the sink's. The answer is how many.",
		Do: e.onDead(func(ctx context.Context, sink string, seq int64) (int64, error) {
			return e.env.DB.Requeue(ctx, sink, seq)
		}),
	}, {
		Signature:  "int events.purge(string sink, int seq=0)",
		Permission: auth.Admin,
		Help:       "Forgets a dead letter, or with 0 all of the sink's. The answer is how many.",
		Do: e.onDead(func(ctx context.Context, sink string, seq int64) (int64, error) {
			return e.env.DB.Purge(ctx, sink, seq)
		}),
	}}
}

func (e events) list(ctx context.Context, c *rpc.Call) (any, error) {
	after, limit, err := pageArgs(c, 0)
	if err != nil {
		return nil, err
	}
	filter, err := eventFilter(c)
	if err != nil {
		return nil, err
	}
	page, err := e.env.EventPage(ctx, c.Who, after, limit, filter)
	if err != nil {
		return nil, err
	}
	list := make([]any, len(page.Events))
	for i, event := range page.Events {
		if list[i], err = eventStruct(event); err != nil {
			return nil, err
		}
	}
	return rpc.Struct{
		{Name: "events", Value: list},
		{Name: "next", Value: int(page.Next)},
		{Name: "oldest", Value: int(page.Oldest)},
		{Name: "newest", Value: int(page.Newest)},
	}, nil
}

func (e events) sinks(ctx context.Context, _ *rpc.Call) (any, error) {
	reports, err := e.env.SinkReports(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]any, len(reports))
	for i, r := range reports {
		list[i] = rpc.Struct{
			{Name: "name", Value: r.Name},
			{Name: "cursor", Value: int(r.Cursor)},
			{Name: "lag", Value: int(r.Lag)},
			{Name: "behind", Value: r.Behind.Seconds()},
			{Name: "paused", Value: given(r.Paused)},
			{Name: "owner", Value: r.Owner},
			{Name: "lease", Value: given(r.Lease)},
			{Name: "seen", Value: given(r.Seen)},
			{Name: "published", Value: int(r.Published)},
			{Name: "failed", Value: int(r.Failed)},
			{Name: "missed", Value: int(r.Missed)},
			{Name: "dead", Value: int(r.Dead)},
			{Name: "error", Value: r.Error},
			{Name: "error_time", Value: given(r.ErrorTime)},
		}
	}
	return list, nil
}

// given is a time, or nil for none.
func given(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}

func (e events) command(do func(ctx context.Context, sink string) error) func(context.Context, *rpc.Call) (any, error) {
	return func(ctx context.Context, c *rpc.Call) (any, error) {
		sink, err := c.String(0)
		if err == nil {
			err = do(ctx, sink)
		}
		return err == nil, err
	}
}

func (e events) rewind(ctx context.Context, c *rpc.Call) (any, error) {
	sink, err := c.String(0)
	if err != nil {
		return nil, err
	}
	after, err := number(c, 1, 0)
	if err == nil {
		err = e.env.DB.MoveSink(ctx, sink, int64(after))
	}
	return err == nil, err
}

func (e events) skip(ctx context.Context, c *rpc.Call) (any, error) {
	sink, err := c.String(0)
	if err != nil {
		return nil, err
	}
	count, err := number(c, 1, 1)
	if err != nil {
		return nil, err
	}
	skipped, err := e.env.SkipEvents(ctx, sink, int64(count))
	return int(skipped), err
}

func (e events) deadLetters(ctx context.Context, c *rpc.Call) (any, error) {
	sink, err := c.String(0)
	if err != nil {
		return nil, err
	}
	after, limit, err := pageArgs(c, 1)
	if err != nil {
		return nil, err
	}
	letters, err := e.env.DB.DeadLetters(ctx, sink, after, limit)
	if err != nil {
		return nil, err
	}
	list := make([]any, len(letters))
	for i, l := range letters {
		l.Event.Env = e.env.Name()
		event, err := eventStruct(l.Event)
		if err != nil {
			return nil, err
		}
		list[i] = rpc.Struct{
			{Name: "event", Value: event},
			{Name: "reason", Value: l.Reason},
			{Name: "tries", Value: l.Tries},
			{Name: "buried", Value: l.Buried},
			{Name: "queued", Value: l.Queued},
		}
	}
	return list, nil
}

func (e events) onDead(do func(ctx context.Context, sink string, seq int64) (int64, error)) func(context.Context, *rpc.Call) (any, error) {
	return func(ctx context.Context, c *rpc.Call) (any, error) {
		sink, err := c.String(0)
		if err != nil {
			return nil, err
		}
		seq, err := number(c, 1, 0)
		if err != nil {
			return nil, err
		}
		count, err := do(ctx, sink, int64(seq))
		return int(count), err
	}
}

// pageArgs reads the arguments after and limit, of which after is argument i.
func pageArgs(c *rpc.Call, i int) (after int64, limit int, err error) {
	n, err := number(c, i, 0)
	if err != nil {
		return 0, 0, err
	}
	limit, err = number(c, i+1, usualPage)
	return int64(n), min(max(limit, 1), mostPage), err
}

// number is argument i as a whole number, or otherwise when it was not sent.
func number(c *rpc.Call, i, otherwise int) (int, error) {
	if !c.Given(i) {
		return otherwise, nil
	}
	n, ok := wholeNumber(c.Arg(i))
	if !ok {
		return 0, fault.New(fault.BadCall, "argument %d must be int, not %s", i+1, rpc.TypeName(c.Arg(i)))
	}
	return n, nil
}
