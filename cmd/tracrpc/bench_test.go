package main

import (
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"tracrpc/environment"
)

// BenchmarkServe measures the whole path of a request below net/http, in this
// process, so that it can be profiled.
func BenchmarkServe(b *testing.B) {
	const tickets = 2000
	dir := benchEnvironment(b)
	seed(b, dir, tickets)
	env, err := environment.Open(b.Context(), dir, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := env.Close(); err != nil {
			b.Error(err)
		}
	})
	mux := http.NewServeMux()
	settings := defaultConfig()
	settings.Environments = []string{dir}
	if _, err := mount(b.Context(), mux, env, newGuard(settings, slog.New(slog.DiscardHandler))); err != nil {
		b.Fatal(err)
	}
	_, cases := costCases(tickets)
	for _, c := range cases {
		b.Run(strings.NewReplacer(", ", "_", " ", "-").Replace(c.name), func(b *testing.B) { benchmarkServe(b, mux, c) })
	}
}

func benchmarkServe(b *testing.B, handler http.Handler, c costCase) {
	random := rand.New(rand.NewPCG(7, 7))
	bodies := make([]string, c.variants())
	for i := range bodies {
		bodies[i] = c.body(random)
	}
	b.ReportAllocs()
	w := &discarding{header: http.Header{}}
	for i := 0; b.Loop(); i++ {
		r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, "http://localhost"+c.path, strings.NewReader(bodies[i%len(bodies)]))
		if err != nil {
			b.Fatal(err)
		}
		r.RemoteAddr = "127.0.0.1:40000"
		r.Header.Set("Content-Type", c.contentType)
		if c.login {
			r.SetBasicAuth("bench", "bench")
		}
		clear(w.header)
		handler.ServeHTTP(w, r)
		if w.status != http.StatusOK {
			b.Fatalf("answered %d", w.status)
		}
	}
}

// discarding keeps the status of an answer, and nothing else.
type discarding struct {
	header http.Header
	status int
}

func (w *discarding) Header() http.Header         { return w.header }
func (w *discarding) Write(p []byte) (int, error) { return len(p), nil }
func (w *discarding) WriteHeader(status int)      { w.status = status }
