package publish

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"time"
)

// delivery serves one sink: it waits for the sink's lease, and while it has it,
// hands over events.
type delivery struct {
	outlet Outlet
	policy Policy
	relay  *Relay
	log    *slog.Logger
	lease  lease

	// Only its own goroutine touches these.
	sink     Sink
	batch    int // how many events to hand over at once: one after a failure
	failures int // in a row
	head     head
	unusable string // why the sink could not be opened
}

// head is the event that the last try failed at.
type head struct {
	seq             int64
	tries, refusals int
}

// run serves the sink until ctx ends.
func (d *delivery) run(ctx context.Context) {
	if !d.introduce(ctx) {
		return
	}
	for ctx.Err() == nil {
		wait := d.relay.Lease / 3
		if held, err := d.hold(ctx); err != nil && ctx.Err() == nil {
			d.log.Error("lease of a sink not taken", "err", err)
		} else if held && !d.term(ctx) {
			wait = d.policy.Longest
		}
		pause(ctx, wait, nil)
	}
}

// introduce makes the sink known, trying until it is or ctx ends.
func (d *delivery) introduce(ctx context.Context) bool {
	for {
		err := d.relay.introduce(ctx, d.outlet)
		if err == nil {
			return true
		}
		if ctx.Err() == nil {
			d.log.Error("sink not written down", "err", err)
		}
		if !pause(ctx, d.relay.Lease/3, nil) {
			return false
		}
	}
}

// term serves the sink for as long as it has the lease, and then gives it back;
// false when the sink could not be opened.
func (d *delivery) term(ctx context.Context) bool {
	ctx, end := d.lease.begin(ctx)
	defer end()
	defer d.handBack()
	var err error
	if d.sink, err = d.outlet.Open(); err != nil {
		if d.unusable != err.Error() {
			d.log.Error("sink not opened", "err", err)
		}
		d.unusable = err.Error()
		d.lease.failed(err)
		return false
	}
	d.failures, d.batch, d.head, d.unusable = 0, d.policy.Batch, head{}, ""
	d.log.Info("sink served", "to", d.sink.String())
	for ctx.Err() == nil {
		d.step(ctx)
	}
	if err := d.sink.Close(); err != nil {
		d.log.Warn("sink not closed cleanly", "err", err)
	}
	return true
}

// step delivers what there is, or waits until there may be something. While the
// sink fails, news are no reason to try earlier.
func (d *delivery) step(ctx context.Context) {
	news := d.relay.Log.NewEvents()
	did, err := d.some(ctx)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		d.rest(ctx, d.failed(err))
	case !did:
		pause(ctx, d.relay.Poll, news)
	}
}

// rest waits after a failure, which may be for hours. It ends at once when
// somebody has meanwhile resumed the sink, moved it, or asked for dead letters to
// be tried once more: they know that something is different now.
func (d *delivery) rest(ctx context.Context, wait time.Duration) {
	end := time.Now().Add(wait)
	for {
		left := time.Until(end)
		if left <= 0 || !pause(ctx, min(left, d.relay.Poll), nil) || left <= d.relay.Poll {
			return
		}
		written := d.lease.isWritten()
		state, found, err := d.relay.Ledger.Sink(ctx, d.outlet.Name)
		if err != nil {
			continue // the lease ends when the database does not come back
		}
		resumed := written && state.ErrorTime.IsZero()
		if !found || resumed || d.lease.isMoved(state) || state.Requeued > 0 {
			return
		}
	}
}

// some delivers some events; false when there are none to deliver.
func (d *delivery) some(ctx context.Context) (did bool, err error) {
	state, found, err := d.relay.Ledger.Sink(ctx, d.outlet.Name)
	if err != nil {
		return false, err
	}
	if !found || state.Owner != d.relay.owner {
		d.lease.lose()
		return false, nil
	}
	cursor := d.lease.follow(state)
	if !state.Paused.IsZero() {
		return false, nil
	}
	if state.Requeued > 0 {
		return true, d.revive(ctx)
	}
	events, err := d.relay.Log.Events(ctx, cursor, d.batch)
	if err != nil || len(events) == 0 {
		return false, err
	}
	if gone := events[0].Seq - cursor - 1; gone > 0 {
		d.log.Warn("events were gone before a sink could have them", "count", gone)
		d.lease.missed(events[0].Seq-1, gone)
	}
	if err := d.relay.complete(ctx, events); err != nil {
		return true, err
	}
	return true, d.deliver(ctx, events)
}

// deliver hands over events and settles what comes of it.
func (d *delivery) deliver(ctx context.Context, events []Event) error {
	err := d.handOver(ctx, events)
	if err == nil {
		d.arrived(events)
		d.batch = min(2*d.batch, d.policy.Batch)
		if d.lease.ahead() >= keepAhead {
			d.relay.keep(ctx, []*delivery{d})
		}
		return nil
	}
	var f *Failure
	if !errors.As(err, &f) {
		f = &Failure{Err: err}
	}
	done := events[:min(max(f.Delivered, 0), len(events)-1)]
	d.arrived(done)
	if ctx.Err() != nil {
		return nil // it was interrupted, and is no failure of the sink's
	}
	if f.Pause {
		d.log.Warn("sink paused itself", "err", f.Err)
		return errors.Join(f, d.relay.Ledger.PauseSink(ctx, d.outlet.Name))
	}
	e := events[len(done)]
	if !d.givesUp(e, f) {
		return f
	}
	return d.bury(ctx, e, f)
}

func (d *delivery) arrived(events []Event) {
	if len(events) > 0 {
		d.lease.delivered(events)
		d.failures = 0
	}
}

// givesUp tells whether an event has failed often enough.
func (d *delivery) givesUp(e Event, f *Failure) bool {
	if d.head.seq != e.Seq {
		d.head = head{seq: e.Seq}
	}
	d.head.tries++
	if f.Refused {
		d.head.refusals++
	}
	return d.head.refusals >= d.policy.Refusal || d.policy.Tries > 0 && d.head.tries >= d.policy.Tries
}

// bury puts an event among the dead letters and goes on behind it.
func (d *delivery) bury(ctx context.Context, e Event, f *Failure) error {
	letter := DeadLetter{Sink: d.outlet.Name, Event: e, Reason: f.Error(), Tries: d.head.tries, Buried: time.Now().UTC()}
	if err := d.relay.Ledger.Bury(ctx, letter); err != nil {
		return fmt.Errorf("bury event %d: %w", e.Seq, err)
	}
	d.log.Error("event given up", "event", e.Seq, "tries", d.head.tries, "err", f.Err)
	d.lease.failed(f)
	d.lease.note(func(p *Progress) { p.Cursor = e.Seq })
	d.failures = 0
	return nil
}

// handOver calls Deliver. A panic in it is a refusal when it was about one
// event; when it was about several, they are tried one by one.
func (d *delivery) handOver(ctx context.Context, events []Event) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &Failure{Refused: len(events) == 1, Err: fmt.Errorf("panic: %v", p)}
			d.log.Error("panic in a sink", "err", err, "stack", string(debug.Stack()))
		}
	}()
	return d.sink.Deliver(ctx, events)
}

// failed notes a failure and tells how long to wait. The first of a row is
// logged; the ledger has the newest.
func (d *delivery) failed(err error) time.Duration {
	d.failures++
	d.batch = 1
	if d.failures == 1 {
		d.log.Warn("sink fails", "err", err)
	}
	d.lease.failed(err)
	wait := d.policy.wait(d.failures, rand.Float64())
	var f *Failure
	if errors.As(err, &f) {
		wait = max(wait, f.After)
	}
	return wait
}

// revive tries dead letters once more that somebody asked for.
func (d *delivery) revive(ctx context.Context) error {
	letters, err := d.relay.Ledger.Requeued(ctx, d.outlet.Name, d.policy.Batch)
	if err != nil {
		return err
	}
	for _, l := range letters {
		events := []Event{l.Event}
		if err := d.relay.complete(ctx, events); err != nil {
			return err
		}
		reason := ""
		if err := d.handOver(ctx, events); ctx.Err() != nil {
			return nil
		} else if err != nil {
			reason = err.Error()
			d.log.Warn("dead letter failed again", "event", l.Event.Seq, "err", err)
		}
		if err := d.relay.Ledger.Revived(ctx, d.outlet.Name, l.Event.Seq, reason); err != nil {
			return err
		}
	}
	return nil
}
