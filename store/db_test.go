package store

import (
	"context"
	"errors"
	"sync"
	"testing"
)

// A writer moves one owner at a time between two components; a snapshot never
// sees it at both or at neither.
func TestSnapshotSeesOneMoment(t *testing.T) {
	t.Parallel()
	db := newTestDB(t)
	set := func(first, second string) func(*tx) error {
		return func(x *tx) error {
			for name, owner := range map[string]string{"component1": first, "component2": second} {
				_, err := x.exec(t.Context(), `UPDATE component SET owner = ?2 WHERE name = ?1`, name, owner)
				if err != nil {
					return err
				}
			}
			return nil
		}
	}
	if err := db.write(t.Context(), set("me", "")); err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() { // until stop
			for {
				select {
				case <-stop:
					return
				default:
				}
				var first, second string
				err := db.snapshot(t.Context(), func(x *tx) error {
					const text = `SELECT owner FROM component WHERE name = ?1`
					return errors.Join(x.row(t.Context(), text, "component1").Scan(&first),
						x.row(t.Context(), text, "component2").Scan(&second))
				})
				if err != nil || first+second != "me" {
					t.Errorf("owners %q and %q, %v, want one of them me", first, second, err)
					return
				}
			}
		})
	}
	for i := range 300 {
		pair := set("me", "")
		if i%2 == 0 {
			pair = set("", "me")
		}
		if err := db.write(t.Context(), pair); err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	all.Wait()
}

// A search that nobody waits for any more must not go on.
func TestQueryEndsWithItsContext(t *testing.T) {
	t.Parallel()
	db := newTestDB(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := db.read(ctx, func(x *tx) error {
		rows, err := x.query(ctx, `
			WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
			SELECT i FROM n WHERE i = 2 OR i < 0`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			cancel() // the next row never comes
		}
		return rows.Err()
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("query = %v, want context.Canceled", err)
	}
	err = db.read(ctx, func(x *tx) error {
		var n int
		return x.row(ctx, `SELECT 1`).Scan(&n)
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("row = %v, want context.Canceled", err)
	}
}
