package main

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"tracrpc/environment"
)

// BenchmarkRelay tells how many events a second go from the log to each broker, of
// two messages each where the format has one for each change. Every broker has a
// subscriber who keeps or reads them.
//
//	go test ./cmd/tracrpc -run '^$' -bench Relay -benchtime 3x
func BenchmarkRelay(b *testing.B) {
	const events = 5000
	need(b, "apt-get install redis-server", "redis-server", "--version")
	broker := startRabbit(b)
	bindQueue(b, broker, "messagebus", "trac.events", "#")
	bindQueue(b, broker, "protonmsg", "amq.topic", "trac.#")
	dir := testEnvironment(b)
	appendTo(b, filepath.Join(dir, "conf", "trac.ini"), fmt.Sprintf(`
[components]
tracext.redispub.* = enabled
[redis_client]
port = %d
[broker]
host = 127.0.0.1
port = %d
urls = amqp://guest:guest@127.0.0.1:%d
topic_prefix = /topic/trac
`, startRedis(b), broker.Port, broker.Port))
	client := jsonClient{serveTest(b, dir), "admin"}
	id := client.must(b, "ticket.create", "the ticket", "", map[string]any{})
	var calls []any
	for i := range events {
		calls = append(calls, map[string]any{
			"method": "ticket.update", "params": []any{id, "a comment", map[string]any{"owner": fmt.Sprint(i)}},
		})
	}
	for ; len(calls) > 0; calls = calls[500:] {
		client.must(b, "system.multicall", calls[:500]...)
	}
	env, err := environment.Open(b.Context(), dir, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	defer env.Close() // it was only read
	for _, sink := range []string{"redispub", "messagebus", "protonmsg"} {
		b.Run(sink, func(b *testing.B) {
			for b.Loop() {
				waitForSink(b, env, sink, func() { client.must(b, "events.rewind", sink, 0) })
			}
			b.ReportMetric(events*float64(b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

// waitForSink waits until a sink has had all events once more after rewind has
// been called. How far it is, is known only twice a second or each 1000 events.
func waitForSink(b *testing.B, env *environment.Environment, name string, rewind func()) {
	b.Helper()
	_, newest, err := env.DB.EventRange(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	arrived := func() bool {
		s, _, err := env.DB.Sink(b.Context(), name)
		if err != nil {
			b.Fatal(err)
		}
		return s.Cursor == newest
	}
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for !arrived() {
		<-ticker.C
	}
	rewind()
	for !arrived() {
		<-ticker.C
	}
}
