// Command soak proves that no event is lost. Many clients write while the server
// and the buses are killed again and again, and while buses are away; in the end
// what each subscriber heard is compared with the log.
//
//	go run -tags sqlite_fts5 ./script/soak [--seconds 60] [--writers 16] [--kill-every 5]
//
// It has three phases: calm, buses away, and kills. Of each it prints how long
// calls took, so that one sees what a bus that is away costs those who write.
// Buses whose server is not installed are left out, and it says so.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

// plan is how long to do what.
type plan struct {
	writers                  int
	calm, away, kills, every time.Duration
	stalled                  int
}

func planOf(args []string) (plan, error) {
	flags := flag.NewFlagSet("soak", flag.ContinueOnError)
	seconds := flags.Float64("seconds", 60, "how long to kill")
	calm := flags.Float64("calm", 15, "how long the phases without kills last, in seconds")
	every := flags.Float64("kill-every", 5, "seconds between kills")
	var p plan
	flags.IntVar(&p.writers, "writers", 16, "how many clients write")
	flags.IntVar(&p.stalled, "stalled", 50, "how many subscribers of the HTTP stream read nothing")
	if err := flags.Parse(args); err != nil {
		return p, err
	}
	of := func(seconds float64) time.Duration { return time.Duration(seconds * float64(time.Second)) }
	p.calm, p.away, p.kills, p.every = of(*calm), of(*calm), of(*seconds), of(*every)
	return p, nil
}

func run(ctx context.Context, args []string) (err error) {
	p, err := planOf(args)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "soak")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s := &server{program: filepath.Join(dir, "tracrpc"), env: filepath.Join(dir, environmentName)}
	if err := s.build(ctx); err != nil {
		return err
	}
	buses, err := startBuses(ctx, dir, s)
	defer func() {
		for _, b := range buses {
			b.close()
		}
	}()
	if err != nil {
		return err
	}
	if err := s.start(ctx); err != nil {
		return err
	}
	defer s.kill()
	for _, b := range buses {
		b.listen(ctx)
	}
	stalled := stall(s.stream, p.stalled)
	defer stalled.close()
	return p.do(ctx, s, buses)
}

// do writes through the phases, and reports.
func (p plan) do(ctx context.Context, s *server, buses []bus) error {
	w := startWriters(ctx, s.api, p.writers)
	defer w.stop()
	phase(ctx, w, "calm", p.calm, nil)
	if err := every(buses, bus.kill); err != nil {
		return err
	}
	phase(ctx, w, "buses away", p.away, nil)
	if err := every(buses, bus.revive); err != nil {
		return err
	}
	fmt.Printf("the server needed at most %d MB\n", s.memory())
	var failed error
	kills := 0
	phase(ctx, w, "kills", p.kills, func(ctx context.Context) {
		kills, failed = p.kill(ctx, s, buses)
	})
	w.stop()
	if failed != nil {
		return failed
	}
	log, err := s.log(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("%d kills; %d changes answered, %d events in the log\n", kills, len(w.answered()), len(log))
	return report(ctx, log, w.answered(), buses)
}

// kill kills the server and the buses by turns, until ctx ends.
func (p plan) kill(ctx context.Context, s *server, buses []bus) (kills int, err error) {
	tick := time.NewTicker(p.every)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return kills, nil
		case <-tick.C:
		}
		kills++
		if n%2 == 0 || len(buses) == 0 {
			s.kill()
			err = s.start(context.WithoutCancel(ctx))
		} else {
			b := buses[n/2%len(buses)]
			if err = b.kill(); err == nil {
				err = b.revive()
			}
		}
		if err != nil {
			return kills, err
		}
	}
}

func every(buses []bus, do func(bus) error) error {
	for _, b := range buses {
		if err := do(b); err != nil {
			return fmt.Errorf("%s: %w", b.name(), err)
		}
	}
	return nil
}

// phase waits while the writers write, and prints how long their calls took.
// Meanwhile runs beside it.
func phase(ctx context.Context, w *writers, name string, lasts time.Duration, meanwhile func(context.Context)) {
	w.forget()
	ctx, cancel := context.WithTimeout(ctx, lasts)
	defer cancel()
	began := time.Now()
	if meanwhile != nil {
		meanwhile(ctx)
	}
	<-ctx.Done()
	t := w.times()
	fmt.Printf("%-12s %6d calls, %5.0f a second, p50 %6.1f ms, p99 %6.1f ms\n", name, len(t),
		float64(len(t))/time.Since(began).Seconds(), quantile(t, 50), quantile(t, 99))
}
