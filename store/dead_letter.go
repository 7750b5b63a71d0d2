package store

import (
	"context"
	"fmt"

	"tracrpc/fault"
	"tracrpc/publish"
)

// Bury puts an event among the dead letters. Doing so twice is doing so once.
func (db *DB) Bury(ctx context.Context, l publish.DeadLetter) error {
	return db.write(ctx, func(t *tx) error {
		e := l.Event
		_, err := t.exec(ctx, `
			INSERT INTO tracrpc_dead_letter (sink, seq, time, realm, verb, id, author, data, reason, tries, buried)
			VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
			ON CONFLICT (sink, seq) DO UPDATE
			SET reason = excluded.reason, tries = excluded.tries, buried = excluded.buried, queued = 0`,
			l.Sink, e.Seq, e.Time.UnixMicro(), e.Realm, e.Verb, e.ID, e.Author, string(e.Data),
			l.Reason, l.Tries, l.Buried.UnixMicro())
		return sinkError("bury an event of", l.Sink, err)
	})
}

const selectDeadLetters = `
	SELECT sink, seq, time, realm, verb, id, author, data, reason, tries, buried, queued
	FROM tracrpc_dead_letter
	WHERE sink = ?1 AND seq > ?2 AND queued >= ?3
	ORDER BY seq
	LIMIT ?4`

// DeadLetters are those of a sink after a number, in order and at most so many.
func (db *DB) DeadLetters(ctx context.Context, sink string, after int64, limit int) ([]publish.DeadLetter, error) {
	return db.deadLetters(ctx, sink, after, 0, limit)
}

// Requeued lists the dead letters that are to be tried once more.
func (db *DB) Requeued(ctx context.Context, sink string, limit int) ([]publish.DeadLetter, error) {
	return db.deadLetters(ctx, sink, 0, 1, limit)
}

func (db *DB) deadLetters(ctx context.Context, sink string, after int64, queued, limit int) ([]publish.DeadLetter, error) {
	var list []publish.DeadLetter
	err := db.read(ctx, func(t *tx) error {
		rows, err := t.query(ctx, selectDeadLetters, sink, after, queued, limit)
		if err != nil {
			return fmt.Errorf("read dead letters: %w", err)
		}
		defer rows.Close()
		for size := 0; size < eventsSize && rows.Next(); {
			var l publish.DeadLetter
			var when, buried int64
			var data []byte
			err := rows.Scan(&l.Sink, &l.Event.Seq, &when, &l.Event.Realm, &l.Event.Verb, &l.Event.ID,
				&l.Event.Author, &data, &l.Reason, &l.Tries, &buried, &l.Queued)
			if err != nil {
				return fmt.Errorf("read dead letters: %w", err)
			}
			l.Event.Time, l.Event.Data, l.Buried = whenNot0(when), data, whenNot0(buried)
			list = append(list, l)
			size += len(data)
		}
		return rows.Err()
	})
	return list, err
}

// Requeue asks a sink to try a dead letter once more; with a seq of 0, all of
// its dead letters. It tells how many there are.
func (db *DB) Requeue(ctx context.Context, sink string, seq int64) (count int64, err error) {
	return db.alterDead(ctx, sink, seq, `
		UPDATE tracrpc_dead_letter
		SET queued = 1
		WHERE sink = ?1 AND (seq = ?2 OR ?2 = 0)`)
}

// Purge forgets a dead letter; with a seq of 0, all of the sink's. It tells how
// many there were.
func (db *DB) Purge(ctx context.Context, sink string, seq int64) (count int64, err error) {
	return db.alterDead(ctx, sink, seq, `
		DELETE FROM tracrpc_dead_letter
		WHERE sink = ?1 AND (seq = ?2 OR ?2 = 0)`)
}

func (db *DB) alterDead(ctx context.Context, sink string, seq int64, text string) (count int64, err error) {
	err = db.write(ctx, func(t *tx) error {
		if count, err = t.changed(ctx, text, sink, seq); err != nil {
			return sinkError("change the dead letters of", sink, err)
		}
		if count == 0 && seq != 0 {
			return fault.New(fault.NotFound, "The sink %s has no dead letter %d.", sink, seq)
		}
		t.emitted = true
		return nil
	})
	return count, err
}

// Revived takes a dead letter away that has arrived at last, or, with the reason
// why it has not, puts it back among those that stay dead.
func (db *DB) Revived(ctx context.Context, sink string, seq int64, reason string) error {
	return db.write(ctx, func(t *tx) error {
		if reason == "" {
			_, err := t.exec(ctx, `DELETE FROM tracrpc_dead_letter WHERE sink = ?1 AND seq = ?2`, sink, seq)
			return sinkError("revive an event of", sink, err)
		}
		_, err := t.exec(ctx, `
			UPDATE tracrpc_dead_letter
			SET queued = 0, tries = tries + 1, reason = ?3
			WHERE sink = ?1 AND seq = ?2`, sink, seq, reason)
		return sinkError("revive an event of", sink, err)
	})
}
