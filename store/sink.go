package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"tracrpc/fault"
	"tracrpc/publish"
)

// A lease lasts by the database's clock, so processes on several machines agree.

// AddSink begins to know a sink, which has had the events up to the one numbered
// after. One that is known stays as it is.
func (db *DB) AddSink(ctx context.Context, name string, after int64) error {
	_, known, err := db.Sink(ctx, name)
	if err != nil || known {
		return err
	}
	return db.write(ctx, func(t *tx) error {
		_, err := t.exec(ctx, `
			INSERT INTO tracrpc_sink (name, cursor, seen)
			VALUES (?1, ?2, `+t.dialect.now+`)
			ON CONFLICT (name) DO NOTHING`, name, after)
		return sinkError("add", name, err)
	})
}

func sinkError(what, name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s sink %q: %w", what, name, err)
}

const sinkColumns = `
	s.name, s.cursor, s.turn, s.paused, s.owner, s.lease, s.seen, s.published, s.failed, s.missed, s.error, s.error_time`

// Sink is what is known of a sink; false when nothing is. Its dead letters are
// not counted, but for those that are to be tried once more.
func (db *DB) Sink(ctx context.Context, name string) (s publish.SinkState, found bool, err error) {
	err = db.read(ctx, func(t *tx) error {
		s, err = scanSink(t.row(ctx, `
			SELECT `+sinkColumns+`, 0,
			       (SELECT COUNT(*) FROM tracrpc_dead_letter d WHERE d.sink = s.name AND d.queued = 1)
			FROM tracrpc_sink s
			WHERE s.name = ?1`, name))
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return s, false, nil
	}
	return s, err == nil, sinkError("read", name, err)
}

// Sinks are all that are known, by name.
func (db *DB) Sinks(ctx context.Context) ([]publish.SinkState, error) {
	var list []publish.SinkState
	err := db.read(ctx, func(t *tx) error {
		rows, err := t.query(ctx, `
			SELECT `+sinkColumns+`,
			       (SELECT COUNT(*) FROM tracrpc_dead_letter d WHERE d.sink = s.name),
			       (SELECT COUNT(*) FROM tracrpc_dead_letter d WHERE d.sink = s.name AND d.queued = 1)
			FROM tracrpc_sink s
			ORDER BY s.name`)
		if err != nil {
			return fmt.Errorf("read sinks: %w", err)
		}
		defer rows.Close()
		for rows.Next() {
			s, err := scanSink(rows)
			if err != nil {
				return fmt.Errorf("read sinks: %w", err)
			}
			list = append(list, s)
		}
		return rows.Err()
	})
	return list, err
}

func scanSink(row interface{ Scan(...any) error }) (s publish.SinkState, err error) {
	var paused, lease, seen, errorTime int64
	err = row.Scan(&s.Name, &s.Cursor, &s.Turn, &paused, &s.Owner, &lease, &seen, &s.Published, &s.Failed,
		&s.Missed, &s.Error, &errorTime, &s.Dead, &s.Requeued)
	s.Paused, s.Lease, s.Seen, s.ErrorTime = whenNot0(paused), whenNot0(lease), whenNot0(seen), whenNot0(errorTime)
	return s, err
}

// whenNot0 is a time in microseconds, of which 0 stands for none.
func whenNot0(micro int64) time.Time {
	if micro == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micro).UTC()
}

// Hold gives owner the lease of a sink for so long; false when another has it.
// Whoever only waits for a lease writes nothing.
func (db *DB) Hold(ctx context.Context, name, owner string, lease time.Duration) (held bool, err error) {
	free := 0
	err = db.read(ctx, func(t *tx) error {
		return t.row(ctx, `
			SELECT COUNT(*)
			FROM tracrpc_sink
			WHERE name = ?1 AND (owner = ?2 OR lease < `+t.dialect.now+`)`, name, owner).Scan(&free)
	})
	if err != nil || free == 0 {
		return false, sinkError("hold", name, err)
	}
	err = db.write(ctx, func(t *tx) error {
		changed, err := t.changed(ctx, `
			UPDATE tracrpc_sink
			SET owner = ?2, lease = `+t.dialect.now+` + ?3, seen = `+t.dialect.now+`
			WHERE name = ?1 AND (owner = ?2 OR lease < `+t.dialect.now+`)`, name, owner, lease.Microseconds())
		held = changed > 0
		return sinkError("hold", name, err)
	})
	return held && err == nil, err
}

// changed runs a statement and counts the rows it changed.
func (t *tx) changed(ctx context.Context, text string, args ...any) (int64, error) {
	result, err := t.exec(ctx, text, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// Keep writes down the progress of sinks that owner holds, and prolongs the
// leases; a lease of 0 ends them. It names the sinks that owner does not hold.
// A cursor goes forward only, and not at all where somebody else moved it.
func (db *DB) Keep(ctx context.Context, owner string, lease time.Duration, progress []publish.Progress) (lost []string, err error) {
	err = db.write(ctx, func(t *tx) error {
		lost = nil
		for _, p := range progress {
			changed, err := t.changed(ctx, `
				UPDATE tracrpc_sink
				SET cursor = CASE WHEN turn = ?3 AND cursor < ?4 THEN ?4 ELSE cursor END,
				    published = published + ?5, failed = failed + ?6, missed = missed + ?7,
				    error = ?8, error_time = CASE WHEN ?6 > 0 THEN `+t.dialect.now+` ELSE error_time END,
				    owner = CASE WHEN ?9 > 0 THEN owner ELSE '' END,
				    lease = CASE WHEN ?9 > 0 THEN `+t.dialect.now+` + ?9 ELSE 0 END,
				    seen = `+t.dialect.now+`
				WHERE name = ?1 AND owner = ?2`,
				p.Name, owner, p.Turn, p.Cursor, p.Published, p.Failed, p.Missed, p.Error, lease.Microseconds())
			if err != nil {
				return sinkError("keep", p.Name, err)
			}
			if changed == 0 {
				lost = append(lost, p.Name)
			}
		}
		return nil
	})
	return lost, err
}

// PauseSink pauses a sink until ResumeSink is called.
func (db *DB) PauseSink(ctx context.Context, name string) error {
	return db.alterSink(ctx, name, func(t *tx) string {
		return `paused = CASE WHEN paused = 0 THEN ` + t.dialect.now + ` ELSE paused END`
	})
}

// ResumeSink lets a sink go on where it was paused. One that waits after a failure
// tries again at once.
func (db *DB) ResumeSink(ctx context.Context, name string) error {
	return db.alterSink(ctx, name, func(*tx) string { return `paused = 0, error = '', error_time = 0` })
}

// MoveSink moves a sink's cursor, back or on: the next event that it gets is the
// one after this number. It is kept between the events that there are.
func (db *DB) MoveSink(ctx context.Context, name string, after int64) error {
	return db.alterSink(ctx, name, func(*tx) string {
		return `turn = turn + 1, cursor = CASE
			WHEN ?2 < (SELECT MIN(seq) - 1 FROM tracrpc_outbox) THEN (SELECT MIN(seq) - 1 FROM tracrpc_outbox)
			WHEN ?2 < 0 OR NOT EXISTS (SELECT 1 FROM tracrpc_outbox) THEN 0
			WHEN ?2 > (SELECT MAX(seq) FROM tracrpc_outbox) THEN (SELECT MAX(seq) FROM tracrpc_outbox)
			ELSE ?2 END`
	}, after)
}

// alterSink changes columns of a sink, and has its holder look.
func (db *DB) alterSink(ctx context.Context, name string, columns func(*tx) string, args ...any) error {
	return db.write(ctx, func(t *tx) error {
		changed, err := t.changed(ctx, `
			UPDATE tracrpc_sink
			SET `+columns(t)+`
			WHERE name = ?1`, append([]any{name}, args...)...)
		if err == nil && changed == 0 {
			return fault.New(fault.NotFound, "There is no sink %s.", name)
		}
		t.emitted = true
		return sinkError("change", name, err)
	})
}

// RemoveSink forgets a sink and its dead letters. If it is still among the
// settings, it begins anew.
func (db *DB) RemoveSink(ctx context.Context, name string) error {
	return db.write(ctx, func(t *tx) error {
		was, err := t.removeSink(ctx, name)
		if err == nil && !was {
			err = fault.New(fault.NotFound, "There is no sink %s.", name)
		}
		return err
	})
}

// removeSink tells whether there was one.
func (t *tx) removeSink(ctx context.Context, name string) (was bool, err error) {
	changed, err := t.changed(ctx, `DELETE FROM tracrpc_sink WHERE name = ?1`, name)
	if err == nil {
		_, err = t.exec(ctx, `DELETE FROM tracrpc_dead_letter WHERE sink = ?1`, name)
	}
	return changed > 0, sinkError("remove", name, err)
}
