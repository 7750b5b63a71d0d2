package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"strings"

	"github.com/mattn/go-sqlite3"
)

// indexFile is the file of a search index: an SQLite database with a trigram
// index. One goroutine writes it; any number may read.
type indexFile struct {
	db *sql.DB
}

// indexVersion is the version of the tables below. A file of another version is
// emptied.
const indexVersion = 1

// openIndex opens the file at path, or makes it. It tells of the texts, so nobody
// else may read it.
func openIndex(ctx context.Context, path string) (*indexFile, error) {
	made, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open search index: %w", err)
	}
	if err := made.Close(); err != nil {
		return nil, fmt.Errorf("open search index: %w", err)
	}
	source, err := sqliteSource(path)
	if err != nil {
		return nil, err
	}
	source += "&_journal_mode=WAL&_synchronous=NORMAL&_busy_timeout=5000"
	f := &indexFile{db: sql.OpenDB(connector{source, []string{"PRAGMA journal_size_limit = 1048576"}})}
	f.db.SetMaxIdleConns(4)
	if err := f.prepare(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open search index %s: %w", path, err), f.close())
	}
	return f, nil
}

func (f *indexFile) close() error { return f.db.Close() }

// prepare makes the tables. The index keeps no texts, and not where in a text
// its trigrams are: what it finds is compared with LIKE anyway.
func (f *indexFile) prepare(ctx context.Context) error {
	var version int
	if err := f.db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	if version == indexVersion {
		return nil
	}
	_, err := f.db.ExecContext(ctx, fmt.Sprintf(`
		BEGIN IMMEDIATE;
		DROP TABLE IF EXISTS document;
		DROP TABLE IF EXISTS cursor;
		DROP TABLE IF EXISTS trigrams;
		CREATE TABLE document (id INTEGER PRIMARY KEY, kind TEXT, key, digest INTEGER, UNIQUE (kind, key));
		CREATE TABLE cursor (seq INTEGER);
		INSERT INTO cursor (seq) VALUES (0);
		CREATE VIRTUAL TABLE trigrams USING fts5(text, content='', contentless_delete=1, detail=none, tokenize='trigram');
		PRAGMA user_version = %d;
		COMMIT`, indexVersion))
	return err
}

// damaged tells whether err says that a file is no sound database.
func damaged(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && (e.Code == sqlite3.ErrCorrupt || e.Code == sqlite3.ErrNotADB)
}

// cursor is the last event that the index has taken in.
func (f *indexFile) cursor(ctx context.Context) (seq int64, err error) {
	err = f.db.QueryRowContext(ctx, "SELECT seq FROM cursor").Scan(&seq)
	return seq, err
}

func (f *indexFile) setCursor(ctx context.Context, seq int64) error {
	_, err := f.db.ExecContext(ctx, "UPDATE cursor SET seq = ?1", seq)
	return err
}

// update makes a stretch of a shelf, after one key and up to another or the end
// of all, be what the documents are. Those that are indexed as they are stay.
func (f *indexFile) update(ctx context.Context, kind string, after, end any, documents []document) error {
	known, err := f.known(ctx, kind, after, end)
	if err != nil {
		return err
	}
	var stale []any
	var fresh []document
	for _, d := range documents {
		digest, indexed := known[d.key]
		delete(known, d.key)
		if !indexed || digest != d.digest() {
			stale, fresh = append(stale, d.key), append(fresh, d)
		}
	}
	for key := range known { // what is no more
		stale = append(stale, key)
	}
	return f.put(ctx, kind, stale, fresh)
}

// known are the digests of what is indexed of a stretch.
func (f *indexFile) known(ctx context.Context, kind string, after, end any) (map[any]int64, error) {
	rows, err := f.db.QueryContext(ctx, `
		SELECT key, digest
		FROM document
		WHERE kind = ?1 AND key > ?2 AND (?3 IS NULL OR key <= ?3)`, kind, after, end)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	known := map[any]int64{}
	for rows.Next() {
		var key any
		var digest int64
		if err := rows.Scan(&key, &digest); err != nil {
			return nil, err
		}
		known[key] = digest
	}
	return known, rows.Err()
}

// digest stands for a document's text.
func (d document) digest() int64 {
	h := fnv.New64a()
	h.Write([]byte(d.text)) // a hash takes everything
	return int64(h.Sum64())
}

// put takes the keys out of the index and the documents in, in one transaction.
func (f *indexFile) put(ctx context.Context, kind string, keys []any, documents []document) error {
	if len(keys) == 0 {
		return nil
	}
	t, err := f.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer t.Rollback() // does nothing after the commit
	for _, key := range keys {
		var id int64
		err := t.QueryRowContext(ctx, "DELETE FROM document WHERE kind = ?1 AND key = ?2 RETURNING id", kind, key).Scan(&id)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return err
		}
		if _, err := t.ExecContext(ctx, "DELETE FROM trigrams WHERE rowid = ?1", id); err != nil {
			return err
		}
	}
	for _, d := range documents {
		result, err := t.ExecContext(ctx, "INSERT INTO document (kind, key, digest) VALUES (?1, ?2, ?3)", kind, d.key, d.digest())
		if err != nil {
			return err
		}
		id, err := result.LastInsertId()
		if err != nil {
			return err
		}
		if _, err := t.ExecContext(ctx, "INSERT INTO trigrams (rowid, text) VALUES (?1, ?2)", id, d.text); err != nil {
			return err
		}
	}
	return t.Commit()
}

// find are the keys of those documents of a kind that may hold what match asks
// for, at most limit of them, and the last event that the index had taken in.
func (f *indexFile) find(ctx context.Context, kind, match string, limit int) (keys []any, cursor int64, err error) {
	t, err := f.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, 0, err
	}
	defer t.Rollback() // there is nothing to keep
	if err := t.QueryRowContext(ctx, "SELECT seq FROM cursor").Scan(&cursor); err != nil {
		return nil, 0, err
	}
	rows, err := t.QueryContext(ctx, `
		SELECT d.key
		FROM trigrams
		INNER JOIN document d ON d.id = trigrams.rowid
		WHERE trigrams MATCH ?1 AND d.kind = ?2
		LIMIT ?3`, match, kind, limit)
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var key any
		if err := rows.Scan(&key); err != nil {
			return nil, 0, err
		}
		keys = append(keys, key)
	}
	return keys, cursor, rows.Err()
}

// mostTrigrams bounds how many trigrams one search asks the index for.
const mostTrigrams = 32

// trigrams is the question for the documents that hold all trigrams of the
// terms; "" when the terms are too short to have any.
func trigrams(terms []string) string {
	var list []string
	seen := map[string]bool{}
	for _, term := range terms {
		runes := []rune(term)
		for i := 0; i+3 <= len(runes) && len(list) < mostTrigrams; i++ {
			three := string(runes[i : i+3])
			if !seen[three] && !strings.ContainsAny(three, "\x00\uFFFD") {
				seen[three] = true
				list = append(list, `"`+strings.ReplaceAll(three, `"`, `""`)+`"`)
			}
		}
	}
	return strings.Join(list, " AND ")
}
