package jsonrpc

import (
	"context"
	"math/big"
	"regexp"

	"tracrpc/fault"
	"tracrpc/rpc"
)

// form is what has to be remembered of a request to answer it.
type form struct {
	batch bool
	calls []callForm // one for each call of the request; empty when it could not be read
	// strict tells that a request that could not be read is JSON-RPC 2.0.
	strict bool
}

// callForm is how the answer to one call has to look.
type callForm struct {
	id     any
	strict bool // JSON-RPC 2.0
	silent bool // a notification
	ids    []any
	multi  bool // system.multicall, with ids as those of its calls
}

// silent tells that nothing is answered at all.
func (f form) silent() bool {
	for _, c := range f.calls {
		if !c.silent {
			return false
		}
	}
	return len(f.calls) > 0
}

// strictWords are how a body says that it is JSON-RPC 2.0, for when it cannot be
// read in any better way.
var strictWords = regexp.MustCompile(`"jsonrpc"\s*:\s*"2\.0"`)

// readWithin reads a body into the calls it asks for and the form of the answer.
func readWithin(ctx context.Context, body string, limits rpc.Limits) (rpc.Request, form) {
	v, halves, err := decodeWithin(ctx, body, limits)
	if err != nil {
		return rpc.Request{Err: err}, form{strict: strictWords.MatchString(body)}
	}
	if list, ok := v.([]any); ok && isBatch(list) {
		return readBatch(list)
	}
	s, ok := v.(rpc.Struct)
	if !ok {
		return rpc.Request{Err: fault.New(fault.Parse, "JSON object is not a dict")}, form{}
	}
	call, f, err := readCall(s)
	if halves && err == nil {
		call.Err = fault.New(fault.BadCall, "half a surrogate pair is no character")
	}
	if fault.Is(err, fault.Parse) && !f.strict {
		f = callForm{} // the reference forgets the id when it cannot read the params
	}
	request := rpc.Request{Err: err}
	if err == nil {
		request.Calls = []rpc.Invocation{call}
	}
	return request, form{calls: []callForm{f}}
}

func isBatch(list []any) bool {
	for _, v := range list {
		if s, ok := v.(rpc.Struct); ok && isStrict(s) {
			return true
		}
	}
	return false
}

func isStrict(s rpc.Struct) bool {
	version, _ := s.Get("jsonrpc")
	return version == "2.0"
}

func readBatch(list []any) (rpc.Request, form) {
	request := rpc.Request{Calls: make([]rpc.Invocation, len(list))}
	f := form{batch: true, calls: make([]callForm, len(list))}
	for i, v := range list {
		s, ok := v.(rpc.Struct)
		if !ok || !isStrict(s) {
			f.calls[i].strict = true
			request.Calls[i].Err = invalid("every request of a batch is an object with jsonrpc 2.0")
			continue
		}
		var err error
		request.Calls[i], f.calls[i], err = readStrict(s)
		request.Calls[i].Err = err
	}
	return request, f
}

// readCall reads one request object.
func readCall(s rpc.Struct) (rpc.Invocation, callForm, error) {
	if isStrict(s) {
		return readStrict(s)
	}
	f := callForm{}
	f.id, _ = s.Get("id")
	var call rpc.Invocation
	method, _ := s.Get("method")
	if method == nil {
		return call, f, fault.New(fault.NoName, "Missing method name")
	}
	call.Method = rpc.Text(method)
	params, given := s.Get("params")
	if call.Method == multicall {
		if !given {
			params = []any{}
		}
		var err error
		call.Params, err = f.readMulticall(params)
		return call, f, err
	}
	call.Params, call.Err = rpc.Unpack(params)
	return call, f, nil
}

// invalid is the fault for what JSON-RPC 2.0 calls no valid request. It has the
// kind of a missing name, which is the same to the specification.
func invalid(what string) error {
	return fault.New(fault.NoName, "Invalid request: %s", what)
}

// readStrict reads a request object of JSON-RPC 2.0.
func readStrict(s rpc.Struct) (rpc.Invocation, callForm, error) {
	f := callForm{strict: true}
	var call rpc.Invocation
	id, given := s.Get("id")
	switch id.(type) {
	case nil, string, int, *big.Int, float64:
		f.id = id
	default:
		return call, f, invalid("the id is neither a string, nor a number, nor null")
	}
	method, _ := s.Get("method")
	var ok bool
	if call.Method, ok = method.(string); !ok {
		return call, f, invalid("the method is no string")
	}
	params, _ := s.Get("params")
	var err error
	switch v := params.(type) {
	case nil:
	case []any:
		call.Params = v
		if call.Method == multicall {
			call.Params, err = f.readMulticall(params)
		}
	case rpc.Struct:
		call.Named = v
	default:
		return call, f, invalid("the params are neither an array nor an object")
	}
	f.silent = !given && err == nil
	return call, f, err
}

const multicall = "system.multicall"

// readMulticall makes the one argument that the registry knows from the calls
// that are the params, and remembers their ids.
func (f *callForm) readMulticall(params any) ([]any, error) {
	list, err := iterated(params)
	if err != nil {
		return nil, err
	}
	f.multi = true
	f.ids = make([]any, len(list))
	calls := make([]any, len(list))
	for i, v := range list {
		s, ok := v.(rpc.Struct)
		if !ok {
			return nil, fault.New(fault.Parse, "a call in %s must be an object, not %s", multicall, rpc.TypeName(v))
		}
		f.ids[i], _ = s.Get("id")
		calls[i] = inner(s)
	}
	return []any{calls}, nil
}

// iterated is what Python finds in params when it goes through them. Unlike in
// other calls, null, false and 0 are nothing to go through.
func iterated(params any) ([]any, error) {
	switch params.(type) {
	case []any, rpc.Struct, string:
		return rpc.Unpack(params)
	}
	return nil, fault.New(fault.Parse, "the params of %s must be an array, not %s", multicall, rpc.TypeName(params))
}

// inner is one call of a multicall, as it would come by XML-RPC.
func inner(s rpc.Struct) rpc.Struct {
	method, given := s.Get("method")
	if !given {
		method = ""
	}
	call := rpc.Struct{{Name: "methodName", Value: method}}
	if params, given := s.Get("params"); given {
		call = append(call, rpc.Member{Name: "params", Value: params})
	}
	return call
}
