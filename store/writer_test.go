package store

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"tracrpc/publish"
)

// together runs writes so that they share one group: the first holds the writer
// until the others wait. It returns their errors.
func together(t *testing.T, db *DB, writes ...func(*tx) error) []error {
	t.Helper()
	errs := make([]error, len(writes))
	var all sync.WaitGroup
	release := make(chan struct{})
	running := make(chan struct{})
	all.Go(func() {
		errs[0] = db.write(t.Context(), func(x *tx) error {
			close(running)
			<-release
			return writes[0](x)
		})
	})
	<-running
	for i, fn := range writes[1:] {
		all.Go(func() { errs[i+1] = db.write(t.Context(), fn) })
		for len(db.writer.queue) <= i {
			runtime.Gosched()
		}
	}
	close(release)
	all.Wait()
	return errs
}

// note adds a row that a test can look for, and an event.
func note(t *testing.T, name string) func(*tx) error {
	return func(x *tx) error {
		if _, err := x.exec(t.Context(), `INSERT INTO component (name) VALUES (?1)`, name); err != nil {
			return err
		}
		return x.emit(t.Context(), publish.Event{Time: time.Now(), Realm: publish.Component, Verb: publish.Created, ID: name})
	}
}

// notes are the names that were noted, and checks that events were numbered
// without gaps, one a note.
func notes(t *testing.T, db *DB) string {
	t.Helper()
	got := lines(t, db.readers, `SELECT name FROM component WHERE name NOT LIKE 'component%' ORDER BY rowid`)
	events := lines(t, db.readers, `SELECT seq || id FROM tracrpc_outbox ORDER BY seq`)
	if len(got) != len(events) {
		t.Errorf("%d rows, %d events", len(got), len(events))
	}
	for i, event := range events {
		if want := fmt.Sprint(i+1, got[i]); event != strings.ReplaceAll(want, " ", "") {
			t.Errorf("event %d is %q, want %q", i, event, want)
		}
	}
	return strings.Join(got, " ")
}

func TestWritesThatWaitShareATransaction(t *testing.T) {
	t.Parallel()
	db := newTestDB(t)
	seen := -1
	errs := together(t, db, note(t, "a"), note(t, "b"), func(x *tx) error {
		if got := notes(t, db); got != "" {
			t.Errorf("a reader sees %q before the commit", got)
		}
		return x.row(t.Context(), `SELECT COUNT(*) FROM component`).Scan(&seen)
	})
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	if seen != 4 {
		t.Errorf("the last member sees %d components, want the 2 of old and the 2 of its group", seen)
	}
	if got := notes(t, db); got != "a b" {
		t.Errorf("kept %q, want both", got)
	}
}

func TestAFailingMemberIsRolledBackAlone(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	failing := func(x *tx) error { return errors.Join(note(t, "failing")(x), broken) }
	panicking := func(x *tx) error { note(t, "panicking")(x); panic("at the disco") }
	for _, c := range []struct {
		name   string
		writes []func(*tx) error
		want   string
	}{
		{"first", []func(*tx) error{failing, note(t, "b"), note(t, "c")}, "b c"},
		{"second", []func(*tx) error{note(t, "a"), failing, note(t, "c")}, "a c"},
		{"last", []func(*tx) error{note(t, "a"), note(t, "b"), failing}, "a b"},
		{"panic first", []func(*tx) error{panicking, note(t, "b")}, "b"},
		{"panic later", []func(*tx) error{note(t, "a"), panicking, note(t, "c")}, "a c"},
		{"all", []func(*tx) error{failing, panicking, failing}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			db := newTestDB(t)
			failed := 0
			for _, err := range together(t, db, c.writes...) {
				if err == nil {
					continue
				}
				failed++
				if !errors.Is(err, broken) && !strings.Contains(err.Error(), "at the disco") {
					t.Errorf("write = %v, want the member's own error", err)
				}
			}
			if want := len(c.writes) - len(strings.Fields(c.want)); failed != want {
				t.Errorf("%d writes failed, want %d", failed, want)
			}
			if got := notes(t, db); got != c.want {
				t.Errorf("kept %q, want %q", got, c.want)
			}
			if err := db.write(t.Context(), note(t, "after")); err != nil {
				t.Errorf("the next write: %v", err)
			}
		})
	}
}

func TestACancelledWriteNeverRuns(t *testing.T) {
	t.Parallel()
	db := newTestDB(t)
	ctx, cancel := context.WithCancel(t.Context())
	left := make(chan error)
	err := db.write(t.Context(), func(x *tx) error {
		go func() { left <- db.write(ctx, note(t, "never")) }() // until it has the answer, below
		for len(db.writer.queue) == 0 {
			runtime.Gosched()
		}
		cancel()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("write = %v, want context.Canceled", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.write(ctx, note(t, "never")); !errors.Is(err, context.Canceled) {
		t.Errorf("write = %v, want context.Canceled", err)
	}
	if err := db.write(t.Context(), note(t, "a")); err != nil {
		t.Fatal(err)
	}
	if got := notes(t, db); got != "a" {
		t.Errorf("kept %q, want a", got)
	}
}

// A context that ends while its write runs must not spoil the group.
func TestCancellingDoesNotInterruptAGroup(t *testing.T) {
	t.Parallel()
	db := newTestDB(t)
	ctx, cancel := context.WithCancel(t.Context())
	errs := together(t, db, note(t, "a"), func(x *tx) error {
		cancel()
		_, err := x.exec(ctx, `
			WITH RECURSIVE n (i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 50000)
			INSERT INTO component (name) SELECT 'component' || i FROM n`)
		return err
	}, note(t, "b"))
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	if got := notes(t, db); got != "a b" {
		t.Errorf("kept %q, want a b", got)
	}
}

// limit bounds the pages of the database as a full disk would; 0 lifts the limit.
func limit(x *tx, pages int) error {
	if pages == 0 {
		return x.script(context.Background(), `PRAGMA max_page_count = 1073741823`)
	}
	var used int
	if err := x.row(context.Background(), `PRAGMA page_count`).Scan(&used); err != nil {
		return err
	}
	return x.script(context.Background(), fmt.Sprintf(`PRAGMA max_page_count = %d`, used+pages))
}

func TestAFullDiskFailsTheWholeGroup(t *testing.T) {
	t.Parallel()
	big := func(x *tx) error {
		_, err := x.exec(t.Context(), `INSERT INTO component (name) VALUES (hex(zeroblob(1000000)))`)
		return err
	}
	careless := func(x *tx) error {
		big(x) // the error is forgotten
		note(t, "careless")(x)
		return nil
	}
	for _, c := range []struct {
		name   string
		writes []func(*tx) error
	}{
		{"first", []func(*tx) error{big}},
		{"first, careless", []func(*tx) error{careless}},
		{"later", []func(*tx) error{note(t, "a"), big, note(t, "c")}},
		{"a row, careless", []func(*tx) error{func(x *tx) error {
			var id int
			x.row(t.Context(), `INSERT INTO ticket (summary) VALUES (hex(zeroblob(1000000))) RETURNING id`).Scan(&id)
			note(t, "careless")(x)
			return nil
		}}},
		{"later, careless", []func(*tx) error{note(t, "a"), careless, note(t, "c")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			db := newTestDB(t)
			if err := db.write(t.Context(), func(x *tx) error { return limit(x, 10) }); err != nil {
				t.Fatal(err)
			}
			errs := together(t, db, c.writes...)
			for i, err := range errs[:min(2, len(errs))] {
				if err == nil || !strings.Contains(err.Error(), "full") {
					t.Errorf("write %d = %v, want that the disk is full", i, err)
				}
			}
			if err := db.write(t.Context(), func(x *tx) error { return limit(x, 0) }); err != nil {
				t.Fatal(err)
			}
			if err := db.write(t.Context(), note(t, "after")); err != nil {
				t.Fatal(err)
			}
			want := "after"
			if len(errs) == 3 && errs[2] == nil { // it came after the group that failed
				want = "c after"
			}
			if got := notes(t, db); got != want {
				t.Errorf("kept %q, want %q", got, want)
			}
		})
	}
}

func TestWriteWaitsForAnotherProgram(t *testing.T) {
	t.Parallel()
	db := newTestDB(t)
	var path string
	if err := db.readers.QueryRow(`SELECT file FROM pragma_database_list`).Scan(&path); err != nil {
		t.Fatal(err)
	}
	other, err := openSQLite(t.Context(), sqliteDialect, path)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	answers := make(chan error, 2)
	ctx, cancel := context.WithCancel(t.Context())
	err = other.write(t.Context(), func(x *tx) error {
		go func() { answers <- db.write(ctx, note(t, "gave up")) }() // until cancelled
		cancel()
		if err := <-answers; !errors.Is(err, context.Canceled) {
			t.Errorf("write = %v, want context.Canceled", err)
		}
		go func() { answers <- db.write(t.Context(), note(t, "b")) }() // until x is committed
		return note(t, "a")(x)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-answers; err != nil {
		t.Fatal(err)
	}
	if got := notes(t, db); got != "a b" {
		t.Errorf("kept %q, want a b", got)
	}
}

func TestCloseAnswersWhoWaits(t *testing.T) {
	t.Parallel()
	url := "sqlite:" + t.TempDir() + "/trac.db"
	if err := Create(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	db, err := Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			for {
				if err := db.write(t.Context(), func(*tx) error { return nil }); err != nil {
					if !errors.Is(err, errClosed) {
						t.Errorf("write = %v, want errClosed", err)
					}
					return
				}
			}
		})
	}
	for range 1000 {
		runtime.Gosched()
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	all.Wait()
}
