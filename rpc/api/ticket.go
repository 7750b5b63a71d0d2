package api

import (
	"context"
	"slices"
	"strconv"
	"time"

	"tracrpc/environment"
	"tracrpc/rpc"
	"tracrpc/ticket"
)

// tickets are the methods on tickets.
type tickets struct {
	env *environment.Environment
}

// Ticket are the methods of the namespace ticket, but for ticket.query.
func Ticket(env *environment.Environment) []rpc.Method {
	t := tickets{env}
	return slices.Concat(t.finding(), t.reading(), t.writing(), t.history(), TicketAttachments(env), t.describing(), t.comments())
}

func (t tickets) finding() []rpc.Method {
	return []rpc.Method{{
		Signature: "array ticket.getRecentChanges(DateTime since)",
		Asks:      "TICKET_VIEW per ticket; others are left out",
		Help:      "The ids of the tickets that were made or changed at `since` or later, in the order of the ids.",
		Do:        t.recentChanges,
	}, {
		Signature: "array ticket.getAvailableActions(int id)",
		Asks:      "TICKET_VIEW on the ticket",
		Help:      "The names of the actions that `ticket.getActions` describes. Use that instead.",
		Do:        t.availableActions,
	}, {
		Signature: "array ticket.getActions(int id)",
		Asks:      "TICKET_VIEW on the ticket",
		Help: "What the workflow lets the caller do with a ticket, what is offered first first, each as " +
			"`[action, label, hints, inputs]`. The hints say as HTML what the action would do. Each input is " +
			"`[name, value, options]`: a question that the action asks, the answer to begin with, and the answers to " +
			"choose from, if these are limited. `ticket.update` takes the action and the answers among its attributes.",
		Do: t.actions,
	}}
}

func (t tickets) reading() []rpc.Method {
	return []rpc.Method{{
		Signature: "array ticket.get(int id)",
		Asks:      "TICKET_VIEW on the ticket",
		Help: "A ticket as `[id, time created, time changed, attributes]`. The attributes are the fields that " +
			"`ticket.getTicketFields` describes, and `_ts`, which tells this state of the ticket from others: hand it to " +
			"`ticket.update`, so that nobody else's change is overwritten.",
		Do:    t.get,
		Batch: t.getMany,
	}}
}

func (t tickets) recentChanges(ctx context.Context, c *rpc.Call) (any, error) {
	since, err := c.Time(0)
	if err != nil {
		return nil, err
	}
	when := int64(0)
	if !since.IsZero() {
		when = since.UnixMicro()
	}
	ids, err := t.env.Tickets.RecentChanges(ctx, c.Who, when)
	if err != nil {
		return nil, err
	}
	list := make([]any, len(ids))
	for i, id := range ids {
		list[i] = id
	}
	return list, nil
}

func (t tickets) get(ctx context.Context, c *rpc.Call) (any, error) {
	id, err := ticketNumber(c.Arg(0))
	if err != nil {
		return nil, err
	}
	got, err := t.env.Tickets.Get(ctx, c.Who, id)
	if err != nil {
		return nil, err
	}
	return t.value(ctx, got)
}

func (t tickets) getMany(ctx context.Context, calls []*rpc.Call) []rpc.Outcome {
	outcomes, ids, places := ticketNumbers(calls)
	for i, r := range t.env.Tickets.GetMany(ctx, calls[0].Who, ids) {
		o := &outcomes[places[i]]
		if o.Err = r.Err; o.Err == nil {
			o.Value, o.Err = t.value(ctx, r.Ticket)
		}
	}
	return outcomes
}

// ticketNumbers reads the first argument of several calls. Calls whose ticket
// cannot be answer so at once; of the others places tells which call an id is of.
func ticketNumbers(calls []*rpc.Call) (outcomes []rpc.Outcome, ids, places []int) {
	outcomes = make([]rpc.Outcome, len(calls))
	for i, c := range calls {
		id, err := ticketNumber(c.Arg(0))
		if err != nil {
			outcomes[i].Err = err
			continue
		}
		ids, places = append(ids, id), append(places, i)
	}
	return outcomes, ids, places
}

// value is a ticket as ticket.get answers it.
func (t tickets) value(ctx context.Context, got *ticket.Ticket) (any, error) {
	fields, err := t.env.Tickets.FieldsOf(ctx, got)
	if err != nil {
		return nil, err
	}
	var created, changed any = moment(got.Time), moment(got.Changetime)
	attributes := make(rpc.Struct, 0, len(fields.Fields)+1)
	for i := range fields.Fields {
		f := &fields.Fields[i]
		switch {
		case f.Name == "time":
			attributes = append(attributes, rpc.Member{Name: "time", Value: created})
		case f.Name == "changetime":
			attributes = append(attributes, rpc.Member{Name: "changetime", Value: changed})
		default:
			if value, set := got.Value(f.Name); set {
				attributes = append(attributes, rpc.Member{Name: f.Name, Value: fieldValue(value, f.Type == "time", nil)})
			}
		}
	}
	attributes = append(attributes, rpc.Member{Name: "_ts", Value: strconv.FormatInt(got.Changetime, 10)})
	return []any{got.ID, created, changed, attributes}, nil
}

// fieldValue is a field's value on the wire: text, or of a time field the time,
// and unset where there is none.
func fieldValue(value string, isTime bool, unset any) any {
	if !isTime {
		return value
	}
	if when, ok := ticket.ReadTime(value); ok {
		return moment(when)
	}
	return unset
}

// moment is a time of the database on the wire.
func moment(microseconds int64) time.Time { return time.UnixMicro(microseconds).UTC() }

func (t tickets) actions(ctx context.Context, c *rpc.Call) (any, error) {
	return t.listActions(ctx, c, func(a ticket.Action) any {
		inputs := make([]any, len(a.Inputs))
		for i, in := range a.Inputs {
			var value any
			if !in.Unset {
				value = in.Value
			}
			inputs[i] = []any{in.Name, value, stringList(in.Options)}
		}
		return []any{a.Name, orNil(a.Label), a.Hints, inputs}
	})
}

func (t tickets) availableActions(ctx context.Context, c *rpc.Call) (any, error) {
	return t.listActions(ctx, c, func(a ticket.Action) any { return a.Name })
}

func (t tickets) listActions(ctx context.Context, c *rpc.Call, value func(ticket.Action) any) (any, error) {
	id, err := ticketNumber(c.Arg(0))
	if err != nil {
		return nil, err
	}
	actions, err := t.env.Tickets.Actions(ctx, c.Who, id)
	if err != nil {
		return nil, err
	}
	list := make([]any, len(actions))
	for i, a := range actions {
		list[i] = value(a)
	}
	return list, nil
}

func stringList(texts []string) []any {
	list := make([]any, len(texts))
	for i, text := range texts {
		list[i] = text
	}
	return list
}
