package main

import (
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// connections bounds how many connections are open. When there are more, the one
// goes that has been without a request for the longest time, whether it is idle or
// still sends its headers: whoever holds on to connections loses them to those who
// use theirs. It is safe for concurrent use.
type connections struct {
	most              int
	header            int64
	toSend, toBeQuiet time.Duration // headers, and between requests
	reached           *reached

	mu   sync.Mutex
	open map[net.Conn]*connection
}

// connection is one connection. It may go while it has no request.
type connection struct {
	conn    net.Conn
	handled atomic.Bool // a handler has had the last request that began

	// These are those of connections.mu.
	since  time.Time // it has been without a request
	before int64     // how many bytes had come by then
	active bool      // a request has begun to come
}

func newConnections(c config, reached *reached) *connections {
	return &connections{
		most: c.MaxConnections, header: int64(c.MaxHeader), toSend: c.HeaderTimeout, toBeQuiet: c.IdleTimeout,
		reached: reached, open: map[net.Conn]*connection{},
	}
}

type connectionKey struct{}

// begin is the server's hook ConnContext.
func (c *connections) begin(ctx context.Context, conn net.Conn) context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.open) >= c.most {
		c.makeRoom()
	}
	known := &connection{conn: conn, since: time.Now()}
	c.open[conn] = known
	return context.WithValue(ctx, connectionKey{}, known)
}

// changed is the server's hook ConnState.
func (c *connections) changed(conn net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	known := c.open[conn]
	if known == nil {
		return
	}
	switch state {
	case http.StateActive:
		known.active = true
	case http.StateIdle:
		known.active, known.since, known.before = false, time.Now(), received(conn)
		known.handled.Store(false)
	case http.StateHijacked:
		delete(c.open, conn)
	case http.StateClosed:
		delete(c.open, conn)
		c.ended(known)
	}
}

// ended finds out whether a limit has ended a connection: the server does not tell.
func (c *connections) ended(known *connection) {
	quiet := time.Since(known.since)
	switch {
	case known.handled.Load():
	case received(known.conn)-known.before > c.header:
		c.reached.add("max-header")
	case known.active && quiet >= c.toSend, known.before == 0 && quiet >= c.toSend:
		c.reached.add("header-timeout")
	case !known.active && quiet >= c.toBeQuiet:
		c.reached.quietly("idle-timeout")
	}
}

// makeRoom closes the connection that has been without a request for the longest
// time. When all have requests, there is one more than there should be, which the
// limit of requests will deal with.
func (c *connections) makeRoom() {
	var oldest *connection
	for _, known := range c.open {
		if !known.active && (oldest == nil || known.since.Before(oldest.since)) {
			oldest = known
		}
	}
	if oldest == nil {
		return
	}
	delete(c.open, oldest.conn)
	c.reached.add("max-connections")
	below(oldest.conn).Close() // it is of no more use either way, nor is a farewell
}

// handled lets the connection of each request know that a handler has it.
func handled(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if known, ok := r.Context().Value(connectionKey{}).(*connection); ok {
			known.handled.Store(true)
		}
		next.ServeHTTP(w, r)
	})
}

// below is the connection that TLS is spoken over, or the connection itself.
func below(conn net.Conn) net.Conn {
	if outer, ok := conn.(interface{ NetConn() net.Conn }); ok {
		return outer.NetConn()
	}
	return conn
}

// received is how many bytes have come over a connection.
func received(conn net.Conn) int64 {
	if counted, ok := below(conn).(*countedConn); ok {
		return counted.received.Load()
	}
	return 0
}

// countedListener counts what comes over its connections.
type countedListener struct{ net.Listener }

func (l countedListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &countedConn{Conn: conn}, nil
}

type countedConn struct {
	net.Conn
	received atomic.Int64
}

func (c *countedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.received.Add(int64(n))
	return n, err
}
