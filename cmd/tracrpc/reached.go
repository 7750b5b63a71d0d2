package main

import (
	"bytes"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// reached counts how often somebody has come to each limit, and tells the log, but
// not of each time: that would be one more way to fill a disk. It is safe for
// concurrent use.
type reached struct {
	log    *slog.Logger
	now    func() time.Time
	limits []string // in the order in which they are told

	mu     sync.Mutex
	counts map[string]*count
}

// count is how often a limit was reached, in all and since the log was told of it.
type count struct {
	all, untold int
	told        time.Time
}

// tellEvery is how often there is a line for one limit.
const tellEvery = 10 * time.Second

func newReached(log *slog.Logger, limits []limit) *reached {
	r := &reached{log: log, now: time.Now, counts: map[string]*count{}}
	for _, l := range limits {
		if !l.part {
			r.limits = append(r.limits, l.name)
			r.counts[l.name] = &count{}
		}
	}
	return r
}

// add counts one, and tells the log now and then.
func (r *reached) add(limit string) {
	if since := r.addOne(limit); since > 0 {
		r.log.Warn("limit reached", "limit", limit, "count", since)
	}
}

// addOne counts one. It is 0, or how often it has been since the log was told, if
// that is to be told.
func (r *reached) addOne(limit string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.counts[limit]
	c.all++
	c.untold++
	now := r.now()
	if now.Sub(c.told) < tellEvery {
		return 0
	}
	since := c.untold
	c.told, c.untold = now, 0
	return since
}

// quietly counts one of what happens to honest clients every day.
func (r *reached) quietly(limit string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.counts[limit].all++
}

// write writes the counts in the text format of Prometheus.
func (r *reached) write(b *bytes.Buffer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	b.WriteString("# HELP tracrpc_limit_reached_total How often somebody has come to a limit, by the flag that sets it.\n" +
		"# TYPE tracrpc_limit_reached_total counter\n")
	for _, name := range r.limits {
		fmt.Fprintf(b, "tracrpc_limit_reached_total{limit=\"%s\"} %d\n", name, r.counts[name].all)
	}
}
