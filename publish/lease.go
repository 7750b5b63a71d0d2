package publish

import (
	"context"
	"sync"
	"time"
)

// lease is a delivery's right to serve its sink, and what it has done with it
// that is not written down yet.
type lease struct {
	mu       sync.Mutex
	held     bool
	until    time.Time
	end      context.CancelFunc // of the term
	expiry   *time.Timer        // ends the term when nobody prolonged the lease
	progress Progress
	dirty    bool  // not all of it is written down
	written  bool  // all of it is
	kept     int64 // the cursor that is, or soon will be
}

// hold asks for the lease, and learns where the sink stands.
func (d *delivery) hold(ctx context.Context) (bool, error) {
	r, name := d.relay, d.outlet.Name
	began := time.Now()
	held, err := r.Ledger.Hold(ctx, name, r.owner, r.Lease)
	if err != nil || !held {
		return false, err
	}
	state, _, err := r.Ledger.Sink(ctx, name)
	if err != nil {
		return false, err
	}
	_, newest, err := r.Log.EventRange(ctx)
	if err != nil {
		return false, err
	}
	if state.Cursor > newest {
		d.log.Error("sink has had events that the log does not know; it goes on with the next", "cursor", state.Cursor, "newest", newest)
		state.Cursor = newest
	}
	d.lease.mu.Lock()
	defer d.lease.mu.Unlock()
	d.lease.until = began.Add(r.Lease)
	d.lease.progress = Progress{Name: name, Turn: state.Turn, Cursor: state.Cursor}
	d.lease.kept = state.Cursor
	return true, nil
}

// begin is the context of a term, which ends when the lease does.
func (l *lease) begin(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held, l.end = true, cancel
	l.expiry = time.AfterFunc(time.Until(l.until), l.lose)
	return ctx, cancel
}

// lose ends the term: somebody else may have the lease now.
func (l *lease) lose() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held {
		l.held = false
		l.expiry.Stop()
		l.end()
	}
}

// follow goes by what the ledger says, if somebody has moved the cursor, and
// tells how far the sink is.
func (l *lease) follow(state SinkState) (cursor int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if state.Turn != l.progress.Turn {
		l.progress.Turn, l.progress.Cursor, l.kept = state.Turn, state.Cursor, state.Cursor
	}
	return l.progress.Cursor
}

// isMoved tells whether somebody has moved the cursor.
func (l *lease) isMoved(state SinkState) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return state.Turn != l.progress.Turn
}

// isWritten tells whether the ledger knows all that there is to know.
func (l *lease) isWritten() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.written
}

// note changes the progress that is to be written down.
func (l *lease) note(change func(*Progress)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change(&l.progress)
	l.dirty, l.written = true, false
}

func (l *lease) delivered(events []Event) {
	l.note(func(p *Progress) {
		p.Cursor = events[len(events)-1].Seq
		p.Published += int64(len(events))
		p.Error = ""
	})
}

func (l *lease) missed(cursor, count int64) {
	l.note(func(p *Progress) { p.Cursor, p.Missed = cursor, p.Missed+count })
}

func (l *lease) failed(err error) {
	l.note(func(p *Progress) { p.Failed, p.Error = p.Failed+1, err.Error() })
}

// ahead is how many events were delivered since progress was last kept.
func (l *lease) ahead() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.progress.Cursor - l.kept
}

// isDue tells whether there is something to write down, or a third of the lease
// is over.
func (l *lease) isDue(length time.Duration) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.held && (l.dirty || time.Until(l.until) < length*2/3)
}

// take is the progress to write down; false when the lease is lost.
func (l *lease) take() (Progress, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	taken := l.progress
	if l.held {
		l.progress.Published, l.progress.Failed, l.progress.Missed = 0, 0, 0
		l.dirty, l.kept = false, taken.Cursor
	}
	return taken, l.held
}

// giveBack takes progress up again that could not be written down.
func (l *lease) giveBack(taken Progress) {
	l.note(func(p *Progress) {
		p.Published += taken.Published
		p.Failed += taken.Failed
		p.Missed += taken.Missed
	})
}

// prolong says that what was taken is written down, and that the lease lasts longer
// now.
func (l *lease) prolong(until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.written = !l.dirty
	if l.held && until.After(l.until) {
		l.until = until
		l.expiry.Reset(time.Until(until))
	}
}

// handBack writes down the last progress and leaves the sink to others.
func (d *delivery) handBack() {
	progress, held := d.lease.take()
	if !held {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), d.relay.Lease)
	defer cancel()
	if _, err := d.relay.Ledger.Keep(ctx, d.relay.owner, 0, []Progress{progress}); err != nil {
		d.log.Error("progress of a sink not kept", "err", err)
	}
	d.lease.lose()
}
