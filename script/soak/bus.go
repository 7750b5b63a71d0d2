package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"sync"
)

// bus is a way by which events go out, and a subscriber who keeps what it hears.
type bus interface {
	name() string
	settings() string // for trac.ini
	listen(ctx context.Context)
	kill() error // as SIGKILL; what is not a process of its own ignores it
	revive() error
	heard() []int64 // numbers of events, in the order in which they came
	close()
}

// errAbsent says that a bus has no server on this machine.
var errAbsent = errors.New("not installed")

// startBuses starts what there is, and has the environment publish there.
func startBuses(ctx context.Context, dir string, s *server) ([]bus, error) {
	var buses []bus
	for _, start := range []func(ctx context.Context, dir string, s *server) (bus, error){startStream, startRedis, startAMQP, startTracim} {
		b, err := start(ctx, dir, s)
		if errors.Is(err, errAbsent) {
			fmt.Println("left out:", err)
			continue
		}
		if err != nil {
			return buses, err
		}
		buses = append(buses, b)
		if err := s.set(b.settings()); err != nil {
			return buses, err
		}
	}
	return buses, nil
}

// installed tells whether a program is.
func installed(program string) error {
	if _, err := exec.LookPath(program); err != nil {
		return fmt.Errorf("%s is %w", program, errAbsent)
	}
	return nil
}

// ears collect what a subscriber hears.
type ears struct {
	mu   sync.Mutex
	seqs []int64
}

func (e *ears) hear(seq int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.seqs = append(e.seqs, seq)
}

func (e *ears) heard() []int64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]int64(nil), e.seqs...)
}
