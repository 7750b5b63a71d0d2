package rpc_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tracrpc/auth"
	"tracrpc/rpc"
	"tracrpc/rpc/jsonrpc"
	"tracrpc/rpc/xmlrpc"
)

// tight are limits that a short request goes past.
func tight() rpc.Limits {
	return rpc.Limits{Body: 20_000, Depth: 20, Values: 200, Text: 1000, Calls: 20, Nesting: 2, Markup: 500, Answer: 5000, Memory: 1 << 20, Wait: time.Millisecond}
}

// limited serves echo.text and system.* within limits.
func limited(t testing.TB, limits rpc.Limits, reached func(rpc.Limit)) (handler http.Handler, calls *int) {
	t.Helper()
	calls = new(int)
	registry, err := rpc.NewRegistry(slog.New(slog.DiscardHandler), rpc.Method{
		Signature: "string echo.text(string text)", Help: "Says `text` again.",
		Do: func(_ context.Context, c *rpc.Call) (any, error) { *calls++; return c.String(0) },
	}, rpc.Method{
		Signature: "string echo.html(string text)", Help: "Says `text` again, as if it had made it into HTML.",
		Do: func(ctx context.Context, c *rpc.Call) (any, error) {
			*calls++
			text, err := c.String(0)
			if err == nil {
				err = rpc.MeterOf(ctx).KeepMarkup(ctx, len(text))
			}
			return text, err
		},
	}, rpc.Method{
		Signature: "string echo.many(string text)", Help: "Says `text` again, in batches.",
		Do: func(_ context.Context, c *rpc.Call) (any, error) { *calls++; return c.String(0) },
		Batch: func(_ context.Context, batch []*rpc.Call) []rpc.Outcome {
			outcomes := make([]rpc.Outcome, len(batch))
			for i, c := range batch {
				*calls++
				outcomes[i].Value, outcomes[i].Err = c.String(0)
			}
			return outcomes
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	h, err := rpc.NewHandler(rpc.Options{
		Registry: registry, Protocols: []rpc.Protocol{xmlrpc.Protocol(limits), jsonrpc.Protocol(limits)}, Limits: limits,
		Log: slog.New(slog.DiscardHandler), Reached: reached,
	})
	if err != nil {
		t.Fatal(err)
	}
	who := auth.NewPrincipal("joe", map[auth.Permission]bool{auth.XMLRPC: true}, nil)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r.WithContext(auth.WithPrincipal(r.Context(), who)))
	}), calls
}

func ask(handler http.Handler, contentType, body string) string {
	r := httptest.NewRequest(http.MethodPost, "/rpc", strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w.Body.String()
}

// limitIn is the limit that a fault is for; empty when it is for none.
func limitIn(message string) rpc.Limit {
	for words, limit := range map[string]rpc.Limit{
		"a string of": rpc.TextLimit, "larger than the": rpc.BodyLimit, "ested too deeply": rpc.DepthLimit, "200 values": rpc.ValuesLimit, "500 bytes": rpc.MarkupLimit,
		"20 calls": rpc.CallsLimit, "nested deeper": rpc.NestingLimit, "bytes already": rpc.AnswerLimit,
		`"result": "xxx`: rpc.AnswerLimit, // whose last calls were made together
	} {
		if strings.Contains(message, words) {
			return limit
		}
	}
	return ""
}

func TestLimits(t *testing.T) {
	jsonMulti := func(calls string) string { return `{"method": "system.multicall", "params": [` + calls + `]}` }
	call := func(method, text string) string {
		return fmt.Sprintf(`{"method": "%s", "params": ["%s"]}`, method, text)
	}
	inner := func(inside string) string { return `{"methodName": "system.multicall", "params": [[` + inside + `]]}` }
	many := func(text string, n int) string { return strings.TrimSuffix(strings.Repeat(text+",", n), ",") }
	xml := func(value string) string {
		return "<methodCall><methodName>echo.text</methodName><params><param>" + value + "</param></params></methodCall>"
	}
	const arrays, ends = "<value><array><data>", "</data></array></value>"
	for name, c := range map[string]struct {
		contentType, body string
		want              string
		calls             int
	}{
		"JSON text":         {"application/json", call("echo.text", strings.Repeat("x", 1000)), "xxx", 1},
		"JSON text, longer": {"application/json", call("echo.text", strings.Repeat("x", 1001)), "a string of more than 1000 bytes", 0},
		"JSON escaped text": {"application/json", call("echo.text", strings.Repeat(`\n`, 1001)), "a string of more than 1000 bytes", 0},
		"JSON name":         {"application/json", `{"` + strings.Repeat("x", 1001) + `": 1}`, "a string of more than 1000 bytes", 0},
		"XML text":          {"text/xml", xml("<value>" + strings.Repeat("x", 1000) + "</value>"), "xxx", 1},
		"XML text, longer":  {"text/xml", xml("<value>" + strings.Repeat("x", 1001) + "</value>"), "a string of more than 1000 bytes", 0},
		"XML string":        {"text/xml", xml("<value><string>" + strings.Repeat("x", 1001) + "</string></value>"), "a string of more than 1000 bytes", 0},
		"XML base64":        {"text/xml", xml("<value><base64>" + strings.Repeat("AAAA", 300) + "</base64></value>"), "a string of more than 1000 bytes", 0},
		"body":              {"text/xml", strings.Repeat(" ", 20_001), "larger than the 20000 bytes", 0},
		"JSON depth":        {"application/json", strings.Repeat("[", 21), "Nested too deeply", 0},
		"XML depth":         {"text/xml", xml(strings.Repeat(arrays, 20) + strings.Repeat(ends, 20)), "nested too deeply", 0},
		"JSON values":       {"application/json", "[" + many("0", 200) + "]", "more than 200 values", 0},
		"XML values":        {"text/xml", xml(arrays + strings.Repeat("<value/>", 200) + ends), "more than 200 values", 0},
		"calls":             {"application/json", jsonMulti(many(call("echo.text", "a"), 19)), `"result": "a"`, 19},
		"too many calls":    {"application/json", jsonMulti(many(call("echo.text", "a"), 20)), "more than 20 calls", 0},
		"calls inside":      {"application/json", jsonMulti(many(inner(""), 0) + `{"method": "system.multicall", "params": [[` + many(`{"methodName": "echo.text", "params": ["a"]}`, 20) + `]]}`), "more than 20 calls", 0},
		"batch":             {"application/json", "[" + many(`{"jsonrpc": "2.0", "method": "echo.text", "params": ["a"], "id": 1}`, 21) + "]", "more than 20 calls", 0},
		"nesting":           {"application/json", jsonMulti(`{"method": "system.multicall", "params": [[]]}`), `"result": []`, 0},
		"deeper nesting":    {"application/json", jsonMulti(`{"method": "system.multicall", "params": [[` + inner("") + `]]}`), "nested deeper than 2", 0},
		"markup":            {"application/json", call("echo.html", strings.Repeat("x", 500)), "xxx", 1},
		"markup, longer":    {"application/json", call("echo.html", strings.Repeat("x", 501)), "more than 500 bytes is not made", 1},
		"answer":            {"application/json", jsonMulti(many(call("echo.text", strings.Repeat("x", 999)), 10)), "larger than 5000 bytes already", 5},
		"answer of a batch": {"application/json", jsonMulti(many(call("echo.many", strings.Repeat("x", 999)), 10)), `"result": "xxx`, 10},
	} {
		t.Run(name, func(t *testing.T) {
			var reached rpc.Limit
			handler, calls := limited(t, tight(), func(l rpc.Limit) { reached = l })
			if got := ask(handler, c.contentType, c.body); !strings.Contains(got, c.want) || *calls != c.calls {
				t.Errorf("%d calls, want %d, and %.2000s, want %s", *calls, c.calls, got, c.want)
			}
			if want := limitIn(c.want); reached != want {
				t.Errorf("reached %q, want %q", reached, want)
			}
		})
	}
}

// TestMemory has a request find that another one has the memory, and go through
// when that is done.
func TestMemory(t *testing.T) {
	limits := rpc.DefaultLimits()
	limits.Memory, limits.Wait = 12<<20, time.Millisecond
	var reached atomic.Int64
	registry, err := rpc.NewRegistry(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	h, err := rpc.NewHandler(rpc.Options{
		Registry: registry, Protocols: []rpc.Protocol{xmlrpc.Protocol(limits)}, Limits: limits, Log: slog.New(slog.DiscardHandler),
		Reached: func(l rpc.Limit) {
			if l == rpc.MemoryLimit {
				reached.Add(1)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	serve := func(body io.Reader) string {
		r := httptest.NewRequest(http.MethodPost, "/rpc", io.NopCloser(body))
		r.Header.Set("Content-Type", "text/xml")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Body.String()
	}
	const more, none, within = "more memory than the server has", "no memory to spare", "no element found"
	text := strings.Repeat(" ", 3<<20)
	if got := serve(strings.NewReader(strings.Repeat(text, 3))); !strings.Contains(got, more) {
		t.Errorf("more than there is: %s", got)
	}
	slow, sender := io.Pipe()
	done := make(chan string)
	// Ends when the test has sent the body's end.
	go func() { done <- serve(slow) }()
	if _, err := io.WriteString(sender, text); err != nil {
		t.Fatal(err)
	}
	if got := serve(strings.NewReader(text)); !strings.Contains(got, none) {
		t.Errorf("while another has the memory: %s", got)
	}
	if got := serve(strings.NewReader("<methodCall>")); strings.Contains(got, none) {
		t.Errorf("a short request while another has the memory: %s", got)
	}
	sender.Close() // the end of the body
	if got := <-done; !strings.Contains(got, within) {
		t.Errorf("the one that has the memory: %s", got)
	}
	for range 20 { // nothing is lost
		if got := serve(strings.NewReader(text)); !strings.Contains(got, within) {
			t.Fatalf("within what there is: %s", got)
		}
	}
	if got := reached.Load(); got != 2 {
		t.Errorf("the limit was reached %d times, want 2", got)
	}
}

// TestLargeAnswers compares answers that are sent in pieces with those that are
// sent whole.
func TestLargeAnswers(t *testing.T) {
	limits := rpc.DefaultLimits()
	handler, _ := limited(t, limits, nil)
	text := strings.Repeat("0123456789", 1000)
	for contentType, call := range map[string]func(n int) string{
		"application/json": func(n int) string {
			one := `{"method": "echo.text", "params": ["` + text + `"], "id": 5},`
			return `{"method": "system.multicall", "id": 7, "params": [` + strings.TrimSuffix(strings.Repeat(one, n), ",") + `]}`
		},
		"text/xml": func(n int) string {
			one := "<value><struct><member><name>methodName</name><value>echo.text</value></member><member><name>params</name>" +
				"<value><array><data><value>" + text + "</value></data></array></value></member></struct></value>"
			return "<methodCall><methodName>system.multicall</methodName><params><param><value><array><data>" + strings.Repeat(one, n) +
				"</data></array></value></param></params></methodCall>"
		},
	} {
		r := func(n int) *httptest.ResponseRecorder {
			request := httptest.NewRequest(http.MethodPost, "/rpc", strings.NewReader(call(n)))
			request.Header.Set("Content-Type", contentType)
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, request)
			return w
		}
		two, three, small, large := r(2), r(3), r(90), r(300)
		each := three.Body.Len() - two.Body.Len()
		if got, want := large.Body.Len(), two.Body.Len()+298*each; got != want {
			t.Errorf("%s: %d bytes for 300 calls, want %d", contentType, got, want)
		}
		if large.Header().Get("Content-Length") != "" || small.Header().Get("Content-Length") == "" {
			t.Errorf("%s: lengths %q and %q, want none of the long one", contentType, large.Header(), small.Header())
		}
		if got := strings.Count(large.Body.String(), text); got != 300 {
			t.Errorf("%s: %d answers, want 300", contentType, got)
		}
		if !strings.HasSuffix(large.Body.String(), two.Body.String()[two.Body.Len()-60:]) {
			t.Errorf("%s: ends with %s", contentType, large.Body.String()[large.Body.Len()-60:])
		}
	}
}

// TestKeep has requests that need more memory for a while than there is: they get
// all of it, one after the other, and it is there again after that.
func TestKeep(t *testing.T) {
	limits := rpc.DefaultLimits()
	limits.Memory, limits.Wait = 2<<20, time.Millisecond
	memory := rpc.NewMemory(limits)
	begun, more := make(chan bool), make(chan bool)
	registry, err := rpc.NewRegistry(slog.New(slog.DiscardHandler), rpc.Method{
		Signature: "int keep.much(boolean wait=false)", Help: "Keeps 100 MiB, twice, and perhaps waits.",
		Do: func(ctx context.Context, c *rpc.Call) (any, error) {
			for range 2 {
				if err := rpc.MeterOf(ctx).Keep(ctx, 100<<20); err != nil {
					return nil, err
				}
			}
			if c.Bool(0, false) {
				begun <- true
				<-more
			}
			return 17, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	h, err := rpc.NewHandler(rpc.Options{
		Registry: registry, Protocols: []rpc.Protocol{jsonrpc.Protocol(limits)}, Limits: limits, Memory: memory, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	who := auth.NewPrincipal("joe", map[auth.Permission]bool{auth.XMLRPC: true}, nil)
	keep := func(params string) string {
		r := httptest.NewRequest(http.MethodPost, "/rpc", strings.NewReader(`{"method": "keep.much", "params": [`+params+`]}`))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r.WithContext(auth.WithPrincipal(r.Context(), who)))
		return w.Body.String()
	}
	const kept, none = `"result": 17`, "no memory to spare"
	done := make(chan string)
	// Ends when it is told to.
	go func() { done <- keep("true") }()
	<-begun
	if got := keep(""); !strings.Contains(got, none) {
		t.Errorf("while another has all: %s", got)
	}
	close(more)
	if got := <-done; !strings.Contains(got, kept) {
		t.Errorf("the first: %s", got)
	}
	if got := keep(""); !strings.Contains(got, kept) {
		t.Errorf("after that: %s", got)
	}
}
