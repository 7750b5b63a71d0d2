package publish

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// shelf is a log and a ledger in memory, which processes can share.
type shelf struct {
	mu     sync.Mutex
	events []Event
	oldest int64
	wake   chan struct{}
	sinks  map[string]*SinkState
	dead   []DeadLetter
	down   error // what Keep fails with
	keeps  int
}

func newShelf() *shelf {
	return &shelf{oldest: 1, wake: make(chan struct{}), sinks: map[string]*SinkState{}}
}

// write adds so many events.
func (s *shelf) write(count int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range count {
		seq := int64(len(s.events) + 1)
		s.events = append(s.events, Event{
			Seq: seq, Time: time.Unix(seq, 0), Realm: Ticket, Verb: Changed, ID: fmt.Sprint(seq), Data: json.RawMessage(`{}`),
		})
	}
	s.tell()
}

func (s *shelf) tell() {
	close(s.wake)
	s.wake = make(chan struct{})
}

// change alters a sink as a command would.
func (s *shelf) change(name string, change func(*SinkState)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s.sinks[name])
	s.tell()
}

func (s *shelf) state(name string) SinkState {
	s.mu.Lock()
	defer s.mu.Unlock()
	return *s.sinks[name]
}

func (s *shelf) Events(_ context.Context, after int64, limit int) ([]Event, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	from := min(max(after, s.oldest-1), int64(len(s.events)))
	return slices.Clone(s.events[from:min(from+int64(limit), int64(len(s.events)))]), nil
}

func (s *shelf) EventRange(context.Context) (int64, int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return min(s.oldest, int64(len(s.events))), int64(len(s.events)), nil
}

func (s *shelf) NewEvents() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.wake
}

func (s *shelf) AddSink(_ context.Context, name string, after int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sinks[name] == nil {
		s.sinks[name] = &SinkState{Name: name, Cursor: after}
	}
	return nil
}

func (s *shelf) Sink(_ context.Context, name string) (SinkState, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sinks[name] == nil {
		return SinkState{}, false, nil
	}
	state := *s.sinks[name]
	for _, l := range s.dead {
		if l.Sink == name && l.Queued {
			state.Requeued++
		}
	}
	return state, true, nil
}

func (s *shelf) Hold(_ context.Context, name, owner string, lease time.Duration) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	state := s.sinks[name]
	if state.Owner != owner && state.Lease.After(time.Now()) {
		return false, nil
	}
	state.Owner, state.Lease = owner, time.Now().Add(lease)
	return true, nil
}

func (s *shelf) Keep(_ context.Context, owner string, lease time.Duration, progress []Progress) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keeps++
	if s.down != nil {
		return nil, s.down
	}
	var lost []string
	for _, p := range progress {
		state := s.sinks[p.Name]
		if state.Owner != owner {
			lost = append(lost, p.Name)
			continue
		}
		if state.Turn == p.Turn {
			state.Cursor = max(state.Cursor, p.Cursor)
		}
		state.Published += p.Published
		state.Failed += p.Failed
		state.Missed += p.Missed
		state.Error = p.Error
		if p.Failed > 0 {
			state.ErrorTime = time.Now()
		}
		state.Lease = time.Now().Add(lease)
		if lease == 0 {
			state.Owner, state.Lease = "", time.Time{}
		}
	}
	return lost, nil
}

func (s *shelf) Bury(_ context.Context, letter DeadLetter) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dead = append(s.dead, letter)
	return nil
}

func (s *shelf) Requeued(_ context.Context, sink string, limit int) ([]DeadLetter, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []DeadLetter
	for _, l := range s.dead {
		if l.Sink == sink && l.Queued && len(list) < limit {
			list = append(list, l)
		}
	}
	return list, nil
}

func (s *shelf) Revived(_ context.Context, sink string, seq int64, reason string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.dead, func(l DeadLetter) bool { return l.Sink == sink && l.Event.Seq == seq })
	if reason == "" {
		s.dead = slices.Delete(s.dead, i, i+1)
	} else {
		s.dead[i].Queued, s.dead[i].Reason = false, reason
	}
	return nil
}

func (s *shelf) PauseSink(_ context.Context, name string) error {
	s.change(name, func(state *SinkState) { state.Paused = time.Now() })
	return nil
}

// bus is a sink that remembers what it was given, and does as it is told.
type bus struct {
	mu     sync.Mutex
	had    []int64
	closed int
	do     func(ctx context.Context, events []Event) error // nil takes everything
}

func (b *bus) String() string { return "bus" }

func (b *bus) Deliver(ctx context.Context, events []Event) error {
	b.mu.Lock()
	do := b.do
	b.mu.Unlock()
	err := error(nil)
	if do != nil {
		err = do(ctx, events)
	}
	n := len(events)
	if f, ok := err.(*Failure); ok {
		n = f.Delivered
	} else if err != nil {
		n = 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range events[:n] {
		b.had = append(b.had, e.Seq)
	}
	return err
}

func (b *bus) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed++
	return nil
}

func (b *bus) seqs() []int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.had)
}

// now changes what it does.
func (b *bus) now(do func(ctx context.Context, events []Event) error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.do = do
}

// outlet is one that leads to b.
func (b *bus) outlet(name string, p Policy) Outlet {
	return Outlet{Name: name, Policy: p, From: FromOldest, Open: func() (Sink, error) { return b, nil }}
}

// relay runs a relay over s until the returned function is called.
func relay(t *testing.T, s *shelf, outlets ...Outlet) (r *Relay, stop func()) {
	t.Helper()
	r = NewRelay(Options{Env: "env", Log: s, Ledger: s, Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	r.Use(t.Context(), outlets)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { // ends when stop is called
		defer close(ended)
		r.Run(ctx)
	}()
	return r, func() {
		cancel()
		<-ended
	}
}

// sleep lets the bubble's time pass, and everything happen that is to happen.
func sleep(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// run is 1, 2, … n.
func run(n int) []int64 {
	var list []int64
	for i := range n {
		list = append(list, int64(i+1))
	}
	return list
}
