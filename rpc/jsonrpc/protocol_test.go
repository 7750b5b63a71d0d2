package jsonrpc

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tracrpc/fault"
	"tracrpc/rpc"
)

// exchange has a body read, and its calls answered by answer.
func exchange(t *testing.T, body string, answer func(rpc.Invocation) rpc.Outcome) *httptest.ResponseRecorder {
	t.Helper()
	codec := Protocol(rpc.DefaultLimits()).Codec.NewRequest(httptest.NewRequest("POST", "/rpc", strings.NewReader(body)))
	var request rpc.Request
	if err := codec.ReadRequest(&request); err != nil {
		t.Fatalf("ReadRequest: %v", err)
	}
	var response rpc.Response
	if request.Err != nil {
		response.Outcomes = []rpc.Outcome{{Err: request.Err}}
	}
	for _, call := range request.Calls {
		if call.Err != nil {
			response.Outcomes = append(response.Outcomes, rpc.Outcome{Err: call.Err})
			continue
		}
		response.Outcomes = append(response.Outcomes, answer(call))
	}
	w := httptest.NewRecorder()
	codec.WriteResponse(w, &response)
	return w
}

// echo answers a call with what it was read as.
func echo(call rpc.Invocation) rpc.Outcome {
	switch call.Method {
	case "nosuch":
		return rpc.Outcome{Err: fault.New(fault.NoMethod, `RPC method "nosuch" not found`)}
	case "bad":
		return rpc.Outcome{Err: fault.New(fault.BadCall, "no")}
	case multicall:
		outcomes := []rpc.Outcome{}
		for _, v := range call.Params[0].([]any) {
			name, _ := v.(rpc.Struct).Get("methodName")
			params, ok := v.(rpc.Struct).Get("params")
			if !ok {
				outcomes = append(outcomes, rpc.Outcome{Err: fault.New(fault.BadCall, "'params'")})
				continue
			}
			list, _ := params.([]any)
			outcomes = append(outcomes, echo(rpc.Invocation{Method: name.(string), Params: list}))
		}
		return rpc.Outcome{Value: outcomes}
	}
	if call.Named != nil {
		return rpc.Outcome{Value: []any{call.Method, call.Named}}
	}
	return rpc.Outcome{Value: append([]any{call.Method}, call.Params...)}
}

func TestExchange(t *testing.T) {
	t.Parallel()
	const unknown = `"error": {"name": "JSONRPCError", "code": -32601, "message": "RPC method \"nosuch\" not found"}}`
	tests := []struct{ name, body, want string }{
		{"plain", `{"method": "m", "params": [1], "id": 1}`, `{"result": ["m", 1], "error": null, "id": 1}`},
		{"no params, no id", `{"method": "m"}`, `{"result": ["m"], "error": null, "id": null}`},
		{"params null", `{"method": "m", "params": null, "x": [{}]}`, `{"result": ["m"], "error": null, "id": null}`},
		{"params empty text", `{"method": "m", "params": ""}`, `{"result": ["m"], "error": null, "id": null}`},
		{"params false", `{"method": "m", "params": false}`, `{"result": ["m"], "error": null, "id": null}`},
		{"params empty object", `{"method": "m", "params": {}}`, `{"result": ["m"], "error": null, "id": null}`},
		{"params object", `{"method": "m", "params": {"a": 1, "b": 2}}`, `{"result": ["m", "a", "b"], "error": null, "id": null}`},
		{"params text", `{"method": "m", "params": "a\u00e9"}`, `{"result": ["m", "a", "\u00e9"], "error": null, "id": null}`},
		{"params number", `{"method": "m", "params": 5, "id": 1}`, `{"result": null, "id": 1, "error": {"name": "JSONRPCError", "code": -32603, "message": "ServiceException details : params must be an array, not int"}}`},
		{"fault", `{"method": "nosuch", "id": "a"}`, `{"result": null, "id": "a", ` + unknown},
		{"id kept as it is", `{"method": "m", "id": {"a": [1, 2.50, 1e3, null, true]}}`, `{"result": ["m"], "error": null, "id": {"a": [1, 2.5, 1000.0, null, true]}}`},
		{"id a date", `{"method": "m", "id": {"__jsonclass__": ["datetime", "2020-01-01T00:00:00"]}}`, `{"result": ["m"], "error": null, "id": {"__jsonclass__": ["datetime", "2020-01-01T00:00:00"]}}`},
		{"id huge", `{"method": "m", "id": 12345678901234567890}`, `{"result": ["m"], "error": null, "id": 12345678901234567890}`},
		{"id twice", `{"id": 1, "method": "m", "id": 2}`, `{"result": ["m"], "error": null, "id": 2}`},
		{"no method", `{"id": "mine"}`, `{"result": null, "id": "mine", "error": {"name": "JSONRPCError", "code": -32603, "message": "ProtocolException details : Missing method name"}}`},
		{"method a list", `{"method": ["a", null], "id": 3}`, `{"result": ["['a', None]"], "error": null, "id": 3}`},
		{"half a pair", `{"method": "m", "params": ["\ud83d"], "id": 3}`, `{"result": null, "id": 3, "error": {"name": "JSONRPCError", "code": -32603, "message": "ServiceException details : half a surrogate pair is no character"}}`},
		{"no JSON", `m`, `{"result": null, "id": null, "error": {"name": "JSONRPCError", "code": -32700, "message": "JsonProtocolException details : A value is missing: line 1 column 1 (char 0)"}}`},
		{"an array", `[{"method": "m"}]`, `{"result": null, "id": null, "error": {"name": "JSONRPCError", "code": -32700, "message": "JsonProtocolException details : JSON object is not a dict"}}`},
		{"an empty array", `[]`, `{"result": null, "id": null, "error": {"name": "JSONRPCError", "code": -32700, "message": "JsonProtocolException details : JSON object is not a dict"}}`},
		{"another version", `{"jsonrpc": 2.0, "method": "m", "id": 1}`, `{"result": ["m"], "error": null, "id": 1}`},

		{"multicall", `{"method": "system.multicall", "params": [{"method": "a", "params": []}, {"method": "b", "params": [], "id": 5}, {"method": "nosuch", "params": [], "id": 0}], "id": "outer"}`,
			`{"result": [{"result": ["a"], "error": null, "id": "outer"}, {"result": ["b"], "error": null, "id": 5}, {"result": null, "id": "outer", ` + unknown + `], "error": null, "id": "outer"}`},
		{"multicall, prefix left out", `{"method": "system.multicall", "params": [{"method": "a", "id": 2}], "id": 1}`,
			`{"result": [{"result": null, "id": 2, "error": {"name": "JSONRPCError", "code": -32603, "message": "'params'"}}], "error": null, "id": 1}`},
		{"multicall, method missing", `{"method": "system.multicall", "params": [{"methodName": "a", "params": []}], "id": 1}`, `{"result": [{"result": [""], "error": null, "id": 1}], "error": null, "id": 1}`},
		{"multicall without params", `{"method": "system.multicall", "id": 1}`, `{"result": [], "error": null, "id": 1}`},
		{"multicall of nothing", `{"method": "system.multicall", "params": {}, "id": 1}`, `{"result": [], "error": null, "id": 1}`},
		{"multicall, null", `{"method": "system.multicall", "params": null, "id": 1}`, `{"result": null, "id": null, "error": {"name": "JSONRPCError", "code": -32700, "message": "JsonProtocolException details : the params of system.multicall must be an array, not nil"}}`},
		{"multicall of a text", `{"method": "system.multicall", "params": ["m"], "id": 1}`, `{"result": null, "id": null, "error": {"name": "JSONRPCError", "code": -32700, "message": "JsonProtocolException details : a call in system.multicall must be an object, not string"}}`},

		{"2.0", `{"jsonrpc": "2.0", "method": "m", "params": [1], "id": 1}`, `{"jsonrpc": "2.0", "result": ["m", 1], "id": 1}`},
		{"2.0, named params", `{"jsonrpc": "2.0", "method": "m", "params": {"a": 1}, "id": "x"}`, `{"jsonrpc": "2.0", "result": ["m", {"a": 1}], "id": "x"}`},
		{"2.0, fault", `{"jsonrpc": "2.0", "method": "nosuch", "id": null}`, `{"jsonrpc": "2.0", "error": {"code": -32601, "message": "RPC method \"nosuch\" not found"}, "id": null}`},
		{"2.0, wrong params", `{"jsonrpc": "2.0", "method": "bad", "id": 1.5}`, `{"jsonrpc": "2.0", "error": {"code": -32602, "message": "no"}, "id": 1.5}`},
		{"2.0, no method", `{"jsonrpc": "2.0", "id": 1}`, `{"jsonrpc": "2.0", "error": {"code": -32600, "message": "Invalid request: the method is no string"}, "id": 1}`},
		{"2.0, no method, no id", `{"jsonrpc": "2.0", "method": 1, "params": "bar"}`, `{"jsonrpc": "2.0", "error": {"code": -32600, "message": "Invalid request: the method is no string"}, "id": null}`},
		{"2.0, params a text", `{"jsonrpc": "2.0", "method": "m", "params": "bar", "id": 1}`, `{"jsonrpc": "2.0", "error": {"code": -32600, "message": "Invalid request: the params are neither an array nor an object"}, "id": 1}`},
		{"2.0, id a list", `{"jsonrpc": "2.0", "method": "m", "id": [1]}`, `{"jsonrpc": "2.0", "error": {"code": -32600, "message": "Invalid request: the id is neither a string, nor a number, nor null"}, "id": null}`},
		{"2.0, no JSON", `{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]`, `{"jsonrpc": "2.0", "error": {"code": -32700, "message": "A ',' or '}' is missing: line 1 column 40 (char 39)"}, "id": null}`},
		{"2.0, batch", `[{"jsonrpc": "2.0", "method": "a", "id": 1}, {"jsonrpc": "2.0", "method": "n"}, 1, {"method": "m", "id": 2}, {"jsonrpc": "2.0", "method": "nosuch", "id": 3}]`,
			`[{"jsonrpc": "2.0", "result": ["a"], "id": 1}, {"jsonrpc": "2.0", "error": {"code": -32600, "message": "Invalid request: every request of a batch is an object with jsonrpc 2.0"}, "id": null}, {"jsonrpc": "2.0", "error": {"code": -32600, "message": "Invalid request: every request of a batch is an object with jsonrpc 2.0"}, "id": null}, {"jsonrpc": "2.0", "error": {"code": -32601, "message": "RPC method \"nosuch\" not found"}, "id": 3}]`},
		{"2.0, batch of one", `[{"jsonrpc": "2.0", "method": "a", "id": 1}]`, `[{"jsonrpc": "2.0", "result": ["a"], "id": 1}]`},
		{"2.0, multicall", `{"jsonrpc": "2.0", "method": "system.multicall", "params": [{"method": "a", "params": []}], "id": 1}`, `{"jsonrpc": "2.0", "result": [{"result": ["a"], "error": null, "id": 1}], "id": 1}`},
		{"2.0, multicall of a text", `{"jsonrpc": "2.0", "method": "system.multicall", "params": ["m"], "id": 1}`, `{"jsonrpc": "2.0", "error": {"code": -32700, "message": "a call in system.multicall must be an object, not string"}, "id": 1}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := exchange(t, test.body, echo)
			if want := test.want + "\n"; w.Code != http.StatusOK || w.Body.String() != want || w.Result().ContentLength != int64(len(want)) {
				t.Errorf("%s\nis answered %d %swant %s", test.body, w.Code, w.Body, want)
			}
		})
	}
}

func TestNotifications(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"jsonrpc": "2.0", "method": "m"}`,
		`{"jsonrpc": "2.0", "method": "nosuch", "params": [1]}`,
		`[{"jsonrpc": "2.0", "method": "m"}, {"jsonrpc": "2.0", "method": "nosuch"}]`,
	} {
		called := 0
		w := exchange(t, body, func(call rpc.Invocation) rpc.Outcome {
			called++
			return echo(call)
		})
		if w.Code != http.StatusNoContent || w.Body.Len() != 0 || called == 0 {
			t.Errorf("%s is answered %d %q after %d calls, want 204 and nothing", body, w.Code, w.Body, called)
		}
	}
}

func TestWriteFault(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	Protocol(rpc.DefaultLimits()).WriteFault(w, errors.New("a secret"))
	want := `{"result": null, "id": null, "error": {"name": "JSONRPCError", "code": -32603, "message": "ServiceException details : The server could not carry out the call."}}` + "\n"
	if w.Code != http.StatusOK || w.Body.String() != want {
		t.Errorf("WriteFault wrote %d %s, want %s", w.Code, w.Body, want)
	}
}
