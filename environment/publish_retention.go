package environment

import (
	"context"
	"math"
	"time"

	"tracrpc/publish"
	"tracrpc/store"
)

const (
	// forgetEvery is how often old events are deleted.
	forgetEvery = time.Hour
	// Settings of [tracrpc-events], in days and rows; 0 stands for no bound.
	keepDays   = 30
	keepRows   = 1_000_000
	keepAtMost = 90 // days, even if a sink has not had them
	day        = 24 * time.Hour
)

// forget deletes old events now and then, until ctx ends.
func (p *Publisher) forget(ctx context.Context) {
	ticker := time.NewTicker(forgetEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		e := p.current.Load()
		deleted, err := e.ForgetEvents(ctx, time.Now())
		if err != nil && ctx.Err() == nil {
			e.Log.Error("old events not deleted", "err", err)
		} else if deleted > 0 {
			e.Log.Info("old events deleted", "count", deleted)
		}
	}
}

// ForgetEvents deletes the events that are too old or too many and that every
// sink has had; and those that are so old that they go in any case. It tells how
// many went. A sink counts that has been served, and was not paused, within the
// time that events are kept.
func (e *Environment) ForgetEvents(ctx context.Context, now time.Time) (deleted int64, err error) {
	sinks, err := e.DB.Sinks(ctx)
	if err != nil {
		return 0, err
	}
	days := e.Ini.Int("tracrpc-events", "keep_days", keepDays)
	r := store.Retention{
		Before: ago(now, days), Rows: int64(e.Ini.Int("tracrpc-events", "keep_rows", keepRows)), Read: math.MaxInt64,
	}
	for _, s := range sinks {
		if isWaitedFor(s, r.Before) {
			r.Read = min(r.Read, s.Cursor)
		}
	}
	if deleted, err = e.DB.PruneEvents(ctx, r); err != nil {
		return deleted, err
	}
	most := e.Ini.Int("tracrpc-events", "keep_at_most_days", keepAtMost)
	if most == 0 {
		return deleted, nil
	}
	more, err := e.DB.PruneEvents(ctx, store.Retention{Before: ago(now, max(most, days)), Read: math.MaxInt64})
	return deleted + more, err
}

// isWaitedFor tells whether events are kept for a sink. One that nobody has
// served since, or that has been paused since, is taken to be given up.
func isWaitedFor(s publish.SinkState, since time.Time) bool {
	return s.Seen.After(since) && (s.Paused.IsZero() || s.Paused.After(since))
}

// ago is the time so many days before now; the zero time for 0 days.
func ago(now time.Time, days int) time.Time {
	if days == 0 {
		return time.Time{}
	}
	return now.Add(-time.Duration(days) * day)
}
