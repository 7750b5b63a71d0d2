package store

import (
	"context"
	"database/sql"
	"fmt"
)

// writer owns the one connection that writes.
type writer struct {
	pool  *sql.DB
	conn  *sql.Conn
	turn  chan struct{} // held by whoever writes
	stmts map[string]*sql.Stmt
	d     dialect
}

func newWriter(ctx context.Context, d dialect, pool *sql.DB) (*writer, error) {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &writer{pool: pool, conn: conn, turn: make(chan struct{}, 1), stmts: map[string]*sql.Stmt{}, d: d}, nil
}

func (w *writer) do(ctx context.Context, fn func(*tx) error) error {
	select {
	case w.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-w.turn }()
	ctx = context.WithoutCancel(ctx)
	if _, err := w.conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	if err := fn(&tx{dialect: w.d, prepare: w.prepared, direct: w.conn}); err != nil {
		w.conn.ExecContext(ctx, "ROLLBACK")
		return err
	}
	_, err := w.conn.ExecContext(ctx, "COMMIT")
	return err
}

func (w *writer) prepared(ctx context.Context, text string) (*sql.Stmt, error) {
	if s := w.stmts[text]; s != nil {
		return s, nil
	}
	s, err := w.conn.PrepareContext(ctx, w.d.placeholders(text))
	if err != nil {
		return nil, fmt.Errorf("prepare %.60q: %w", text, err)
	}
	w.stmts[text] = s
	return s, nil
}

func (w *writer) close() error {
	w.turn <- struct{}{}
	return w.pool.Close()
}
