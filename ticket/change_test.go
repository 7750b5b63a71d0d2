package ticket_test

import (
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracrpc/ticket"
)

func TestNextNumber(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name      string
		oldvalues []string
		want      int
	}{
		{"the first", nil, 1},
		{"one after another", []string{"1", "2", "3"}, 4},
		{"answers", []string{"1", "1.2", "2.3"}, 4},
		{"without numbers", []string{"", "", ""}, 4},
		{"numbers begin later", []string{"", "", "3", ""}, 5},
		{"dated before others", []string{"1", "3", "2"}, 4},
		{"no numbers", []string{"1", "x", "2.y"}, 4},
		{"deleted in between", []string{"1", "7"}, 8},
	} {
		if got := ticket.NextNumber(c.oldvalues); got != c.want {
			t.Errorf("%s: NextNumber(%q) = %d, want %d", c.name, c.oldvalues, got, c.want)
		}
	}
}

// Whatever is stored, the next number is none of those that are.
func FuzzNextNumber(f *testing.F) {
	f.Add("1", "1.2", "")
	f.Add("99999999999999999999", "-1", "3.")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		oldvalues := []string{a, b, c}
		next := strconv.Itoa(ticket.NextNumber(oldvalues))
		for range 3 {
			if slices.Contains(oldvalues, next) {
				t.Fatalf("NextNumber(%q) = %s", oldvalues, next)
			}
			oldvalues = append(oldvalues[1:], next)
			next = strconv.Itoa(ticket.NextNumber(oldvalues))
		}
	})
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
