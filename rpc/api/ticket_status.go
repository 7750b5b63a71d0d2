package api

import (
	"context"

	"tracrpc/environment"
	"tracrpc/rpc"
)

// statusMethods are for reading only: the workflow alone has the states.
func statusMethods(env *environment.Environment) []rpc.Method {
	nothing := func(context.Context, *rpc.Call) (any, error) { return 0, nil }
	const help = "Does nothing and answers 0: the states of tickets are those of the workflow."
	return []rpc.Method{{
		Signature:  "array ticket.status.getAll()",
		Permission: viewLists,
		Help:       "The states that the workflow knows.",
		Do:         func(context.Context, *rpc.Call) (any, error) { return texts(env.Tickets.Statuses()), nil },
	}, {
		Signature:  "struct ticket.status.get(string name)",
		Permission: viewLists,
		Help:       "Always \"0\": states have no order.",
		Do:         func(context.Context, *rpc.Call) (any, error) { return "0", nil },
	}, {
		Signature: "int ticket.status.delete(string name)", Permission: changeLists, Help: help, Do: nothing,
	}, {
		Signature: "int ticket.status.create(string name, struct attributes)", Permission: changeLists, Help: help, Do: nothing,
	}, {
		Signature: "int ticket.status.update(string name, struct attributes)", Permission: changeLists, Help: help, Do: nothing,
	}}
}

func texts(names []string) []any {
	values := make([]any, len(names))
	for i, name := range names {
		values[i] = name
	}
	return values
}
