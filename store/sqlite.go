package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/mattn/go-sqlite3"
)

var sqliteDialect = dialect{
	name:         "sqlite",
	open:         openSQLite,
	create:       createSQLite,
	hasTable:     "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = ?1",
	hasIndex:     "SELECT COUNT(*) FROM sqlite_master WHERE type = 'index' AND name = ?1",
	placeholders: func(text string) string { return text },
	inList:       "SELECT value FROM json_each(?1)",
	jsonObject:   "json_group_object",
	like:         "LIKE",
	now:          "CAST(unixepoch('subsec') * 1000000 AS integer)",
	commentRank:  "CAST(substr(oldvalue, instr(oldvalue, '.') + 1) AS integer)",
	walks:        true,
	trigrams:     true,
	begin:        "BEGIN IMMEDIATE",
	busy:         sqliteBusy,
	fatal:        sqliteFatal,
	joinIDs:      func(column string) string { return "group_concat(" + column + ")" },
	toInt:        func(column string) string { return "CAST(" + column + " AS integer)" },
}

const (
	// readerCache is what the readers' page caches may hold together, in KiB.
	// With it point reads and scans cost a fifth less than with SQLite's 2 MiB
	// each. A memory map would be as fast, but with one a disk that cannot be
	// read ends the process instead of a call.
	readerCache = 128 << 10
	// journalLimit is what the write-ahead log shrinks to after a burst.
	journalLimit = 64 << 20
	// writerPatience is how long the writer waits for another program's at a
	// time, before it looks whether its caller still waits.
	writerPatience = time.Second
	// walPatience is how long Open waits for the readers and writers that keep
	// it from switching a database to the write-ahead log.
	walPatience = 10 * time.Second
)

// openSQLite opens the file at path. An answered write must survive a loss of
// power, hence synchronous=FULL; Trac does not enforce foreign keys, so neither
// do we. Each connection is used by one goroutine at a time: no mutexes.
func openSQLite(ctx context.Context, d dialect, path string) (*DB, error) {
	source, err := sqliteSource(path)
	if err != nil {
		return nil, err
	}
	if err := switchToWAL(ctx, source); err != nil {
		return nil, err
	}
	if err := forgetOutboxCount(ctx, source); err != nil {
		return nil, err
	}
	db := &DB{dialect: d, index: index{doubted: make(chan struct{}, 1)}}
	db.openReaders(source)
	if err := db.openWriter(ctx, source); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func (db *DB) openReaders(source string) {
	count := max(8, 4*runtime.GOMAXPROCS(0))
	reader := connector{source + "&_busy_timeout=5000&_query_only=true", []string{
		fmt.Sprintf("PRAGMA cache_size = -%d", readerCache/count),
		"PRAGMA temp_store = MEMORY",
	}}
	db.readers = sql.OpenDB(reader)
	db.readers.SetMaxOpenConns(count)
	db.readers.SetMaxIdleConns(count)
	w := &watch{source: reader}
	db.generation = w.generation
	db.closers = append(db.closers, db.readers.Close, w.close)
}

func (db *DB) openWriter(ctx context.Context, source string) error {
	writers := connector{source + fmt.Sprintf("&_busy_timeout=%d&_synchronous=FULL", writerPatience.Milliseconds()), []string{
		"PRAGMA wal_autocheckpoint = 0", // see checkpointer
		fmt.Sprintf("PRAGMA journal_size_limit = %d", journalLimit),
		"PRAGMA temp_store = MEMORY",
	}}
	c := &checkpointer{limit: longestLog}
	pool := sql.OpenDB(writers)
	db.closers = append(db.closers, pool.Close)
	var err error
	db.writer, err = newWriter(ctx, db.dialect, pool, func(conn *sql.Conn, emitted bool) {
		if emitted {
			db.news.tell()
		}
		c.committed(conn)
	})
	if err != nil {
		return err
	}
	db.closers = append(db.closers, db.writer.close)
	return nil
}

// sqliteSource is the driver's name for the file at path, in which any
// character may occur but NUL.
func sqliteSource(path string) (string, error) {
	if strings.ContainsRune(path, 0) {
		return "", fmt.Errorf("a path cannot contain the character NUL: %q", path)
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	return "file:" + (&url.URL{Path: absolute}).EscapedPath() + "?mode=rw&_mutex=no&_foreign_keys=off&_stmt_cache_size=100", nil
}

// switchToWAL makes the file keep a write-ahead log, as databases that Trac
// made do not: without it readers and the writer shut each other out. The file
// remembers, and Trac gets along with it.
func switchToWAL(ctx context.Context, source string) error {
	db := sql.OpenDB(connector{source + "&_busy_timeout=1000", nil})
	defer db.Close() // the pragma is done or it is not
	mode, err := setWAL(ctx, db)
	for began := time.Now(); sqliteBusy(err); mode, err = setWAL(ctx, db) {
		if time.Since(began) > walPatience {
			return fmt.Errorf("another program, perhaps Trac, has kept the database locked for %v: %w", walPatience, err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond): // SQLite does not wait for a writer here
		}
	}
	if err == nil && mode != "wal" {
		err = fmt.Errorf("the database cannot keep a write-ahead log (its journal mode stays %q); is it on a network drive?", mode)
	}
	return err
}

func setWAL(ctx context.Context, db *sql.DB) (mode string, err error) {
	err = db.QueryRowContext(ctx, "PRAGMA journal_mode = WAL").Scan(&mode)
	return mode, err
}

// forgetOutboxCount makes SQLite's planner take the outbox for a large table, as
// it does when nobody has counted. Who ran ANALYZE while it held a few events
// would have every reader of the newest ones read them all from then on.
func forgetOutboxCount(ctx context.Context, source string) error {
	db := sql.OpenDB(connector{source + "&_busy_timeout=5000", nil})
	defer db.Close() // the row is gone or it is not
	var counted int
	err := db.QueryRowContext(ctx, `
		SELECT COUNT(*)
		FROM sqlite_schema
		WHERE name = 'sqlite_stat1'`).Scan(&counted)
	if err != nil || counted == 0 {
		return err
	}
	err = db.QueryRowContext(ctx, `
		SELECT COUNT(*)
		FROM sqlite_stat1
		WHERE tbl = 'tracrpc_outbox'`).Scan(&counted)
	if err != nil || counted == 0 {
		return err
	}
	_, err = db.ExecContext(ctx, `
		DELETE FROM sqlite_stat1
		WHERE tbl = 'tracrpc_outbox'`)
	if sqliteBusy(err) {
		return nil // it costs time, and next time the database may be free
	}
	return err
}

// createSQLite makes an empty file, which is an empty database.
func createSQLite(_ context.Context, path string) (func() error, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	discard := func() error {
		os.Remove(path + "-wal") // closing the database removed it, as a rule
		os.Remove(path + "-shm") // and this one, too
		return os.Remove(path)
	}
	return discard, f.Close()
}

// sqliteBusy tells whether another program held a lock.
func sqliteBusy(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && (e.Code == sqlite3.ErrBusy || e.Code == sqlite3.ErrLocked)
}

// sqliteFatal tells whether SQLite may have rolled back the transaction by
// itself (https://sqlite.org/lang_transaction.html, section 3.1).
func sqliteFatal(err error) bool {
	var e sqlite3.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code {
	case sqlite3.ErrFull, sqlite3.ErrIoErr, sqlite3.ErrNomem, sqlite3.ErrBusy, sqlite3.ErrInterrupt, sqlite3.ErrCorrupt:
		return true
	}
	return false
}

// connector opens connections to one file and runs pragmas on each.
type connector struct {
	source  string
	pragmas []string
}

func (c connector) Connect(context.Context) (driver.Conn, error) {
	return c.Driver().Open(c.source)
}

func (c connector) Driver() driver.Driver {
	return &sqlite3.SQLiteDriver{ConnectHook: func(conn *sqlite3.SQLiteConn) error {
		for _, pragma := range c.pragmas {
			if _, err := conn.Exec(pragma, nil); err != nil {
				return fmt.Errorf("%s: %w", pragma, err)
			}
		}
		return nil
	}}
}
