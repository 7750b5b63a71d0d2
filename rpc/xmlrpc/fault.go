package xmlrpc

import (
	"tracrpc/fault"
	"tracrpc/rpc"
)

// codes are the faultCodes of the kinds of faults.
var codes = map[fault.Kind]int{
	fault.Invalid:   1,
	fault.NotFound:  404,
	fault.Forbidden: 403,
	fault.BadCall:   1,
	fault.NoMethod:  -32601,
	fault.NoName:    1,
	fault.Parse:     -32700,
	fault.TooLarge:  -32700,
	fault.Internal:  1,
}

// told is the fault that err is; an error that is none tells nothing of itself.
func told(err error) *fault.Error {
	if f := fault.Of(err); f != nil {
		return f
	}
	return fault.New(fault.Internal, "The server could not carry out the call.")
}

// faultString is a fault's text: faults of code 1 name the method too.
func faultString(f *fault.Error, method string) string {
	if codes[f.Kind] != 1 {
		return f.Message
	}
	if method == "" {
		method = "None"
	}
	return "'" + f.Message + "' while executing '" + method + "()'"
}

// inMulticall is a failed element of a multicall. The reference writes the
// attributes of its exception, which some clients read; the others find there
// what XML-RPC's multicalls have everywhere else.
func inMulticall(outcome rpc.Outcome) rpc.Struct {
	f := told(outcome.Err)
	return rpc.Struct{
		{Name: "faultCode", Value: codes[f.Kind]},
		{Name: "faultString", Value: faultString(f, outcome.Method)},
		{Name: "_message", Value: f.Message},
		{Name: "title", Value: f.Title},
		{Name: "show_traceback", Value: false},
	}
}
