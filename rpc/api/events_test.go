package api

import (
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"tracrpc/auth"
	"tracrpc/environment"
	"tracrpc/fault"
	"tracrpc/publish"
	"tracrpc/rpc"
)

// member reads a member of a struct, of a struct in it, and so on.
func member(t testing.TB, v any, path ...string) any {
	t.Helper()
	for _, name := range path {
		s, _ := v.(rpc.Struct)
		found := false
		if v, found = s.Get(name); !found {
			t.Fatalf("there is no %s in %v", name, s)
		}
	}
	return v
}

// list calls events.list and returns the numbers of the events and next.
func (s *server) list(params ...any) (seqs []int, next int) {
	s.t.Helper()
	answer := s.call("events.list", params...)
	for _, e := range member(s.t, answer, "events").([]any) {
		seqs = append(seqs, member(s.t, e, "seq").(int))
	}
	return seqs, member(s.t, answer, "next").(int)
}

func TestEventsList(t *testing.T) {
	t.Parallel()
	s := newServer(t, "")
	s.call("ticket.create", "one", "d", rpc.Struct{})
	s.call("wiki.putPage", "Page", "text", rpc.Struct{{Name: "comment", Value: "c"}})
	s.call("ticket.update", 1, "comment", rpc.Struct{{Name: "keywords", Value: "k"}})
	for _, c := range []struct {
		params []any
		want   []int
		next   int
	}{
		{nil, []int{1, 2, 3}, 3},
		{[]any{1}, []int{2, 3}, 3},
		{[]any{0, 2}, []int{1, 2}, 2},
		{[]any{3}, nil, 3},
		{[]any{0, 100, rpc.Struct{{Name: "realm", Value: "ticket"}}}, []int{1, 3}, 3},
		{[]any{0, 100, rpc.Struct{{Name: "verb", Value: []any{"created", "deleted"}}}}, []int{1, 2}, 3},
		{[]any{0, 100, rpc.Struct{{Name: "realm", Value: "ticket"}, {Name: "id", Value: 1}, {Name: "verb", Value: "changed"}}}, []int{3}, 3},
		{[]any{0, 100, rpc.Struct{{Name: "author", Value: "nobody"}}}, nil, 3},
	} {
		got, next := s.list(c.params...)
		if len(got) != len(c.want) || next != c.next {
			t.Errorf("events.list(%v) = %v, next %d, want %v, %d", c.params, got, next, c.want, c.next)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("events.list(%v) = %v, want %v", c.params, got, c.want)
			}
		}
	}
	last := member(t, s.call("events.list", 2), "events").([]any)[0]
	if got := member(t, last, "data", "ticket", "fields", "keywords"); got != "k" {
		t.Errorf("the data says that the keywords are %v", got)
	}
	if got := member(t, last, "data", "number"); got != 1 {
		t.Errorf("the data says that the comment's number is %v", got)
	}
}

func TestEventsCommands(t *testing.T) {
	t.Parallel()
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
	registry, err := rpc.NewRegistry(log, Methods(env)...)
	if err != nil {
		t.Fatal(err)
	}
	granted := auth.DefaultActions().Expand([]auth.Permission{auth.Admin})
	c := &server{t, registry, rpc.Caller{Who: auth.NewPrincipal("admin", granted, nil)}}
	for _, name := range []string{"one", "two"} {
		c.want(0, "ticket.component.create", name, rpc.Struct{})
	}
	if err := env.DB.AddSink(t.Context(), "bus", 0); err != nil {
		t.Fatal(err)
	}
	state := func() any {
		t.Helper()
		list := c.call("events.sinks").([]any)
		if len(list) != 1 {
			t.Fatalf("events.sinks() = %v, want one", list)
		}
		return list[0]
	}
	if got := state(); member(t, got, "name") != "bus" || member(t, got, "lag") != 2 || member(t, got, "paused") != nil {
		t.Errorf("the sink is %v", got)
	}
	c.want(true, "events.pause", "bus")
	if _, is := member(t, state(), "paused").(time.Time); !is {
		t.Errorf("the sink is %v, want it paused", state())
	}
	c.want(true, "events.resume", "bus")
	c.want(true, "events.rewind", "bus", 1)
	if got := state(); member(t, got, "cursor") != 1 || member(t, got, "paused") != nil {
		t.Errorf("the sink is %v, want it at 1", got)
	}
	c.want(0, "events.skip", "bus", 0)
	c.want(1, "events.skip", "bus", 7)
	c.want(0, "events.skip", "bus")
	if got := state(); member(t, got, "cursor") != 2 || member(t, got, "lag") != 0 {
		t.Errorf("the sink is %v, want it at 2", got)
	}
	event, err := env.DB.Events(t.Context(), 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	letter := publish.DeadLetter{Sink: "bus", Event: event[0], Reason: "no", Tries: 3, Buried: time.Now()}
	if err := env.DB.Bury(t.Context(), letter); err != nil {
		t.Fatal(err)
	}
	c.want(1, "events.requeue", "bus")
	dead := c.call("events.deadLetters", "bus")
	if len(dead.([]any)) != 1 || member(t, dead.([]any)[0], "queued") != true || member(t, dead.([]any)[0], "event", "id") != "one" {
		t.Errorf("events.deadLetters = %v", dead)
	}
	c.want(1, "events.purge", "bus", 1)
	for _, command := range []string{"events.pause", "events.resume", "events.rewind", "events.skip", "events.requeue", "events.purge"} {
		params := []any{"bos", 1}
		if command == "events.pause" || command == "events.resume" {
			params = params[:1]
		}
		c.refused(fault.NotFound, command, params...)
	}
	c.refused(fault.BadCall, "events.list", "x")
	c.refused(fault.BadCall, "events.list", 0, 1, rpc.Struct{{Name: "verbs", Value: "x"}})
}

// want makes a call and compares its answer.
func (s *server) want(want any, method string, params ...any) {
	s.t.Helper()
	if got := s.call(method, params...); got != want {
		s.t.Errorf("%s(%v) = %v, want %v", method, params, got, want)
	}
}

// refused makes a call that must fail.
func (s *server) refused(kind fault.Kind, method string, params ...any) {
	s.t.Helper()
	if got, err := s.registry.Call(s.t.Context(), s.caller, method, params); !fault.Is(err, kind) {
		s.t.Errorf("%s(%v) = %v, %v, want a fault of kind %d", method, params, got, err, kind)
	}
}
