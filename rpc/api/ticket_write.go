package api

import (
	"context"

	"tracrpc/fault"
	"tracrpc/rpc"
	"tracrpc/ticket"
)

func (t tickets) writing() []rpc.Method {
	return []rpc.Method{{
		Signature:  "int ticket.create(string summary, string description, struct attributes={}, boolean notify=False, DateTime when=None)",
		Permission: "TICKET_CREATE",
		Help: "Makes a ticket and answers with its id. The attributes are fields; those that are not given have the " +
			"defaults of the environment. `when`, the time of creation, takes TICKET_ADMIN and is passed over otherwise. With " +
			"`notify` people are told by mail, where the environment sends any.",
		Do: t.create,
	}, {
		Signature: "array ticket.update(int id, string comment, struct attributes={}, boolean notify=False, string author=\"\", DateTime when=None)",
		Asks: "TICKET_MODIFY on the ticket; for a call with an action what that asks, TICKET_APPEND for a comment and " +
			"TICKET_CHGPROP for fields",
		Help: "Comments on a ticket, changes it, or both, and answers as `ticket.get` does. The attributes are fields " +
			"and:\n\n" +
			" `action`:: what the workflow is to do, with the answers to its questions (see `ticket.getActions`)\n" +
			" `_ts`:: what `ticket.get` told; when the ticket has changed since, nothing is done\n\n" +
			"Without `action` the fields are stored as they are, unchecked. `author` takes TICKET_ADMIN, or a caller who " +
			"did not log in; `when`, the time of the change, takes TICKET_ADMIN. Both are passed over otherwise. With `notify` " +
			"people are told by mail, where the environment sends any.",
		Do: t.update,
	}, {
		Signature: "int ticket.delete(int id)",
		Asks:      "TICKET_ADMIN on the ticket",
		Help:      "Deletes a ticket for good, with its comments and attachments.",
		Do:        t.delete,
	}}
}

func (t tickets) create(ctx context.Context, c *rpc.Call) (any, error) {
	attributes, err := ticketValues(c, 2)
	if err != nil {
		return nil, err
	}
	id, err := t.env.Tickets.Create(ctx, c.Who, ticket.Draft{
		Summary: ticketValue(c.Arg(0)), Description: ticketValue(c.Arg(1)), Attributes: attributes, When: ticketValue(c.Arg(4)),
		Notify: rpc.Truth(c.Arg(3)), BaseURL: c.BaseURL,
	})
	if err != nil {
		return nil, err
	}
	return id, nil
}

func (t tickets) update(ctx context.Context, c *rpc.Call) (any, error) {
	if c.Arg(0) == nil {
		return nil, fault.New(fault.BadCall, "a ticket that does not exist yet cannot be updated")
	}
	id, err := ticketNumber(c.Arg(0))
	if err != nil {
		return nil, err
	}
	u := ticket.Update{Comment: ticketValue(c.Arg(1)), When: ticketValue(c.Arg(5)), Notify: rpc.Truth(c.Arg(3)), BaseURL: c.BaseURL}
	if u.Attributes, err = ticketValues(c, 2); err != nil {
		return nil, err
	}
	if u.Author, err = words(c, 4); err != nil {
		return nil, err
	}
	updated, err := t.env.Tickets.Update(ctx, c.Who, id, u)
	if err != nil {
		return nil, err
	}
	return t.value(ctx, updated)
}

func (t tickets) delete(ctx context.Context, c *rpc.Call) (any, error) {
	id, err := ticketNumber(c.Arg(0))
	if err != nil {
		return nil, err
	}
	return nil, t.env.Tickets.Delete(ctx, c.Who, id)
}

// words is an argument as text; "" when it was not sent or is one of the values
// that stand for "not given".
func words(c *rpc.Call, i int) (string, error) {
	if !rpc.Truth(c.Arg(i)) {
		return "", nil
	}
	if text, ok := ticketValue(c.Arg(i)).(string); ok {
		return text, nil
	}
	return c.String(i)
}

// ticketValues is an argument as values of a ticket's fields.
func ticketValues(c *rpc.Call, i int) (ticket.Values, error) {
	members, err := c.Struct(i)
	if err != nil {
		return nil, err
	}
	values := make(ticket.Values, len(members))
	for i, m := range members {
		values[i] = ticket.NamedValue{Name: m.Name, Value: ticketValue(m.Value)}
	}
	return values, nil
}

// ticketValue is a value as a field takes it: binary is read as text, and an empty
// struct is nothing, as an empty array is.
func ticketValue(v any) any {
	switch v := v.(type) {
	case []byte:
		if text, ok := rpc.Stored(v); ok {
			return text
		}
	case rpc.Struct:
		if len(v) == 0 {
			return []any{}
		}
	}
	return v
}
