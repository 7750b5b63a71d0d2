// Package store keeps an environment's data in a Trac database (version 45,
// Trac 1.4 to 1.6), beside tables of our own whose names begin with tracrpc_.
// It is the only place with SQL. One SQL text serves every database; what
// cannot be the same is a field of dialect.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
)

// DB is an open database. It is safe for concurrent use: any number of readers
// beside one writer.
type DB struct {
	dialect dialect
	readers *sql.DB
	writer  *writer
	index   index
	news    news

	generation func(context.Context) (any, error) // see Generation
	closers    []func() error                     // in the order of opening
}

// Open opens the database at url ("sqlite:PATH", with the path as it is). It
// must exist and be a Trac database of the version that is served; our own
// tables are added to it.
func Open(ctx context.Context, url string) (*DB, error) {
	d, source, err := dialectFor(url)
	if err != nil {
		return nil, err
	}
	db, err := d.open(ctx, d, source)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", source, err)
	}
	if err := db.prepareSchema(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", source, err), db.Close())
	}
	return db, nil
}

// Close waits for the write in progress and closes the database.
func (db *DB) Close() error {
	var err error
	for _, close := range slices.Backward(db.closers) {
		err = errors.Join(err, close())
	}
	return err
}

// tx is what SQL is run on: a reader, a snapshot, or the writer's transaction.
// Connections keep the statements that they prepared last, so a text that comes
// again is not parsed again.
type tx struct {
	dialect dialect
	on      runner

	// Only a writer's:
	detached   bool  // statements do not end with the caller's context
	connection int   // the number of the writer's connection
	emitted    bool  // an event was written
	lost       error // why the transaction is gone, whatever becomes of fn
}

// runner is a pool of connections, one connection, or a transaction on one.
type runner interface {
	QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row
	ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error)
}

// bound is the context that a statement runs under. A statement of the writer
// must not be interrupted: that would roll back the other members of the group.
func (t *tx) bound(ctx context.Context) context.Context {
	if t.detached {
		return context.WithoutCancel(ctx)
	}
	return ctx
}

// seen notes an error that ends the writer's transaction.
func (t *tx) seen(err error) error {
	if err != nil && t.detached && t.lost == nil && t.dialect.fatal(err) {
		t.lost = err
	}
	return err
}

func (t *tx) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	if t.lost != nil {
		return nil, t.lost
	}
	rows, err := t.on.QueryContext(t.bound(ctx), t.dialect.placeholders(text), args...)
	return rows, t.seen(err)
}

// queryOnce is query for a text that was put together for one request.
func (t *tx) queryOnce(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	return t.query(ctx, text, args...)
}

// row runs a query for one row; its Scan gives sql.ErrNoRows when there is none.
// It does not end with ctx once it runs: one row is soon found, and listening for
// the end costs half as much as finding it.
func (t *tx) row(ctx context.Context, text string, args ...any) interface{ Scan(...any) error } {
	if t.lost != nil {
		return badRow{t.lost}
	}
	if err := ctx.Err(); err != nil && !t.detached {
		return badRow{err}
	}
	row := t.on.QueryRowContext(context.WithoutCancel(ctx), t.dialect.placeholders(text), args...)
	if t.detached {
		return writerRow{t, row}
	}
	return row
}

func (t *tx) exec(ctx context.Context, text string, args ...any) (sql.Result, error) {
	if t.lost != nil {
		return nil, t.lost
	}
	result, err := t.on.ExecContext(t.bound(ctx), t.dialect.placeholders(text), args...)
	return result, t.seen(err)
}

// script runs any number of statements, none of which takes an argument.
func (t *tx) script(ctx context.Context, text string) error {
	if t.lost != nil {
		return t.lost
	}
	_, err := t.on.ExecContext(t.bound(ctx), text)
	return t.seen(err)
}

// writerRow is a row of INSERT … RETURNING, perhaps.
type writerRow struct {
	t   *tx
	row *sql.Row
}

func (r writerRow) Scan(into ...any) error { return r.t.seen(r.row.Scan(into...)) }

type badRow struct{ err error }

func (b badRow) Scan(...any) error { return b.err }

// read runs fn on a reader. Each statement in it sees what was committed when it
// began; fn with several statements that must agree belongs in snapshot.
func (db *DB) read(ctx context.Context, fn func(*tx) error) error {
	return fn(&tx{dialect: db.dialect, on: db.readers})
}

// snapshot runs fn in a read transaction.
func (db *DB) snapshot(ctx context.Context, fn func(*tx) error) error {
	t, err := db.readers.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return fmt.Errorf("begin read: %w", err)
	}
	defer t.Rollback() // a read transaction has nothing to keep
	return fn(&tx{dialect: db.dialect, on: t})
}

// write runs fn in a transaction: all that fn did is on disk when write returns
// nil, and none of it when it returns an error. fn runs on the writer's
// goroutine, so it must not wait for anything but the database, and must not
// call read, snapshot or write: what it did is visible to its tx only.
func (db *DB) write(ctx context.Context, fn func(*tx) error) error {
	return db.writer.do(ctx, fn)
}
