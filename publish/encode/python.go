package encode

import (
	"strconv"
	"time"
	"unicode/utf8"
)

// member is one of a JSON object. Its value is nil, a string, *string, bool, int,
// int64, float64, object or array. A float64 is a time in seconds, and written
// with microseconds.
type member struct {
	name  string
	value any
}

type object []member

type array []any

// style is how JSON is written.
type style struct {
	comma, colon string
	text         func(b []byte, text string) []byte
}

// python is how Python's json.dumps writes it: ASCII only, with a space after
// each comma and colon.
var python = style{comma: ", ", colon: ": ", text: appendPythonText}

func appendPython(b []byte, value any) []byte { return python.append(b, value) }

func (s style) append(b []byte, value any) []byte {
	switch v := value.(type) {
	case string:
		return s.text(b, v)
	case *string:
		if v != nil {
			return s.text(b, *v)
		}
	case int:
		return strconv.AppendInt(b, int64(v), 10)
	case int64:
		return strconv.AppendInt(b, v, 10)
	case bool:
		return strconv.AppendBool(b, v)
	case float64:
		return strconv.AppendFloat(b, v, 'f', 6, 64)
	case object:
		b = append(b, '{')
		for i, m := range v {
			if i > 0 {
				b = append(b, s.comma...)
			}
			b = s.text(b, m.name)
			b = append(b, s.colon...)
			b = s.append(b, m.value)
		}
		return append(b, '}')
	case array:
		b = append(b, '[')
		for i, item := range v {
			if i > 0 {
				b = append(b, s.comma...)
			}
			b = s.append(b, item)
		}
		return append(b, ']')
	}
	return append(b, "null"...)
}

const hexDigits = "0123456789abcdef"

func appendPythonText(b []byte, text string) []byte {
	b = append(b, '"')
	for i := 0; i < len(text); {
		c := text[i]
		if ' ' <= c && c <= '~' && c != '"' && c != '\\' {
			b = append(b, c)
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		i += size
		b = appendEscape(b, r)
	}
	return append(b, '"')
}

func appendEscape(b []byte, r rune) []byte {
	switch r {
	case '"', '\\':
		return append(b, '\\', byte(r))
	case '\n':
		return append(b, `\n`...)
	case '\r':
		return append(b, `\r`...)
	case '\t':
		return append(b, `\t`...)
	case '\b':
		return append(b, `\b`...)
	case '\f':
		return append(b, `\f`...)
	}
	if r >= 0x10000 {
		r -= 0x10000
		return appendUnit(appendUnit(b, 0xd800+r>>10), 0xdc00+r&0x3ff)
	}
	return appendUnit(b, r)
}

func appendUnit(b []byte, u rune) []byte {
	return append(b, '\\', 'u', hexDigits[u>>12&15], hexDigits[u>>8&15], hexDigits[u>>4&15], hexDigits[u&15])
}

// isoformat is a time in microseconds as Python's datetime.isoformat writes it in
// UTC: without a fraction when there is none.
func isoformat(micro int64) string {
	t := time.UnixMicro(micro).UTC()
	if micro%1e6 == 0 {
		return t.Format("2006-01-02T15:04:05+00:00")
	}
	return t.Format("2006-01-02T15:04:05.000000+00:00")
}
