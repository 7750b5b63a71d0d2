package api_test

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tracrpc/auth"
	"tracrpc/environment"
	"tracrpc/fault"
	"tracrpc/rpc"
	"tracrpc/rpc/api"
)

// caller calls the methods of a fresh environment as an admin.
type caller struct {
	t        *testing.T
	registry *rpc.Registry
}

func newCaller(t *testing.T) caller {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "env")
	if err := environment.Create(t.Context(), dir, "Test"); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	env, err := environment.Open(t.Context(), dir, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := env.Close(); err != nil {
			t.Error(err)
		}
	})
	registry, err := rpc.NewRegistry(log, api.Methods(env)...)
	if err != nil {
		t.Fatal(err)
	}
	return caller{t, registry}
}

func (c caller) try(method string, params ...any) (any, error) {
	admin := auth.NewPrincipal("admin", map[auth.Permission]bool{"TRAC_ADMIN": true}, nil)
	return c.registry.Call(c.t.Context(), rpc.Caller{Who: admin}, method, params)
}

// want makes a call and compares its answer.
func (c caller) want(want any, method string, params ...any) {
	c.t.Helper()
	got, err := c.try(method, params...)
	if err != nil || !cmp.Equal(got, want) {
		c.t.Errorf("%s(%v) = %v, %v, want %v", method, params, got, err, want)
	}
}

// refused makes a call that must fail.
func (c caller) refused(kind fault.Kind, method string, params ...any) {
	c.t.Helper()
	if got, err := c.try(method, params...); !fault.Is(err, kind) {
		c.t.Errorf("%s(%v) = %v, %v, want a fault of kind %d", method, params, got, err, kind)
	}
}

func TestModels(t *testing.T) {
	t.Parallel()
	c := newCaller(t)
	due := time.Date(2030, time.May, 6, 7, 8, 9, 0, time.UTC)
	c.want(0, "ticket.milestone.create", "m", rpc.Struct{{Name: "due", Value: due}, {Name: "nosuch", Value: []any{1}}})
	c.want(rpc.Struct{{Name: "name", Value: "m"}, {Name: "due", Value: due}, {Name: "completed", Value: 0}, {Name: "description", Value: ""}},
		"ticket.milestone.get", "m")
	c.want(0, "ticket.milestone.update", "m", rpc.Struct{{Name: "due", Value: false}, {Name: "description", Value: 5}, {Name: "name", Value: "n"}})
	c.want(rpc.Struct{{Name: "name", Value: "n"}, {Name: "due", Value: 0}, {Name: "completed", Value: 0}, {Name: "description", Value: "5"}},
		"ticket.milestone.get", "n")
	c.want(0, "ticket.component.create", "5", rpc.Struct{{Name: "name", Value: "other"}, {Name: "owner", Value: nil}})
	c.want([]any{"component1", "component2", "other"}, "ticket.component.getAll")
	c.want(0, "ticket.component.delete", "other")
	c.refused(fault.NotFound, "ticket.component.get", 5)
	c.refused(fault.BadCall, "ticket.component.create", 5, rpc.Struct{})
	c.refused(fault.BadCall, "ticket.component.create", "x", "text")
	c.refused(fault.BadCall, "ticket.version.create", "x", rpc.Struct{{Name: "time", Value: 1620000000}})
	c.refused(fault.BadCall, "ticket.version.update", "1.0", rpc.Struct{{Name: "description", Value: []any{1}}})
	c.want([]any{"2.0", "1.0"}, "ticket.version.getAll")
}

func TestEnums(t *testing.T) {
	t.Parallel()
	c := newCaller(t)
	for _, e := range []struct {
		value any
		want  string
	}{{77, "77"}, {"78", "78"}, {2.5, "2.5"}, {nil, "79"}, {0, "80"}, {"", "81"}} {
		name := fmt.Sprintf("value %v.", e.value)
		c.want(0, "ticket.priority.create", name, e.value)
		c.want(e.want, "ticket.priority.get", name)
	}
	c.want(0, "ticket.priority.update", "blocker", -1)
	c.want("-1", "ticket.priority.get", "blocker")
	c.refused(fault.BadCall, "ticket.priority.create", "x", []any{"77"})
	c.refused(fault.Invalid, "ticket.priority.create", "blocker", "7")
	c.want([]any{}, "ticket.severity.getAll")
	c.want([]any{"accepted", "assigned", "closed", "new", "reopened"}, "ticket.status.getAll")
	c.want("0", "ticket.status.get", "anything")
	c.want(0, "ticket.status.update", "new", 7)
}

func TestQuery(t *testing.T) {
	t.Parallel()
	c := newCaller(t)
	for i, summary := range []string{"one", "two", "three"} {
		c.want(i+1, "ticket.create", summary, "", rpc.Struct{{Name: "priority", Value: []string{"minor", "blocker", "gone"}[i]}})
	}
	c.want([]any{2, 1, 3}, "ticket.query")
	c.want([]any{2, 3}, "ticket.query", "summary~=t")
	c.want([]any{}, "ticket.query", "status=closed")
	c.refused(fault.Invalid, "ticket.query", "")
	c.refused(fault.BadCall, "ticket.query", 5)
	c.refused(fault.BadCall, "ticket.query", []any{"status=new"})
}
