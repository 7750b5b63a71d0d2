// Package storetest makes databases for tests, real ones in the test's own
// temporary folder, and holds the suite that every kind of database must pass.
package storetest

import (
	"path/filepath"
	"testing"

	"tracrpc/store"
)

// New opens a fresh database with Trac's default data. It is closed and removed
// when the test ends.
func New(t testing.TB, pages ...store.StartPage) *store.DB {
	t.Helper()
	return Open(t, SQLite(t, pages...))
}

// SQLite makes a fresh database in a file and returns its URL.
func SQLite(t testing.TB, pages ...store.StartPage) string {
	t.Helper()
	url := "sqlite:" + filepath.Join(t.TempDir(), "trac.db")
	if err := store.Create(t.Context(), url, pages...); err != nil {
		t.Fatal(err)
	}
	return url
}

// Open opens the database at url until the test ends.
func Open(t testing.TB, url string) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return db
}
