package ticket_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"tracrpc/auth"
	"tracrpc/fault"
	"tracrpc/store"
	"tracrpc/store/storetest"
	"tracrpc/ticket"
)

// nobody knows no users.
type nobody struct{}

func (nobody) Known(context.Context) ([]string, error)                            { return nil, nil }
func (nobody) Holders(context.Context, auth.Permission) ([]auth.Principal, error) { return nil, nil }
func (nobody) Groups(context.Context) (map[string][]string, error)                { return nil, nil }
func (nobody) FullNames(context.Context, []string) (map[string]string, error)     { return nil, nil }
func (nobody) Removing(_ context.Context, _ auth.Resource, commit func() error) error {
	return commit()
}

// house is a Service over a real database.
type house struct {
	*ticket.Service
	t  testing.TB
	db *store.DB
}

var limits = ticket.Config{
	Defaults:     map[string]string{"type": "defect", "priority": "major", "owner": "< default >", "resolution": "fixed"},
	AllowedEmpty: []string{"milestone", "version"},
	MaxComment:   100, MaxDescription: 100, MaxSummary: 50,
}

func newHouse(t testing.TB, config ticket.Config) *house {
	t.Helper()
	db := storetest.New(t)
	return &house{ticket.New(db.Tickets(len(config.Custom) > 0), nobody{}, nobody{}, config), t, db}
}

// user may do what their name is followed by.
func (h *house) user(name string, actions ...auth.Permission) auth.Principal {
	granted := auth.DefaultActions().Expand(actions)
	policies := []auth.Policy{ticket.NewPolicy(h.db.Tickets(false)), auth.GrantedPolicy{}}
	return auth.NewPrincipal(name, granted, policies)
}

func (h *house) admin() auth.Principal { return h.user("admin", "TRAC_ADMIN") }

func (h *house) create(attributes ...ticket.NamedValue) int {
	h.t.Helper()
	id, err := h.Create(h.t.Context(), h.admin(), ticket.Draft{Summary: "a summary", Description: "a\nb ", Attributes: attributes})
	if err != nil {
		h.t.Fatal(err)
	}
	return id
}

func (h *house) update(who auth.Principal, id int, comment string, attributes ...ticket.NamedValue) error {
	_, err := h.Update(h.t.Context(), who, id, ticket.Update{Comment: comment, Attributes: attributes})
	return err
}

// log is a ticket's change log, a line a row, without the times.
func (h *house) log(id int) []string {
	h.t.Helper()
	rows, err := h.ChangeLog(h.t.Context(), h.admin(), id, 0)
	if err != nil {
		h.t.Fatal(err)
	}
	var lines []string
	for _, r := range rows {
		lines = append(lines, strings.Join([]string{r.Author, r.Field, r.Old, r.New}, "|"))
	}
	return lines
}

func wantLines(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s =\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func wantFault(t *testing.T, err error, kind fault.Kind, message string) {
	t.Helper()
	if f := fault.Of(err); f == nil || f.Kind != kind || f.Message != message {
		t.Errorf("error %v, want fault %d: %s", err, kind, message)
	}
}

func TestCreateAndGet(t *testing.T) {
	t.Parallel()
	h := newHouse(t, limits)
	id := h.create(ticket.NamedValue{Name: "keywords", Value: "  k "}, ticket.NamedValue{Name: "cc", Value: "a;b  a"},
		ticket.NamedValue{Name: "component", Value: "component1"}, ticket.NamedValue{Name: "status", Value: "closed"},
		ticket.NamedValue{Name: "nosuch", Value: "x"})
	got, err := h.Get(t.Context(), h.admin(), id)
	if err != nil {
		t.Fatal(err)
	}
	want := ticket.Ticket{ID: 1, Time: got.Time, Changetime: got.Time, Summary: "a summary", Description: "a\nb ",
		Reporter: "admin", Owner: "somebody", Type: "defect", Status: "new", Priority: "major", Component: "component1",
		Keywords: "k", CC: "a, b", Generation: -1}
	if got.Custom != nil {
		t.Errorf("Custom = %v, want none", got.Custom)
	}
	if snapshot(got) != snapshot(&want) {
		t.Errorf("Get = %s, want %s", snapshot(got), snapshot(&want))
	}
	if age := time.Since(time.UnixMicro(got.Time)); age < 0 || age > time.Minute {
		t.Errorf("made %v ago", age)
	}
}

func snapshot(t *ticket.Ticket) string {
	text, _ := json.Marshal(t.State())
	return string(text)
}

func TestGetTellsWhatIsMissingBeforeWhatIsForbidden(t *testing.T) {
	t.Parallel()
	h := newHouse(t, limits)
	id := h.create()
	_, err := h.Get(t.Context(), h.user("u"), 99)
	wantFault(t, err, fault.NotFound, "Ticket 99 does not exist.")
	_, err = h.Get(t.Context(), h.user("u"), id)
	wantFault(t, err, fault.Forbidden, "TICKET_VIEW privileges are required to perform this operation on Ticket #1. You don't have the required permissions.")
	results := h.GetMany(t.Context(), h.admin(), []int{id, 99, id})
	if results[0].Ticket == nil || results[2].Ticket == nil || !fault.Is(results[1].Err, fault.NotFound) {
		t.Errorf("GetMany = %+v", results)
	}
}

func TestUpdateKeepsTracsRows(t *testing.T) {
	t.Parallel()
	h := newHouse(t, limits)
	id := h.create()
	if err := h.update(h.admin(), id, "why", ticket.NamedValue{Name: "priority", Value: "minor"}, ticket.NamedValue{Name: "keywords", Value: "k"}); err != nil {
		t.Fatal(err)
	}
	if err := h.update(h.admin(), id, ""); err != nil { // nothing to save
		t.Fatal(err)
	}
	if err := h.update(h.admin(), id, " \u200b", ticket.NamedValue{Name: "keywords", Value: " k"}); err != nil {
		t.Fatal(err)
	}
	if err := h.update(h.admin(), id, "", ticket.NamedValue{Name: "keywords", Value: nil}); err != nil {
		t.Fatal(err)
	}
	wantLines(t, "log", h.log(id), "admin|comment|1|why", "admin|keywords||k", "admin|priority|major|minor",
		"admin|comment|2|", "admin|keywords|k|")
}

func TestUpdateIsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t, limits)
	id := h.create()
	user := h.user("user", "TICKET_VIEW", "TICKET_MODIFY")
	viewer := h.user("viewer", "TICKET_VIEW")
	leave := ticket.NamedValue{Name: "action", Value: "leave"}
	for _, c := range []struct {
		name       string
		who        auth.Principal
		comment    string
		attributes []ticket.NamedValue
		kind       fault.Kind
		want       string
	}{
		{"no permission", viewer, "c", nil, fault.Forbidden,
			"TICKET_MODIFY privileges are required to perform this operation on Ticket #1. You don't have the required permissions."},
		{"stale", user, "c", []ticket.NamedValue{{Name: "_ts", Value: "5"}}, fault.Invalid, "Ticket has been updated since last get()."},
		{"unknown field", user, "c", []ticket.NamedValue{{Name: "nosuch", Value: "5"}}, fault.BadCall, "tickets have no field 'nosuch'"},
		{"a list", user, "", []ticket.NamedValue{{Name: "keywords", Value: []any{"a"}}}, fault.Invalid, "Multi-values fields not supported yet"},
		{"a number", user, "", []ticket.NamedValue{{Name: "keywords", Value: 5}}, fault.BadCall, "the value of 'keywords' must be a string"},
		{"no such action", user, "c", []ticket.NamedValue{{Name: "action", Value: "explode"}}, fault.Invalid, "Rpc: Ticket 1 by user invalid action 'explode'"},
		{"no action", user, "c", []ticket.NamedValue{{Name: "action", Value: nil}}, fault.Invalid, "Rpc: Ticket 1 by user invalid action 'None'"},
		{"stale with action", user, "c", []ticket.NamedValue{leave, {Name: "_ts", Value: "5"}}, fault.Invalid,
			"Your changes have not been saved because this ticket has been modified since you started editing."},
		{"no token", user, "c", []ticket.NamedValue{leave, {Name: "_ts", Value: "a'b"}}, fault.Invalid, `RPC ticket.update: Wrong '_ts' token in attributes ("a'b").`},
		{"a token of no time", user, "", []ticket.NamedValue{leave, {Name: "_ts", Value: 1000000000000000000}}, fault.BadCall,
			"'_ts' must be the time of a change, not 1000000000000000000"},
		{"comment without permission", viewer, "c", []ticket.NamedValue{leave}, fault.Invalid, "No permissions to add a comment."},
		{"fields without permission", viewer, "", []ticket.NamedValue{leave, {Name: "type", Value: "nosuch"}}, fault.Invalid, "No permission to change ticket fields."},
		{"somebody else's description", user, "", []ticket.NamedValue{leave, {Name: "reporter", Value: "x"}, {Name: "description", Value: "x"}}, fault.Invalid,
			"No permission to edit the ticket description. No permission to change the ticket reporter."},
		{"bad choices", user, "", []ticket.NamedValue{leave, {Name: "priority", Value: "a<b"}, {Name: "type", Value: ""}}, fault.Invalid,
			`The ticket field <strong>type</strong> is invalid: field cannot be empty The ticket field <strong>priority</strong> is invalid: "a&lt;b" is not a valid value`},
		{"no summary", user, "", []ticket.NamedValue{leave, {Name: "summary", Value: " "}}, fault.Invalid,
			"The ticket field <strong>summary</strong> is invalid: Tickets must contain a summary."},
		{"long comment", user, strings.Repeat("é", 101), []ticket.NamedValue{leave}, fault.Invalid,
			"The ticket comment is invalid: Must be less than or equal to 100 characters"},
		{"bad reply", user, "c", []ticket.NamedValue{leave, {Name: "replyto", Value: "nonsense"}}, fault.Invalid, "Invalid comment threading identifier"},
	} {
		t.Run(c.name, func(t *testing.T) {
			wantFault(t, h.update(c.who, id, c.comment, c.attributes...), c.kind, c.want)
		})
	}
	wantLines(t, "log", h.log(id))
}

func TestUpdateByReporter(t *testing.T) {
	t.Parallel()
	h := newHouse(t, limits)
	user := h.user("user", "TICKET_VIEW", "TICKET_CREATE", "TICKET_MODIFY")
	id, err := h.Create(t.Context(), user, ticket.Draft{Summary: "s"})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.update(user, id, "", ticket.NamedValue{Name: "action", Value: "leave"}, ticket.NamedValue{Name: "description", Value: "mine"}); err != nil {
		t.Fatal(err)
	}
	wantLines(t, "log", h.log(id), "user|comment|1|", "user|description||mine")
}

func TestWorkflowMovesTicket(t *testing.T) {
	t.Parallel()
	h := newHouse(t, limits)
	id := h.create(ticket.NamedValue{Name: "component", Value: "component1"})
	for _, step := range [][]ticket.NamedValue{
		{{Name: "action", Value: "accept"}},
		{{Name: "action", Value: "reassign"}, {Name: "action_reassign_reassign_owner", Value: []any{" carl ", "x"}}},
		{{Name: "action", Value: "resolve"}, {Name: "action_resolve_resolve_resolution", Value: "wontfix"}},
		{{Name: "action", Value: "reopen"}},
		{{Name: "action", Value: "reassign"}, {Name: "action_reassign_reassign_owner", Value: "< default >"}},
	} {
		if err := h.update(h.admin(), id, "", step...); err != nil {
			t.Fatal(err)
		}
	}
	wantLines(t, "log", h.log(id),
		"admin|comment|1|", "admin|owner|somebody|admin", "admin|status|new|accepted",
		"admin|comment|2|", "admin|owner|admin|carl", "admin|status|accepted|assigned",
		"admin|comment|3|", "admin|resolution||wontfix", "admin|status|assigned|closed",
		"admin|comment|4|", "admin|resolution|wontfix|", "admin|status|closed|reopened",
		"admin|comment|5|", "admin|owner|carl|somebody", "admin|status|reopened|assigned")
}
