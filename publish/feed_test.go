package publish

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// feedOf runs a feed over s until the returned function is called.
func feedOf(t *testing.T, s *shelf) (f *Feed, stop func()) {
	t.Helper()
	f = NewFeed("env", s, slog.New(slog.DiscardHandler), time.Second)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { // ends when stop is called
		defer close(ended)
		f.Run(ctx)
	}()
	synctest.Wait()
	return f, func() {
		cancel()
		<-ended
	}
}

// Some begin at the beginning, some in the middle, some now; all of them read
// every event once, and in order, while more are written.
func TestFeedHasNoSeam(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShelf()
		s.write(1200)
		f, stop := feedOf(t, s)
		const all = 5000
		var readers sync.WaitGroup
		for i, from := range []int64{0, 0, 600, 1199, 1200, 1200} {
			readers.Go(func() { // ends when it has read everything
				var got []int64
				for after := from; after < all; after = got[len(got)-1] {
					events, err := f.Read(t.Context(), after, 7+i)
					if err != nil || len(events) == 0 || len(events) > 7+i {
						t.Errorf("Read after %d = %d events, %v", after, len(events), err)
						return
					}
					for _, e := range events {
						if e.Env != "env" {
							t.Errorf("event %d is of %q", e.Seq, e.Env)
						}
						got = append(got, e.Seq)
					}
				}
				if !slices.Equal(got, run(all)[from:]) {
					t.Errorf("a reader from %d got %d events, want all after it in order", from, len(got))
				}
			})
		}
		for range (all - 1200) / 19 {
			s.write(19)
			time.Sleep(time.Millisecond)
		}
		s.write((all - 1200) % 19)
		readers.Wait()
		stop()
	})
}

func TestFeedTellsWhatIsGone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShelf()
		s.write(100)
		s.oldest = 51
		f, stop := feedOf(t, s)
		defer stop()
		_, err := f.Read(t.Context(), 10, 5)
		if gone, is := errors.AsType[*Gone](err); !is || gone.Oldest != 51 || gone.After != 10 {
			t.Errorf("Read of what is gone = %v", err)
		}
		if events, err := f.Read(t.Context(), 50, 5); err != nil || len(events) != 5 || events[0].Seq != 51 {
			t.Errorf("Read of the oldest = %v, %v", events, err)
		}
		if last, err := f.Last(t.Context()); last != 100 || err != nil {
			t.Errorf("Last = %d, %v, want 100", last, err)
		}
	})
}

func TestFeedEndsWithItsReader(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, stop := feedOf(t, newShelf())
		defer stop()
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if events, err := f.Read(ctx, 0, 5); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Read of nothing = %v, %v", events, err)
		}
	})
}

// What nobody reads takes no memory; and it is bounded when somebody does.
func TestFeedForgets(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShelf()
		f, stop := feedOf(t, s)
		defer stop()
		s.write(2000)
		synctest.Wait()
		if n := len(f.recent); n != 0 {
			t.Errorf("%d events are kept for nobody", n)
		}
		if _, err := f.Read(t.Context(), 0, 1); err != nil {
			t.Fatal(err)
		}
		for range 30 {
			s.write(1000)
			synctest.Wait()
		}
		if n := len(f.recent); n != feedEvents {
			t.Errorf("%d events are kept, want %d", n, feedEvents)
		}
	})
}
