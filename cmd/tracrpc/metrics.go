package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"

	"tracrpc/environment"
)

// gauges are what is told of each sink, in the text format of Prometheus.
var gauges = []struct {
	name, kind, help string
	value            func(environment.SinkReport) float64
}{
	{"lag_events", "gauge", "Events that the sink has not had.", func(r environment.SinkReport) float64 { return float64(r.Lag) }},
	{"lag_seconds", "gauge", "For how long the first of them has waited.", func(r environment.SinkReport) float64 { return r.Behind.Seconds() }},
	{"published_total", "counter", "Events that arrived.", func(r environment.SinkReport) float64 { return float64(r.Published) }},
	{"failed_total", "counter", "Tries that failed.", func(r environment.SinkReport) float64 { return float64(r.Failed) }},
	{"missed_total", "counter", "Events that were gone before the sink could have them.", func(r environment.SinkReport) float64 { return float64(r.Missed) }},
	{"dead_letters", "gauge", "Events that the sink would not take.", func(r environment.SinkReport) float64 { return float64(r.Dead) }},
	{"paused", "gauge", "1 while the sink is paused.", func(r environment.SinkReport) float64 {
		if r.Paused.IsZero() {
			return 0
		}
		return 1
	}},
}

// metricsHandler tells of the sinks and servers of environments, and of limits.
func metricsHandler(publishers []*environment.Publisher, g *guard) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, err := metrics(r.Context(), publishers, g.reached)
		if err != nil {
			g.log.ErrorContext(r.Context(), "metrics not told", "err", err)
			http.Error(w, "something broke", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		w.Write(text) // a reader that is gone needs no error
	})
}

func metrics(ctx context.Context, publishers []*environment.Publisher, limits *reached) ([]byte, error) {
	var b bytes.Buffer
	reports := make([][]environment.SinkReport, len(publishers))
	for i, p := range publishers {
		var err error
		if reports[i], err = p.Environment().SinkReports(ctx); err != nil {
			return nil, err
		}
	}
	for _, g := range gauges {
		fmt.Fprintf(&b, "# HELP tracrpc_sink_%s %s\n# TYPE tracrpc_sink_%s %s\n", g.name, g.help, g.name, g.kind)
		for i, p := range publishers {
			for _, r := range reports[i] {
				fmt.Fprintf(&b, "tracrpc_sink_%s{%s} %v\n", g.name, sinkLabels(p, r.Name), g.value(r))
			}
		}
	}
	unroutable(&b, publishers)
	attendances(&b, publishers)
	limits.write(&b)
	return b.Bytes(), nil
}

// unroutable tells of the messages that brokers had nobody for.
func unroutable(b *bytes.Buffer, publishers []*environment.Publisher) {
	b.WriteString("# HELP tracrpc_sink_unroutable_total Messages that no queue took.\n# TYPE tracrpc_sink_unroutable_total counter\n")
	for _, p := range publishers {
		counts := p.UnroutableCounts()
		for _, name := range slices.Sorted(maps.Keys(counts)) {
			fmt.Fprintf(b, "tracrpc_sink_unroutable_total{%s} %d\n", sinkLabels(p, name), counts[name])
		}
	}
}

func sinkLabels(p *environment.Publisher, sink string) string {
	return `env="` + label.Replace(p.Environment().Name()) + `",sink="` + label.Replace(sink) + `"`
}

var label = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// serveMetrics serves /metrics on a listener of its own, if the settings want
// that; what it returns ends that, and waits for the end.
func serveMetrics(ctx context.Context, publishers []*environment.Publisher, g *guard) (stop func() error, err error) {
	if g.config.Metrics == "" {
		return func() error { return nil }, nil
	}
	listener, err := net.Listen("tcp", g.config.Metrics)
	if err != nil {
		return nil, fmt.Errorf("serve --metrics: %w", err)
	}
	g.log.Info("metrics", "url", "http://"+listener.Addr().String()+"/metrics")
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", metricsHandler(publishers, g))
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var running sync.WaitGroup
	var served error
	// Ends with ctx; stop waits for it.
	running.Go(func() { served = serveHTTP(ctx, listener, mux, g) })
	return func() error {
		cancel()
		running.Wait()
		return served
	}, nil
}
