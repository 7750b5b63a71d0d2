package store

import (
	"context"
	"fmt"
	"sync"

	"tracrpc/publish"
)

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
