package rpc

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"

	"tracrpc/auth"
	"tracrpc/fault"
)

// Registry is the table of methods, and the only place that calls them. It
// recovers panics and logs internal errors, so that one broken call never spoils
// the others of a multicall. It is safe for concurrent use.
type Registry struct {
	log     *slog.Logger
	methods []*Method
	byName  map[string]*Method
}

// NewRegistry makes a registry of system.* and methods, in that order. A
// malformed or doubled row is an error.
func NewRegistry(log *slog.Logger, methods ...Method) (*Registry, error) {
	g := &Registry{log: log, byName: map[string]*Method{}}
	for _, m := range slices.Concat(g.system(), methods) {
		if err := g.add(m); err != nil {
			return nil, err
		}
	}
	return g, nil
}

func (g *Registry) add(m Method) error {
	signature, err := ParseSignature(m.Signature)
	if err != nil {
		return err
	}
	m.signature = signature
	if m.Rows == nil {
		m.Rows = signature.Rows()
	}
	if m.Do == nil || m.Help == "" {
		return fmt.Errorf("method %s: needs Do and Help", m.Name())
	}
	if g.byName[m.Name()] != nil {
		return fmt.Errorf("method %s: there are two of it", m.Name())
	}
	g.methods = append(g.methods, &m)
	g.byName[m.Name()] = &m
	return nil
}

// Methods are all methods in the order of their rows. They are not to be changed.
func (g *Registry) Methods() []*Method { return g.methods }

// Method finds a method by its whole name; a NoMethod fault when there is none.
func (g *Registry) Method(name string) (*Method, error) {
	if m := g.byName[name]; m != nil {
		return m, nil
	}
	return nil, fault.New(fault.NoMethod, `RPC method "%s" not found`, name)
}

// Call makes one call: finds the method, checks its permission and the number of
// arguments, and runs it. The error is always a fault. A method without a result
// answers int 0, as the reference does.
func (g *Registry) Call(ctx context.Context, caller Caller, name string, params []any) (any, error) {
	call, err := g.admit(ctx, caller, name, params)
	if err != nil {
		return nil, g.told(ctx, caller, name, err)
	}
	value, err := g.do(ctx, call)
	return value, g.told(ctx, caller, name, err)
}

// CallAll makes calls in their order and answers each. Neighbouring calls of
// methods that can answer many at once are answered together. When the answer is
// as large as it may be, no further call is made.
func (g *Registry) CallAll(ctx context.Context, caller Caller, calls []Invocation) []Outcome {
	outcomes := make([]Outcome, len(calls))
	meter := MeterOf(ctx)
	var waiting batches
	var full error
	for i, in := range calls {
		outcomes[i].Method = in.Method
		if full != nil || in.Err != nil {
			outcomes[i].Err = cmp.Or(in.Err, full)
			continue
		}
		call, err := g.admit(ctx, caller, in.Method, in.Params)
		if err != nil {
			outcomes[i].Err = g.told(ctx, caller, in.Method, err)
			continue
		}
		if call.Method.Batch != nil {
			if waiting.add(i, call); waiting.n < batchSize {
				continue
			}
			full = g.answer(ctx, &waiting, outcomes)
			continue
		}
		if full = g.answer(ctx, &waiting, outcomes); full != nil {
			outcomes[i].Err = full
			continue
		}
		value, err := g.do(ctx, call)
		outcomes[i].Value, outcomes[i].Err = value, g.told(ctx, caller, in.Method, err)
		full = meter.spend(ctx, value)
	}
	g.answer(ctx, &waiting, outcomes) // and then there are no calls left to refuse
	return outcomes
}

// batchSize is how many calls are answered together at most: more would not make
// each of them cheaper.
const batchSize = 128

// admit checks what can be known before a method runs.
func (g *Registry) admit(ctx context.Context, caller Caller, name string, params []any) (*Call, error) {
	m, err := g.Method(name)
	if err != nil {
		return nil, err
	}
	if !caller.Who.MayCall(name) {
		return nil, fault.New(fault.Forbidden, "The token that you logged in with is not for %s.", name)
	}
	if m.Permission != "" && m.Permission != auth.XMLRPC {
		if err := caller.Who.Require(ctx, m.Permission, auth.Resource{}); err != nil {
			return nil, err
		}
	}
	if n := len(params); n < m.signature.Minimum || n > len(m.signature.Args) {
		return nil, fault.New(fault.BadCall, "%s() takes %s (%d given)", name, m.signature.arity(), n)
	}
	return &Call{Caller: caller, Method: m, Params: params}, nil
}

func (g *Registry) do(ctx context.Context, call *Call) (value any, err error) {
	defer func() {
		if broken := recover(); broken != nil {
			value, err = nil, fmt.Errorf("panic: %v\n%s", broken, debug.Stack())
		}
	}()
	value, err = call.Method.Do(ctx, call)
	if value == nil {
		value = 0
	}
	return value, err
}

// told is what the caller is told of err: faults as they are; anything else is
// logged here, and becomes a fault that says nothing of our insides.
func (g *Registry) told(ctx context.Context, caller Caller, name string, err error) error {
	if err == nil {
		return nil
	}
	if f := fault.Of(err); f != nil {
		return f
	}
	if ctx.Err() != nil {
		return fault.New(fault.Internal, "The call was given up before it was answered.")
	}
	g.log.ErrorContext(ctx, "call failed", "method", name, "user", caller.Who.Name(), "err", err)
	return fault.New(fault.Internal, "The server could not carry out the call; its log says why.")
}

// batches collects calls of the same method that wait to be answered together.
type batches struct {
	methods []*Method
	calls   map[*Method][]*Call
	places  map[*Method][]int
	n       int
}

func (b *batches) add(place int, call *Call) {
	b.n++
	if b.calls == nil {
		b.calls, b.places = map[*Method][]*Call{}, map[*Method][]int{}
	}
	m := call.Method
	if b.calls[m] == nil {
		b.methods = append(b.methods, m)
	}
	b.calls[m] = append(b.calls[m], call)
	b.places[m] = append(b.places[m], place)
}

// answer answers whatever waits, and empties it. Its error is a fault for the
// calls after those.
func (g *Registry) answer(ctx context.Context, b *batches, outcomes []Outcome) (full error) {
	for _, m := range b.methods {
		calls := b.calls[m]
		results := g.doBatch(ctx, m, calls)
		for i, place := range b.places[m] {
			value := results[i].Value
			if value == nil {
				value = 0
			}
			outcomes[place].Value = value
			outcomes[place].Err = g.told(ctx, calls[i].Caller, m.Name(), results[i].Err)
			full = cmp.Or(MeterOf(ctx).spend(ctx, value), full)
		}
	}
	*b = batches{}
	return full
}

func (g *Registry) doBatch(ctx context.Context, m *Method, calls []*Call) (results []Outcome) {
	defer func() {
		if broken := recover(); broken != nil {
			results = make([]Outcome, len(calls))
			for i := range results {
				results[i].Err = fmt.Errorf("panic: %v\n%s", broken, debug.Stack())
			}
		}
	}()
	if len(calls) == 1 {
		value, err := g.do(ctx, calls[0])
		return []Outcome{{Value: value, Err: err}}
	}
	results = m.Batch(ctx, calls)
	if len(results) != len(calls) {
		panic(fmt.Sprintf("%s: %d outcomes for %d calls", m.Name(), len(results), len(calls)))
	}
	return results
}

func (s Signature) arity() string {
	switch most := len(s.Args); {
	case most == 0:
		return "no arguments"
	case s.Minimum == most && most == 1:
		return "1 argument"
	case s.Minimum == most:
		return fmt.Sprintf("%d arguments", most)
	default:
		return fmt.Sprintf("%d to %d arguments", s.Minimum, most)
	}
}
