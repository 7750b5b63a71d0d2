package ticket_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracrpc/ticket"
)

func TestNextNumber(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		highest int
		latest  []string
		want    int
	}{
		{"the first", 0, nil, 1},
		{"one after another", 3, []string{"3"}, 4},
		{"answers", 3, []string{"2.3", "1.2"}, 4},
		{"without numbers", 0, []string{"", "", ""}, 4},
		{"numbers ended", 3, []string{"", "3", "9"}, 5},
		{"dated before others", 3, []string{"2", "3"}, 4},
		{"no numbers", 1, []string{"2.y", "x", "1"}, 4},
		{"deleted in between", 7, []string{"7", "1"}, 8},
	} {
		if got := ticket.NextNumber(c.highest, c.latest); got != c.want {
			t.Errorf("%s: NextNumber(%d, %q) = %d, want %d", c.name, c.highest, c.latest, got, c.want)
		}
	}
}

func TestDiff(t *testing.T) {
	t.Parallel()
	before := &ticket.Ticket{ID: 1, Time: 1, Changetime: 1, Summary: "s", Keywords: "k", Custom: map[string]string{"b": "1", "gone": "x"}}
	after := &ticket.Ticket{ID: 1, Time: 1, Changetime: 2, Summary: "t", CC: "c", Custom: map[string]string{"b": "2", "a": "", "gone": "x"}}
	want := []ticket.FieldChange{{Name: "summary", Old: "s", New: "t"}, {Name: "keywords", Old: "k"}, {Name: "cc", New: "c"},
		{Name: "a"}, {Name: "b", Old: "1", New: "2"}}
	if got := ticket.Diff(before, after); !cmp.Equal(got, want) {
		t.Error(cmp.Diff(got, want))
	}
	if got := ticket.Diff(after, after.Clone()); got != nil {
		t.Errorf("Diff of the same = %v", got)
	}
}
