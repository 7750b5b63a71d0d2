package store

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
	"tracrpc/publish"
)

func TestPathsMayHoldAnyCharacter(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a b", "100%", "%41", "what?", "#1", "a&b=c", "ö\u20ac", "a:b", "'", `"`, "a\nb"} {
		dir := filepath.Join(t.TempDir(), name)
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, name+".db")
		if err := Create(t.Context(), "sqlite:"+path); err != nil {
			t.Errorf("Create(%q): %v", path, err)
			continue
		}
		db := openTestDB(t, "sqlite:"+path)
		if err := db.write(t.Context(), note(t, "a")); err != nil {
			t.Errorf("write to %q: %v", path, err)
		}
		if info, err := os.Stat(path); err != nil || info.Size() == 0 {
			t.Errorf("the database is not at %q: %v", path, err)
		}
	}
	if err := Create(t.Context(), "sqlite:"+t.TempDir()+"/a\x00b"); err == nil {
		t.Error("a path with NUL was accepted")
	}
	if _, err := Open(t.Context(), "sqlite:"+t.TempDir()+"/missing.db"); err == nil {
		t.Error("Open made a database")
	}
}

// Trac makes databases with a rollback journal, and goes on using them.
func TestOpenSwitchesToTheWriteAheadLog(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "trac.db")
	if err := Create(t.Context(), "sqlite:"+path); err != nil {
		t.Fatal(err)
	}
	trac, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	defer trac.Close()
	trac.SetMaxOpenConns(1)
	if _, err := trac.Exec(`PRAGMA journal_mode = DELETE`); err != nil {
		t.Fatal(err)
	}
	db := openTestDB(t, "sqlite:"+path)
	if got := lines(t, db.readers, `PRAGMA journal_mode`)[0]; got != "wal" {
		t.Errorf("journal_mode = %q, want wal", got)
	}
	if _, err := trac.Exec(`INSERT INTO component (name) VALUES ('by Trac')`); err != nil {
		t.Errorf("Trac writes no more: %v", err)
	}
	if got := lines(t, db.readers, `SELECT COUNT(*) FROM component WHERE name = 'by Trac'`)[0]; got != "1" {
		t.Errorf("we do not see what Trac wrote")
	}
}

// Trac may be writing at the moment when we open its database.
func TestOpenWaitsForAnotherProgram(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, lock string }{
		{"writer", `INSERT INTO component (name) VALUES ('by Trac')`},
		{"reader", `SELECT COUNT(*) FROM component`},
	} {
		path := filepath.Join(t.TempDir(), "trac.db")
		if err := Create(t.Context(), "sqlite:"+path); err != nil {
			t.Fatal(err)
		}
		trac, err := sql.Open("sqlite3", path)
		if err != nil {
			t.Fatal(err)
		}
		defer trac.Close()
		trac.SetMaxOpenConns(1)
		if _, err := trac.Exec(`PRAGMA journal_mode = DELETE`); err != nil {
			t.Fatal(err)
		}
		held, err := trac.Begin()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := held.Exec(c.lock); err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(100*time.Millisecond, func() { held.Commit() })
		db, err := Open(t.Context(), "sqlite:"+path)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if err := db.Close(); err != nil {
			t.Errorf("%s: close: %v", c.name, err)
		}
	}
}

// Whoever reads the newest events must not read all of them, also after somebody
// ran ANALYZE when there were few.
func TestTheNewestEventsAreFoundAfterAnalyze(t *testing.T) {
	t.Parallel()
	path := "sqlite:" + filepath.Join(t.TempDir(), "trac.db")
	if err := Create(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	db, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	err = db.write(t.Context(), func(x *tx) error {
		if err := x.emit(t.Context(), publish.Event{Time: time.UnixMicro(1), Realm: publish.Ticket, Verb: publish.Created, ID: "1"}); err != nil {
			return err
		}
		return x.script(t.Context(), `ANALYZE`)
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	db = openTestDB(t, path)
	plan := explain(t, db, `SELECT data FROM tracrpc_outbox WHERE seq > 1 ORDER BY seq LIMIT 500`, nil)
	if !strings.Contains(strings.Join(plan, "\n"), "SEARCH") {
		t.Errorf("the plan is %q, want a SEARCH", plan)
	}
}

func TestReadersCannotWrite(t *testing.T) {
	t.Parallel()
	db := newTestDB(t)
	err := db.read(t.Context(), func(x *tx) error {
		_, err := x.exec(t.Context(), `DELETE FROM component`)
		return err
	})
	if err == nil {
		t.Error("a reader deleted something")
	}
}

// An answered write is synced: with less, a loss of power would undo it.
func TestTheWriterSyncsWhatItAnswers(t *testing.T) {
	t.Parallel()
	db := newTestDB(t)
	err := db.write(t.Context(), func(x *tx) error {
		var synchronous, foreignKeys int
		if err := x.row(t.Context(), `PRAGMA synchronous`).Scan(&synchronous); err != nil {
			return err
		}
		if synchronous != 2 {
			t.Errorf("synchronous = %d, want 2 (FULL)", synchronous)
		}
		if err := x.row(t.Context(), `PRAGMA foreign_keys`).Scan(&foreignKeys); err != nil {
			return err
		}
		if foreignKeys != 0 {
			t.Error("foreign keys are enforced, unlike in Trac")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Full text search needs the build tag sqlite_fts5.
func TestFullTextSearchIsBuiltIn(t *testing.T) {
	t.Parallel()
	db := newTestDB(t)
	err := db.write(t.Context(), func(x *tx) error {
		return x.script(t.Context(), `CREATE VIRTUAL TABLE tracrpc_probe USING fts5 (text, tokenize = 'trigram')`)
	})
	if err != nil {
		t.Errorf("build with -tags sqlite_fts5: %v", err)
	}
}

// Where there is always a reader in the log, SQLite by itself never begins it
// anew: it would grow to all that was ever written.
func TestTheLogStaysShortThoughItIsAlwaysRead(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "trac.db")
	if err := Create(t.Context(), "sqlite:"+path); err != nil {
		t.Fatal(err)
	}
	db := openTestDB(t, "sqlite:"+path)
	stop, written := make(chan struct{}), make(chan struct{}, 1)
	var all sync.WaitGroup
	all.Go(func() { readUntil(t, db, stop, written) })
	const size, writes = 1 << 20, 100
	for range writes {
		err := db.write(t.Context(), func(x *tx) error {
			_, err := x.exec(t.Context(), `UPDATE component SET description = randomblob(?1)`, size/2) // of two components
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		select {
		case written <- struct{}{}:
		default:
		}
	}
	close(stop)
	all.Wait()
	info, err := os.Stat(path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	if limit := int64(longestLog*4096 + 4*size); info.Size() > limit {
		t.Errorf("the log has %d bytes after writing %d, want at most %d", info.Size(), size*writes, limit)
	}
}

// readUntil always has a snapshot open: the next before it ends the last, and
// each across a write if one comes soon.
func readUntil(t *testing.T, db *DB, stop, written <-chan struct{}) {
	begin := func() *sql.Tx {
		snapshot, err := db.readers.Begin()
		if err == nil {
			err = snapshot.QueryRow(`SELECT COUNT(*) FROM component`).Scan(new(int))
		}
		if err != nil {
			t.Error(err)
		}
		return snapshot
	}
	last := begin()
	for {
		select {
		case <-stop:
			last.Rollback()
			return
		case <-written:
		case <-time.After(20 * time.Millisecond):
		}
		next := begin()
		last.Rollback()
		last = next
	}
}
