package api

import (
	"context"

	"tracrpc/rpc"
	"tracrpc/ticket"
)

func (t tickets) describing() []rpc.Method {
	return []rpc.Method{{
		Signature:  "array ticket.getTicketFields()",
		Permission: "TICKET_VIEW",
		Help: "The fields that tickets have, each as a struct: `name`, `type`, `label`, and as the type has them " +
			"`value` (the default), `options` (what can be chosen), `optional` (nothing need be), `format`; of custom " +
			"fields also `custom`, `order`, `max_size`, `height` and `ticketlink_query`.",
		Do: t.fields,
	}}
}

func (t tickets) fields(ctx context.Context, c *rpc.Call) (any, error) {
	fields, err := t.env.Tickets.Fields(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]any, len(fields.Fields))
	for i, f := range fields.Fields {
		if f.Name == "milestone" && !f.Custom {
			if f.Options, err = view(ticket.ViewMilestone).seen(ctx, c.Who, f.Options); err != nil {
				return nil, err
			}
		}
		list[i] = fieldStruct(&f)
	}
	return list, nil
}

// fieldStruct describes a field with the members that its type has.
func fieldStruct(f *ticket.Field) rpc.Struct {
	s := rpc.Struct{{Name: "name", Value: f.Name}, {Name: "type", Value: f.Type}, {Name: "label", Value: f.Label}}
	add := func(name string, value any) { s = append(s, rpc.Member{Name: name, Value: value}) }
	if f.Custom {
		add("custom", true)
		add("order", f.Order)
	}
	if f.Custom || f.Options != nil {
		add("value", f.Value)
	}
	if f.Options != nil {
		add("options", stringList(f.Options))
	}
	if f.Optional {
		add("optional", true)
	}
	if f.Format != "" {
		add("format", f.Format)
	}
	if f.Custom && (f.Type == "text" || f.Type == "textarea") {
		add("max_size", f.MaxSize)
	}
	if f.Custom && f.Type == "textarea" {
		add("height", f.Height)
	}
	if hasTicketlink(f) {
		add("ticketlink_query", orNil(f.TicketlinkQuery))
	}
	return s
}

// hasTicketlink tells whether a field's values can link to a query.
func hasTicketlink(f *ticket.Field) bool {
	switch f.Type {
	case "select", "radio", "checkbox":
		return f.Custom
	case "text":
		return f.Custom && (f.Format == "list" || f.Format == "reference")
	default:
		return false
	}
}

// orNil is a text, or nil for none.
func orNil(text string) any {
	if text == "" {
		return nil
	}
	return text
}
