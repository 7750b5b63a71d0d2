package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"time"
)

// The search index finds out which tickets and pages may hold the words of a
// search, so that not every text needs to be looked at. Whatever it finds is
// still compared with LIKE: with the index and without it the answers are the
// same. It lies in a file of its own beside the database, which can be deleted
// at any time, and leaves the database as Trac knows it.
//
// It follows our own writes by their events. What Trac writes has no events:
// so whenever another program has written, the index is not used until all
// texts have been compared with it again.

// index is the state of the search index of a database.
type index struct {
	current atomic.Pointer[trusted] // nil while the index must not be used
	doubted chan struct{}           // holds one notice that it ceased to be current
}

// trusted is an index that was compared with all texts.
type trusted struct {
	file *indexFile
	when moment // since when nobody but us has written
}

// moment is a state of the database as the writer's connection sees it: it stays
// the same as long as only this connection writes.
type moment struct {
	connection int
	version    int64
}

const (
	// indexPause is how long the index waits after an event for more of them.
	indexPause = 100 * time.Millisecond
	// indexShare is how many times as long as taking events in takes it rests, so
	// that while many write it is left behind and they are not.
	indexShare = 8
	// indexRest is how long it waits at least before it compares all texts again,
	// and so many times as long as comparing takes.
	indexRest  = 2 * time.Second
	indexTimes = 10
	// indexRetry is how long it waits when something is broken.
	indexRetry = time.Minute
)

// errDoubt says that the texts must be compared with the index again.
var errDoubt = errors.New("another program has written")

// KeepIndex keeps the search index in the file at path, until ctx ends. Without
// it, or when it fails, searches read all texts.
func (db *DB) KeepIndex(ctx context.Context, path string, log *slog.Logger) {
	if !db.dialect.trigrams {
		return
	}
	for ctx.Err() == nil {
		err := db.keepIndex(ctx, path)
		if ctx.Err() != nil {
			return
		}
		log.Warn("search index failed, searches read all texts", "file", path, "err", err)
		if damaged(err) {
			os.Remove(path) // the next one begins anew; if it stays, it fails again
		}
		sleep(ctx, indexRetry)
	}
}

func (db *DB) keepIndex(ctx context.Context, path string) (err error) {
	file, err := openIndex(ctx, path)
	if err != nil {
		return err
	}
	defer func() {
		db.index.current.Store(nil)
		err = errors.Join(err, file.close())
	}()
	for {
		began := time.Now()
		err := db.compareAll(ctx, file)
		if err == nil {
			err = db.follow(ctx, file)
		}
		db.index.current.Store(nil)
		if !errors.Is(err, errDoubt) {
			return err
		}
		sleep(ctx, max(indexRest, indexTimes*time.Since(began)))
	}
}

// sleep waits, but not longer than ctx lasts.
func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// compareAll brings the index up to date with all texts, and trusts it if nobody
// else wrote meanwhile.
func (db *DB) compareAll(ctx context.Context, file *indexFile) error {
	before, err := db.moment(ctx)
	if err != nil {
		return err
	}
	_, newest, err := db.EventRange(ctx)
	if err != nil {
		return err
	}
	for _, s := range shelves {
		if err := db.compare(ctx, file, s); err != nil {
			return err
		}
	}
	if err := file.setCursor(ctx, newest); err != nil {
		return err
	}
	after, err := db.moment(ctx)
	if err != nil {
		return err
	}
	if after != before {
		return errDoubt
	}
	db.index.current.Store(&trusted{file: file, when: after})
	return nil
}

// moment is the state of the database now.
func (db *DB) moment(ctx context.Context) (m moment, err error) {
	err = db.write(ctx, func(t *tx) error {
		m.connection = t.connection
		return t.row(ctx, "PRAGMA data_version").Scan(&m.version)
	})
	return m, err
}

// compare brings one shelf of the index up to date.
func (db *DB) compare(ctx context.Context, file *indexFile, s shelf) error {
	for last := s.first; ; {
		began := time.Now()
		var documents []document
		var keys []any
		err := db.snapshot(ctx, func(t *tx) (err error) {
			if keys, err = s.next(ctx, t, last, indexChunk); err != nil {
				return err
			}
			documents, err = s.read(ctx, t, keys)
			return err
		})
		if err != nil {
			return err
		}
		var end any // of the stretch of keys that was read; nil for the end of all
		if len(keys) == indexChunk {
			end = keys[len(keys)-1]
		}
		if err := file.update(ctx, s.kind, last, end, documents); err != nil || end == nil {
			return err
		}
		last = end
		sleep(ctx, time.Since(began)) // half of the time is the others'
	}
}

const (
	// indexChunk is how many documents are compared at once.
	indexChunk = 200
	// indexEvents is how many events are taken in at once.
	indexEvents = 1000
)

// follow reads the events of our own writes, and indexes what they are about.
func (db *DB) follow(ctx context.Context, file *indexFile) error {
	for {
		news := db.NewEvents()
		began := time.Now()
		more, err := db.followSome(ctx, file)
		if err != nil {
			return err
		}
		sleep(ctx, indexShare*time.Since(began))
		if more {
			continue
		}
		select {
		case <-news:
			sleep(ctx, indexPause)
		case <-db.index.doubted:
			return errDoubt
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// followSome takes in some events; it tells whether there may be more.
func (db *DB) followSome(ctx context.Context, file *indexFile) (more bool, err error) {
	cursor, err := file.cursor(ctx)
	if err != nil {
		return false, err
	}
	touched := map[string][]any{}
	last, count := cursor, 0
	texts := map[string][]document{}
	err = db.snapshot(ctx, func(t *tx) error {
		if last, count, err = t.touched(ctx, cursor, touched); err != nil {
			return err
		}
		for _, s := range shelves {
			if texts[s.kind], err = s.read(ctx, t, touched[s.kind]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || count == 0 {
		return false, err
	}
	if last-cursor != int64(count) {
		return false, errDoubt // events are gone that were never followed
	}
	for _, s := range shelves {
		if err := file.put(ctx, s.kind, touched[s.kind], texts[s.kind]); err != nil {
			return false, err
		}
	}
	return count == indexEvents, file.setCursor(ctx, last)
}

// touched collects what the events after cursor are about, by kinds, and tells
// the last and the number of those it read.
func (t *tx) touched(ctx context.Context, cursor int64, keys map[string][]any) (last int64, count int, err error) {
	rows, err := t.query(ctx, `
		SELECT seq, realm, id
		FROM tracrpc_outbox
		WHERE seq > ?1
		ORDER BY seq
		LIMIT ?2`, cursor, indexEvents)
	if err != nil {
		return 0, 0, fmt.Errorf("follow events: %w", err)
	}
	defer rows.Close()
	last = cursor
	seen := map[[2]string]bool{}
	for rows.Next() {
		var realm, id string
		if err := rows.Scan(&last, &realm, &id); err != nil {
			return 0, 0, fmt.Errorf("follow events: %w", err)
		}
		count++
		s, known := shelfOf(realm)
		if !known || seen[[2]string{realm, id}] {
			continue
		}
		seen[[2]string{realm, id}] = true
		if key, ok := s.key(id); ok {
			keys[realm] = append(keys[realm], key)
		}
	}
	return last, count, rows.Err()
}
