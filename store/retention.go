package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// pruneBatch is how many events one write deletes, so that other writes are not
// kept waiting.
const pruneBatch = 500

// Retention says which events may go. An event goes when it is too old or too
// far back, and everybody has had it. The newest always stays, so that the
// numbers go on from it.
type Retention struct {
	Before time.Time // older ones may go; the zero time spares them
	Rows   int64     // all but so many may go; 0 spares them
	Read   int64     // everybody has had the events up to this one
}

// PruneEvents deletes the events that may go, from the oldest on and in small
// writes, and tells how many went.
func (db *DB) PruneEvents(ctx context.Context, r Retention) (deleted int64, err error) {
	var oldest, last int64
	err = db.read(ctx, func(t *tx) error {
		oldest, last, err = t.spent(ctx, r)
		return err
	})
	if err != nil {
		return 0, err
	}
	for oldest > 0 && oldest <= last {
		upTo := min(oldest+pruneBatch-1, last)
		err := db.write(ctx, func(t *tx) error {
			_, err := t.exec(ctx, `DELETE FROM tracrpc_outbox WHERE seq <= ?1`, upTo)
			return err
		})
		if err != nil {
			return deleted, fmt.Errorf("delete events up to %d: %w", upTo, err)
		}
		deleted += upTo - oldest + 1
		oldest = upTo + 1
	}
	return deleted, nil
}

// spent is the range of events that may go; last is below oldest when none may.
func (t *tx) spent(ctx context.Context, r Retention) (oldest, last int64, err error) {
	oldest, newest, err := t.eventRange(ctx)
	if err != nil {
		return 0, 0, err
	}
	if r.Rows > 0 {
		last = newest - r.Rows
	}
	if !r.Before.IsZero() {
		var young int64
		err := t.row(ctx, `
			SELECT seq
			FROM tracrpc_outbox
			WHERE time >= ?1
			ORDER BY seq
			LIMIT 1`, r.Before.UnixMicro()).Scan(&young)
		if errors.Is(err, sql.ErrNoRows) {
			young = newest
		} else if err != nil {
			return 0, 0, fmt.Errorf("find the first young event: %w", err)
		}
		last = max(last, young-1)
	}
	return oldest, min(last, newest-1, r.Read), nil
}
