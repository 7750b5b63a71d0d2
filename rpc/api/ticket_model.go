package api

import (
	"context"
	"slices"

	"tracrpc/auth"
	"tracrpc/environment"
	"tracrpc/fault"
	"tracrpc/rpc"
	"tracrpc/ticket"
)

// TicketModels are the methods on the lists that tickets choose from.
func TicketModels(env *environment.Environment) []rpc.Method {
	lists := env.Lists
	return slices.Concat(
		statusMethods(env),
		model[ticket.Component]{"ticket.component", "component", lists.Components, componentFields(), nil}.methods(),
		model[ticket.Version]{"ticket.version", "version", lists.Versions, versionFields(), nil}.methods(),
		model[ticket.Milestone]{"ticket.milestone", "milestone", lists.Milestones, milestoneFields(), ticket.ViewMilestone}.methods(),
		enum{"ticket.type", "type", lists.Types}.methods(),
		enum{"ticket.resolution", "resolution", lists.Resolutions}.methods(),
		enum{"ticket.priority", "priority", lists.Priorities}.methods(),
		enum{"ticket.severity", "severity", lists.Severities}.methods(),
	)
}

// The permissions to read the lists, and to change them.
const (
	viewLists   auth.Permission = "TICKET_VIEW"
	changeLists auth.Permission = "TICKET_ADMIN"
)

// view is nil for an item that who may see, or the fault for one that who may
// not; a nil view is for lists without secrets.
type view func(ctx context.Context, who auth.Principal, name string) error

// seen are those of names that who may see.
func (v view) seen(ctx context.Context, who auth.Principal, names []string) ([]string, error) {
	if v == nil {
		return names, nil
	}
	seen := make([]string, 0, len(names))
	for _, name := range names {
		err := v(ctx, who, name)
		if err == nil {
			seen = append(seen, name)
		} else if !fault.Is(err, fault.Forbidden) {
			return nil, err
		}
	}
	return seen, nil
}

// names is getAll of any list.
func names[T any](list *ticket.List[T], view view) func(context.Context, *rpc.Call) (any, error) {
	return func(ctx context.Context, c *rpc.Call) (any, error) {
		all, err := list.Names(ctx)
		if err != nil {
			return nil, err
		}
		all, err = view.seen(ctx, c.Who, all)
		return texts(all), err
	}
}

// remove is delete of any list.
func remove[T any](list *ticket.List[T]) func(context.Context, *rpc.Call) (any, error) {
	return func(ctx context.Context, c *rpc.Call) (any, error) {
		name, err := c.Text(0)
		if err != nil {
			return nil, err
		}
		return nil, list.Delete(ctx, name, c.Who.Name())
	}
}

// model is a list whose items are structs on the wire.
type model[T any] struct {
	namespace string
	noun      string
	list      *ticket.List[T]
	fields    []field[T]
	view      view
}

// field is one member of such a struct.
type field[T any] struct {
	name string
	get  func(T) any
	set  func(*T, any) error
}

func (m model[T]) methods() []rpc.Method {
	members := ""
	for i, f := range m.fields {
		if i > 0 {
			members += ", "
		}
		members += "`" + f.name + "`"
	}
	return []rpc.Method{{
		Signature:  "array " + m.namespace + ".getAll()",
		Permission: viewLists,
		Help:       "The names of all " + m.noun + "s.",
		Do:         names(m.list, m.view),
	}, {
		Signature:  "struct " + m.namespace + ".get(string name)",
		Permission: viewLists,
		Help:       "A " + m.noun + ": " + members + ". A date that is not set is 0.",
		Do:         m.get,
	}, {
		Signature:  "int " + m.namespace + ".delete(string name)",
		Permission: changeLists,
		Help:       "Deletes a " + m.noun + ". Tickets keep its name.",
		Do:         remove(m.list),
	}, {
		Signature:  "int " + m.namespace + ".create(string name, struct attributes)",
		Permission: changeLists,
		Help:       "Makes a " + m.noun + " with any of the attributes " + members + ".",
		Do:         m.create,
	}, {
		Signature:  "int " + m.namespace + ".update(string name, struct attributes)",
		Permission: changeLists,
		Help: "Changes the attributes of a " + m.noun + " that are given: " + members + ". With another name it is " +
			"renamed, and tickets follow. 0 clears a date.",
		Do: m.update,
	}}
}

func (m model[T]) get(ctx context.Context, c *rpc.Call) (any, error) {
	name, err := c.Text(0)
	if err != nil {
		return nil, err
	}
	if m.view != nil {
		if err := m.view(ctx, c.Who, name); err != nil {
			return nil, err
		}
	}
	item, err := m.list.Get(ctx, name)
	if err != nil {
		return nil, err
	}
	answer := make(rpc.Struct, len(m.fields))
	for i, f := range m.fields {
		answer[i] = rpc.Member{Name: f.name, Value: f.get(item)}
	}
	return answer, nil
}

func (m model[T]) create(ctx context.Context, c *rpc.Call) (any, error) {
	attributes, err := c.Struct(1)
	if err != nil {
		return nil, err
	}
	var item T
	if err := m.fields[0].set(&item, c.Arg(0)); err != nil { // the name
		return nil, err
	}
	if err := m.set(&item, attributes); err != nil {
		return nil, err
	}
	return nil, m.list.Create(ctx, item, c.Who.Name())
}

func (m model[T]) update(ctx context.Context, c *rpc.Call) (any, error) {
	name, err := c.Text(0)
	if err != nil {
		return nil, err
	}
	attributes, err := c.Struct(1)
	if err != nil {
		return nil, err
	}
	if err := m.set(new(T), attributes); err != nil {
		return nil, err
	}
	change := func(item *T) { m.set(item, attributes) } // which has just been tried
	return nil, m.list.Update(ctx, name, change, c.Who.Name())
}

// set gives item the attributes that it has; others are passed over.
func (m model[T]) set(item *T, attributes rpc.Struct) error {
	for _, a := range attributes {
		i := slices.IndexFunc(m.fields, func(f field[T]) bool { return f.name == a.Name })
		if i < 0 {
			continue
		}
		if err := m.fields[i].set(item, a.Value); err != nil {
			return err
		}
	}
	return nil
}
