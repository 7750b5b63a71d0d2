package xmlrpc

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"time"
	"unicode/utf8"

	"tracrpc/rpc"
)

const declaration = "<?xml version='1.0'?>\n"

// appendResponse writes a whole methodResponse. Pieces of a long one go to out,
// unless that is nil.
func appendResponse(dst []byte, outcome rpc.Outcome, out *rpc.Answer) []byte {
	dst = append(dst, declaration+"<methodResponse>\n"...)
	if outcome.Err != nil {
		dst = append(dst, "<fault>\n"...)
		dst = appendFault(dst, outcome)
		return append(dst, "</fault>\n</methodResponse>\n"...)
	}
	dst = append(dst, "<params>\n<param>\n"...)
	if outcomes, many := outcome.Value.([]rpc.Outcome); many {
		dst = appendOutcomes(dst, outcomes, out)
	} else {
		dst = appendValue(dst, outcome.Value)
	}
	return append(dst, "</param>\n</params>\n</methodResponse>\n"...)
}

func appendFault(dst []byte, outcome rpc.Outcome) []byte {
	f := told(outcome.Err)
	dst = append(dst, "<value><struct>\n"...)
	dst = appendMember(dst, "faultCode", codes[f.Kind])
	dst = appendMember(dst, "faultString", faultString(f, outcome.Method))
	return append(dst, "</struct></value>\n"...)
}

// appendValue writes one <value> and the newline after it.
func appendValue(dst []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return appendString(dst, "")
	case string:
		return appendString(dst, v)
	case int:
		return appendInt(dst, v)
	case bool:
		if v {
			return append(dst, "<value><boolean>1</boolean></value>\n"...)
		}
		return append(dst, "<value><boolean>0</boolean></value>\n"...)
	case time.Time:
		dst = append(dst, "<value><dateTime.iso8601>"...)
		dst = appendTime(dst, v)
		return append(dst, "</dateTime.iso8601></value>\n"...)
	case []any:
		return appendArray(dst, v)
	case rpc.Struct:
		return appendStruct(dst, v)
	case float64:
		dst = append(dst, "<value><double>"...)
		dst = rpc.AppendFloat(dst, v)
		return append(dst, "</double></value>\n"...)
	case []byte:
		dst = append(dst, "<value><base64>\n"...)
		dst = rpc.AppendBase64(dst, v, "\n")
		return append(dst, "</base64></value>\n"...)
	case []rpc.Outcome:
		return appendOutcomes(dst, v, nil)
	case *big.Int:
		dst = append(dst, "<value><i8>"...)
		dst = v.Append(dst, 10)
		return append(dst, "</i8></value>\n"...)
	default:
		panic(fmt.Sprintf("xmlrpc: a value of type %T cannot travel", v))
	}
}

func appendString(dst []byte, s string) []byte {
	dst = append(dst, "<value><string>"...)
	dst = appendText(dst, s)
	return append(dst, "</string></value>\n"...)
}

// appendInt writes an int; one that needs more than the 32 bits of XML-RPC's int
// is an i8, so that no client takes it for another number.
func appendInt(dst []byte, i int) []byte {
	if i < math.MinInt32 || i > math.MaxInt32 {
		dst = append(dst, "<value><i8>"...)
		dst = strconv.AppendInt(dst, int64(i), 10)
		return append(dst, "</i8></value>\n"...)
	}
	dst = append(dst, "<value><int>"...)
	dst = strconv.AppendInt(dst, int64(i), 10)
	return append(dst, "</int></value>\n"...)
}

func appendArray(dst []byte, list []any) []byte {
	dst = append(dst, "<value><array><data>\n"...)
	for _, v := range list {
		dst = appendValue(dst, v)
	}
	return append(dst, "</data></array></value>\n"...)
}

func appendStruct(dst []byte, s rpc.Struct) []byte {
	dst = append(dst, "<value><struct>\n"...)
	for i := range s {
		dst = appendMember(dst, s[i].Name, s[i].Value)
	}
	return append(dst, "</struct></value>\n"...)
}

func appendMember(dst []byte, name string, value any) []byte {
	dst = append(dst, "<member>\n<name>"...)
	dst = appendText(dst, name)
	dst = append(dst, "</name>\n"...)
	dst = appendValue(dst, value)
	return append(dst, "</member>\n"...)
}

// appendOutcomes writes the answer of a multicall: an array of one value for each
// call that succeeded. When it sends pieces, it forgets
// what it has written.
func appendOutcomes(dst []byte, outcomes []rpc.Outcome, out *rpc.Answer) []byte {
	dst = append(dst, "<value><array><data>\n"...)
	for i, outcome := range outcomes {
		dst = out.Piece(dst)
		if out != nil {
			outcomes[i].Value = nil
		}
		if outcome.Err != nil {
			dst = appendStruct(dst, inMulticall(outcome))
			continue
		}
		dst = append(dst, "<value><array><data>\n"...)
		dst = appendValue(dst, outcome.Value)
		dst = append(dst, "</data></array></value>\n"...)
	}
	return append(dst, "</data></array></value>\n"...)
}

// appendTime writes YYYYMMDDTHH:MM:SS, without a zone and in UTC.
func appendTime(dst []byte, t time.Time) []byte {
	t = t.UTC()
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	dst = appendDigits(appendDigits(dst, year/100), year%100)
	dst = appendDigits(appendDigits(dst, int(month)), day)
	dst = append(appendDigits(append(dst, 'T'), hour), ':')
	dst = append(appendDigits(dst, minute), ':')
	return appendDigits(dst, second)
}

func appendDigits(dst []byte, n int) []byte {
	return append(dst, byte('0'+n/10%10), byte('0'+n%10))
}

// appendText writes character data. Only & < > are escaped, and what XML cannot
// carry, or should not, becomes U+FFFD.
func appendText(dst []byte, s string) []byte {
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if escape := escapes[c]; escape != "" {
				dst = append(append(dst, s[start:i]...), escape...)
				start = i + 1
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 || unwelcome(r) {
			dst = append(append(dst, s[start:i]...), replacement...)
			start = i + size
		}
		i += size
	}
	return append(dst, s[start:]...)
}

const replacement = "\uFFFD"

// escapes are what ASCII characters are written as, where not as themselves.
var escapes = func() (table [utf8.RuneSelf]string) {
	for c := range ' ' {
		if c != '\t' && c != '\n' && c != '\r' {
			table[c] = replacement
		}
	}
	table[0x7F] = replacement
	table['&'], table['<'], table['>'] = "&amp;", "&lt;", "&gt;"
	return table
}()

// unwelcome tells whether the reference replaces a character beyond ASCII: those
// that XML 1.0 forbids or discourages. U+0085 stays, and so does U+FDE0 onwards.
func unwelcome(r rune) bool {
	switch {
	case r < 0xA0:
		return r != 0x85
	case r < 0xFDD0:
		return false
	case r <= 0xFDDF:
		return true
	default:
		return r&0xFFFE == 0xFFFE
	}
}
