package main

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"

	"tracrpc/rpc"
)

// guard keeps a server within its limits. All its environments and listeners share
// one.
type guard struct {
	config  config
	log     *slog.Logger
	reached *reached
	memory  *rpc.Memory
}

func newGuard(c config, log *slog.Logger) *guard {
	return &guard{config: c, log: log, reached: newReached(log, c.limits()), memory: rpc.NewMemory(c.Limits)}
}

// ownMemory is what the program itself may take, beside the bodies and answers.
const ownMemory = 32 << 20

// limitMemory tells Go's collector when to work harder, unless the operator has
// (GOMEMLIMIT). It is no bound: more is only taken when it is needed.
func (g *guard) limitMemory() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(g.config.Limits.Memory + ownMemory)
	}
}

// requests is told of limits by the handlers of requests.
func (g *guard) requests(l rpc.Limit) { g.reached.add(string(l)) }

// handler puts the limits of the transport around a handler.
func (g *guard) handler(next http.Handler) http.Handler {
	c := g.config
	next = newCrowd(c.MaxRequests, c.MaxRequestsEach, c.QueueTimeout, g.reached.add).handler(next)
	next = paced(c.unproxied(next), pace{c.BodyTimeout, c.MinRate}, pace{c.AnswerTimeout, c.MinRate}, g.reached.add)
	return handled(unambiguous(next))
}

// unambiguous closes the connection after a request whose body came in chunks. It
// may have said a Content-Length as well, which net/http drops, but by which a
// proxy may have seen another end of the request (RFC 9112, 6.1).
func unambiguous(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TransferEncoding) > 0 {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

// server is a server with the limits of the transport.
func (g *guard) server(next http.Handler) *http.Server {
	c := g.config
	open := newConnections(c, g.reached)
	server := &http.Server{
		Handler:           g.handler(next),
		ReadHeaderTimeout: c.HeaderTimeout,
		IdleTimeout:       c.IdleTimeout,
		MaxHeaderBytes:    c.MaxHeader,
		ConnState:         open.changed,
		ConnContext:       func(ctx context.Context, conn net.Conn) context.Context { return open.begin(ctx, conn) },
		Protocols:         new(http.Protocols),
		ErrorLog:          slog.NewLogLogger(g.log.Handler(), slog.LevelDebug),
	}
	server.Protocols.SetHTTP1(true)
	server.Protocols.SetHTTP2(c.HTTP2 && c.TLSCert != "")
	return server
}
