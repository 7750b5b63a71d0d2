package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"time"

	"github.com/mattn/go-sqlite3"
)

const (
	// checkpointPages is how far the log may get ahead of the database file
	// before it is moved there.
	checkpointPages = 1000
	// longestLog is the number of pages from which the log is made to begin
	// anew, and restartPatience how long the writer waits for readers then.
	longestLog      = 16000
	restartPatience = 100 * time.Millisecond
)

// checkpointer keeps the write-ahead log short. SQLite would do so at the end of
// a commit, which makes somebody wait for two more syncs of the disk, and
// wherever there is always a reader it would do so at the end of each; a log
// that is always read would grow for ever. Here a goroutine of its own moves
// the log, and the writer makes it begin anew if it still grows too long.
type checkpointer struct {
	conn  *sqlite3.SQLiteConn
	wake  chan struct{} // holds one wish for a checkpoint
	stop  chan struct{} // closed to end the goroutine
	ended chan struct{} // closed when it has ended

	limit int64 // pages at which the writer acts; its goroutine's alone
}

func newCheckpointer(ctx context.Context, source driver.Connector) (*checkpointer, error) {
	conn, err := source.Connect(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect for checkpoints: %w", err)
	}
	c := &checkpointer{
		conn:  conn.(*sqlite3.SQLiteConn),
		wake:  make(chan struct{}, 1),
		stop:  make(chan struct{}),
		ended: make(chan struct{}),
		limit: longestLog,
	}
	go c.run() // until close, which waits for it
	return c, nil
}

func (c *checkpointer) run() {
	defer close(c.ended)
	for {
		select {
		case <-c.stop:
			return
		case <-c.wake:
			// What cannot be moved now stays in the log, where it is safe, and
			// is tried again after the next commits.
			c.conn.Exec("PRAGMA wal_checkpoint(PASSIVE)", nil)
		}
	}
}

func (c *checkpointer) close() error {
	close(c.stop)
	<-c.ended
	return c.conn.Close()
}

// committed looks at the log after a commit, on the writer's connection. An
// error means as much as a log that is not too long: the next commit looks again.
func (c *checkpointer) committed(conn *sql.Conn) {
	ctx := context.Background()
	var busy, pages, moved int64
	err := conn.QueryRowContext(ctx, "PRAGMA wal_checkpoint(NOOP)").Scan(&busy, &pages, &moved)
	if err != nil {
		return
	}
	if pages-moved >= checkpointPages {
		select {
		case c.wake <- struct{}{}:
		default: // one is wished for already
		}
	}
	if pages < checkpointPages {
		c.limit = longestLog
	}
	if pages < c.limit {
		return
	}
	// If a long reader is in the way, the writer does not wait again for a while.
	c.limit = pages + longestLog/4
	conn.ExecContext(ctx, fmt.Sprintf(
		"PRAGMA busy_timeout = %d; PRAGMA wal_checkpoint(RESTART); PRAGMA busy_timeout = %d",
		restartPatience.Milliseconds(), writerPatience.Milliseconds()))
}
