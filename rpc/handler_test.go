package rpc_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tracrpc/auth"
	"tracrpc/rpc"
	"tracrpc/rpc/xmlrpc"
)

const getVersion = "<methodCall><methodName>system.getAPIVersion</methodName><params/></methodCall>"

// newHandler serves one method and system.*, to a caller with the actions.
func newHandler(t testing.TB, actions ...auth.Permission) http.Handler {
	t.Helper()
	registry, err := rpc.NewRegistry(slog.New(slog.DiscardHandler), rpc.Method{
		Signature: "string echo.text(string text)", Help: "Says `text` again.",
		Do: func(_ context.Context, c *rpc.Call) (any, error) { return c.String(0) },
	})
	if err != nil {
		t.Fatal(err)
	}
	limits := rpc.DefaultLimits()
	limits.Body = 1000
	h, err := rpc.NewHandler(rpc.Options{
		Registry: registry, Protocols: []rpc.Protocol{xmlrpc.Protocol(limits)}, Limits: limits,
		Log: slog.New(slog.DiscardHandler), Docs: rpc.Docs{Project: "A <project>"},
	})
	if err != nil {
		t.Fatal(err)
	}
	granted := map[auth.Permission]bool{}
	for _, a := range actions {
		granted[a] = true
	}
	who := auth.NewPrincipal("joe", granted, nil)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r.WithContext(auth.WithPrincipal(r.Context(), who)))
	})
}

func TestHandler(t *testing.T) {
	tests := map[string]struct {
		verb, path, contentType, accept, body string
		status                                int
		answerType                            string
		contains                              string
	}{
		"call":                  {"POST", "/rpc", "text/xml", "", getVersion, 200, "text/xml", "<value><int>1</int></value>"},
		"call by PUT":           {"PUT", "/login/xmlrpc", "application/xml", "", getVersion, 200, "application/xml", "<value><int>2</int></value>"},
		"type is echoed":        {"POST", "/login/rpc", "text/xml; charset=utf-8", "", getVersion, 200, "text/xml; charset=utf-8", "<array>"},
		"type by its case":      {"POST", "/rpc", "Text/XML", "", getVersion, 415, "text/plain;charset=utf-8", "No protocol matching Content-Type 'Text/XML' at path '/rpc'."},
		"unknown type":          {"POST", "/login/rpc", "text/plain", "", "x", 415, "text/plain;charset=utf-8", "No protocol matching"},
		"unknown type, browser": {"POST", "/rpc", "text/plain", "image/png, text/html", "x", 200, "text/html;charset=utf-8", "echo.text"},
		"form":                  {"POST", "/rpc", "application/x-www-form-urlencoded", "", "a=b", 400, "text/html;charset=utf-8", "form token"},
		"docs":                  {"GET", "/rpc", "", "", "", 200, "text/html;charset=utf-8", "A &lt;project&gt;"},
		"docs never call":       {"GET", "/rpc", "text/xml", "", getVersion, 200, "text/xml", "<int>-32700</int>"},
		"docs by HEAD":          {"HEAD", "/login/rpc", "", "", "", 200, "text/html;charset=utf-8", ""},
		"slash at the end":      {"POST", "/login/rpc/", "text/xml", "", getVersion, 301, "", ""},
		"below":                 {"POST", "/login/rpc/x", "text/xml", "", getVersion, 404, "text/html;charset=utf-8", "Not Found"},
		"root":                  {"GET", "/", "", "", "", 302, "", ""},
		"root is no call":       {"POST", "/", "text/xml", "", getVersion, 404, "text/html;charset=utf-8", "Not Found"},
		"elsewhere":             {"GET", "/wiki", "", "", "", 404, "text/html;charset=utf-8", "Not Found"},
		"other verb":            {"DELETE", "/rpc", "", "", "", 405, "text/html;charset=utf-8", ""},
		"too large":             {"POST", "/rpc", "text/xml", "", strings.Repeat("x", 1001), 200, "text/xml", "larger than the 1000 bytes"},
		"empty":                 {"POST", "/rpc", "text/xml", "", "", 200, "text/xml", "<int>-32700</int>"},
	}
	handler := newHandler(t, auth.XMLRPC)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(test.verb, test.path, strings.NewReader(test.body))
			r.Header.Set("Content-Type", test.contentType)
			r.Header.Set("Accept", test.accept)
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			if w.Code != test.status {
				t.Errorf("status = %d, want %d; %s", w.Code, test.status, w.Body)
			}
			if got := w.Header().Get("Content-Type"); test.answerType != "" && got != test.answerType {
				t.Errorf("Content-Type = %q, want %q", got, test.answerType)
			}
			if !strings.Contains(w.Body.String(), test.contains) {
				t.Errorf("body = %q, want it to contain %q", w.Body, test.contains)
			}
		})
	}
}

func TestHandlerRefusesWithoutXMLRPC(t *testing.T) {
	handler := newHandler(t)
	for verb, want := range map[string]string{
		"GET":  "XML_RPC privileges are required to perform this operation.",
		"POST": "<value><int>403</int></value>",
	} {
		r := httptest.NewRequest(verb, "/rpc", strings.NewReader(getVersion))
		status := http.StatusForbidden
		if verb == "POST" {
			r.Header.Set("Content-Type", "text/xml")
			status = http.StatusOK
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != status || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: status %d, body %q, want %d and %q", verb, w.Code, w.Body, status, want)
		}
	}
}

// A client that reuses its connection after whatever was refused must not find
// the rest of its last request read as the next one.
func TestConnectionsOutliveRefusals(t *testing.T) {
	server := httptest.NewServer(newHandler(t, auth.XMLRPC))
	defer server.Close()
	for _, contentType := range []string{"text/plain", "text/xml", "application/x-www-form-urlencoded", "text/xml"} {
		body := getVersion
		response, err := server.Client().Post(server.URL+"/rpc", contentType, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, response.Body); err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		want := map[string]int{"text/plain": 415, "text/xml": 200, "application/x-www-form-urlencoded": 400}[contentType]
		if response.StatusCode != want {
			t.Errorf("%s: status %d, want %d", contentType, response.StatusCode, want)
		}
	}
}

func BenchmarkHandler(b *testing.B) {
	handler := newHandler(b, auth.XMLRPC)
	for b.Loop() {
		r := httptest.NewRequest("POST", "/rpc", strings.NewReader(getVersion))
		r.Header.Set("Content-Type", "text/xml")
		handler.ServeHTTP(httptest.NewRecorder(), r)
	}
}
