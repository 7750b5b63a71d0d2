package jsonrpc

import (
	"time"

	"tracrpc/fault"
	"tracrpc/rpc"
)

// hint is the member that makes a date or bytes of an object.
const hint = "__jsonclass__"

// special is what an object stands for: itself, unless hint is its only member.
func special(s rpc.Struct) (any, error) {
	if len(s) != 1 || s[0].Name != hint {
		return s, nil
	}
	pair, _ := s[0].Value.([]any)
	if len(pair) != 2 {
		return nil, fault.New(fault.Parse, "%s needs an array of a type and a text", hint)
	}
	text, isText := pair[1].(string)
	switch pair[0] {
	case "datetime":
		if t, ok := dateTime(text); ok {
			return t, nil
		}
		return nil, fault.New(fault.Parse, "Invalid datetime string (%s)", rpc.Text(pair[1]))
	case "binary":
		if data, err := rpc.DecodeBase64(text); err == nil && isText {
			return data, nil
		}
		return nil, fault.New(fault.Parse, "Invalid base64 string")
	default:
		return nil, fault.New(fault.Parse, "Unknown %s: %s", hint, rpc.Text(pair[0]))
	}
}

// dateTime reads YYYY-MM-DDTHH:MM:SS, in UTC, with or without a fraction. Where a
// zone follows it counts, although the reference takes no notice of it: PHP's
// clients send +00:00.
func dateTime(text string) (time.Time, bool) {
	t, err := time.Parse("2006-01-02T15:04:05", text)
	if err != nil {
		t, err = time.Parse("2006-01-02T15:04:05Z07:00", text)
	}
	t = t.UTC().Truncate(time.Microsecond)
	return t, err == nil && 0 < t.Year() && t.Year() < 10000
}
