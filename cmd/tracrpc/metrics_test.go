package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"tracrpc/environment"
)

func TestMetrics(t *testing.T) {
	t.Parallel()
	dir := testEnvironment(t) // which writes two events
	log := slog.New(slog.DiscardHandler)
	env, err := environment.Open(t.Context(), dir, log)
	if err != nil {
		t.Fatal(err)
	}
	defer env.Close() // nothing is at stake
	if err := env.DB.AddSink(t.Context(), `a "bus"`, 1); err != nil {
		t.Fatal(err)
	}
	if err := env.DB.PauseSink(t.Context(), `a "bus"`); err != nil {
		t.Fatal(err)
	}
	publisher := environment.NewPublisher(t.Context(), env, nil)
	visits := publisher.Attendance("a server", "slow", "gone")
	visits.Come()
	visits.Come()
	visits.Leave("slow")
	visits.Send(7)
	publisher.Unroutable("a bus").Add(3)
	w := httptest.NewRecorder()
	metricsHandler([]*environment.Publisher{publisher}, newGuard(defaultConfig(), log)).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	for _, want := range []string{
		"# TYPE tracrpc_sink_lag_events gauge\ntracrpc_sink_lag_events{env=\"env\",sink=\"a \\\"bus\\\"\"} 1\n",
		"# TYPE tracrpc_sink_published_total counter\ntracrpc_sink_published_total{env=\"env\",sink=\"a \\\"bus\\\"\"} 0\n",
		"tracrpc_sink_paused{env=\"env\",sink=\"a \\\"bus\\\"\"} 1\n",
		"# TYPE tracrpc_sink_unroutable_total counter\ntracrpc_sink_unroutable_total{env=\"env\",sink=\"a bus\"} 3\n",
		"# TYPE tracrpc_sink_subscribers gauge\ntracrpc_sink_subscribers{env=\"env\",sink=\"a server\"} 1\n",
		"tracrpc_sink_subscriptions_total{env=\"env\",sink=\"a server\"} 2\n",
		"tracrpc_sink_sent_total{env=\"env\",sink=\"a server\"} 7\n",
		"tracrpc_sink_disconnects_total{env=\"env\",sink=\"a server\",cause=\"gone\"} 0\n" +
			"tracrpc_sink_disconnects_total{env=\"env\",sink=\"a server\",cause=\"slow\"} 1\n",
	} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("the metrics lack %q:\n%s", want, w.Body)
		}
	}
}

// TestServeMetrics finds the metrics where the log says that they are.
func TestServeMetrics(t *testing.T) {
	t.Parallel()
	dir := testEnvironment(t)
	ctx, stop := context.WithCancel(t.Context())
	log := &serverLog{address: make(chan string, 1)}
	served := make(chan error, 1)
	// Ends when stop is called.
	go func() {
		served <- run(ctx, []string{"serve", dir, "--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0"}, streams{strings.NewReader(""), log, log})
	}()
	select {
	case <-log.address:
	case err := <-served:
		t.Fatalf("serve: %v\n%s", err, log)
	}
	where := regexp.MustCompile(`msg=metrics .*url=(\S+)`).FindStringSubmatch(log.String())
	if where == nil {
		t.Fatalf("the log does not say where the metrics are:\n%s", log)
	}
	response, err := http.Get(where[1])
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(response.Body)
	response.Body.Close() // it was read
	if err != nil || response.StatusCode != http.StatusOK || !strings.Contains(string(text), "# TYPE tracrpc_sink_lag_events gauge\n") ||
		!strings.Contains(string(text), `tracrpc_sink_disconnects_total{env="env",sink="events",cause="slow"} 0`) {
		t.Errorf("%s answers %s\n%s, %v", where[1], response.Status, text, err)
	}
	stop()
	if err := <-served; err != nil {
		t.Errorf("serve ended with %v", err)
	}
}
