package publish

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestTwoProcessesDeliverOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShelf()
		var b bus
		_, stopFirst := relay(t, s, b.outlet("b", Policy{}))
		synctest.Wait()
		_, stopSecond := relay(t, s, b.outlet("b", Policy{}))
		for range 10 {
			s.write(10)
			sleep(3 * time.Second)
		}
		stopFirst()
		for range 10 {
			s.write(10)
			sleep(3 * time.Second)
		}
		stopSecond()
		if got := b.seqs(); !slices.Equal(got, run(200)) {
			t.Errorf("got %d events, want each of 200 once and in order", len(got))
		}
	})
}

// A process that cannot write down its progress must not go on when its lease is
// over.
func TestLeaseThatIsNotProlongedEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShelf()
		b := bus{do: func(ctx context.Context, _ []Event) error {
			<-ctx.Done() // a broker that does not answer
			return ctx.Err()
		}}
		s.write(1)
		_, stop := relay(t, s, b.outlet("b", Policy{}))
		sleep(time.Minute)
		if owner := s.state("b").Owner; owner == "" {
			t.Error("the lease of a sink that hangs was lost, though its process lives")
		}
		s.mu.Lock()
		s.down = errors.New("disk full")
		s.mu.Unlock()
		sleep(7 * time.Second)
		b.mu.Lock()
		closed := b.closed
		b.mu.Unlock()
		if closed == 0 {
			t.Error("the sink is served without a lease")
		}
		stop()
	})
}

func TestProgressIsKeptWhileItGoesOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShelf()
		b := bus{do: func(context.Context, []Event) error { time.Sleep(time.Millisecond); return nil }}
		s.write(20000)
		_, stop := relay(t, s, b.outlet("b", Policy{Batch: 10}))
		for range 25 {
			sleep(70 * time.Millisecond)
			if ahead := int64(len(b.seqs())) - s.state("b").Cursor; ahead > keepAhead+10 {
				t.Errorf("%d events would arrive twice after a crash, want at most %d", ahead, keepAhead)
			}
		}
		s.mu.Lock()
		keeps := s.keeps
		s.mu.Unlock()
		if keeps > 40 {
			t.Errorf("progress was written %d times for 20000 events", keeps)
		}
		stop()
	})
}

func TestSettingsChange(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShelf()
		var same, old, changed, added bus
		outlet := func(b *bus, name, settings string) Outlet {
			o := b.outlet(name, Policy{})
			o.Settings = settings
			return o
		}
		r, stop := relay(t, s, outlet(&same, "same", "x"), outlet(&old, "changes", "1"))
		s.write(10)
		synctest.Wait()
		r.Use(t.Context(), []Outlet{outlet(&same, "same", "x"), outlet(&changed, "changes", "2"), outlet(&added, "added", "")})
		synctest.Wait()
		s.write(10)
		synctest.Wait()
		r.Use(t.Context(), nil)
		synctest.Wait()
		s.write(10)
		synctest.Wait()
		stop()
		if got := same.seqs(); !slices.Equal(got, run(20)) || same.closed != 1 {
			t.Errorf("the sink that stayed got %v and was closed %d times", got, same.closed)
		}
		if got := append(old.seqs(), changed.seqs()...); !slices.Equal(got, run(20)) || old.closed != 1 {
			t.Errorf("the sink that changed got %v in all", got)
		}
		if got := added.seqs(); !slices.Equal(got, run(20)) {
			t.Errorf("the sink that was added got %v", got)
		}
	})
}
