package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
)

// watch notices when Trac's cache table changes, through a connection of its
// own. SQLite tells a connection in a microsecond whether any other has
// committed since (PRAGMA data_version); only then is the table read again.
type watch struct {
	source driver.Connector

	// mu guards the connection too: a question must wait for the one before.
	mu      sync.Mutex
	conn    driver.Conn
	version driver.Stmt
	table   driver.Stmt
	seen    int64   // the version that rows were read at, or later
	rows    []int64 // id and generation in turn
	current any     // a uint64, boxed once
}

// generation is another value than before whenever a row of the table came or
// changed.
func (w *watch) generation(ctx context.Context) (any, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	current, err := w.look()
	if err == nil {
		return current, nil
	}
	// Perhaps the connection is broken: the next question gets a new one.
	return nil, errors.Join(fmt.Errorf("watch the cache table: %w", err), w.disconnect())
}

func (w *watch) look() (any, error) {
	if w.conn == nil {
		if err := w.connect(); err != nil {
			return nil, err
		}
	}
	version, err := numbers(w.version, nil)
	if err != nil || len(version) != 1 {
		return nil, errors.Join(err, errors.New("no data_version"))
	}
	if w.current != nil && version[0] == w.seen {
		return w.current, nil
	}
	rows, err := numbers(w.table, nil)
	if err != nil {
		return nil, err
	}
	if w.current == nil {
		w.current = uint64(0)
	} else if !slices.Equal(rows, w.rows) {
		w.current = w.current.(uint64) + 1
	}
	w.seen, w.rows = version[0], rows
	return w.current, nil
}

// connect starts anew: data_version means nothing to another connection.
func (w *watch) connect() error {
	conn, err := w.source.Connect(context.Background())
	if err != nil {
		return err
	}
	w.version, err = conn.Prepare("PRAGMA data_version")
	if err != nil {
		return errors.Join(err, conn.Close())
	}
	w.table, err = conn.Prepare("SELECT id, COALESCE(generation, 0) FROM cache ORDER BY id")
	if err != nil {
		return errors.Join(err, conn.Close())
	}
	w.conn, w.seen = conn, -1
	return nil
}

func (w *watch) disconnect() error {
	if w.conn == nil {
		return nil
	}
	conn := w.conn
	w.conn = nil
	return errors.Join(w.version.Close(), w.table.Close(), conn.Close())
}

func (w *watch) close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.disconnect()
}

// numbers appends all values of a query whose columns are integers.
func numbers(query driver.Stmt, all []int64) ([]int64, error) {
	rows, err := query.(driver.StmtQueryContext).QueryContext(context.Background(), nil)
	if err != nil {
		return nil, err
	}
	var columns [2]driver.Value
	row := columns[:len(rows.Columns())]
	for err = rows.Next(row); err == nil; err = rows.Next(row) {
		for _, v := range row {
			n, _ := v.(int64)
			all = append(all, n)
		}
	}
	if err == io.EOF {
		err = nil
	}
	return all, errors.Join(err, rows.Close())
}
