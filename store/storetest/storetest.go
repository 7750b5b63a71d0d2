// Package storetest makes databases for tests: real ones, in the test's own
// temporary folder.
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
	url := "sqlite:" + filepath.Join(t.TempDir(), "trac.db")
	if err := store.Create(t.Context(), url, pages...); err != nil {
		t.Fatal(err)
	}
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
