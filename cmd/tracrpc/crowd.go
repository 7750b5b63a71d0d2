package main

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"
)

// crowd lets so many requests in at the same time, of all clients and of one
// address. The others wait in turn, and are sent away when that takes too long. It
// is safe for concurrent use.
type crowd struct {
	all     int
	each    int
	wait    time.Duration
	reached func(limit string)

	mu      sync.Mutex
	running int
	by      map[netip.Addr]*neighbours
	waiting []*waiter // in the order in which they came
}

// neighbours are the requests of one address.
type neighbours struct {
	running, waiting int
}

// waiter is a request that waits; in is closed when its turn has come.
type waiter struct {
	address netip.Addr
	in      chan struct{}
}

// maxWaiting is how many requests may wait for each that may run.
const maxWaiting = 16

func newCrowd(all, each int, wait time.Duration, reached func(limit string)) *crowd {
	return &crowd{all: all, each: each, wait: wait, reached: reached, by: map[netip.Addr]*neighbours{}}
}

// handler lets requests through to next.
func (c *crowd) handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		address := neighbourhood(r.RemoteAddr)
		if !c.enter(r.Context(), address) {
			if r.Context().Err() == nil {
				c.reached(c.full(address))
				w.Header().Set("Connection", "close")
				w.Header().Set("Retry-After", strconv.Itoa(1+int(c.wait.Seconds())))
				http.Error(w, "Too many requests at once. Try again later.", http.StatusServiceUnavailable)
			}
			return
		}
		leave := sync.OnceFunc(func() { c.leave(address) })
		defer leave()
		next.ServeHTTP(&guest{w, leave}, r)
	})
}

// guest writes the answer of a request that was let in. It makes room for others
// when it takes its connection over, as subscribers of events do: they stay for as
// long as they like, and have a limit of their own.
type guest struct {
	http.ResponseWriter
	leave func()
}

// Unwrap is for http.ResponseController.
func (g *guest) Unwrap() http.ResponseWriter { return g.ResponseWriter }

// Hijack is for http.ResponseController.
func (g *guest) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := http.NewResponseController(g.ResponseWriter).Hijack()
	if err == nil {
		g.leave()
	}
	return conn, buffered, err
}

// full names the limit that keeps requests of an address waiting.
func (c *crowd) full(address netip.Addr) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := c.by[address]; n != nil && n.running >= c.each {
		return "max-requests-each"
	}
	return "max-requests"
}

// neighbourhood is the address that a request counts for; of IPv6, where one
// client has any number of addresses, their common prefix.
func neighbourhood(remote string) netip.Addr {
	address, _ := addressOf(remote) // the zero Addr is everybody without one
	if address.Is6() {
		if prefix, err := address.Prefix(64); err == nil {
			return prefix.Addr()
		}
	}
	return address
}

// enter waits for a turn, and tells whether it came.
func (c *crowd) enter(ctx context.Context, address netip.Addr) bool {
	waits, ok := c.queue(address)
	if waits == nil {
		return ok
	}
	timer := time.NewTimer(c.wait)
	defer timer.Stop()
	select {
	case <-waits.in:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return !c.giveUp(waits)
}

// queue lets a request in at once, or refuses it at once, or puts it in the queue.
func (c *crowd) queue(address netip.Addr) (*waiter, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.by[address]
	if n == nil {
		n = &neighbours{}
		c.by[address] = n
	}
	if c.running < c.all && n.running < c.each {
		c.running++
		n.running++
		return nil, true
	}
	if n.waiting >= maxWaiting*c.each || len(c.waiting) >= maxWaiting*c.all {
		return nil, false
	}
	n.waiting++
	w := &waiter{address, make(chan struct{})}
	c.waiting = append(c.waiting, w)
	return w, true
}

// giveUp takes a request out of the queue; it reports false when its turn has
// just come.
func (c *crowd) giveUp(w *waiter) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, other := range c.waiting {
		if other == w {
			c.waiting = append(c.waiting[:i], c.waiting[i+1:]...)
			c.by[w.address].waiting--
			c.forget(w.address)
			return true
		}
	}
	return false
}

// leave gives the place to the first in the queue whose address has room.
func (c *crowd) leave(address netip.Addr) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running--
	c.by[address].running--
	for i, w := range c.waiting {
		if n := c.by[w.address]; c.running < c.all && n.running < c.each {
			c.waiting = append(c.waiting[:i], c.waiting[i+1:]...)
			c.running++
			n.running++
			n.waiting--
			close(w.in)
			break
		}
	}
	c.forget(address)
}

func (c *crowd) forget(address netip.Addr) {
	if n := c.by[address]; n.running == 0 && n.waiting == 0 {
		delete(c.by, address)
	}
}
