package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

const (
	// queueSize bounds the writes that wait for their turn. Whoever finds the
	// queue full waits for room, as long as their context lasts.
	queueSize = 256
	// groupSize and groupTime bound the writes that share a transaction, and
	// with them the time that Trac is kept from writing.
	groupSize = 128
	groupTime = 20 * time.Millisecond
	// busyLimit is how long a write waits for another program that writes.
	busyLimit = 30 * time.Second
)

var errClosed = errors.New("the database is closed")

// writer owns the one connection that writes, and the goroutine that uses it.
// Writes that wait at the same time share a transaction (see group), because
// what a transaction costs is waiting for the disk.
type writer struct {
	dialect dialect
	pool    *sql.DB
	queue   chan *job
	stop    chan struct{} // closed to end the goroutine
	ended   chan struct{} // closed when it has ended
	after   committed     // called after each commit

	// Only the goroutine touches these.
	conn        *sql.Conn
	connections int // how many there were
	members     []*job
}

// committed is told of a commit, on the writer's goroutine, and whether it wrote
// events. The connection is its to use until it returns.
type committed func(conn *sql.Conn, emitted bool)

// job is a write on its way through the queue. Exactly one of the writer, which
// runs it, and the caller, who gives up waiting, takes it.
type job struct {
	fn    func(*tx) error
	taken atomic.Bool
	err   error
	done  chan struct{} // closed when err is the answer
}

func (j *job) take() bool { return j.taken.CompareAndSwap(false, true) }

func (j *job) answer(err error) {
	j.err = err
	close(j.done)
}

func newWriter(ctx context.Context, d dialect, pool *sql.DB, after committed) (*writer, error) {
	w := &writer{
		dialect: d,
		pool:    pool,
		queue:   make(chan *job, queueSize),
		stop:    make(chan struct{}),
		ended:   make(chan struct{}),
		after:   after,
	}
	if err := w.connect(ctx); err != nil {
		return nil, err
	}
	go w.run() // until close, which waits for it
	return w, nil
}

// do queues fn and waits for the answer. A caller whose context ends before its
// turn leaves, and fn never runs; once fn has begun, the answer is waited for,
// because it may be on disk already.
func (w *writer) do(ctx context.Context, fn func(*tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	j := &job{fn: fn, done: make(chan struct{})}
	select {
	case w.queue <- j:
	case <-ctx.Done():
		return ctx.Err()
	case <-w.ended:
		return errClosed
	}
	var left error
	select {
	case <-j.done:
		return j.err
	case <-ctx.Done():
		left = ctx.Err()
	case <-w.ended:
		left = errClosed
	}
	if j.take() {
		return left
	}
	select {
	case <-j.done:
		return j.err
	case <-w.ended:
	}
	select {
	case <-j.done:
		return j.err
	default: // fn ended the goroutine, as a test's Fatal does
		return errClosed
	}
}

// close ends the goroutine after the group in progress. Writes that still wait
// get errClosed.
func (w *writer) close() error {
	close(w.stop)
	<-w.ended
	return w.conn.Close()
}

func (w *writer) run() {
	defer close(w.ended)
	for {
		select {
		case <-w.stop:
			return
		case j := <-w.queue:
			w.group(j)
		}
	}
}

// next is the next write that still has a caller; nil when nobody waits.
func (w *writer) next() *job {
	for {
		select {
		case j := <-w.queue:
			if j.take() {
				return j
			}
		default:
			return nil
		}
	}
}

// connect takes a connection from the pool, in the place of one that is broken.
func (w *writer) connect(ctx context.Context) error {
	if w.conn != nil {
		w.conn.Raw(func(any) error { return driver.ErrBadConn }) // so that the pool closes it
		w.conn.Close()                                           // which it did
	}
	conn, err := w.pool.Conn(ctx)
	if err != nil {
		return fmt.Errorf("connect the writer: %w", err)
	}
	w.conn, w.connections = conn, w.connections+1
	return nil
}

// command runs one of the statements that begin and end transactions.
func (w *writer) command(text string) error {
	_, err := w.conn.ExecContext(context.Background(), text) // never given up halfway
	return err
}
