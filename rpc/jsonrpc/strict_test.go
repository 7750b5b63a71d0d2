package jsonrpc_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/creachadair/jrpc2"
	"github.com/creachadair/jrpc2/jhttp"

	"tracrpc/auth"
	"tracrpc/rpc"
	"tracrpc/rpc/jsonrpc"
)

// strictClient is a client that takes JSON-RPC 2.0 by its word, of a server with
// one method, `int test.add(int a, int b=1)`. noted counts the calls of it.
func strictClient(t *testing.T) (client *jrpc2.Client, noted *atomic.Int64) {
	t.Helper()
	noted = new(atomic.Int64)
	registry, err := rpc.NewRegistry(slog.New(slog.DiscardHandler), rpc.Method{
		Signature: "int test.add(int a, int b=1)",
		Help:      "Adds.",
		Do: func(_ context.Context, c *rpc.Call) (any, error) {
			noted.Add(1)
			a, _ := c.Arg(0).(int)
			b, given := c.Arg(1).(int)
			if !given {
				b = 1
			}
			return a + b, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	handler, err := rpc.NewHandler(rpc.Options{
		Registry: registry, Protocols: []rpc.Protocol{jsonrpc.Protocol(rpc.DefaultLimits())}, Limits: rpc.DefaultLimits(), Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	who := auth.NewPrincipal("joe", map[auth.Permission]bool{auth.XMLRPC: true}, nil)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler.ServeHTTP(w, r.WithContext(auth.WithPrincipal(r.Context(), who)))
	}))
	t.Cleanup(server.Close)
	client = jrpc2.NewClient(jhttp.NewChannel(server.URL+"/rpc", nil), nil)
	t.Cleanup(func() { client.Close() })
	return client, noted
}

func TestStrictClient(t *testing.T) {
	t.Parallel()
	client, _ := strictClient(t)
	tests := []struct {
		name, method string
		params       any
		want         string
		code         jrpc2.Code
	}{
		{"by place", "test.add", []int{1, 2}, "3", 0},
		{"by name", "test.add", map[string]int{"b": 5, "a": 1}, "6", 0},
		{"by name, one left out", "test.add", map[string]int{"a": 1}, "2", 0},
		{"too many", "test.add", []int{1, 2, 3}, "", jrpc2.InvalidParams},
		{"none", "test.add", nil, "", jrpc2.InvalidParams},
		{"unknown name", "test.add", map[string]int{"a": 1, "c": 2}, "", jrpc2.InvalidParams},
		{"unknown method", "test.subtract", nil, "", jrpc2.MethodNotFound},
		{"multicall", "system.multicall", []any{map[string]any{"method": "test.add", "params": []int{1, 2}, "id": 7}}, `[{"result": 3, "error": null, "id": 7}]`, 0},
	}
	for _, test := range tests {
		var result json.RawMessage
		err := client.CallResult(t.Context(), test.method, test.params, &result)
		var told *jrpc2.Error
		if errors.As(err, &told) != (test.code != 0) || told != nil && told.Code != test.code || string(result) != test.want {
			t.Errorf("%s: %s, %v, want %s, code %d", test.name, result, err, test.want, test.code)
		}
	}
}

func TestStrictBatch(t *testing.T) {
	t.Parallel()
	client, noted := strictClient(t)
	responses, err := client.Batch(t.Context(), []jrpc2.Spec{
		{Method: "test.add", Params: []int{1, 2}},
		{Method: "test.add", Params: []int{3, 4}, Notify: true},
		{Method: "test.subtract"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(responses) != 2 || responses[0].ResultString() != "3" || responses[1].Error() == nil || responses[1].Error().Code != jrpc2.MethodNotFound {
		t.Errorf("the batch is answered %v", responses)
	}
	if got := noted.Load(); got != 2 {
		t.Errorf("the batch made %d calls, want 2", got)
	}
}

func TestStrictNotification(t *testing.T) {
	t.Parallel()
	client, noted := strictClient(t)
	for _, method := range []string{"test.add", "test.subtract"} {
		if err := client.Notify(t.Context(), method, []int{1}); err != nil {
			t.Errorf("Notify(%s): %v", method, err)
		}
	}
	// The client sends everything over HTTP at once, and a call after it tells
	// that it still understands the server.
	if err := client.CallResult(t.Context(), "test.add", []int{1}, new(int)); err != nil {
		t.Error(err)
	}
	client.Close() // waits for the answers
	if got := noted.Load(); got != 2 {
		t.Errorf("the notification and the call made %d calls, want 2", got)
	}
}
