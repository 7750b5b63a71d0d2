package api

import (
	"context"

	"tracrpc/environment"
	"tracrpc/rpc"
)

// Query is the method that finds tickets.
func Query(env *environment.Environment) []rpc.Method {
	return []rpc.Method{{
		Signature: `array ticket.query(string qstr="status!=closed")`,
		Asks:      "TICKET_VIEW per ticket; other tickets are left out",
		Help: "The ids of the tickets that a query finds, in [TracQuery#QueryLanguage Trac's query language]. " +
			"There are as many on a page as `[query] items_per_page` says; `max=n` says otherwise, `max=0` is all of " +
			"them, and `page=n` is another page than the first.",
		Do: func(ctx context.Context, c *rpc.Call) (any, error) {
			text := "status!=closed"
			if len(c.Params) > 0 {
				var err error
				if text, err = c.String(0); err != nil {
					return nil, err
				}
			}
			ids, err := env.Tickets.Query(ctx, c.Who, text)
			if err != nil {
				return nil, err
			}
			values := make([]any, len(ids))
			for i, id := range ids {
				values[i] = id
			}
			return values, nil
		},
	}}
}
