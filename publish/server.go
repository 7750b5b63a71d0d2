package publish

import (
	"context"
	"log/slog"
	"time"
)

// serverPause is how long a server that could not go on is left alone.
const serverPause = 5 * time.Second

// Server is a bus of our own, to which subscribers come: it reads the events from
// a Feed, for each subscriber from where they like.
type Server struct {
	// Name is the server's in its environment.
	Name string
	// Settings are whatever Serve works by, as plain values: the server is started
	// anew when they are others than before.
	Settings any
	// Serve takes subscribers until ctx ends, lets them go and returns. When it
	// returns earlier, its error is logged and it is called again after a while;
	// an address that is in use may be free by then.
	Serve func(ctx context.Context) error
}

// Servers runs servers. It is safe for concurrent use.
type Servers struct {
	log   *slog.Logger
	plans newest[[]Server]
	fleet fleet // only Run touches it
}

// NewServers makes a Servers, which does nothing until Run.
func NewServers(log *slog.Logger) *Servers {
	return &Servers{log: log, plans: make(chan []Server, 1)}
}

// Use runs these servers from now on, and no others. Those whose settings are
// what they were go on undisturbed. It does not wait, and may be called before
// Run.
func (s *Servers) Use(servers []Server) { s.plans.put(servers) }

// Run runs the servers until ctx ends and they have stopped.
func (s *Servers) Run(ctx context.Context) {
	defer s.fleet.wait()
	for {
		select {
		case servers := <-s.plans:
			orders := make([]order, len(servers))
			for i, server := range servers {
				orders[i] = order{server.Name, server.Settings, func() (any, func(context.Context)) {
					return nil, func(ctx context.Context) { s.serve(ctx, server) }
				}}
			}
			s.fleet.follow(ctx, orders)
		case <-ctx.Done():
			return
		}
	}
}

func (s *Servers) serve(ctx context.Context, server Server) {
	log, last := s.log.With("server", server.Name), ""
	for ctx.Err() == nil {
		err := server.Serve(ctx)
		if err != nil && ctx.Err() == nil && err.Error() != last {
			log.Error("server stopped, and is tried again", "err", err)
			last = err.Error()
		}
		pause(ctx, serverPause, nil)
	}
}
