package storetest

import (
	"testing"
	"time"

	"tracrpc/publish"
)

func testPostedEvents(t *testing.T, url string) {
	db := Open(t, url)
	ctx := t.Context()
	begin := time.Unix(1_700_000_000, 0).UTC()
	// The third tells of something older than the second.
	for i, second := range []int{10, 20, 15, 30} {
		e, err := publish.NewEvent(begin.Add(time.Duration(second)*time.Second), publish.Post, publish.Created, "/json", "", publish.Posted{Line: `{"n": 1}`})
		if err != nil {
			t.Fatal(err)
		}
		if err := db.AddEvent(ctx, e); err != nil {
			t.Fatalf("AddEvent of the %d. event: %v", i+1, err)
		}
	}
	events, err := db.Events(ctx, 0, 10)
	if err != nil || len(events) != 4 || events[3].Seq != 4 || string(events[3].Data) != `{"line":"{\"n\": 1}"}` {
		t.Fatalf("Events = %+v, %v", events, err)
	}
	for second, want := range map[int]int64{0: 0, 10: 0, 11: 1, 16: 1, 20: 1, 21: 3, 30: 3, 31: 4} {
		got, err := db.EventsBefore(ctx, begin.Add(time.Duration(second)*time.Second))
		if err != nil || got != want {
			t.Errorf("EventsBefore(%d s) = %d, %v, want %d", second, got, err, want)
		}
	}
}
