package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

const (
	// checkpointCommits is how many commits there are from one look at the log to
	// the next: a look costs an eighth of a commit.
	checkpointCommits = 16
	// checkpointPages is how far the log may get ahead of the database file
	// before it is moved there.
	checkpointPages = 1000
	// longestLog is the number of pages from which the log is made to begin
	// anew, and restartPatience how long the writer waits for readers then.
	longestLog      = 16000
	restartPatience = 100 * time.Millisecond
)

// checkpointer keeps the write-ahead log short. SQLite by itself moves the log
// into the database at the end of a commit, which makes somebody wait for two
// more syncs of the disk. Where there is always a reader, it does so at the end
// of each commit, and the log grows for ever. Here the log is moved when the
// answers are out, once for every so many pages, and if it still gets too long,
// the writer waits for the readers so that it can begin anew.
type checkpointer struct {
	commits int   // since the last look
	limit   int64 // pages from which it is made to begin anew
}

// committed looks at the log after some commits, on the writer's connection. Its
// errors mean no more than that the log stays as it is: nothing in it is lost,
// and the next look comes soon.
func (c *checkpointer) committed(conn *sql.Conn) {
	if c.commits++; c.commits < checkpointCommits {
		return
	}
	c.commits = 0
	ctx := context.Background()
	var busy, pages, moved int64
	err := conn.QueryRowContext(ctx, "PRAGMA wal_checkpoint(NOOP)").Scan(&busy, &pages, &moved)
	if err != nil {
		return
	}
	if pages < checkpointPages {
		c.limit = longestLog
	}
	switch {
	case pages >= c.limit:
		// If a long reader is in the way, the writer does not wait again for a while.
		c.limit = pages + longestLog/4
		conn.ExecContext(ctx, fmt.Sprintf(
			"PRAGMA busy_timeout = %d; PRAGMA wal_checkpoint(RESTART); PRAGMA busy_timeout = %d",
			restartPatience.Milliseconds(), writerPatience.Milliseconds()))
	case pages-moved >= checkpointPages:
		conn.ExecContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)")
	}
}
