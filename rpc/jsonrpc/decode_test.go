package jsonrpc

import (
	"math"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"

	"tracrpc/fault"
	"tracrpc/rpc"
)

var compareBig = cmp.Comparer(func(a, b *big.Int) bool { return a.Cmp(b) == 0 })

func TestDecode(t *testing.T) {
	t.Parallel()
	huge, _ := new(big.Int).SetString("-123456789012345678901234567890", 10)
	day := time.Date(2020, 2, 29, 12, 34, 56, 0, time.UTC)
	tests := []struct {
		name, json string
		want       any
	}{
		{"null", " null\n", nil},
		{"true", "true", true},
		{"false", "\tfalse\r", false},
		{"int", "-5", -5},
		{"negative zero", "-0", 0},
		{"largest int", "9223372036854775807", math.MaxInt64},
		{"huge int", "-123456789012345678901234567890", huge},
		{"float", "1.50", 1.5},
		{"negative float zero", "-0.0", math.Copysign(0, -1)},
		{"exponent", "1e3", 1000.0},
		{"exponent with sign", "25E-1", 2.5},
		{"past all floats", "-1e999", math.Inf(-1)},
		{"infinity", "[Infinity, -Infinity]", []any{math.Inf(1), math.Inf(-1)}},
		{"string", `"a é \"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\u0000"`, "a é \"\\/\b\f\n\r\té😀\x00"},
		{"DEL in a string", "\"\x7f\"", "\x7f"},
		{"array", `[ 1 , "a" ,[] ]`, []any{1, "a", []any{}}},
		{"object", `{ "a" : 1 ,"b":{} }`, rpc.Struct{{Name: "a", Value: 1}, {Name: "b", Value: rpc.Struct{}}}},
		{"double member", `{"a": 1, "b": 2, "a": 3}`, rpc.Struct{{Name: "a", Value: 3}, {Name: "b", Value: 2}}},
		{"datetime", `{"__jsonclass__": ["datetime", "2020-02-29T12:34:56"]}`, day},
		{"datetime with Z", `{"__jsonclass__": ["datetime", "2020-02-29T12:34:56Z"]}`, day},
		{"datetime with zone", `{"__jsonclass__": ["datetime", "2020-02-29T14:34:56+02:00"]}`, day},
		{"datetime with fraction", `{"__jsonclass__": ["datetime", "2020-02-29T12:34:56.5+00:00"]}`, day.Add(time.Second / 2)},
		{"datetime with nanoseconds", `{"__jsonclass__": ["datetime", "2020-02-29T12:34:56.123456789"]}`, day.Add(123456 * time.Microsecond)},
		{"binary", `{"__jsonclass__": ["binary", "aGVs\nbG8=\n"]}`, []byte("hello")},
		{"binary, empty", `{"__jsonclass__": ["binary", ""]}`, []byte{}},
		{"hint beside others", `{"__jsonclass__": 1, "a": 2}`, rpc.Struct{{Name: "__jsonclass__", Value: 1}, {Name: "a", Value: 2}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, halves, err := decode(test.json)
			if err != nil || halves {
				t.Fatalf("decode(%s): %v, %t", test.json, err, halves)
			}
			if diff := cmp.Diff(test.want, got, compareBig); diff != "" {
				t.Errorf("decode(%s): want -, got +\n%s", test.json, diff)
			}
		})
	}
}

func TestDecodeDeep(t *testing.T) {
	t.Parallel()
	body := strings.Repeat("[", rpc.DefaultLimits().Depth) + strings.Repeat("]", rpc.DefaultLimits().Depth)
	v, _, err := decode(body)
	if err != nil {
		t.Fatalf("decode of %d arrays: %v", rpc.DefaultLimits().Depth, err)
	}
	if got := string(appendValue(nil, v)); got != body {
		t.Errorf("%d arrays come back as %d bytes, want %d", rpc.DefaultLimits().Depth, len(got), len(body))
	}
}

func TestDecodeEncodings(t *testing.T) {
	t.Parallel()
	const document = `{"a": "é😀"}`
	want := rpc.Struct{{Name: "a", Value: "é😀"}}
	encode := func(text string, err error) string {
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	bodies := map[string]string{
		"UTF-8":                document,
		"UTF-8 with a mark":    "\xEF\xBB\xBF" + document,
		"UTF-16LE":             encode(unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder().String(document)),
		"UTF-16BE":             encode(unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewEncoder().String(document)),
		"UTF-16 with a mark":   encode(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(document)),
		"UTF-32LE":             encode(utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM).NewEncoder().String(document)),
		"UTF-32BE":             encode(utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM).NewEncoder().String(document)),
		"UTF-32 with a mark":   encode(utf32.UTF32(utf32.LittleEndian, utf32.UseBOM).NewEncoder().String(document)),
		"UTF-32BE with a mark": encode(utf32.UTF32(utf32.BigEndian, utf32.UseBOM).NewEncoder().String(document)),
	}
	for name, body := range bodies {
		if got, _, err := decode(body); err != nil || !cmp.Equal(got, any(want)) {
			t.Errorf("%s: decode = %v, %v, want %v", name, got, err, want)
		}
	}
}

func TestDecodeHalves(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`"\ud83d"`, `"\ude00"`, `"\ud83d\u0041"`, `"\ud83dx"`} {
		if _, halves, err := decode(body); err != nil || !halves {
			t.Errorf("decode(%s) = %t, %v, want it to tell of half a pair", body, halves, err)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, body, text string }{
		{"nothing", "", "A value is missing: line 1 column 1 (char 0)"},
		{"only spaces", "  ", "A value is missing: line 1 column 3 (char 2)"},
		{"XML", "<a/>", ""},
		{"comment", "/* c */ {}", ""},
		{"cut off", `{"a": 1`, "A ',' or '}' is missing: line 1 column 8 (char 7)"},
		{"cut off in a string", `{"a": "b`, ""},
		{"cut off in an escape", `"\`, ""},
		{"cut off in an array", `[1`, ""},
		{"single quotes", `{'a': 1}`, ""},
		{"comma at the end", `{"a": 1,}`, ""},
		{"comma at the end of an array", `[1,]`, ""},
		{"no colon", `{"a" 1}`, ""},
		{"something after", "{}\n x", "Something follows the JSON value: line 2 column 2 (char 4)"},
		{"newline in a string", "\"a\nb\"", "A control character in a string: line 1 column 3 (char 2)"},
		{"newline after an escape", "\"\\t\nb\"", ""},
		{"unknown escape", `"\x41"`, ""},
		{"short escape", `"\u12"`, ""},
		{"signed escape", `"\u+123"`, ""},
		{"leading zero", "01", ""},
		{"plus", "+1", ""},
		{"only a minus", "-", ""},
		{"no digit after the point", "1.", ""},
		{"no digit before the point", ".5", ""},
		{"no exponent", "1e", ""},
		{"long integer", strings.Repeat("9", maxDigits+1), ""},
		{"no UTF-8", "\"\xff\"", ""},
		{"datetime, compact", `{"__jsonclass__": ["datetime", "20200229T12:34:56"]}`, "Invalid datetime string (20200229T12:34:56)"},
		{"datetime, no such day", `{"__jsonclass__": ["datetime", "2021-02-29T00:00:00"]}`, ""},
		{"datetime, a number", `{"__jsonclass__": ["datetime", 5]}`, "Invalid datetime string (5)"},
		{"datetime, junk after", `{"__jsonclass__": ["datetime", "2020-02-29T12:34:56junk"]}`, ""},
		{"binary, a number", `{"__jsonclass__": ["binary", 5]}`, "Invalid base64 string"},
		{"binary, cut off", `{"__jsonclass__": ["binary", "aGV"]}`, "Invalid base64 string"},
		{"unknown hint", `{"__jsonclass__": ["foo", "x"]}`, "Unknown __jsonclass__: foo"},
		{"hint, one element", `{"__jsonclass__": ["datetime"]}`, ""},
		{"hint, null", `{"__jsonclass__": null}`, ""},
		{"nested too deeply", strings.Repeat(`{"a":`, 100000), ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, _, err := decode(test.body)
			if !fault.Is(err, fault.Parse) {
				t.Fatalf("decode = %.100v, %v, want a fault of kind Parse", got, err)
			}
			if test.text != "" && err.Error() != test.text {
				t.Errorf("decode: %v, want %s", err, test.text)
			}
		})
	}
	if _, _, err := decode("[" + strings.Repeat("0,", rpc.DefaultLimits().Values) + "0]"); !fault.Is(err, fault.TooLarge) {
		t.Errorf("decode of too many values: %v, want a fault of kind TooLarge", err)
	}
}
