package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

// writers are clients that make tickets and change them, each its own, as fast
// as they are answered.
type writers struct {
	cancel context.CancelFunc
	ended  sync.WaitGroup

	mu   sync.Mutex
	took []time.Duration
	done []string // the ticket of each change that was answered
}

func startWriters(ctx context.Context, api string, count int) *writers {
	ctx, cancel := context.WithCancel(ctx)
	w := &writers{cancel: cancel}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: count}}
	for n := range count {
		// Ends with ctx.
		w.ended.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				w.write(ctx, &caller{client, "http://" + api + "/rpc"}, fmt.Sprintf("%d.%d", n, i))
			}
		})
	}
	return w
}

// stop ends the writers, and waits for them.
func (w *writers) stop() {
	w.cancel()
	w.ended.Wait()
}

// write makes a ticket and changes it 30 times; less when a call fails.
func (w *writers) write(ctx context.Context, c *caller, name string) {
	var id json.Number
	if !w.timed(func() error { return c.call(ctx, &id, "ticket.create", name, "description", map[string]any{}) }) {
		return
	}
	w.keep(string(id))
	for i := range 30 {
		if ctx.Err() != nil {
			return
		}
		text := fmt.Sprintf("%s-%d", name, i)
		var ignored json.RawMessage
		if !w.timed(func() error {
			return c.call(ctx, &ignored, "ticket.update", id, "", map[string]any{"keywords": text})
		}) {
			return
		}
		w.keep(string(id))
	}
}

// timed runs a call; false when it failed, because the server was killed.
func (w *writers) timed(call func() error) bool {
	began := time.Now()
	if call() != nil {
		return false
	}
	took := time.Since(began)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.took = append(w.took, took)
	return true
}

func (w *writers) keep(ticket string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.done = append(w.done, ticket)
}

// answered is the ticket of each change that the server said it had made.
func (w *writers) answered() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.done)
}

// times is how long calls took since forget, sorted.
func (w *writers) times() []time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Sorted(slices.Values(w.took))
}

func (w *writers) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.took = nil
}

// quantile is in milliseconds.
func quantile(sorted []time.Duration, percent int) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return float64(sorted[(len(sorted)-1)*percent/100].Microseconds()) / 1000
}

// caller calls methods over JSON-RPC.
type caller struct {
	client *http.Client
	url    string
}

func (c *caller) call(ctx context.Context, result any, method string, arguments ...any) error {
	body, err := json.Marshal(map[string]any{"method": method, "params": arguments, "id": 1})
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := c.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer := struct {
		Result any
		Error  *struct{ Message string }
	}{Result: result}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return err
	}
	if answer.Error != nil {
		return fmt.Errorf("%s: %s", method, answer.Error.Message)
	}
	return nil
}
