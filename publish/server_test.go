package publish

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestServers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		running := map[string]int{}
		count := func(name string, n int) int {
			mu.Lock()
			defer mu.Unlock()
			running[name] += n
			return running[name]
		}
		server := func(name, settings string) Server {
			return Server{Name: name, Settings: settings, Serve: func(ctx context.Context) error {
				count(name+settings, 1)
				<-ctx.Done()
				count(name+settings, 10)
				return nil
			}}
		}
		failing := Server{Name: "failing", Serve: func(ctx context.Context) error {
			if count("tries", 1) < 4 {
				return errors.New("address in use")
			}
			<-ctx.Done()
			return nil
		}}
		s := NewServers(slog.New(slog.DiscardHandler))
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { // ends with ctx
			defer close(ended)
			s.Run(ctx)
		}()
		s.Use([]Server{server("a", "1"), server("b", "1"), failing})
		sleep(time.Minute)
		if count("a1", 0) != 1 || count("b1", 0) != 1 || count("tries", 0) != 4 {
			t.Errorf("running %v, want a and b, and four tries", running)
		}
		s.Use([]Server{server("a", "1"), server("b", "2")})
		sleep(time.Minute)
		if count("a1", 0) != 1 || count("b1", 0) != 11 || count("b2", 0) != 1 {
			t.Errorf("after the change: %v, want a undisturbed and b anew", running)
		}
		stop()
		<-ended
		if count("a1", 0) != 11 || count("b2", 0) != 11 {
			t.Errorf("after the stop: %v, want all ended", running)
		}
	})
}
