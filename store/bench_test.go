package store

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tracrpc/publish"
)

// BenchmarkWrite is what a durable row of 300 bytes costs when so many write at
// once; with an event, as every mutation has.
func BenchmarkWrite(b *testing.B) {
	text := strings.Repeat("0123456789", 30)
	for _, writers := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			db := newTestDB(b)
			var id atomic.Int64
			spread(b, writers, func() error {
				n := id.Add(1)
				return db.write(b.Context(), func(t *tx) error {
					_, err := t.exec(b.Context(), `
						INSERT INTO ticket_change (ticket, time, author, field, oldvalue, newvalue)
						VALUES (?1, ?2, 'me', 'comment', '1', ?3)`, n, n, text)
					return err
				})
			})
		})
		b.Run(fmt.Sprintf("event/writers=%d", writers), func(b *testing.B) {
			db := newTestDB(b)
			var id atomic.Int64
			spread(b, writers, func() error {
				n := id.Add(1)
				return db.write(b.Context(), func(t *tx) error {
					_, err := t.exec(b.Context(), `
						INSERT INTO ticket_change (ticket, time, author, field, oldvalue, newvalue)
						VALUES (?1, ?2, 'me', 'comment', '1', ?3)`, n, n, text)
					if err != nil {
						return err
					}
					return t.emit(b.Context(), publish.Event{Time: time.UnixMicro(n), Realm: "ticket", Verb: "changed", ID: "1", Author: "me"})
				})
			})
		})
	}
}

// spread runs b.N calls of do by so many goroutines.
func spread(b *testing.B, count int, do func() error) {
	b.Helper()
	var left atomic.Int64
	left.Store(int64(b.N))
	var all sync.WaitGroup
	b.ResetTimer()
	for range count {
		all.Go(func() { // ends when no calls are left
			for left.Add(-1) >= 0 {
				if err := do(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "writes/s")
}

func BenchmarkGeneration(b *testing.B) {
	db := newTestDB(b)
	err := db.write(b.Context(), func(t *tx) error {
		return t.invalidate(b.Context(), cachePermissions, cacheFields, cacheMilestones, cachePages, cacheInterWiki)
	})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := db.Generation(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRow is the floor of every call that reads.
func BenchmarkRow(b *testing.B) {
	db := newTestDB(b)
	b.ReportAllocs()
	for b.Loop() {
		var owner string
		err := db.read(b.Context(), func(t *tx) error {
			return t.row(b.Context(), `SELECT owner FROM component WHERE name = ?1`, "component1").Scan(&owner)
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
