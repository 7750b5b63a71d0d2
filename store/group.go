package store

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"
)

// group runs first and whatever else waits in one transaction, and answers all
// of them when it is on disk. Nobody is waited for: a write that comes alone is
// committed at once, and those that come meanwhile are the next group. A
// failing member is rolled back alone; when the transaction itself fails,
// nothing of it is kept and every member is told so.
func (w *writer) group(first *job) {
	if err := w.begin(first); err != nil {
		if first.take() {
			first.answer(err)
		}
		return
	}
	if !first.take() {
		w.rollback()
		return
	}
	t := &tx{dialect: w.dialect, on: w.conn, detached: true, connection: w.connections}
	// The first needs no savepoint: alone it fails with its transaction.
	if err := t.attempt(first.fn); err != nil {
		w.rollback()
		first.answer(err)
		return
	}
	w.members = append(w.members[:0], first)
	err := w.join(t)
	if err == nil {
		err = w.command("COMMIT")
	}
	if err != nil {
		w.rollback()
		w.settle(fmt.Errorf("commit: %w", err))
		return
	}
	w.settle(nil)
	w.after(w.conn, t.emitted)
}

// join runs the writes that wait, each in a savepoint. It returns an error when
// the transaction is lost as a whole.
func (w *writer) join(t *tx) error {
	for began := time.Now(); len(w.members) < groupSize && time.Since(began) < groupTime; {
		j := w.next()
		if j == nil {
			break
		}
		w.members = append(w.members, j)
		if err := w.command("SAVEPOINT member"); err != nil {
			return err
		}
		emitted := t.emitted
		j.err = t.attempt(j.fn)
		if t.lost != nil {
			return t.lost
		}
		if j.err != nil {
			t.emitted = emitted
			if err := w.command("ROLLBACK TO member"); err != nil {
				return err
			}
		}
		if err := w.command("RELEASE member"); err != nil {
			return err
		}
	}
	return t.lost
}

// settle answers the members of a group. A member that failed is answered here
// too, and not earlier: what it saw may have been another member's doing.
func (w *writer) settle(err error) {
	for i, j := range w.members {
		if err != nil {
			j.err = err
		}
		close(j.done)
		w.members[i] = nil
	}
}

// attempt runs fn; a panic in it is an error.
func (t *tx) attempt(fn func(*tx) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in a write: %v\n%s", p, debug.Stack())
		}
	}()
	if err := fn(t); err != nil {
		return err
	}
	return t.lost
}

// begin takes the database's write lock for first. While another program holds
// it, first may give up; a connection that is broken is replaced once.
func (w *writer) begin(first *job) error {
	err := w.command(w.dialect.begin)
	for began := time.Now(); err != nil && w.dialect.busy(err); err = w.command(w.dialect.begin) {
		if first.taken.Load() {
			return err // nobody hears it
		}
		select {
		case <-w.stop:
			return errClosed
		default:
		}
		if time.Since(began) > busyLimit {
			return fmt.Errorf("another program has kept the database locked for %v: %w", busyLimit, err)
		}
	}
	if err == nil {
		return nil
	}
	if err := w.connect(context.Background()); err != nil {
		return err
	}
	if err := w.command(w.dialect.begin); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	return nil
}

// rollback ends the transaction. It may have ended by itself, and if the
// connection is broken, begin will find out.
func (w *writer) rollback() { w.command("ROLLBACK") }
