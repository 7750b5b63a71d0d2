package jsonrpc

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"

	"tracrpc/fault"
	"tracrpc/rpc"
)

// The wanted bytes are what Python's json.dumps writes.
func TestAppendValue(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		value any
		want  string
	}{
		{"nil", nil, "null"},
		{"bool", true, "true"},
		{"int", -5, "-5"},
		{"float", 1000.0, "1000.0"},
		{"NaN", math.NaN(), "NaN"},
		{"infinities", []any{math.Inf(1), math.Inf(-1)}, "[Infinity, -Infinity]"},
		{"string", "a/'\"\\\b\f\n\r\t\x00\x1f\x7f<&>", `"a/'\"\\\b\f\n\r\t\u0000\u001f\u007f<&>"`},
		{"string beyond ASCII", "é日😀\ufffe", `"\u00e9\u65e5\ud83d\ude00\ufffe"`},
		{"no UTF-8", "a\xffb", `"a\ufffdb"`},
		{"date", time.Date(2020, 1, 1, 11, 0, 0, 5, time.FixedZone("", 3600)), `{"__jsonclass__": ["datetime", "2020-01-01T10:00:00"]}`},
		{"binary", bytes.Repeat([]byte{0}, 58), `{"__jsonclass__": ["binary", "` + strings.Repeat("A", 76) + `\nAA==\n"]}`},
		{"binary, empty", []byte{}, `{"__jsonclass__": ["binary", ""]}`},
		{"array", []any{1, "a", []any{}}, `[1, "a", []]`},
		{"struct", rpc.Struct{{Name: "é", Value: 1}, {Name: "b", Value: rpc.Struct{}}}, `{"\u00e9": 1, "b": {}}`},
		{"multicall inside a multicall", []rpc.Outcome{{Value: 1}, {Err: fault.New(fault.NotFound, "no")}}, `[[1], {"faultCode": 404, "faultString": "no"}]`},
	}
	for _, test := range tests {
		if got := string(appendValue(nil, test.value)); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}
