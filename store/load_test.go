package store

import (
	"slices"
	"testing"

	"tracrpc/ticket"
)

// What is loaded reads as what was made one by one, over the end of a transaction,
// and nobody hears of it.
func TestLoad(t *testing.T) {
	t.Parallel()
	db := newTestDB(t)
	const count = loadSize + 5
	err := db.Load(t.Context(), func(yield func(Loaded) bool) {
		for id := 1; id <= count; id++ {
			l := Loaded{
				Ticket:   &ticket.Ticket{ID: id, Time: 1, Changetime: 3, Status: "new", Summary: "s", Custom: map[string]string{"note": "n"}},
				Comments: []ticket.Change{{Time: 2, Author: "a", Number: 1, Comment: "first"}, {Time: 3, Number: 2, ReplyTo: "1", Comment: "second"}},
			}
			if !yield(l) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := db.Tickets(true).Get(t.Context(), count)
	if err != nil || got.Summary != "s" || got.Changetime != 3 || got.Custom["note"] != "n" {
		t.Errorf("Get(%d) = %+v, %v", count, got, err)
	}
	logs, err := db.Tickets(true).Log(t.Context(), []int{count}, 0)
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, row := range logs[count] {
		texts = append(texts, row.Old+" "+row.Author+" "+row.New)
	}
	if want := []string{"1 a first", "1.2  second"}; !slices.Equal(texts, want) {
		t.Errorf("Log(%d) = %q, want %q", count, texts, want)
	}
	if events := lines(t, db.readers, `SELECT COUNT(*) FROM tracrpc_outbox`); !slices.Equal(events, []string{"0"}) {
		t.Errorf("events = %q, want none", events)
	}
}
