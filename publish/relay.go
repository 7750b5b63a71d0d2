package publish

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"slices"
	"time"
)

const (
	// keepEvery is how long progress is only in memory, at most: events that came
	// later arrive twice when the process is killed.
	keepEvery = 500 * time.Millisecond
	// keepAhead bounds the same by number.
	keepAhead = 1000
)

// Options are what a Relay needs. Those with a default may be left out.
type Options struct {
	Env    string // the environment's name, which events carry
	Log    Log
	Ledger Ledger
	Logger *slog.Logger
	Lease  time.Duration // how long a process that is gone is waited for; 6 s
	Poll   time.Duration // how often to look for what other processes wrote; 1 s

	// Private tells which events are to be marked as private. Nil marks none.
	Private func(ctx context.Context, events []Event) error
}

// Relay hands the events of an environment to its sinks, to each in order, each
// in its own goroutine and at its own pace. Of several processes that serve one
// environment, one at a time serves a sink. It is safe for concurrent use.
type Relay struct {
	Options
	owner string
	plans newest[[]Outlet]
	fleet fleet // of *delivery; only Run touches it
}

// NewRelay makes a Relay, which does nothing until Run.
func NewRelay(o Options) *Relay {
	if o.Lease <= 0 {
		o.Lease = 6 * time.Second
	}
	if o.Poll <= 0 {
		o.Poll = time.Second
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return &Relay{
		Options: o,
		owner:   fmt.Sprintf("%s/%d/%08x", host, os.Getpid(), rand.Uint32()),
		plans:   make(chan []Outlet, 1),
	}
}

// Use serves these sinks from now on, and no others. Sinks whose settings are
// what they were go on undisturbed. It may be called before Run. A sink that was
// never heard of is written down before Use returns: what happens from then on,
// it will have.
func (r *Relay) Use(ctx context.Context, outlets []Outlet) {
	for _, o := range outlets {
		if err := r.introduce(ctx, o); err != nil {
			r.Logger.Error("sink not written down", "sink", o.Name, "err", err) // its delivery tries again
		}
	}
	r.plans.put(outlets)
}

// introduce makes a sink known.
func (r *Relay) introduce(ctx context.Context, o Outlet) error {
	oldest, newest, err := r.Log.EventRange(ctx)
	if err != nil {
		return err
	}
	after := newest
	if o.From == FromOldest {
		after = max(oldest-1, 0)
	}
	return r.Ledger.AddSink(ctx, o.Name, after)
}

// Run serves the sinks until ctx ends and they have stopped.
func (r *Relay) Run(ctx context.Context) {
	defer r.fleet.wait()
	ticker := time.NewTicker(min(keepEvery, r.Lease/3))
	defer ticker.Stop()
	for {
		select {
		case outlets := <-r.plans:
			r.fleet.follow(ctx, r.orders(outlets))
		case <-ticker.C:
			r.keep(ctx, r.due())
		case <-ctx.Done():
			return
		}
	}
}

func (r *Relay) orders(outlets []Outlet) []order {
	orders := make([]order, len(outlets))
	for i, o := range outlets {
		orders[i] = order{o.Name, o.Settings, func() (any, func(context.Context)) {
			d := &delivery{outlet: o, policy: o.Policy.withDefaults(), relay: r, log: r.Logger.With("sink", o.Name)}
			return d, d.run
		}}
	}
	return orders
}

// complete sets what the log does not know of events.
func (r *Relay) complete(ctx context.Context, events []Event) error {
	for i := range events {
		events[i].Env = r.Env
	}
	if r.Private == nil {
		return nil
	}
	return r.Private(ctx, events)
}

// due are the deliveries whose progress is to be kept or whose lease is to be
// prolonged.
func (r *Relay) due() []*delivery {
	var due []*delivery
	for _, v := range r.fleet.running {
		if d := v.what.(*delivery); d.lease.isDue(r.Lease) {
			due = append(due, d)
		}
	}
	return due
}

// keep writes down the progress of deliveries that hold their leases.
func (r *Relay) keep(ctx context.Context, deliveries []*delivery) {
	var progress []Progress
	var kept []*delivery
	for _, d := range deliveries {
		if p, held := d.lease.take(); held {
			progress, kept = append(progress, p), append(kept, d)
		}
	}
	if len(kept) == 0 {
		return
	}
	began := time.Now()
	lost, err := r.Ledger.Keep(ctx, r.owner, r.Lease, progress)
	for i, d := range kept {
		switch {
		case err != nil:
			d.lease.giveBack(progress[i])
		case slices.Contains(lost, d.outlet.Name):
			d.lease.lose()
		default:
			d.lease.prolong(began.Add(r.Lease))
		}
	}
	if err != nil && ctx.Err() == nil {
		r.Logger.Error("progress of sinks not kept", "err", err)
	}
}

// pause waits, or returns false when ctx ends first.
func pause(ctx context.Context, d time.Duration, wake <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-wake:
	case <-ctx.Done():
		return false
	}
	return true
}
