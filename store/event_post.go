package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"tracrpc/publish"
)

// AddEvent writes an event that tells of no change in this database: of something
// that others want to be published. When it returns, the event is on disk.
func (db *DB) AddEvent(ctx context.Context, e publish.Event) error {
	return db.write(ctx, func(t *tx) error { return t.emit(ctx, e) })
}

// EventsBefore is the number after which all events come that are not older than
// when; among them may be older ones, for the events are in the order of commit.
func (db *DB) EventsBefore(ctx context.Context, when time.Time) (after int64, err error) {
	err = db.read(ctx, func(t *tx) error {
		err := t.row(ctx, `
			SELECT seq - 1
			FROM tracrpc_outbox
			WHERE time >= ?1
			ORDER BY seq
			LIMIT 1`, when.UnixMicro()).Scan(&after)
		if errors.Is(err, sql.ErrNoRows) {
			_, after, err = t.eventRange(ctx)
		}
		if err != nil {
			return fmt.Errorf("find the events since %v: %w", when, err)
		}
		return nil
	})
	return after, err
}
