package jsonrpc

import (
	"context"

	"tracrpc/rpc"
)

// decode reads a value within the limits that a server has by default.
func decode(body string) (v any, halves bool, err error) {
	return decodeWithin(context.Background(), body, rpc.DefaultLimits())
}

// read reads a request within the same limits.
func read(body string) (rpc.Request, form) {
	return readWithin(context.Background(), body, rpc.DefaultLimits())
}
