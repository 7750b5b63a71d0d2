package publish

import (
	"context"
	"reflect"
	"sync"
)

// fleet is what runs for an environment according to its settings, each by its
// name in a goroutine of its own. Only one goroutine uses it.
type fleet struct {
	running map[string]*vessel
	all     sync.WaitGroup
}

// vessel is one that runs.
type vessel struct {
	settings any
	stop     context.CancelFunc
	stopped  chan struct{} // closed when it has
	what     any           // what its maker calls its own
}

// order is one that is to run: run, until its context ends.
type order struct {
	name     string
	settings any
	begin    func() (what any, run func(context.Context))
}

// follow runs what is ordered, and nothing else. What runs with the same settings
// goes on; what has others is stopped, and begins anew when it has stopped.
func (f *fleet) follow(ctx context.Context, orders []order) {
	leaving := f.running
	f.running = map[string]*vessel{}
	for _, o := range orders {
		v := leaving[o.name]
		if v != nil && reflect.DeepEqual(o.settings, v.settings) {
			delete(leaving, o.name)
		} else {
			v = f.start(ctx, o, v)
		}
		f.running[o.name] = v
	}
	for _, v := range leaving {
		v.stop()
	}
}

func (f *fleet) start(ctx context.Context, o order, former *vessel) *vessel {
	ctx, stop := context.WithCancel(ctx)
	what, run := o.begin()
	v := &vessel{settings: o.settings, stop: stop, stopped: make(chan struct{}), what: what}
	// Ends with ctx, which follow and whoever made it end; wait waits for it.
	f.all.Go(func() {
		defer close(v.stopped)
		defer stop()
		if former != nil {
			<-former.stopped
		}
		run(ctx)
	})
	return v
}

// wait waits until all have stopped, which their context tells them to.
func (f *fleet) wait() { f.all.Wait() }

// newest is a channel for plans of which only the newest counts.
type newest[T any] chan T

// put replaces the plan that nobody has taken yet.
func (n newest[T]) put(plan T) {
	for {
		select {
		case n <- plan:
			return
		case <-n: // nobody has seen it, and it no longer counts
		}
	}
}
