package rpc

import (
	"fmt"
	"math/big"
	"strconv"
	"time"
	"unicode/utf8"

	"tracrpc/fault"
)

// The reference is duck-typed: it takes 1, "1", 1.0 and true for the same id,
// and fails deep inside where a value does not fit. These accessors take what it
// takes, and answer with a fault of kind BadCall where it would fail.

// Given tells whether argument i was sent and is not nil.
func (c *Call) Given(i int) bool { return i < len(c.Params) && c.Params[i] != nil }

// Arg is argument i; nil when it was not sent.
func (c *Call) Arg(i int) any {
	if i < len(c.Params) {
		return c.Params[i]
	}
	return nil
}

func (c *Call) mismatch(i int) error {
	arg := c.Method.signature.Args[i]
	return fault.New(fault.BadCall, "argument '%s' of %s() must be %s, not %s",
		arg.Name, c.Method.Name(), arg.Type, TypeName(c.Params[i]))
}

// String is argument i as text; "" when it was not sent or is nil.
func (c *Call) String(i int) (string, error) {
	switch v := c.Arg(i).(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	default:
		return "", c.mismatch(i)
	}
}

// Text is argument i as text, where the reference takes more than strings:
// numbers by their digits, true as "1", binary as the text it holds. It is ""
// when the argument was not sent or is nil.
func (c *Call) Text(i int) (string, error) {
	if text, ok := Stored(c.Arg(i)); ok {
		return text, nil
	}
	return "", c.mismatch(i)
}

// Stored is a value as Call.Text has it, which is how the reference's database
// keeps it in a column of text; false for what it cannot keep.
func Stored(v any) (string, bool) {
	switch v := v.(type) {
	case nil:
		return "", true
	case string:
		return v, true
	case int:
		return strconv.Itoa(v), true
	case bool:
		if v {
			return "1", true
		}
		return "0", true
	case float64:
		return string(AppendFloat(nil, v)), true
	case []byte:
		return string(v), utf8.Valid(v)
	default:
		return "", false
	}
}

// Struct is argument i as a struct; nil when it was not sent. An empty array,
// which PHP sends for an empty struct, and false are taken for an empty struct.
func (c *Call) Struct(i int) (Struct, error) {
	switch v := c.Arg(i).(type) {
	case nil:
		return nil, nil
	case Struct:
		return v, nil
	case []any:
		if len(v) == 0 {
			return nil, nil
		}
	case bool:
		if !v {
			return nil, nil
		}
	}
	return nil, c.mismatch(i)
}

// Array is argument i as an array; nil when it was not sent.
func (c *Call) Array(i int) ([]any, error) {
	switch v := c.Arg(i).(type) {
	case nil:
		return nil, nil
	case []any:
		return v, nil
	default:
		return nil, c.mismatch(i)
	}
}

// Binary is argument i as bytes.
func (c *Call) Binary(i int) ([]byte, error) {
	if v, ok := c.Arg(i).([]byte); ok {
		return v, nil
	}
	return nil, c.mismatch(i)
}

// Time is argument i as a time; the zero time when it was not sent or is one of
// the values that stand for "not given": nil, 0, false, "".
func (c *Call) Time(i int) (time.Time, error) {
	v := c.Arg(i)
	if t, ok := v.(time.Time); ok {
		return t, nil
	}
	if !Truth(v) {
		return time.Time{}, nil
	}
	return time.Time{}, c.mismatch(i)
}

// Bool is the truth of argument i, or otherwise when it was not sent.
func (c *Call) Bool(i int, otherwise bool) bool {
	if i >= len(c.Params) {
		return otherwise
	}
	return Truth(c.Params[i])
}

// Truth is Python's idea of it: nil, zero and whatever is empty are false.
func Truth(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case bool:
		return v
	case int:
		return v != 0
	case *big.Int:
		return v.Sign() != 0
	case float64:
		return v != 0
	case string:
		return v != ""
	case []byte:
		return len(v) > 0
	case []any:
		return len(v) > 0
	case Struct:
		return len(v) > 0
	default:
		return true
	}
}

// TypeName is the API's word for a value's type.
func TypeName(v any) string {
	switch v.(type) {
	case nil:
		return "nil"
	case bool:
		return "boolean"
	case int, *big.Int:
		return "int"
	case float64:
		return "double"
	case string:
		return "string"
	case time.Time:
		return "DateTime"
	case []byte:
		return "Binary"
	case []any, []Outcome:
		return "array"
	case Struct:
		return "struct"
	default:
		return fmt.Sprintf("%T", v)
	}
}
