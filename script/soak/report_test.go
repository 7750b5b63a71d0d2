package main

import "testing"

// TestCompare tells compare of each thing that can go wrong.
func TestCompare(t *testing.T) {
	log := []entry{{Seq: 1, Realm: "permission"}, {Seq: 2, Realm: "ticket"}, {Seq: 3, Realm: "ticket"}, {Seq: 4, Realm: "ticket"}}
	for name, c := range map[string]struct {
		heard []int64
		want  result
	}{
		"all":          {[]int64{2, 3, 4}, result{events: 3}},
		"and others":   {[]int64{1, 2, 3, 4}, result{events: 3}},
		"lost":         {[]int64{2, 4}, result{events: 2, lost: 1}},
		"out of order": {[]int64{2, 4, 3}, result{events: 3, disordered: 1}},
		"again":        {[]int64{2, 3, 2, 3, 4}, result{events: 3, duplicates: 2}},
		"invented":     {[]int64{2, 3, 4, 5, -1}, result{events: 3, invented: 2}},
		"nothing":      {nil, result{lost: 3}},
	} {
		if got := compare(log, c.heard); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestCheckLog(t *testing.T) {
	log := []entry{{Seq: 1, ID: "7"}, {Seq: 2, ID: "7"}}
	if err := checkLog(log, []string{"7", "7"}); err != nil {
		t.Error(err)
	}
	if checkLog(log, []string{"7", "7", "7"}) == nil {
		t.Error("a change without an event is not found")
	}
	if checkLog([]entry{{Seq: 1}, {Seq: 3}}, nil) == nil {
		t.Error("a gap is not found")
	}
	if checkLog(nil, nil) == nil {
		t.Error("an empty log is fine")
	}
}
