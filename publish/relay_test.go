package publish

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestEverySinkGetsEverythingInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShelf()
		s.write(700)
		var a, b bus
		_, stop := relay(t, s, a.outlet("a", Policy{}), b.outlet("b", Policy{Batch: 7}))
		synctest.Wait()
		s.write(300)
		synctest.Wait()
		for _, bus := range []*bus{&a, &b} {
			if got := bus.seqs(); !slices.Equal(got, run(1000)) {
				t.Errorf("a sink got %d events, want 1 to 1000 in order", len(got))
			}
		}
		stop()
		for _, name := range []string{"a", "b"} {
			if got := s.state(name); got.Cursor != 1000 || got.Published != 1000 || got.Owner != "" {
				t.Errorf("after the stop %s is %+v, want it at 1000 and free", name, got)
			}
		}
		if a.closed != 1 || b.closed != 1 {
			t.Errorf("sinks were closed %d and %d times, want once", a.closed, b.closed)
		}
	})
}

func TestNewSinkBeginsNow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShelf()
		s.write(5)
		var b bus
		o := b.outlet("b", Policy{})
		o.From = FromNow
		_, stop := relay(t, s, o)
		synctest.Wait()
		s.write(2)
		synctest.Wait()
		stop()
		if got := b.seqs(); !slices.Equal(got, []int64{6, 7}) {
			t.Errorf("got %v, want 6 and 7", got)
		}
	})
}

// Another process wrote: nobody wakes us.
func TestRelayLooksAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShelf()
		var b bus
		_, stop := relay(t, s, b.outlet("b", Policy{}))
		synctest.Wait()
		s.mu.Lock()
		s.events = append(s.events, Event{Seq: 1})
		s.mu.Unlock()
		sleep(time.Second)
		stop()
		if got := b.seqs(); !slices.Equal(got, run(1)) {
			t.Errorf("got %v, want 1", got)
		}
	})
}

func TestFailingSinkIsTriedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShelf()
		var healthy bus
		began, tries := time.Now(), []time.Duration(nil)
		broken := bus{do: func(context.Context, []Event) error {
			tries = append(tries, time.Since(began))
			if time.Since(began) < time.Hour {
				return errors.New("nobody there")
			}
			return nil
		}}
		_, stop := relay(t, s, healthy.outlet("healthy", Policy{}), broken.outlet("broken", Policy{}))
		s.write(1500)
		synctest.Wait()
		if got := healthy.seqs(); len(got) != 1500 {
			t.Errorf("a sink beside a broken one got %d events", len(got))
		}
		sleep(59 * time.Minute)
		if n := len(tries); n < 3600/31 || n > 3600/15+10 {
			t.Errorf("%d tries in an hour, want one each 15 to 30 s at last", n)
		}
		for i := 1; i < len(tries); i++ {
			if wait := tries[i] - tries[i-1]; wait > 30*time.Second || wait < 50*time.Millisecond {
				t.Errorf("try %d came after %v", i, wait)
			}
		}
		if got := s.state("broken"); got.Error != "nobody there" || got.Cursor != 0 || got.Failed < 100 {
			t.Errorf("the ledger says %+v", got)
		}
		sleep(2 * time.Minute)
		stop()
		if got := broken.seqs(); !slices.Equal(got, run(1500)) {
			t.Errorf("after an hour the sink got %d events, want all 1500 in order", len(got))
		}
		if got := s.state("broken"); got.Error != "" {
			t.Errorf("after success the ledger still says %q", got.Error)
		}
	})
}

func TestRefusedEventIsBuried(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShelf()
		// A broker that is down is no reason to give an event up.
		b := bus{do: func(context.Context, []Event) error { return errors.New("nobody there") }}
		s.write(8)
		_, stop := relay(t, s, b.outlet("b", Policy{Refusal: 3}))
		sleep(10 * time.Minute)
		b.now(func(_ context.Context, events []Event) error {
			i := slices.IndexFunc(events, func(e Event) bool { return e.Seq == 4 })
			if i >= 0 {
				return Refuse(i, errors.New("poison"))
			}
			return nil
		})
		sleep(10 * time.Minute)
		if got := b.seqs(); !slices.Equal(got, []int64{1, 2, 3, 5, 6, 7, 8}) {
			t.Errorf("got %v, want all but 4", got)
		}
		if len(s.dead) != 1 || s.dead[0].Event.Seq != 4 || s.dead[0].Reason != "poison" {
			t.Fatalf("dead letters %+v, want 4", s.dead)
		}
		if got := s.state("b").Cursor; got != 8 {
			t.Errorf("cursor %d, want 8", got)
		}
		b.now(nil)
		s.mu.Lock()
		s.dead[0].Queued = true
		s.tell()
		s.mu.Unlock()
		synctest.Wait()
		stop()
		if got := b.seqs(); got[len(got)-1] != 4 || len(s.dead) != 0 {
			t.Errorf("after being asked for once more: got %v, %d dead letters", got, len(s.dead))
		}
	})
}

func TestPanicIsARefusal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShelf()
		b := bus{do: func(_ context.Context, events []Event) error {
			for _, e := range events {
				if e.Seq == 3 {
					panic("no such thing")
				}
			}
			return nil
		}}
		s.write(5)
		_, stop := relay(t, s, b.outlet("b", Policy{}))
		sleep(time.Minute)
		stop()
		if got := b.seqs(); !slices.Equal(got, []int64{1, 2, 4, 5}) || len(s.dead) != 1 {
			t.Errorf("got %v and %d dead letters, want all but 3", got, len(s.dead))
		}
	})
}

func TestPolicyOfGivingUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShelf()
		began, tries := time.Now(), 0
		b := bus{do: func(_ context.Context, events []Event) error {
			if events[0].Seq == 1 {
				tries++
				return errors.New("500")
			}
			return nil
		}}
		s.write(2)
		waits := []time.Duration{time.Minute, time.Hour, 10 * time.Hour}
		_, stop := relay(t, s, b.outlet("b", Policy{Waits: waits, Tries: 4}))
		sleep(12 * time.Hour)
		stop()
		if tries != 4 || len(s.dead) != 1 || !slices.Equal(b.seqs(), []int64{2}) {
			t.Fatalf("%d tries, %d dead letters, got %v, want 4, 1 and [2]", tries, len(s.dead), b.seqs())
		}
		if took := s.dead[0].Buried.Sub(began); took < 5*time.Hour || took > 12*time.Hour {
			t.Errorf("given up after %v, want between half and all of the waits together", took)
		}
	})
}

func TestPausedSinkStaysWhereItIs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShelf()
		var b bus
		_, stop := relay(t, s, b.outlet("b", Policy{}))
		s.write(10)
		synctest.Wait()
		s.change("b", func(state *SinkState) { state.Paused = time.Now() })
		synctest.Wait()
		s.write(10)
		sleep(time.Hour)
		if got := len(b.seqs()); got != 10 {
			t.Errorf("while paused it got %d events", got-10)
		}
		s.change("b", func(state *SinkState) { state.Paused = time.Time{} })
		synctest.Wait()
		if got := b.seqs(); !slices.Equal(got, run(20)) {
			t.Errorf("after the pause it had %v", got)
		}
		// Back to the beginning, and on past the end of what it had.
		s.change("b", func(state *SinkState) { state.Turn, state.Cursor = state.Turn+1, 5 })
		synctest.Wait()
		if got := b.seqs(); !slices.Equal(got[20:], run(20)[5:]) {
			t.Errorf("after rewinding it got %v", got[20:])
		}
		stop()
	})
}

func TestSinkMayPauseItself(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShelf()
		b := bus{do: func(context.Context, []Event) error { return &Failure{Pause: true, Err: errors.New("410 Gone")} }}
		s.write(3)
		_, stop := relay(t, s, b.outlet("b", Policy{}))
		sleep(time.Hour)
		stop()
		if got := s.state("b"); got.Paused.IsZero() || got.Error != "410 Gone" || got.Failed != 1 {
			t.Errorf("the ledger says %+v, want it paused after one try", got)
		}
	})
}

func TestGoneEventsAreCounted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShelf()
		s.sinks["b"] = &SinkState{Name: "b", Cursor: 2}
		s.write(10)
		s.oldest = 6
		var b bus
		_, stop := relay(t, s, b.outlet("b", Policy{}))
		synctest.Wait()
		stop()
		if got := b.seqs(); !slices.Equal(got, []int64{6, 7, 8, 9, 10}) || s.state("b").Missed != 3 {
			t.Errorf("got %v and %d missed, want 6 to 10 and 3", got, s.state("b").Missed)
		}
	})
}

func TestRestoredDatabase(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShelf()
		s.sinks["b"] = &SinkState{Name: "b", Cursor: 100}
		s.write(10)
		var b bus
		_, stop := relay(t, s, b.outlet("b", Policy{}))
		synctest.Wait()
		s.write(2)
		synctest.Wait()
		stop()
		if got := b.seqs(); !slices.Equal(got, []int64{11, 12}) {
			t.Errorf("got %v, want what came after the restore", got)
		}
	})
}

// A sink that waits for a long time after a failure is tried at once by whoever
// resumes it, moves it, or asks for its dead letters; but not because of news.
func TestSomebodyEndsALongWait(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*shelf)
		tries  int64
	}{
		"resume": {func(s *shelf) { s.change("bus", func(state *SinkState) { state.ErrorTime = time.Time{} }) }, 2},
		"rewind": {func(s *shelf) { s.change("bus", func(state *SinkState) { state.Turn++ }) }, 2},
		"requeue": {func(s *shelf) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.dead = append(s.dead, DeadLetter{Sink: "bus", Event: Event{Seq: 1}, Queued: true})
		}, 3},
		"news": {func(s *shelf) { s.write(1) }, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			var tries atomic.Int64
			s := newShelf()
			b := &bus{do: func(context.Context, []Event) error { tries.Add(1); return errors.New("away") }}
			s.write(1)
			_, stop := relay(t, s, b.outlet("bus", Policy{Waits: []time.Duration{24 * time.Hour}}))
			defer stop()
			sleep(time.Hour)
			if got := tries.Load(); got != 1 {
				t.Errorf("%s: %d tries within an hour, want 1", name, got)
			}
			c.change(s)
			sleep(time.Minute)
			if got := tries.Load(); got != c.tries {
				t.Errorf("%s: %d tries afterwards, want %d", name, got, c.tries)
			}
			sleep(24 * time.Hour)
			if tries.Load() <= c.tries {
				t.Errorf("%s: it was never tried again", name)
			}
		})
	}
}
