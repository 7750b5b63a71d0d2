package publish

import (
	"context"
	"fmt"
	"log/slog"
	"sort"
	"sync"
	"time"
)

const (
	// feedEvents and feedBytes bound what a Feed keeps in memory. Who is further
	// behind reads the log itself.
	feedEvents = 10000
	feedBytes  = 16 << 20
	// feedIdle is from when on nothing is kept, because nobody reads.
	feedIdle = time.Minute
	// feedChunk is how many events are read from the log at once.
	feedChunk = 500
)

// Feed is the log as live subscribers read it: each from where it likes and at
// its own pace, with no seam between what was and what comes, and without each
// of them asking the database. It is safe for concurrent use.
type Feed struct {
	env    string
	log    Log
	logger *slog.Logger
	poll   time.Duration

	mu     sync.Mutex
	recent []Event // without gaps; only ever appended to and cut at the front
	bytes  int
	last   int64         // the newest event that was read, or where Run began
	asked  time.Time     // when somebody last read
	waits  int           // how many wait for more
	wake   chan struct{} // closed when there are more
}

// NewFeed makes a Feed of the log of an environment. Run is to be called.
func NewFeed(env string, log Log, logger *slog.Logger, poll time.Duration) *Feed {
	return &Feed{env: env, log: log, logger: logger, poll: poll, last: -1, wake: make(chan struct{})}
}

// Gone is the error for events that are no longer kept.
type Gone struct {
	After  int64 // the events after this one were asked for
	Oldest int64 // the oldest that is kept
}

func (g *Gone) Error() string {
	return fmt.Sprintf("the events after %d are gone; the oldest that is kept is %d", g.After, g.Oldest)
}

// Run follows the log until ctx ends.
func (f *Feed) Run(ctx context.Context) {
	failing := false
	for {
		news := f.log.NewEvents()
		more, err := f.follow(ctx)
		if err != nil && ctx.Err() == nil && !failing {
			f.logger.Error("events not read", "err", err)
		}
		failing = err != nil
		if more {
			continue
		}
		if !pause(ctx, f.poll, news) {
			return
		}
	}
}

// follow reads what is new; it tells whether there may be more.
func (f *Feed) follow(ctx context.Context) (more bool, err error) {
	f.mu.Lock()
	last, idle := f.last, f.idle()
	f.mu.Unlock()
	if last < 0 || idle {
		_, newest, err := f.log.EventRange(ctx)
		if err != nil {
			return false, err
		}
		f.add(newest, nil)
		return last < 0, nil
	}
	events, err := f.read(ctx, last, feedChunk)
	if err != nil || len(events) == 0 {
		return false, err
	}
	f.add(events[len(events)-1].Seq, events)
	return true, nil
}

// read reads the log.
func (f *Feed) read(ctx context.Context, after int64, limit int) ([]Event, error) {
	events, err := f.log.Events(ctx, after, limit)
	for i := range events {
		events[i].Env = f.env
	}
	return events, err
}

// add appends events, forgets the oldest if there are too many, and wakes who
// waits.
func (f *Feed) add(last int64, events []Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(events) > 0 && events[0].Seq != f.last+1 {
		f.recent, f.bytes = nil, 0 // some were gone before they could be read
	}
	if last > f.last && len(events) == 0 || f.idle() {
		f.recent, f.bytes, events = nil, 0, nil
	}
	f.last = last
	f.recent = append(f.recent, events...)
	for _, e := range events {
		f.bytes += len(e.Data)
	}
	cut := 0
	for cut < len(f.recent) && (len(f.recent)-cut > feedEvents || f.bytes > feedBytes) {
		f.bytes -= len(f.recent[cut].Data)
		cut++
	}
	f.recent = f.recent[cut:]
	close(f.wake)
	f.wake = make(chan struct{})
}

// idle tells whether nobody reads.
func (f *Feed) idle() bool { return f.waits == 0 && time.Since(f.asked) > feedIdle }

// Last is the number of the newest event: after it begins who wants only what
// happens from now on.
func (f *Feed) Last(ctx context.Context) (int64, error) {
	f.mu.Lock()
	last := f.last
	f.mu.Unlock()
	if last >= 0 {
		return last, nil
	}
	_, newest, err := f.log.EventRange(ctx)
	return newest, err
}

// Read lists events after the one numbered after: at most limit, and at least
// one, for which it waits until ctx ends. The error is a *Gone when some of them
// are no longer kept. The events are shared: they are not to be changed.
func (f *Feed) Read(ctx context.Context, after int64, limit int) ([]Event, error) {
	for {
		events, wake, old := f.ready(after, limit)
		if len(events) > 0 {
			return events, nil
		}
		if old {
			return f.readOld(ctx, after, limit)
		}
		if err := f.await(ctx, wake); err != nil {
			return nil, err
		}
	}
}

// await waits for more events. The caller is counted as waiting already.
func (f *Feed) await(ctx context.Context, wake <-chan struct{}) error {
	defer func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.waits--
	}()
	select {
	case <-wake:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ready are the events after a number that are in memory. Old says that they are
// to be read from the log. When there are none yet, the caller is counted as
// waiting for wake.
func (f *Feed) ready(after int64, limit int) (events []Event, wake <-chan struct{}, old bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = time.Now()
	if after >= f.last {
		f.waits++
		return nil, f.wake, false
	}
	if len(f.recent) == 0 || after+1 < f.recent[0].Seq {
		return nil, nil, true
	}
	i := sort.Search(len(f.recent), func(i int) bool { return f.recent[i].Seq > after })
	end := min(i+limit, len(f.recent))
	return f.recent[i:end:end], nil, false
}

func (f *Feed) readOld(ctx context.Context, after int64, limit int) ([]Event, error) {
	events, err := f.read(ctx, after, limit)
	if err != nil {
		return nil, err
	}
	if len(events) == 0 || events[0].Seq > after+1 {
		oldest, _, err := f.log.EventRange(ctx)
		if err != nil {
			return nil, err
		}
		return nil, &Gone{After: after, Oldest: oldest}
	}
	return events, nil
}
