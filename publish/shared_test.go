package publish

import (
	"sync"
	"sync/atomic"
	"testing"
)

func TestSharedIsMadeOnce(t *testing.T) {
	t.Parallel()
	const readers, events = 8, 1000
	var s Shared[int64]
	var made atomic.Int64
	var reading sync.WaitGroup
	for range readers {
		// Ends after the last event.
		reading.Go(func() {
			for seq := int64(1); seq <= events; seq++ {
				got := s.Of(Event{Seq: seq}, func(e Event) int64 {
					made.Add(1)
					return 10 * e.Seq
				})
				if got != 10*seq {
					t.Errorf("event %d: got %d", seq, got)
				}
			}
		})
	}
	reading.Wait()
	// Readers may be further apart than what is kept, so some may be made again.
	if n := made.Load(); n < events || n > readers*events {
		t.Errorf("%d events were made %d times", events, n)
	}
	again := 0
	for range readers {
		s.Of(Event{Seq: events}, func(Event) int64 { again++; return 0 })
	}
	if again != 0 {
		t.Errorf("the newest was made %d times more", again)
	}
}

func TestSharedMakesOldOnesAnew(t *testing.T) {
	t.Parallel()
	var s Shared[string]
	size := int64(len(s.places))
	s.Of(Event{Seq: size + 1}, func(Event) string { return "new" })
	if got := s.Of(Event{Seq: 1}, func(Event) string { return "old" }); got != "old" {
		t.Errorf("an old event was taken for %q", got)
	}
	if got := s.Of(Event{Seq: size + 1}, func(Event) string { return "again" }); got != "new" {
		t.Errorf("the newest made room for an old one: %q", got)
	}
}
