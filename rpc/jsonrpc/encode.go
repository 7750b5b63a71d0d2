package jsonrpc

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"tracrpc/rpc"
)

// appendValue writes a value as Python's json.dumps does.
func appendValue(dst []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...)
	case string:
		return appendString(dst, v)
	case int:
		return strconv.AppendInt(dst, int64(v), 10)
	case bool:
		return strconv.AppendBool(dst, v)
	case time.Time:
		dst = append(dst, `{"__jsonclass__": ["datetime", "`...)
		dst = appendTime(dst, v)
		return append(dst, `"]}`...)
	case []any:
		return appendArray(dst, v)
	case rpc.Struct:
		return appendObject(dst, v)
	case float64:
		return appendFloat(dst, v)
	case []byte:
		dst = append(dst, `{"__jsonclass__": ["binary", "`...)
		dst = rpc.AppendBase64(dst, v, `\n`)
		return append(dst, `"]}`...)
	case []rpc.Outcome:
		return appendOutcomes(dst, v)
	case *big.Int:
		return v.Append(dst, 10)
	default:
		panic(fmt.Sprintf("jsonrpc: a value of type %T cannot travel", v))
	}
}

func appendArray(dst []byte, list []any) []byte {
	dst = append(dst, '[')
	for i, v := range list {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = appendValue(dst, v)
	}
	return append(dst, ']')
}

func appendObject(dst []byte, s rpc.Struct) []byte {
	dst = append(dst, '{')
	for i := range s {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = appendString(dst, s[i].Name)
		dst = append(dst, ": "...)
		dst = appendValue(dst, s[i].Value)
	}
	return append(dst, '}')
}

// appendOutcomes writes the answer of a multicall that was itself called in the
// way of XML-RPC, from inside another: so it is answered in that way.
func appendOutcomes(dst []byte, outcomes []rpc.Outcome) []byte {
	dst = append(dst, '[')
	for i, outcome := range outcomes {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		if outcome.Err != nil {
			f := told(outcome.Err)
			dst = append(dst, `{"faultCode": `...)
			dst = strconv.AppendInt(dst, int64(kinds[f.Kind].code), 10)
			dst = append(dst, `, "faultString": `...)
			dst = append(appendString(dst, f.Message), '}')
			continue
		}
		dst = append(dst, '[')
		dst = append(appendValue(dst, outcome.Value), ']')
	}
	return append(dst, ']')
}

// appendFloat writes a float; NaN and the infinities in JavaScript's words, which
// are no JSON but what Python sends.
func appendFloat(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	}
	return rpc.AppendFloat(dst, f)
}

// appendTime writes YYYY-MM-DDTHH:MM:SS, without a zone and in UTC.
func appendTime(dst []byte, t time.Time) []byte {
	t = t.UTC()
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	dst = appendDigits(appendDigits(dst, year/100), year%100)
	dst = appendDigits(append(dst, '-'), int(month))
	dst = appendDigits(append(dst, '-'), day)
	dst = appendDigits(append(dst, 'T'), hour)
	dst = appendDigits(append(dst, ':'), minute)
	return appendDigits(append(dst, ':'), second)
}

func appendDigits(dst []byte, n int) []byte {
	return append(dst, byte('0'+n/10%10), byte('0'+n%10))
}

// appendString writes a string in ASCII. What is no UTF-8 becomes U+FFFD.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if ' ' <= c && c <= '~' && c != '"' && c != '\\' {
			i++
			continue
		}
		dst = append(dst, s[start:i]...)
		r, size := rune(c), 1
		if c >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(s[i:])
		}
		dst = appendEscape(dst, r)
		i += size
		start = i
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}

func appendEscape(dst []byte, r rune) []byte {
	switch r {
	case '"', '\\':
		return append(dst, '\\', byte(r))
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	case '\b':
		return append(dst, `\b`...)
	case '\f':
		return append(dst, `\f`...)
	}
	if r > 0xFFFF {
		high, low := utf16.EncodeRune(r)
		return appendUnit(appendUnit(dst, high), low)
	}
	return appendUnit(dst, r)
}

// appendUnit writes the \u escape of a UTF-16 code unit.
func appendUnit(dst []byte, u rune) []byte {
	const digits = "0123456789abcdef"
	return append(dst, '\\', 'u', digits[u>>12&15], digits[u>>8&15], digits[u>>4&15], digits[u&15])
}
