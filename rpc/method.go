package rpc

import (
	"context"

	"tracrpc/auth"
)

// Method is one row of the API.
type Method struct {
	// Signature is the line that system.methodHelp prints. Name, number of
	// arguments, types, defaults and system.methodSignature are read from it.
	Signature string
	// Rows overrides what system.methodSignature answers, where the reference
	// declares other rows than its signature has.
	Rows []string
	// Permission is needed to call the method at all; "" leaves the check to Do.
	Permission auth.Permission
	// Asks says in words which permission Do itself checks, for the docs.
	Asks string
	// Help is wiki text.
	Help string
	// Do makes the call. Its errors are faults; any other error is logged and the
	// caller told that something broke.
	Do func(ctx context.Context, c *Call) (any, error)
	// Batch, when set, answers several calls of this method at once, so that a
	// multicall of a hundred needs no hundred queries. It may only read.
	// Outcome i answers call i; calls have the right number of arguments.
	Batch func(ctx context.Context, calls []*Call) []Outcome

	signature Signature
}

// Name is the method's dotted name.
func (m *Method) Name() string { return m.signature.Name }

// Caller is who calls, and from where: the same for all calls of a request.
type Caller struct {
	Who     auth.Principal
	BaseURL string // of the environment, without a slash at its end: "http://host/prefix"
	Remote  string // the client's IP address

	multicalls int // inside how many multicalls this is
}

// Call is one call of a method: as many arguments as were sent, which are
// between the method's minimum and its maximum.
type Call struct {
	Caller
	Method *Method
	Params []any
}
