package api

import (
	"math"
	"strconv"
	"strings"

	"tracrpc/rpc"
	"tracrpc/ticket"
)

// ticketNumber is an argument as the id of a ticket, in the ways that the
// reference takes one: 5, "5", 5.0 and true for 1. What cannot be an id is of a
// ticket that does not exist.
func ticketNumber(v any) (int, error) {
	if id, ok := wholeNumber(v); ok && 0 < id && id <= 1<<31 {
		return id, nil
	}
	return 0, ticket.NotFound(rpc.Text(v))
}

// wholeNumber reads a number as Python's int does.
func wholeNumber(v any) (int, bool) {
	switch v := v.(type) {
	case int:
		return v, true
	case bool:
		if v {
			return 1, true
		}
		return 0, true
	case float64:
		return int(v), math.Abs(v) < 1<<53
	case string:
		text := strings.TrimSpace(v)
		if strings.HasPrefix(text, "_") || strings.HasSuffix(text, "_") || strings.Contains(text, "__") {
			return 0, false
		}
		n, err := strconv.Atoi(strings.ReplaceAll(text, "_", ""))
		return n, err == nil
	default:
		return 0, false
	}
}
