package rpc

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Where the reference writes a value into a text it has Python do it: a method
// name that is a list is "['a']", a double on the wire is 1000.0. The clients see
// those texts, so they are written alike here.

// AppendFloat writes a float as Python's repr does: the shortest digits that read
// back as the same number, always with a point or an exponent.
func AppendFloat(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "nan"...)
	case math.IsInf(f, 1):
		return append(dst, "inf"...)
	case math.IsInf(f, -1):
		return append(dst, "-inf"...)
	}
	if size := math.Abs(f); size != 0 && (size < 1e-4 || size >= 1e16) {
		return strconv.AppendFloat(dst, f, 'e', -1, 64)
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, f, 'f', -1, 64)
	for _, c := range dst[start:] {
		if c == '.' {
			return dst
		}
	}
	return append(dst, ".0"...)
}

// Text is a value as text, as Python's str writes it.
func Text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []byte:
		return strings.ToValidUTF8(string(v), "\uFFFD")
	case time.Time:
		return string(appendTime(nil, v))
	default:
		return string(appendRepr(nil, v))
	}
}

// appendRepr writes a value as Python's repr does.
func appendRepr(dst []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, "None"...)
	case bool:
		if v {
			return append(dst, "True"...)
		}
		return append(dst, "False"...)
	case int:
		return strconv.AppendInt(dst, int64(v), 10)
	case *big.Int:
		return v.Append(dst, 10)
	case float64:
		return AppendFloat(dst, v)
	case string:
		return appendQuoted(dst, v)
	case []byte:
		return append(dst, "<Binary>"...)
	case time.Time:
		return append(appendTime(append(dst, "datetime("...), v), ')')
	case []any:
		return appendList(dst, v)
	case Struct:
		return appendDict(dst, v)
	default:
		return fmt.Appendf(dst, "<%T>", v)
	}
}

func appendList(dst []byte, list []any) []byte {
	dst = append(dst, '[')
	for i, element := range list {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = appendRepr(dst, element)
	}
	return append(dst, ']')
}

func appendDict(dst []byte, s Struct) []byte {
	dst = append(dst, '{')
	for i, member := range s {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = appendQuoted(dst, member.Name)
		dst = append(dst, ": "...)
		dst = appendRepr(dst, member.Value)
	}
	return append(dst, '}')
}

func appendTime(dst []byte, t time.Time) []byte {
	layout := "2006-01-02 15:04:05+00:00"
	if t.Nanosecond() >= 1000 {
		layout = "2006-01-02 15:04:05.000000+00:00"
	}
	return t.UTC().AppendFormat(dst, layout)
}

// appendQuoted writes a text in single quotes, or in double ones where that saves
// escapes.
func appendQuoted(dst []byte, s string) []byte {
	quote := '\''
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		quote = '"'
	}
	dst = append(dst, byte(quote))
	for _, r := range s {
		switch {
		case r == quote || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r == '\n':
			dst = append(dst, `\n`...)
		case r == '\r':
			dst = append(dst, `\r`...)
		case r == '\t':
			dst = append(dst, `\t`...)
		case unicode.IsPrint(r):
			dst = append(dst, string(r)...)
		case r < 0x100:
			dst = fmt.Appendf(dst, `\x%02x`, r)
		case r < 0x10000:
			dst = fmt.Appendf(dst, `\u%04x`, r)
		default:
			dst = fmt.Appendf(dst, `\U%08x`, r)
		}
	}
	return append(dst, byte(quote))
}
