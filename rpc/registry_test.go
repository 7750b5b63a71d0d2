package rpc

import (
	"context"
	"errors"
	"log/slog"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracrpc/auth"
	"tracrpc/fault"
)

func TestParseSignature(t *testing.T) {
	s, err := ParseSignature(`int ticket.create(string summary, string description, struct attributes={}, boolean notify=False)`)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"int,string,string", "int,string,string,struct", "int,string,string,struct,boolean"}
	if diff := cmp.Diff(want, s.Rows()); diff != "" {
		t.Errorf("Rows() differs (-want +got):\n%s", diff)
	}
	for _, bad := range []string{
		"", "ticket.get(int id)", "array get(int id)", "array ticket.get", "list ticket.get(int id)",
		"array ticket.get(id)", "array ticket.get(int id=1, int other)",
	} {
		if _, err := ParseSignature(bad); err == nil {
			t.Errorf("ParseSignature(%q) has no error", bad)
		}
	}
}

func testRegistry(t *testing.T, methods ...Method) *Registry {
	t.Helper()
	g, err := NewRegistry(slog.New(slog.DiscardHandler), methods...)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func answer(value any, err error) func(context.Context, *Call) (any, error) {
	return func(context.Context, *Call) (any, error) { return value, err }
}

func caller(actions ...auth.Permission) Caller {
	granted := map[auth.Permission]bool{}
	for _, a := range actions {
		granted[a] = true
	}
	return Caller{Who: auth.NewPrincipal("joe", granted, nil)}
}

func TestNewRegistryRefusesBadRows(t *testing.T) {
	good := Method{Signature: "int a.b()", Help: "h", Do: answer(1, nil)}
	for name, rows := range map[string][]Method{
		"doubled":   {good, good},
		"malformed": {{Signature: "a.b()", Help: "h", Do: answer(1, nil)}},
		"no help":   {{Signature: "int a.b()", Do: answer(1, nil)}},
	} {
		if _, err := NewRegistry(slog.New(slog.DiscardHandler), rows...); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestCall(t *testing.T) {
	g := testRegistry(t,
		Method{Signature: "int a.plain(int n=0)", Help: "h", Do: answer(nil, nil)},
		Method{Signature: "int a.admin()", Permission: "TICKET_ADMIN", Help: "h", Do: answer(1, nil)},
		Method{Signature: "int a.broken()", Help: "h", Do: answer(nil, errors.New("disk /dev/sda on fire"))},
		Method{Signature: "int a.panics()", Help: "h", Do: func(context.Context, *Call) (any, error) { panic("oh") }},
	)
	tests := map[string]struct {
		method string
		params []any
		want   any
		kind   fault.Kind
	}{
		"nothing is int 0":    {"a.plain", nil, 0, 0},
		"optional argument":   {"a.plain", []any{1}, 0, 0},
		"too many arguments":  {"a.plain", []any{1, 2}, nil, fault.BadCall},
		"missing permission":  {"a.admin", nil, nil, fault.Forbidden},
		"permission is first": {"a.admin", []any{1}, nil, fault.Forbidden},
		"unknown":             {"a.nosuch", nil, nil, fault.NoMethod},
		"internal error":      {"a.broken", nil, nil, fault.Internal},
		"panic":               {"a.panics", nil, nil, fault.Internal},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := g.Call(t.Context(), caller(), test.method, test.params)
			if test.kind != 0 {
				if !fault.Is(err, test.kind) {
					t.Fatalf("Call(%s) error = %v, want kind %d", test.method, err, test.kind)
				}
				return
			}
			if err != nil || got != test.want {
				t.Errorf("Call(%s) = %v, %v, want %v", test.method, got, err, test.want)
			}
		})
	}
}

func TestMulticallAnswersNeighboursTogetherAndInOrder(t *testing.T) {
	var batches []int
	var writes int
	g := testRegistry(t,
		Method{Signature: "int a.get(int id)", Help: "h",
			Do: func(_ context.Context, c *Call) (any, error) { return c.Params[0], nil },
			Batch: func(_ context.Context, calls []*Call) []Outcome {
				batches = append(batches, len(calls))
				out := make([]Outcome, len(calls))
				for i, c := range calls {
					out[i].Value = c.Params[0].(int) + 100*writes
				}
				return out
			}},
		Method{Signature: "int a.write()", Help: "h",
			Do: func(context.Context, *Call) (any, error) { writes++; return writes, nil }},
	)
	call := func(name string, params ...any) Struct {
		if params == nil {
			params = []any{}
		}
		return Struct{{"methodName", name}, {"params", params}}
	}
	value, err := g.Call(t.Context(), caller(auth.XMLRPC), "system.multicall", []any{[]any{
		call("a.get", 1), call("a.get", 2), call("a.nosuch"), call("a.write"), call("a.get", 3), call("a.get", 4), 5,
	}})
	if err != nil {
		t.Fatal(err)
	}
	var got []any
	for _, o := range value.([]Outcome) {
		if o.Err != nil {
			got = append(got, fault.Of(o.Err).Kind)
			continue
		}
		got = append(got, o.Value)
	}
	want := []any{1, 2, fault.NoMethod, 1, 103, 104, fault.BadCall}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outcomes differ (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{2, 2}, batches); diff != "" {
		t.Errorf("batches differ (-want +got):\n%s", diff)
	}
}
