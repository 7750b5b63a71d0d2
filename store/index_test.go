package store

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tracrpc/publish"
	"tracrpc/wiki"
)

// indexed opens a fresh database with some tickets and pages, and keeps a search
// index of it until the test ends.
func indexed(t *testing.T) (db *DB, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "trac.db")
	if err := Create(t.Context(), "sqlite:"+path); err != nil {
		t.Fatal(err)
	}
	db, err := Open(t.Context(), "sqlite:"+path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 300 {
		addTicket(t, db, i+1, fmt.Sprintf("summary %d of tickets", i), fmt.Sprintf("description %x", i*7919))
	}
	keep(t, db, filepath.Join(filepath.Dir(path), "search.db"))
	return db, path
}

// keep keeps the index until the test ends, and closes the database then.
func keep(t *testing.T, db *DB, file string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	// Ends when ctx is cancelled, which the clean-up does and waits for.
	go func() {
		db.KeepIndex(ctx, file, slog.New(slog.NewTextHandler(t.Output(), nil)))
		close(done)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	waitForIndex(t, db)
}

// waitForIndex waits until the index is used.
func waitForIndex(t *testing.T, db *DB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for db.index.current.Load() == nil {
		if ctx.Err() != nil {
			t.Fatal("the index does not become current")
		}
		sleep(ctx, 5*time.Millisecond)
	}
}

func addTicket(t *testing.T, db *DB, id int, summary, description string) {
	t.Helper()
	err := db.write(t.Context(), func(x *tx) error {
		_, err := x.exec(t.Context(), `INSERT INTO ticket (id, time, changetime, summary, description) VALUES (?1, ?1, ?1, ?2, ?3)`,
			id, summary, description)
		if err != nil {
			return err
		}
		return x.emit(t.Context(), publish.Event{Time: time.Now(), Realm: publish.Ticket, Verb: publish.Created, ID: fmt.Sprint(id)})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func ticketsFound(t *testing.T, db *DB, terms ...string) []int {
	t.Helper()
	found, err := db.SearchTickets(t.Context(), terms)
	if err != nil {
		t.Fatal(err)
	}
	var ids []int
	for _, k := range found {
		ids = append(ids, k.ID)
	}
	return ids
}

// usesIndex tells whether a search is answered with the index.
func usesIndex(t *testing.T, db *DB, terms ...string) bool {
	t.Helper()
	used := false
	err := db.searching(t.Context(), publish.Ticket, terms, func(_ *tx, list string) error {
		used = list != ""
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return used
}

func TestIndexSeesOurOwnWritesAtOnce(t *testing.T) {
	t.Parallel()
	db, _ := indexed(t)
	for i := range 20 {
		word := fmt.Sprintf("fresh%03dword", i)
		addTicket(t, db, 1000+i, word, "")
		if !usesIndex(t, db, word) {
			t.Errorf("the search for %s does not use the index", word)
		}
		if got := ticketsFound(t, db, word); !slices.Equal(got, []int{1000 + i}) {
			t.Errorf("search for %s = %v, want ticket %d", word, got, 1000+i)
		}
	}
}

func TestIndexIsNotUsedAfterTracWrote(t *testing.T) {
	t.Parallel()
	db, path := indexed(t)
	trac, err := sql.Open("sqlite3", path+"?_busy_timeout=5000")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { trac.Close() })
	for i := range 3 {
		word := fmt.Sprintf("tracs%03dword", i)
		if _, err := trac.Exec(`UPDATE ticket SET summary = ?1 WHERE id = 7`, word); err != nil {
			t.Fatal(err)
		}
		if got := ticketsFound(t, db, word); !slices.Equal(got, []int{7}) {
			t.Errorf("search for %s = %v, want ticket 7", word, got)
		}
	}
	waitForIndex(t, db)
	if got := ticketsFound(t, db, "tracs002word"); !slices.Equal(got, []int{7}) || !usesIndex(t, db, "tracs002word") {
		t.Errorf("search with the index = %v, want ticket 7", got)
	}
}

func TestIndexAndLikeAgree(t *testing.T) {
	t.Parallel()
	db, _ := indexed(t)
	random := rand.New(rand.NewSource(1))
	letters := []rune("abAB äÄß\"'%_/日本\u00a0\n")
	text := func(n int) string {
		var b strings.Builder
		for range random.Intn(n) {
			b.WriteRune(letters[random.Intn(len(letters))])
		}
		return b.String()
	}
	for i := range 200 {
		addTicket(t, db, 2000+i, text(20), text(60))
		err := db.SavePage(t.Context(), fmt.Sprintf("P%d", i), func(wiki.Page) (wiki.Page, publish.Event, error) {
			p := wiki.Page{Name: fmt.Sprintf("P%d", i), Version: 1, Text: text(60)}
			e, err := publish.NewEvent(time.Now(), publish.Wiki, publish.Created, p.Name, "", struct{}{})
			return p, e, err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for range 500 {
		terms := []string{text(6), text(4)}
		with := ticketsFound(t, db, terms...)
		pages, err := db.SearchPages(t.Context(), terms)
		if err != nil {
			t.Fatal(err)
		}
		current := db.index.current.Swap(nil)
		without := ticketsFound(t, db, terms...)
		samePages, err := db.SearchPages(t.Context(), terms)
		db.index.current.Store(current)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(with, without) || !slices.EqualFunc(pages, samePages, func(a, b wiki.Page) bool { return a.Name == b.Name }) {
			t.Fatalf("search for %q: with the index %v and %d pages, without %v and %d", terms, with, len(pages), without, len(samePages))
		}
	}
}

func TestIndexForgetsWhatIsGone(t *testing.T) {
	t.Parallel()
	db, path := indexed(t)
	trac, err := sql.Open("sqlite3", path+"?_busy_timeout=5000")
	if err != nil {
		t.Fatal(err)
	}
	defer trac.Close()
	if _, err := trac.Exec(`DELETE FROM ticket WHERE id > 10`); err != nil {
		t.Fatal(err)
	}
	if got := ticketsFound(t, db, "summary"); len(got) != 10 {
		t.Errorf("found %d tickets, want 10", len(got))
	}
	waitForIndex(t, db)
	keys, _, err := db.index.current.Load().file.find(t.Context(), publish.Ticket, trigrams([]string{"summary"}), 1000)
	if err != nil || len(keys) != 10 {
		t.Errorf("the index holds %d tickets, %v, want 10", len(keys), err)
	}
}

func TestDamagedIndexIsMadeAnew(t *testing.T) {
	t.Parallel()
	for _, err := range []error{fmt.Errorf("read: %w", errDoubt)} {
		if damaged(err) {
			t.Errorf("damaged(%v) = true", err)
		}
	}
	path := filepath.Join(t.TempDir(), "search.db")
	writeFile(t, path, strings.Repeat("this is no database ", 1000))
	_, err := openIndex(t.Context(), path)
	if !damaged(err) {
		t.Errorf("openIndex = %v, which does not count as damaged", err)
	}
}

func TestTrigrams(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		terms []string
		want  string
	}{
		{nil, ""},
		{[]string{"ab", "日本"}, ""},
		{[]string{"abcd"}, `"abc" AND "bcd"`},
		{[]string{"ab", "日本語", "abc"}, `"日本語" AND "abc"`},
		{[]string{`a"b`}, `"a""b"`},
	} {
		if got := trigrams(c.terms); got != c.want {
			t.Errorf("trigrams(%q) = %s, want %s", c.terms, got, c.want)
		}
	}
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
