package publish

import (
	"context"
	"time"
)

// Log is the events of an environment, in order and for good. It is safe for
// concurrent use.
type Log interface {
	// Events lists the events after the one numbered after, at most limit and
	// perhaps fewer, but none only when there are none. Env is left empty.
	Events(ctx context.Context, after int64, limit int) ([]Event, error)
	// EventRange is the numbers of the oldest and the newest event that are kept.
	EventRange(ctx context.Context) (oldest, newest int64, err error)
	// NewEvents is a channel that is closed after the next commit of this process
	// that concerns events or sinks.
	NewEvents() <-chan struct{}
}

// Ledger keeps what is known of sinks, for all processes that serve an
// environment. It is safe for concurrent use.
type Ledger interface {
	// AddSink begins to know a sink, which has had the events up to the one
	// numbered after. One that is known stays as it is.
	AddSink(ctx context.Context, name string, after int64) error
	// Sink is what is known of a sink; false when nothing is. It need not count the
	// dead letters, but for those that are to be tried once more.
	Sink(ctx context.Context, name string) (SinkState, bool, error)
	// Hold gives owner the lease of a sink for so long; false when another has it.
	Hold(ctx context.Context, name, owner string, lease time.Duration) (bool, error)
	// Keep writes down the progress of sinks that owner holds, and prolongs the
	// leases; a lease of 0 ends them. It names the sinks that owner does not hold,
	// whose progress is not kept.
	Keep(ctx context.Context, owner string, lease time.Duration, progress []Progress) (lost []string, err error)
	// Bury puts an event among the dead letters. Doing so twice is doing so once.
	Bury(ctx context.Context, letter DeadLetter) error
	// Requeued lists the dead letters that are to be tried once more.
	Requeued(ctx context.Context, sink string, limit int) ([]DeadLetter, error)
	// Revived takes a dead letter away that has arrived at last, or, with the
	// reason why it has not, puts it back among those that stay dead.
	Revived(ctx context.Context, sink string, seq int64, reason string) error
	// PauseSink pauses a sink until ResumeSink is called.
	PauseSink(ctx context.Context, name string) error
}

// SinkState is what is known of a sink. Times are the zero time where there is
// nothing to tell.
type SinkState struct {
	Name      string
	Cursor    int64     // it has had the events up to this one
	Turn      int64     // raised when somebody else than its holder moves the cursor
	Paused    time.Time // since when it is
	Owner     string    // the process that serves it
	Lease     time.Time // until when, unless it is prolonged
	Seen      time.Time // when it was last served
	Published int64     // events that arrived
	Failed    int64     // tries that failed
	Missed    int64     // events that were gone before it could have them
	Error     string    // of the last try that failed; "" when one succeeded since
	ErrorTime time.Time // when that was, unless the sink has been resumed since
	Dead      int64     // dead letters that there are
	Requeued  int64     // and of them those that are to be tried once more
}

// Progress is what has become of a sink since it was last written down.
type Progress struct {
	Name   string
	Turn   int64 // for which the cursor is true
	Cursor int64

	Published, Failed, Missed int64 // so many more

	Error string // of the last try, if it failed
}

// DeadLetter is an event that a sink would not take.
type DeadLetter struct {
	Sink   string
	Event  Event
	Reason string
	Tries  int
	Buried time.Time
	Queued bool // to be tried once more
}
