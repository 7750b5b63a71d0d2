package xmlrpc

import (
	"context"

	"tracrpc/rpc"
)

// parse reads a request within the limits that a server has by default.
func parse(body string) (rpc.Invocation, error) {
	return parseWithin(context.Background(), body, rpc.DefaultLimits())
}
