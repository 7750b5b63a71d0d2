package rpc

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracrpc/fault"
)

func TestPlaces(t *testing.T) {
	t.Parallel()
	s, err := ParseSignature("array a.b(int id, string comment, struct attributes={}, boolean notify=False)")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name  string
		named Struct
		want  []any
		bad   bool
	}{
		{"least", Struct{{"comment", "c"}, {"id", 1}}, []any{1, "c"}, false},
		{"all", Struct{{"id", 1}, {"comment", "c"}, {"attributes", Struct{}}, {"notify", true}}, []any{1, "c", Struct{}, true}, false},
		{"one left out", Struct{{"id", 1}, {"comment", "c"}, {"notify", true}}, []any{1, "c", nil, true}, false},
		{"too few", Struct{{"id", 1}, {"notify", true}}, nil, true},
		{"unknown", Struct{{"id", 1}, {"comment", "c"}, {"x", true}}, nil, true},
	}
	for _, test := range tests {
		got, err := s.places(test.named)
		if !cmp.Equal(got, test.want) || test.bad != fault.Is(err, fault.BadCall) {
			t.Errorf("%s: places(%v) = %v, %v, want %v", test.name, test.named, got, err, test.want)
		}
	}
}
