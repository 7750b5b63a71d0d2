package api

import (
	"context"

	"tracrpc/rpc"
	"tracrpc/ticket"
)

// enum is a list whose items are one value on the wire: their place.
type enum struct {
	namespace string
	noun      string
	list      *ticket.List[ticket.Enum]
}

func (e enum) methods() []rpc.Method {
	return []rpc.Method{{
		Signature:  "array " + e.namespace + ".getAll()",
		Permission: viewLists,
		Help:       "The names of the values that the field `" + e.noun + "` of tickets can have, in their order.",
		Do:         names(e.list, nil),
	}, {
		Signature:  "string " + e.namespace + ".get(string name)",
		Permission: viewLists,
		Help:       "The place of a " + e.noun + " among the others, a number as a rule.",
		Do:         e.get,
	}, {
		Signature:  "int " + e.namespace + ".delete(string name)",
		Permission: changeLists,
		Help:       "Deletes a " + e.noun + ". Those after it move up; tickets keep its name.",
		Do:         remove(e.list),
	}, {
		Signature:  "int " + e.namespace + ".create(string name, string value)",
		Permission: changeLists,
		Help:       "Makes a " + e.noun + " with a place among the others; an empty one is the last.",
		Do:         e.create,
	}, {
		Signature:  "int " + e.namespace + ".update(string name, string value)",
		Permission: changeLists,
		Help:       "Gives a " + e.noun + " another place.",
		Do:         e.update,
	}}
}

func (e enum) get(ctx context.Context, c *rpc.Call) (any, error) {
	name, err := c.Text(0)
	if err != nil {
		return nil, err
	}
	item, err := e.list.Get(ctx, name)
	return item.Value, err
}

func (e enum) create(ctx context.Context, c *rpc.Call) (any, error) {
	name, err := c.String(0)
	if err != nil {
		return nil, err
	}
	item := ticket.Enum{Name: name}
	if rpc.Truth(c.Arg(1)) {
		if item.Value, err = c.Text(1); err != nil {
			return nil, err
		}
	}
	return nil, e.list.Create(ctx, item, c.Who.Name())
}

func (e enum) update(ctx context.Context, c *rpc.Call) (any, error) {
	name, err := c.Text(0)
	if err != nil {
		return nil, err
	}
	value, err := c.Text(1)
	if err != nil {
		return nil, err
	}
	return nil, e.list.Update(ctx, name, func(item *ticket.Enum) { item.Value = value }, c.Who.Name())
}
