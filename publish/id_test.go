package publish

import (
	"regexp"
	"strings"
	"testing"
)

var uuid8 = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

func TestIDs(t *testing.T) {
	t.Parallel()
	ids, others := NewIDs("mine"), NewIDs("other")
	seen := map[string]bool{}
	for _, seq := range []int64{0, 1, 2, 3, 1000, 1<<32 + 5, 1<<60 - 1} {
		id := ids.Of(seq)
		if !uuid8.MatchString(id) || seen[id] {
			t.Errorf("Of(%d) = %s, want a new UUID of version 8", seq, id)
		}
		seen[id] = true
		if got, ok := ids.Seq(id); !ok || got != seq {
			t.Errorf("Seq(Of(%d)) = %d, %v", seq, got, ok)
		}
		if got, ok := ids.Seq(strings.ToUpper(id)); !ok || got != seq {
			t.Errorf("Seq of %d in capitals = %d, %v", seq, got, ok)
		}
		if got, ok := others.Seq(id); ok {
			t.Errorf("another environment takes the name of event %d for that of %d", seq, got)
		}
	}
}

// An event keeps its name from one release to the next.
func TestIDsAreForEver(t *testing.T) {
	t.Parallel()
	if got := NewIDs("mine").Of(17); got != "4bba69d0-79fd-8087-9fa4-543a6c16daee" {
		t.Errorf("event 17 is now called %s", got)
	}
}

func FuzzIDs(f *testing.F) {
	ids := NewIDs("mine")
	f.Add(ids.Of(1))
	f.Add("00000000-0000-0000-0000-000000000000")
	f.Add("")
	f.Fuzz(func(t *testing.T, id string) {
		if seq, ok := ids.Seq(id); ok && ids.Of(seq) != strings.ToLower(id) {
			t.Errorf("%q is taken for event %d, which is called %s", id, seq, ids.Of(seq))
		}
	})
}
