package publish

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"sync"
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
}

// Relay hands the events of an environment to its sinks, to each in order, each
// in its own goroutine and at its own pace. Of several processes that serve one
// environment, one at a time serves a sink. It is safe for concurrent use.
type Relay struct {
	Options
	owner string
	plans chan []Outlet // the newest that Run has not seen

	// Only Run touches these.
	running map[string]*delivery
	all     sync.WaitGroup
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
		running: map[string]*delivery{},
	}
}

// Use serves these sinks from now on, and no others. Sinks whose settings are
// what they were go on undisturbed. It does not wait, and may be called before
// Run.
func (r *Relay) Use(outlets []Outlet) {
	for {
		select {
		case r.plans <- outlets:
			return
		case <-r.plans: // nobody has seen it, and it no longer counts
		}
	}
}

// Run serves the sinks until ctx ends and they have stopped.
func (r *Relay) Run(ctx context.Context) {
	defer r.all.Wait()
	ticker := time.NewTicker(min(keepEvery, r.Lease/3))
	defer ticker.Stop()
	for {
		select {
		case outlets := <-r.plans:
			r.serve(ctx, outlets)
		case <-ticker.C:
			r.keep(ctx, r.due())
		case <-ctx.Done():
			return
		}
	}
}

// serve begins and ends deliveries so that outlets are served.
func (r *Relay) serve(ctx context.Context, outlets []Outlet) {
	leaving := r.running
	r.running = map[string]*delivery{}
	for _, o := range outlets {
		d := leaving[o.Name]
		if d == nil || !reflect.DeepEqual(o.Settings, d.outlet.Settings) {
			d = r.start(ctx, o, d)
		} else {
			delete(leaving, o.Name)
		}
		r.running[o.Name] = d
	}
	for _, d := range leaving {
		d.stop()
	}
}

// start serves a sink, once the delivery that served it until now has stopped.
func (r *Relay) start(ctx context.Context, o Outlet, former *delivery) *delivery {
	ctx, stop := context.WithCancel(ctx)
	d := &delivery{
		outlet: o, policy: o.Policy.withDefaults(), relay: r, log: r.Logger.With("sink", o.Name),
		stop: stop, stopped: make(chan struct{}),
	}
	// Ends with ctx, which serve ends and Run's does; Run waits for it.
	r.all.Go(func() {
		defer close(d.stopped)
		defer stop()
		if former != nil {
			<-former.stopped
		}
		d.run(ctx)
	})
	return d
}

// due are the deliveries whose progress is to be kept or whose lease is to be
// prolonged.
func (r *Relay) due() []*delivery {
	var due []*delivery
	for _, d := range r.running {
		if d.lease.isDue(r.Lease) {
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
