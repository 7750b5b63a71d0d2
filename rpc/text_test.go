package rpc

import (
	"bytes"
	"math"
	"math/big"
	"testing"
	"time"
)

func TestText(t *testing.T) {
	t.Parallel()
	huge, _ := new(big.Int).SetString("123456789012345678901234567890", 10)
	tests := []struct {
		value any
		want  string
	}{
		{"as it is\n", "as it is\n"},
		{[]byte("hello"), "hello"},
		{nil, "None"},
		{true, "True"},
		{-5, "-5"},
		{huge, "123456789012345678901234567890"},
		{time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), "2020-01-01 00:00:00+00:00"},
		{time.Date(2020, 1, 1, 0, 0, 0, 5000, time.UTC), "2020-01-01 00:00:00.000005+00:00"},
		{[]any{"a", nil, []any{}}, "['a', None, []]"},
		{Struct{{"a", "b"}, {"", 1.5}}, "{'a': 'b', '': 1.5}"},
		{[]any{"it's", `"`, `'"`, "\\\n\x01\u00a0é\u200b\U000e0001"}, `["it's", '"', '\'"', '\\\n\x01\xa0é\u200b\U000e0001']`},
	}
	for _, test := range tests {
		if got := Text(test.value); got != test.want {
			t.Errorf("Text(%#v) = %q, want %q", test.value, got, test.want)
		}
	}
}

func TestAppendFloat(t *testing.T) {
	t.Parallel()
	tests := []struct {
		value float64
		want  string
	}{
		{0, "0.0"}, {math.Copysign(0, -1), "-0.0"}, {1000, "1000.0"}, {1.5, "1.5"}, {-0.1, "-0.1"},
		{1e15, "1000000000000000.0"}, {9999999999999998, "9999999999999998.0"}, {1e16, "1e+16"}, {1.5e300, "1.5e+300"},
		{0.0001, "0.0001"}, {0.00001, "1e-05"}, {1.25e-7, "1.25e-07"}, {5e-324, "5e-324"},
		{math.Inf(1), "inf"}, {math.Inf(-1), "-inf"}, {math.NaN(), "nan"},
	}
	for _, test := range tests {
		if got := string(AppendFloat(nil, test.value)); got != test.want {
			t.Errorf("AppendFloat(%g) = %s, want %s", test.value, got, test.want)
		}
	}
}

func TestDecodeBase64(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text, want string
		bad        bool
	}{
		{text: "aGVsbG8=", want: "hello"},
		{text: "\n aGVs\n bG8= \n", want: "hello"},
		{text: "aGVsbG8=junk after the padding", want: "hello"},
		{text: "a!G?V-s_b*G8=", want: "hello"},
		{text: "=aGVs", want: "hel"},
		{text: "aGVsb===", bad: true},
		{text: "", want: ""},
		{text: "!!!!", want: ""},
		{text: "aGVsbG8", bad: true},
		{text: "aGVsb", bad: true},
	}
	for _, test := range tests {
		got, err := DecodeBase64(test.text)
		if string(got) != test.want || (err != nil) != test.bad {
			t.Errorf("DecodeBase64(%q) = %q, %v, want %q, an error: %t", test.text, got, err, test.want, test.bad)
		}
	}
}

func TestAppendBase64(t *testing.T) {
	t.Parallel()
	if got := AppendBase64(nil, nil, "\n"); len(got) != 0 {
		t.Errorf("AppendBase64(nothing) = %q, want nothing", got)
	}
	data := bytes.Repeat([]byte{0xff}, 58)
	want := string(bytes.Repeat([]byte{'/'}, 76)) + "\n/w==\n"
	if got := AppendBase64(nil, data, "\n"); string(got) != want {
		t.Errorf("AppendBase64(58 bytes) = %q, want %q", got, want)
	}
}

func TestDistinct(t *testing.T) {
	t.Parallel()
	for _, size := range []int{3, 100} {
		var s Struct
		for i := range size {
			s = append(s, Member{string(rune('a' + i)), i})
		}
		s = append(s, Member{"a", "last"})
		got := s.Distinct()
		if len(got) != size || got[0] != (Member{"a", "last"}) || got[1].Value != 1 {
			t.Errorf("Distinct of %d and a double = %d members, %v first", size, len(got), got[:2])
		}
	}
}
