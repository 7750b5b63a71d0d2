package store

import (
	"context"
	"database/sql"
	"net/url"
	"os"
	"runtime"

	_ "github.com/mattn/go-sqlite3" // the driver
)

var sqliteDialect = dialect{
	name:         "sqlite",
	open:         openSQLite,
	create:       createSQLite,
	hasTable:     "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = ?1",
	placeholders: func(text string) string { return text },
	inList:       "SELECT value FROM json_each(?1)",
	like:         "LIKE",
}

func openSQLite(ctx context.Context, d dialect, path string) (*DB, error) {
	common := "file:" + url.PathEscape(path) + "?mode=rw&_journal_mode=WAL&_busy_timeout=5000&_mutex=no&_foreign_keys=off"
	writers, err := sql.Open("sqlite3", common+"&_synchronous=FULL")
	if err != nil {
		return nil, err
	}
	readers, err := sql.Open("sqlite3", common+"&_query_only=true")
	if err != nil {
		return nil, err
	}
	readers.SetMaxOpenConns(2 * runtime.GOMAXPROCS(0))
	readers.SetMaxIdleConns(2 * runtime.GOMAXPROCS(0))
	w, err := newWriter(ctx, d, writers)
	if err != nil {
		return nil, err
	}
	return &DB{dialect: d, readers: readers, writer: w}, nil
}

// createSQLite makes an empty file, which is an empty database.
func createSQLite(_ context.Context, path string) (func() error, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	return func() error { return os.Remove(path) }, f.Close()
}
