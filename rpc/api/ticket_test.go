package api

import (
	"log/slog"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tracrpc/auth"
	"tracrpc/environment"
	"tracrpc/fault"
	"tracrpc/rpc"
)

// server is a registry over a fresh environment, called by admin.
type server struct {
	t        testing.TB
	registry *rpc.Registry
	caller   rpc.Caller
}

func newServer(t testing.TB, ini string) *server {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "env")
	if err := environment.Create(t.Context(), dir, "Test"); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "conf", "trac.ini"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("\n" + ini); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	env, err := environment.Open(t.Context(), dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := env.Close(); err != nil {
			t.Error(err)
		}
	})
	registry, err := rpc.NewRegistry(slog.New(slog.DiscardHandler), Methods(env)...)
	if err != nil {
		t.Fatal(err)
	}
	granted := auth.DefaultActions().Expand([]auth.Permission{auth.Admin})
	return &server{t, registry, rpc.Caller{Who: auth.NewPrincipal("admin", granted, nil)}}
}

func (s *server) call(method string, params ...any) any {
	s.t.Helper()
	value, err := s.registry.Call(s.t.Context(), s.caller, method, params)
	if err != nil {
		s.t.Fatalf("%s: %v", method, err)
	}
	return value
}

func TestTicketNumber(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		value any
		want  int
		fault string
	}{
		{5, 5, ""}, {"5", 5, ""}, {" +5 ", 5, ""}, {"1_0", 10, ""}, {5.9, 5, ""}, {true, 1, ""}, {1 << 31, 1 << 31, ""},
		{0, 0, "Ticket 0 does not exist."}, {-1, 0, "Ticket -1 does not exist."}, {1<<31 + 1, 0, "Ticket 2147483649 does not exist."},
		{"", 0, "Ticket  does not exist."}, {"abc", 0, "Ticket abc does not exist."}, {"%d", 0, "Ticket %d does not exist."},
		{"1__0", 0, "Ticket 1__0 does not exist."}, {nil, 0, "Ticket None does not exist."}, {false, 0, "Ticket False does not exist."},
		{math.NaN(), 0, "Ticket nan does not exist."}, {new(big.Int).Lsh(big.NewInt(1), 70), 0, "Ticket 1180591620717411303424 does not exist."},
	} {
		got, err := ticketNumber(c.value)
		if got != c.want || err == nil != (c.fault == "") || err != nil && err.Error() != c.fault {
			t.Errorf("ticketNumber(%#v) = %d, %v, want %d, %s", c.value, got, err, c.want, c.fault)
		}
	}
}

// Answers of a multicall, which are read together, are those of single calls.
func TestBatchesAnswerAsSingleCalls(t *testing.T) {
	t.Parallel()
	s := newServer(t, "[ticket-custom]\nnote = text\nnote.value = n\ndue = time\n")
	s.call("ticket.create", "first", "d", rpc.Struct{{Name: "due", Value: time.Unix(5, 0).UTC()}})
	s.call("ticket.create", "second", "d")
	s.call("ticket.update", 2, "c", rpc.Struct{{Name: "due", Value: time.Unix(6, 0).UTC()}})
	for _, method := range []string{"ticket.get", "ticket.changeLog"} {
		var calls []rpc.Invocation
		for _, id := range []any{2, "1", 99, "abc", 2, nil} {
			calls = append(calls, rpc.Invocation{Method: method, Params: []any{id}})
		}
		for i, got := range s.registry.CallAll(t.Context(), s.caller, calls) {
			value, err := s.registry.Call(t.Context(), s.caller, method, calls[i].Params)
			if !cmp.Equal(got.Value, value) || fault.Of(got.Err) == nil != (fault.Of(err) == nil) || err != nil && got.Err.Error() != err.Error() {
				t.Errorf("%s(%v) = %v, %v together, %v, %v alone", method, calls[i].Params[0], got.Value, got.Err, value, err)
			}
		}
	}
}

func TestTicketValue(t *testing.T) {
	t.Parallel()
	s := newServer(t, "[ticket-custom]\nnote = text\nnote.value = n\ndue = time\n")
	when := time.Date(2020, time.January, 2, 3, 4, 5, 0, time.UTC)
	s.call("ticket.create", "s", []byte("from base64"), rpc.Struct{{Name: "due", Value: ""}}, false, when)
	want := []any{1, when, when, rpc.Struct{
		{Name: "summary", Value: "s"}, {Name: "reporter", Value: "admin"}, {Name: "owner", Value: "< default >"}, {Name: "description", Value: "from base64"},
		{Name: "type", Value: "defect"}, {Name: "status", Value: "new"}, {Name: "priority", Value: "major"}, {Name: "milestone", Value: ""},
		{Name: "component", Value: ""}, {Name: "version", Value: ""}, {Name: "resolution", Value: ""}, {Name: "keywords", Value: ""},
		{Name: "cc", Value: ""}, {Name: "time", Value: when}, {Name: "changetime", Value: when},
		{Name: "due", Value: nil}, {Name: "note", Value: "n"}, {Name: "_ts", Value: "1577934245000000"},
	}}
	if got := s.call("ticket.get", 1); !cmp.Equal(got, any(want)) {
		t.Error(cmp.Diff(got, any(want)))
	}
}

func TestComments(t *testing.T) {
	t.Parallel()
	s := newServer(t, "")
	s.call("ticket.create", "s", "d")
	s.call("ticket.update", 1, "frist", rpc.Struct{{Name: "keywords", Value: "k"}})
	if got := s.call("ticket.replyToComment", 1, "1", "yes"); got != 2 {
		t.Errorf("replyToComment = %v, want 2", got)
	}
	if got := s.call("ticket.editComment", 1, 1, "first"); got != true {
		t.Errorf("editComment = %v, want true", got)
	}
	var texts []any
	for _, r := range s.call("ticket.getCommentHistory", 1, 1).([]any) {
		row := r.([]any)
		if _, ok := row[1].(time.Time); !ok || len(row) != 4 {
			t.Errorf("a revision is %v", row)
		}
		texts = append(texts, row[0], row[2], row[3])
	}
	if want := []any{0, "admin", "frist", 1, "admin", "first"}; !cmp.Equal(texts, want) {
		t.Error(cmp.Diff(texts, want))
	}
	_, err := s.registry.Call(t.Context(), s.caller, "ticket.deleteComment", []any{1, 1})
	if !fault.Is(err, fault.Invalid) {
		t.Errorf("deleteComment without force: %v", err)
	}
	if got := s.call("ticket.deleteComment", 1, 1, true); got != true {
		t.Errorf("deleteComment = %v, want true", got)
	}
	log := s.call("ticket.changeLog", 1).([]any)
	if len(log) != 1 || !cmp.Equal(log[0].([]any)[1:], []any{"admin", "comment", "1.2", "yes", 1}) {
		t.Errorf("changeLog = %v", log)
	}
}

func BenchmarkTicketGet(b *testing.B) {
	s := newServer(b, "")
	s.call("ticket.create", "a summary", "a description")
	params := []any{1}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.registry.Call(b.Context(), s.caller, "ticket.get", params); err != nil {
			b.Fatal(err)
		}
	}
}

// An empty struct is nothing, wherever a text or a time is wanted.
func TestEmptyStructIsNothing(t *testing.T) {
	t.Parallel()
	s := newServer(t, "")
	s.call("ticket.create", "s", rpc.Struct{}, rpc.Struct{{Name: "owner", Value: rpc.Struct{}}}, false, rpc.Struct{})
	got := s.call("ticket.update", 1, rpc.Struct{}, rpc.Struct{{Name: "keywords", Value: rpc.Struct{}}}, false, rpc.Struct{}, rpc.Struct{})
	attributes := got.([]any)[3].(rpc.Struct)
	for _, name := range []string{"description", "owner", "keywords"} {
		if value, _ := attributes.Get(name); value != "" {
			t.Errorf("%s = %#v, want nothing", name, value)
		}
	}
	if _, err := s.registry.Call(t.Context(), s.caller, "ticket.create", []any{rpc.Struct{}, "d"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("create without a summary: %v, want an Invalid fault", err)
	}
}

// What nobody did has no author.
func TestRenamingAMilestoneHasNoAuthor(t *testing.T) {
	t.Parallel()
	s := newServer(t, "")
	s.call("ticket.create", "s", "d", rpc.Struct{{Name: "milestone", Value: "milestone1"}})
	s.call("ticket.milestone.update", "milestone1", rpc.Struct{{Name: "name", Value: "first"}})
	log := s.call("ticket.changeLog", 1).([]any)
	if len(log) != 2 {
		t.Fatalf("changeLog = %v, want two rows", log)
	}
	for _, row := range log {
		if author := row.([]any)[1]; author != nil {
			t.Errorf("%v: the author is %#v, want nil", row, author)
		}
	}
}
