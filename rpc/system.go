package rpc

import (
	"context"

	"tracrpc/auth"
	"tracrpc/fault"
)

// system are the methods that every registry has: the API speaking of itself.
func (g *Registry) system() []Method {
	return []Method{{
		Signature:  "array system.multicall(array signatures)",
		Permission: auth.XMLRPC,
		Help: "Makes several calls in one request. Over XML-RPC the argument is an array of structs " +
			"`{methodName, params}`; each element of the answer is an array of one value, or a struct with " +
			"`faultCode` and `faultString` for a call that failed. Over JSON-RPC the params are the calls " +
			"themselves, `{method, params, id}`, and the answer is a list of whole answers. A failed call " +
			"does not stop the ones after it.",
		Do: g.multicall,
	}, {
		Signature:  "array system.listMethods()",
		Permission: auth.XMLRPC,
		Help:       "The names of all methods, whether the caller may use them or not.",
		Do:         g.listMethods,
	}, {
		Signature:  "string system.methodHelp(string method)",
		Permission: auth.XMLRPC,
		Help:       "How a method is called, its signature first, and what it does, as wiki text.",
		Do:         g.methodHelp,
	}, {
		Signature:  "array system.methodSignature(string method)",
		Permission: auth.XMLRPC,
		Help: "The ways to call a method, each as one string: the type of the answer and the types of the " +
			"arguments, with commas between them.",
		Do: g.methodSignature,
	}, {
		Signature:  "array system.getAPIVersion()",
		Permission: auth.XMLRPC,
		Help: "The version of this API as three numbers: the epoch, which is 1 since Trac 0.11; the major " +
			"version, raised when something changes incompatibly; and the minor one.",
		Do: func(context.Context, *Call) (any, error) { return []any{1, 2, 0}, nil },
	}}
}

func (g *Registry) multicall(ctx context.Context, c *Call) (any, error) {
	list, ok := c.Params[0].([]any)
	if !ok {
		return []any{}, nil
	}
	caller := c.Caller
	caller.multicalls++
	m := MeterOf(ctx)
	if err := m.nests(caller.multicalls); err != nil {
		return nil, err
	}
	if err := m.addCalls(len(list)); err != nil {
		return nil, err
	}
	calls := make([]Invocation, len(list))
	for i, element := range list {
		calls[i] = invocation(element)
	}
	return g.CallAll(ctx, caller, calls), nil
}

// invocation reads one element of a multicall.
func invocation(element any) Invocation {
	s, ok := element.(Struct)
	if !ok {
		return Invocation{Err: fault.New(fault.BadCall, "a call must be a struct, not %s", TypeName(element))}
	}
	var in Invocation
	name, ok := s.Get("methodName")
	if !ok {
		return Invocation{Err: fault.New(fault.BadCall, "'methodName'")}
	}
	in.Method = Text(name)
	params, ok := s.Get("params")
	if !ok {
		in.Err = fault.New(fault.BadCall, "'params'")
		return in
	}
	in.Params, in.Err = Unpack(params)
	return in
}

func (g *Registry) listMethods(context.Context, *Call) (any, error) {
	names := make([]any, len(g.methods))
	for i, m := range g.methods {
		names[i] = m.Name()
	}
	return names, nil
}

func (g *Registry) methodHelp(_ context.Context, c *Call) (any, error) {
	m, err := g.named(c)
	if err != nil {
		return nil, err
	}
	return m.Signature + "\n\n" + m.Help, nil
}

func (g *Registry) methodSignature(_ context.Context, c *Call) (any, error) {
	m, err := g.named(c)
	if err != nil {
		return nil, err
	}
	rows := make([]any, len(m.Rows))
	for i, row := range m.Rows {
		rows[i] = row
	}
	return rows, nil
}

// named is the method that argument 0 names.
func (g *Registry) named(c *Call) (*Method, error) { return g.Method(Text(c.Params[0])) }
