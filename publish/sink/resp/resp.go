// Package resp lets subscribers of a Redis server subscribe without one: it
// speaks as much of Redis' protocol, in its versions 2 and 3, as it takes to log
// in and to subscribe. What is published is what package sink publishes on a
// Redis server, on the same channels; but a subscriber sees only what the user it
// has logged in as may view, and without a login what anonymous may.
//
// As with Redis, a subscriber gets what happens while it is subscribed. No
// subscriber has a queue of its own: there is one log, and each is somewhere in
// it. Who takes nothing for a while is disconnected.
package resp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"tracrpc/publish"
	"tracrpc/publish/encode"
	"tracrpc/publish/sink/listen"
)

// Settings are what is served. They are plain values.
type Settings struct {
	Encode encode.Redis
	Most   int // how many connections there may be at once; 0 for 10,000
}

// Options are what a Server needs of the world.
type Options struct {
	Feed     *publish.Feed
	Audience publish.Audience
	Logger   *slog.Logger
	// Private marks the events that are to go out on the private channels. Nil marks
	// none.
	Private func(ctx context.Context, events []publish.Event) error
	// Attendance counts the connections; nil for one of the Server's own.
	Attendance *publish.Attendance

	Patience time.Duration // how long a subscriber may take nothing; 10 s
	Command  time.Duration // how long a command may take to be told; 20 s
	Idle     time.Duration // how long a connection may be idle that has no subscription; 5 minutes
	Recheck  time.Duration // how often passwords are asked for again; 1 minute
}

func (o Options) withDefaults() Options {
	for _, d := range []struct {
		value *time.Duration
		usual time.Duration
	}{{&o.Patience, 10 * time.Second}, {&o.Command, 20 * time.Second}, {&o.Idle, 5 * time.Minute}, {&o.Recheck, time.Minute}} {
		if *d.value <= 0 {
			*d.value = d.usual
		}
	}
	if o.Attendance == nil {
		o.Attendance = publish.NewAttendance(Endings()...)
	}
	return o
}

// Server serves subscribers. It is safe for concurrent use.
type Server struct {
	Settings
	Options
	recent publish.Shared[message]
	open   atomic.Int64 // connections that there are
	lastID atomic.Int64 // of a connection
}

// New makes a Server, which serves nobody until Serve.
func New(s Settings, o Options) *Server {
	if s.Most <= 0 {
		s.Most = 10000
	}
	return &Server{Settings: s, Options: o.withDefaults()}
}

// acceptPause is how long nobody is let in when that could not be done.
const acceptPause = 100 * time.Millisecond

// Serve lets subscribers in until ctx ends, and then lets them go.
func (s *Server) Serve(ctx context.Context, at listen.At) error {
	listener, err := at.Open()
	if err != nil {
		return fmt.Errorf("serve events as Redis does: %w", err)
	}
	s.Logger.Info("redis endpoint listening", "address", listener.Addr().String())
	ctx, cancel := context.WithCancel(ctx)
	var clients sync.WaitGroup
	defer clients.Wait()
	defer cancel()
	stop := context.AfterFunc(ctx, func() { listener.Close() }) // Accept then says so
	defer stop()
	failing := false
	for {
		conn, err := listener.Accept()
		switch {
		case err == nil:
			failing = false
			// Ends with the connection, or with ctx.
			clients.Go(func() { s.let(ctx, conn) })
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("serve events as Redis does: %w", err)
		default:
			if !failing {
				s.Logger.Warn("nobody is let in for now", "err", err)
			}
			failing = true
			pause(ctx, acceptPause)
		}
	}
}

// let serves a connection, if there is room for it.
func (s *Server) let(ctx context.Context, conn net.Conn) {
	defer conn.Close() // there is nobody to tell
	s.Attendance.Come()
	why := full
	if s.open.Add(1) > int64(s.Most) {
		conn.SetDeadline(time.Now().Add(s.Patience))                 // else the write fails
		conn.Write([]byte("-ERR max number of clients reached\r\n")) // who is gone needs no answer
	} else {
		why = newClient(s, conn).run(ctx)
	}
	s.open.Add(-1)
	s.Attendance.Leave(endings[why])
}

// pause waits, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
