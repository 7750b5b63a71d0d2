package store

import (
	"context"
	"fmt"
	"sync"
	"time"

	"tracrpc/publish"
)

// eventsSize bounds the data that one call of Events returns, in bytes.
const eventsSize = 4 << 20

// emit writes an event to the outbox.
func (t *tx) emit(ctx context.Context, e publish.Event) error {
	data := string(e.Data)
	if data == "" {
		data = "{}"
	}
	_, err := t.exec(ctx, `
		INSERT INTO tracrpc_outbox (time, realm, verb, id, author, data)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6)`,
		e.Time.UnixMicro(), e.Realm, e.Verb, e.ID, e.Author, data)
	if err != nil {
		return fmt.Errorf("write event %s %s %s: %w", e.Realm, e.Verb, e.ID, err)
	}
	t.emitted = true
	return nil
}

// Events lists the events after the one numbered after, in order and at most
// limit of them; fewer when they are large, but none only when there are none.
// Env is left empty: a database does not know its environment's name.
func (db *DB) Events(ctx context.Context, after int64, limit int) ([]publish.Event, error) {
	var events []publish.Event
	err := db.read(ctx, func(t *tx) error {
		rows, err := t.query(ctx, `
			SELECT seq, time, realm, verb, id, author, data
			FROM tracrpc_outbox
			WHERE seq > ?1
			ORDER BY seq
			LIMIT ?2`, after, limit)
		if err != nil {
			return fmt.Errorf("read events after %d: %w", after, err)
		}
		defer rows.Close()
		for size := 0; size < eventsSize && rows.Next(); {
			var e publish.Event
			var when int64
			var data []byte
			if err := rows.Scan(&e.Seq, &when, &e.Realm, &e.Verb, &e.ID, &e.Author, &data); err != nil {
				return fmt.Errorf("read events after %d: %w", after, err)
			}
			e.Time, e.Data = time.UnixMicro(when).UTC(), data
			events = append(events, e)
			size += len(data)
		}
		return rows.Err()
	})
	return events, err
}

// EventRange is the numbers of the oldest and the newest event that are kept;
// 0 and 0 before the first. Whoever has read up to less than oldest-1 has missed
// events for good.
func (db *DB) EventRange(ctx context.Context) (oldest, newest int64, err error) {
	err = db.read(ctx, func(t *tx) error {
		oldest, newest, err = t.eventRange(ctx)
		return err
	})
	return oldest, newest, err
}

// LastEvent is the number of the newest event; 0 before the first.
func (db *DB) LastEvent(ctx context.Context) (int64, error) {
	_, newest, err := db.EventRange(ctx)
	return newest, err
}

func (t *tx) eventRange(ctx context.Context) (oldest, newest int64, err error) {
	err = t.row(ctx, `
		SELECT COALESCE((SELECT MIN(seq) FROM tracrpc_outbox), 0),
		       COALESCE((SELECT MAX(seq) FROM tracrpc_outbox), 0)`).Scan(&oldest, &newest)
	if err != nil {
		err = fmt.Errorf("read the range of events: %w", err)
	}
	return oldest, newest, err
}

// news wakes those who wait for events. It holds nothing but a channel, however
// many wait.
type news struct {
	mu   sync.Mutex
	wake chan struct{} // closed by the next tell; nil when nobody waits
}

func (n *news) tell() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.wake != nil {
		close(n.wake)
		n.wake = nil
	}
}

func (n *news) channel() <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.wake == nil {
		n.wake = make(chan struct{})
	}
	return n.wake
}

// NewEvents is a channel that is closed after the next commit that wrote
// events. Ask for it before reading Events, or one may be missed in between. It
// tells of this process's events only: whoever must see those of another, such
// as an import, looks again now and then.
func (db *DB) NewEvents() <-chan struct{} { return db.news.channel() }
