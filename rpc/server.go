package rpc

import (
	"context"
	"fmt"
	"net/http"

	gorilla "github.com/gorilla/rpc/v2"

	"tracrpc/auth"
	"tracrpc/fault"
)

// gorilla/rpc does what it is good at: it takes a POST, has a codec decode it,
// calls a method and has the codec encode the answer. What it cannot do is to
// dispatch names like ticket.component.getAll, which are neither Service.Method
// nor one dot long. So it knows one method, tracrpc.Call, whose argument carries
// the wire's own names; the registry does the rest.

const onlyMethod = "tracrpc.Call"

// newServer makes the gorilla server of one protocol.
func newServer(g *Registry, p Protocol) (*gorilla.Server, error) {
	s := gorilla.NewServer()
	s.RegisterCodec(renaming{p.Codec}, p.Name)
	if err := s.RegisterService(&service{g}, "tracrpc"); err != nil {
		return nil, fmt.Errorf("protocol %s: %w", p.Name, err)
	}
	return s, nil
}

// renaming decorates a codec so that every request is one for the only method.
type renaming struct{ gorilla.Codec }

func (c renaming) NewRequest(r *http.Request) gorilla.CodecRequest {
	return renamed{c.Codec.NewRequest(r)}
}

type renamed struct{ gorilla.CodecRequest }

func (renamed) Method() (string, error) { return onlyMethod, nil }

// service is the receiver that gorilla/rpc sees.
type service struct{ registry *Registry }

// Call makes the calls of one request. It never fails: what went wrong is in the
// response.
func (s *service) Call(r *http.Request, request *Request, response *Response) error {
	ctx := r.Context()
	caller, _ := ctx.Value(callerKey{}).(Caller)
	response.Outcomes = s.outcomes(ctx, caller, request)
	return nil
}

// outcomes keeps the reference's order of checks: a body that cannot be read
// comes before a missing permission, and that before everything else.
func (s *service) outcomes(ctx context.Context, caller Caller, request *Request) []Outcome {
	unreadable := request.Err != nil && !fault.Is(request.Err, fault.NoName)
	if unreadable {
		return []Outcome{{Err: request.Err}}
	}
	if err := caller.Who.Require(ctx, auth.XMLRPC, auth.Resource{}); err != nil {
		return refused(request, s.registry.told(ctx, caller, "", err))
	}
	if request.Err != nil {
		return []Outcome{{Err: request.Err}}
	}
	if err := MeterOf(ctx).addCalls(len(request.Calls)); err != nil {
		return refused(request, err)
	}
	s.registry.arrange(request.Calls)
	if len(request.Calls) == 1 && request.Calls[0].Err == nil {
		in := request.Calls[0]
		value, err := s.registry.Call(ctx, caller, in.Method, in.Params)
		return []Outcome{{Method: in.Method, Value: value, Err: err}}
	}
	return s.registry.CallAll(ctx, caller, request.Calls)
}

// refused answers every call of a request with the same fault.
func refused(request *Request, err error) []Outcome {
	outcomes := make([]Outcome, max(1, len(request.Calls)))
	for i := range outcomes {
		outcomes[i].Err = err
		if i < len(request.Calls) {
			outcomes[i].Method = request.Calls[i].Method
		}
	}
	return outcomes
}

type callerKey struct{}

func withCaller(ctx context.Context, caller Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, caller)
}
