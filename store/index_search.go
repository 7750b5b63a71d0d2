package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

const (
	// mostCandidates is how many documents a search compares one by one; when
	// there may be more, it reads all texts.
	mostCandidates = 20_000
	// trustPatience is how long a search waits to hear that nobody else has
	// written, before it reads all texts.
	trustPatience = 200 * time.Millisecond
)

// searching runs fn on the database for a search of documents of a kind. The list
// is a JSON array of the keys of all documents that may hold the terms, or "" when
// every document may.
func (db *DB) searching(ctx context.Context, kind string, terms []string, fn func(t *tx, list string) error) error {
	match, index := trigrams(terms), db.index.current.Load()
	if match == "" || index == nil {
		return db.read(ctx, func(t *tx) error { return fn(t, "") })
	}
	// The index is asked first: what it does not know yet is then found among the
	// events, which are read with the texts.
	keys, cursor, err := index.file.find(ctx, kind, match, mostCandidates+1)
	if err != nil || len(keys) > mostCandidates {
		// An index that cannot be read is its keeper's business.
		return db.read(ctx, func(t *tx) error { return fn(t, "") })
	}
	return db.snapshot(ctx, func(t *tx) error {
		touched := map[string][]any{}
		last, count, err := t.touched(ctx, cursor, touched)
		if err != nil {
			return err
		}
		if count == indexEvents || last-cursor != int64(count) || !db.trusts(ctx, index) {
			return fn(t, "")
		}
		list, err := json.Marshal(append(append([]any{}, keys...), touched[kind]...))
		if err != nil {
			return fmt.Errorf("search: %w", err)
		}
		return fn(t, string(list))
	})
}

// trusts tells whether nobody else has written since the index was compared with
// all texts. It is asked after the texts that are to be read have been fixed.
func (db *DB) trusts(ctx context.Context, i *trusted) bool {
	ctx, cancel := context.WithTimeout(ctx, trustPatience)
	defer cancel()
	now, err := db.moment(ctx)
	if err != nil {
		return false // somebody else is writing right now, perhaps
	}
	if now == i.when {
		return true
	}
	db.index.current.CompareAndSwap(i, nil)
	select {
	case db.index.doubted <- struct{}{}:
	default: // the keeper will hear of it already
	}
	return false
}
