package storetest

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tracrpc/fault"
	"tracrpc/publish"
	"tracrpc/store"
)

func addSink(t *testing.T, db *store.DB, name string, after int64) {
	t.Helper()
	if err := db.AddSink(t.Context(), name, after); err != nil {
		t.Fatal(err)
	}
}

func sink(t *testing.T, db *store.DB, name string) publish.SinkState {
	t.Helper()
	s, found, err := db.Sink(t.Context(), name)
	if err != nil || !found {
		t.Fatalf("Sink(%q) = %v, %v", name, found, err)
	}
	return s
}

func hold(t *testing.T, db *store.DB, name, owner string, lease time.Duration) bool {
	t.Helper()
	held, err := db.Hold(t.Context(), name, owner, lease)
	if err != nil {
		t.Fatal(err)
	}
	return held
}

func testSinks(t *testing.T, url string) {
	db := Open(t, url)
	ctx := t.Context()
	if _, found, err := db.Sink(ctx, "b"); found || err != nil {
		t.Errorf("Sink of nothing = %v, %v", found, err)
	}
	addSink(t, db, "b", 7)
	addSink(t, db, "a", 0)
	addSink(t, db, "b", 9) // known already
	list, err := db.Sinks(ctx)
	if err != nil || len(list) != 2 || list[0].Name != "a" || list[1].Name != "b" || list[1].Cursor != 7 {
		t.Errorf("Sinks = %+v, %v, want a and b, at 7", list, err)
	}
	if err := db.PauseSink(ctx, "a"); err != nil {
		t.Fatal(err)
	}
	since := sink(t, db, "a").Paused
	if ago := time.Since(since); since.IsZero() || ago < -time.Minute || ago > time.Minute {
		t.Errorf("paused since %v", since)
	}
	if err := db.PauseSink(ctx, "a"); err != nil || !sink(t, db, "a").Paused.Equal(since) {
		t.Errorf("a second pause = %v, at another time", err)
	}
	if err := db.ResumeSink(ctx, "a"); err != nil || !sink(t, db, "a").Paused.IsZero() {
		t.Errorf("ResumeSink = %v, and still paused", err)
	}
	if err := db.RemoveSink(ctx, "a"); err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{
		"PauseSink": db.PauseSink(ctx, "a"), "ResumeSink": db.ResumeSink(ctx, "a"),
		"MoveSink": db.MoveSink(ctx, "a", 1), "RemoveSink": db.RemoveSink(ctx, "a"),
	} {
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("%s of what is not there = %v, want a NotFound fault", what, err)
		}
	}
}

func testLeases(t *testing.T, url string) {
	db := Open(t, url)
	ctx := t.Context()
	addSink(t, db, "s", 0)
	if hold(t, db, "other", "me", time.Minute) {
		t.Error("a sink that nobody knows could be held")
	}
	for _, state := range []string{"free", "mine"} {
		if !hold(t, db, "s", "me", time.Minute) {
			t.Errorf("the lease is %s, and I cannot have it", state)
		}
	}
	if hold(t, db, "s", "you", time.Minute) {
		t.Error("two have one lease")
	}
	lost, err := db.Keep(ctx, "you", time.Minute, []publish.Progress{{Name: "s", Cursor: 5}})
	if err != nil || len(lost) != 1 || sink(t, db, "s").Cursor != 0 {
		t.Errorf("Keep by another = %v, %v, and the cursor is %d", lost, err, sink(t, db, "s").Cursor)
	}
	if _, err := db.Keep(ctx, "me", -time.Minute, []publish.Progress{{Name: "s"}}); err != nil {
		t.Fatal(err)
	}
	if !hold(t, db, "s", "you", -time.Minute) || !hold(t, db, "s", "me", time.Minute) {
		t.Error("a lease that is over keeps others out")
	}
	if _, err := db.Keep(ctx, "me", 0, []publish.Progress{{Name: "s"}}); err != nil || sink(t, db, "s").Owner != "" {
		t.Errorf("handing back = %v, and the owner is %q", err, sink(t, db, "s").Owner)
	}
	if !hold(t, db, "s", "you", time.Minute) {
		t.Error("a lease that was handed back keeps others out")
	}
}

func testProgress(t *testing.T, url string) {
	db := Open(t, url)
	ctx := t.Context()
	addSink(t, db, "s", 0)
	hold(t, db, "s", "me", time.Minute)
	for _, p := range []publish.Progress{
		{Name: "s", Cursor: 10, Published: 8, Missed: 2},
		{Name: "s", Cursor: 10, Failed: 3, Error: "no"},
		{Name: "s", Cursor: 12, Published: 2},
		{Name: "s", Cursor: 11}, // late
	} {
		if lost, err := db.Keep(ctx, "me", time.Minute, []publish.Progress{p}); err != nil || len(lost) > 0 {
			t.Fatalf("Keep = %v, %v", lost, err)
		}
	}
	got := sink(t, db, "s")
	if got.ErrorTime.IsZero() || got.Seen.IsZero() || got.Lease.IsZero() {
		t.Errorf("a time is not set: %+v", got)
	}
	got.ErrorTime, got.Seen, got.Lease = time.Time{}, time.Time{}, time.Time{}
	want := publish.SinkState{Name: "s", Cursor: 12, Owner: "me", Published: 10, Failed: 3, Missed: 2}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sink (-want +got):\n%s", diff)
	}
}

func testMoveSink(t *testing.T, url string) {
	db := Open(t, url)
	ctx := t.Context()
	addSink(t, db, "s", 0)
	hold(t, db, "s", "me", time.Minute)
	for i := range 10 {
		if err := db.Grant(ctx, "me", grant(i)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.PruneEvents(ctx, store.Retention{Rows: 6, Read: 10}); err != nil {
		t.Fatal(err)
	}
	for turn, c := range []struct{ after, want int64 }{{7, 7}, {-3, 4}, {2, 4}, {4, 4}, {10, 10}, {11, 10}, {5, 5}} {
		news := db.NewEvents()
		if err := db.MoveSink(ctx, "s", c.after); err != nil {
			t.Fatal(err)
		}
		<-news // its holder is to hear of it
		if got := sink(t, db, "s"); got.Cursor != c.want || got.Turn != int64(turn+1) {
			t.Errorf("MoveSink(%d): cursor %d, turn %d, want %d, %d", c.after, got.Cursor, got.Turn, c.want, turn+1)
		}
	}
	// The holder has not seen the move yet.
	if _, err := db.Keep(ctx, "me", time.Minute, []publish.Progress{{Name: "s", Turn: 6, Cursor: 9, Published: 1}}); err != nil {
		t.Fatal(err)
	}
	if got := sink(t, db, "s"); got.Cursor != 5 || got.Published != 1 {
		t.Errorf("progress of an old turn: cursor %d, published %d, want 5, 1", got.Cursor, got.Published)
	}
}

func testDeadLetters(t *testing.T, url string) {
	db := Open(t, url)
	ctx := t.Context()
	addSink(t, db, "s", 0)
	addSink(t, db, "other", 0)
	letter := func(seq int64) publish.DeadLetter {
		when := time.UnixMicro(1700000000000000 + seq).UTC()
		return publish.DeadLetter{
			Sink:   "s",
			Event:  publish.Event{Seq: seq, Time: when, Realm: "wiki", Verb: "changed", ID: "A", Author: "me", Data: json.RawMessage(`{}`)},
			Reason: "too long", Tries: 3, Buried: when,
		}
	}
	for _, seq := range []int64{4, 2, 9, 4} {
		if err := db.Bury(ctx, letter(seq)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := db.DeadLetters(ctx, "s", 2, 10)
	if diff := cmp.Diff([]publish.DeadLetter{letter(4), letter(9)}, got); err != nil || diff != "" {
		t.Errorf("DeadLetters: %v (-want +got):\n%s", err, diff)
	}
	if n, err := db.Requeue(ctx, "s", 4); n != 1 || err != nil {
		t.Errorf("Requeue(4) = %d, %v", n, err)
	}
	if _, err := db.Requeue(ctx, "s", 5); !fault.Is(err, fault.NotFound) {
		t.Errorf("Requeue of what is not there = %v, want a NotFound fault", err)
	}
	if err := db.Revived(ctx, "s", 4, "no again"); err != nil {
		t.Fatal(err)
	}
	if n, err := db.Requeue(ctx, "s", 0); n != 3 || err != nil || sink(t, db, "s").Requeued != 3 || sink(t, db, "other").Requeued != 0 {
		t.Errorf("Requeue of all = %d, %v, and %d are", n, err, sink(t, db, "s").Requeued)
	}
	queued, err := db.Requeued(ctx, "s", 2)
	if err != nil || len(queued) != 2 || queued[1].Event.Seq != 4 || queued[1].Tries != 4 || queued[1].Reason != "no again" {
		t.Errorf("Requeued = %+v, %v, want 2 and 4", queued, err)
	}
	if err := db.Revived(ctx, "s", 2, ""); err != nil {
		t.Fatal(err)
	}
	if n, err := db.Purge(ctx, "s", 9); n != 1 || err != nil {
		t.Errorf("Purge(9) = %d, %v", n, err)
	}
	if list, err := db.Sinks(ctx); err != nil || list[1].Dead != 1 || list[0].Dead != 0 {
		t.Errorf("Sinks = %+v, %v, want one dead letter", list, err)
	}
	if n, err := db.Purge(ctx, "s", 0); n != 1 || err != nil {
		t.Errorf("Purge of all = %d, %v", n, err)
	}
}
