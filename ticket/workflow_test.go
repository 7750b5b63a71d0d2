package ticket_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracrpc/auth"
	"tracrpc/fault"
	"tracrpc/ticket"
)

// workflow reads lines as they stand in trac.ini.
func workflow(text string) *ticket.Workflow {
	var options []ticket.Option
	for line := range strings.SplitSeq(text, "\n") {
		if name, value, found := strings.Cut(line, " = "); found {
			options = append(options, ticket.Option{Name: strings.TrimSpace(name), Value: value})
		}
	}
	return ticket.ParseWorkflow(options)
}

// office knows users.
type office struct{ nobody }

func (office) Known(context.Context) ([]string, error) { return []string{"bob", "ann"}, nil }

func (office) Holders(context.Context, auth.Permission) ([]auth.Principal, error) {
	may := map[auth.Permission]bool{"TICKET_MODIFY": true}
	return []auth.Principal{auth.NewPrincipal("dan", may, nil), auth.NewPrincipal("cid", nil, nil), auth.NewPrincipal("ann", may, nil)}, nil
}

func (office) Groups(context.Context) (map[string][]string, error) {
	return map[string][]string{"team": {"zoe", "inner"}, "inner": {"team", "yan"}}, nil
}

func (office) FullNames(context.Context, []string) (map[string]string, error) {
	return map[string]string{"ann": "Ann <A>"}, nil
}

// offered lists the actions on a ticket, as name|label|hints|inputs.
func (h *house) offered(who auth.Principal, id int) []string {
	h.t.Helper()
	actions, err := h.Actions(h.t.Context(), who, id)
	if err != nil {
		h.t.Fatal(err)
	}
	var lines []string
	for _, a := range actions {
		line := a.Name + "|" + a.Label + "|" + a.Hints
		for _, in := range a.Inputs {
			line += "|" + in.Name + "=" + in.Value + "(" + strings.Join(in.Options, ",") + ")"
			if in.Unset {
				line += " unset"
			}
		}
		lines = append(lines, line)
	}
	return lines
}

func officeHouse(t *testing.T, text string) *house {
	config := limits
	config.Workflow = workflow(text)
	config.ShowFullNames = true
	h := newHouse(t, config)
	h.Service = ticket.New(h.db.Tickets(false), office{}, nobody{}, config)
	return h
}

func TestStatuses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"":                                    nil,
		"a = new, x -> y\nb = <none> -> new":  {"new", "x", "y"},
		"a = * -> *\nb = < none > -> z\nc = ": {"z"},
		"a = x ->\nb = x -> y -> z":           {"x"},
		"a.oldstates = <none>, x\na.newstate = y": {"x", "y"},
	} {
		if got := workflow(text).Statuses(); !slices.Equal(got, want) {
			t.Errorf("%q has %q, want %q", text, got, want)
		}
	}
	want := []string{"accepted", "assigned", "closed", "new", "reopened"}
	if got := ticket.DefaultWorkflow().Statuses(); !slices.Equal(got, want) {
		t.Errorf("the default has %q, want %q", got, want)
	}
}

func TestActionsAreOfferedByWeightAndName(t *testing.T) {
	t.Parallel()
	h := officeHouse(t, `
		low_one = new -> new
		low_one.default = -1
		b = new -> x
		a = new,y -> x
		a.label = A & <a>
		c = y -> x
		d = * -> *
		e = *,y -> x
		f = new -> x
		f.permissions = NOBODY_HAS, TICKET_CREATE
		g = new -> x
		g.permissions = TICKET_ADMIN
		top = * -> new
		top.name = To the top
		top.default = 7`)
	user := h.user("user", "TICKET_VIEW", "TICKET_CREATE")
	wantLines(t, "offered", h.offered(user, h.create(ticket.NamedValue{Name: "owner", Value: "x"})),
		"top|To the top|.", "f|f|Next status will be 'x'.", "b|b|Next status will be 'x'.", "a|A & <a>|Next status will be 'x'.", "low_one|low one|.")
}

func TestReset(t *testing.T) {
	t.Parallel()
	h := newHouse(t, limits)
	id := h.create(ticket.NamedValue{Name: "owner", Value: ""})
	if err := h.update(h.admin(), id, "", ticket.NamedValue{Name: "status", Value: "lost"}); err != nil {
		t.Fatal(err)
	}
	wantLines(t, "offered to admin", h.offered(h.admin(), id), "leave|leave|The ticket will remain with no owner.",
		"_reset|Reset|Current state no longer exists. Next status will be 'new'.")
	wantLines(t, "offered to user", h.offered(h.user("user", "TICKET_VIEW", "TICKET_MODIFY"), id), "leave|leave|The ticket will remain with no owner.")
	if err := h.update(h.admin(), id, "", ticket.NamedValue{Name: "action", Value: "_reset"}); err != nil {
		t.Fatal(err)
	}
	if got := h.offered(h.admin(), id); slices.ContainsFunc(got, func(line string) bool { return strings.HasPrefix(line, "_reset") }) {
		t.Errorf("still offered: %q", got)
	}
}

func TestOwnersAreOffered(t *testing.T) {
	t.Parallel()
	h := officeHouse(t, `
		free = new -> x
		free.operations = set_owner
		maybe = new -> x
		maybe.operations = may_set_owner
		mine = new -> new
		mine.operations = set_owner_to_self
		one = new -> x
		one.operations = set_owner
		one.set_owner = ann
		some = new -> x
		some.operations = may_set_owner
		some.set_owner = team, authenticated, TICKET_MODIFY, eve
		none = new -> x
		none.operations = del_owner, del_resolution`)
	id := h.create(ticket.NamedValue{Name: "owner", Value: "o@x.org"})
	from := `The owner will be changed from <span class="trac-author">o@…</span> to `
	next := ". Next status will be 'x'."
	wantLines(t, "offered", h.offered(h.user("user", "TICKET_VIEW"), id),
		"some|some|"+from+"the selected user"+next+"|action_some_reassign_owner=o@…(Ann <A>,bob,dan,eve,o@…,yan,zoe)",
		"one|one|"+from+`<span class="trac-author">Ann &lt;A&gt;</span>`+next+"|action_one_reassign_owner=ann()",
		"none|none|The ticket will be disowned. The resolution will be deleted"+next,
		"mine|mine|"+from+`<span class="trac-author-user">user</span>.`,
		"maybe|maybe|"+from+"the specified user"+next+"|action_maybe_reassign_owner=o@x.org()",
		"free|free|"+from+"the specified user"+next+"|action_free_reassign_owner=user()")
	if err := h.update(h.admin(), id, "", ticket.NamedValue{Name: "owner", Value: "user"}); err != nil {
		t.Fatal(err)
	}
	if got := h.offered(h.user("user", "TICKET_VIEW"), id); slices.ContainsFunc(got, func(line string) bool { return strings.HasPrefix(line, "mine") }) {
		t.Errorf("what changes nothing is offered: %q", got)
	}
}

func TestResolutionsAreOffered(t *testing.T) {
	t.Parallel()
	h := officeHouse(t, `
		any = new -> closed
		any.operations = set_resolution
		one = new -> closed
		one.operations = set_resolution
		one.set_resolution = wontfix
		bad = other -> closed
		bad.operations = set_resolution
		bad.set_resolution = nosuch`)
	id := h.create()
	wantLines(t, "offered", h.offered(h.user("user", "TICKET_VIEW"), id),
		"one|one|The resolution will be set to wontfix. Next status will be 'closed'.|action_one_resolve_resolution=wontfix()",
		"any|any|The resolution will be set. Next status will be 'closed'.|action_any_resolve_resolution=fixed(fixed,invalid,wontfix,duplicate,worksforme)")
	if err := h.update(h.admin(), id, "", ticket.NamedValue{Name: "status", Value: "other"}); err != nil {
		t.Fatal(err)
	}
	_, err := h.Actions(t.Context(), h.admin(), id)
	wantFault(t, err, fault.Invalid, "Your workflow attempts to set a resolution but uses undefined resolutions "+
		"(configuration issue, please contact your Trac admin).")
}

// A new ticket that moves to another component gets its owner, if it had that of
// the old one.
func TestOwnerFollowsComponent(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, owner, status, component, want string }{
		{"from none", "", "new", "component1", "somebody"},
		{"chosen", "carl", "new", "component1", "carl"},
		{"no longer new", "", "assigned", "component1", ""},
		{"the same", "", "new", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, limits)
			id := h.create()
			err := h.update(h.admin(), id, "", ticket.NamedValue{Name: "owner", Value: c.owner}, ticket.NamedValue{Name: "status", Value: c.status})
			if err != nil {
				t.Fatal(err)
			}
			err = h.update(h.admin(), id, "c", ticket.NamedValue{Name: "action", Value: "leave"}, ticket.NamedValue{Name: "component", Value: c.component})
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := h.Get(t.Context(), h.admin(), id); got.Owner != c.want {
				t.Errorf("owner %q, want %q", got.Owner, c.want)
			}
		})
	}
}

// Reading a workflow never fails, and what it offers does not depend on the order
// of its lines.
func FuzzParseWorkflow(f *testing.F) {
	f.Add("a = * -> *\na.default = 1\nb = new -> x\nb.operations = set_owner\n_reset.label = r")
	f.Add("a.b.c = d\na = x -> y -> z\n. = x -> y\n= -> ")
	f.Fuzz(func(t *testing.T, text string) {
		lines := strings.Split(text, "\n")
		forwards := workflow(text).Statuses()
		slices.Reverse(lines)
		seen := map[string]bool{}
		for _, line := range lines {
			name, _, found := strings.Cut(line, " = ")
			if name = strings.TrimSpace(name); found && seen[name] {
				t.Skip("trac.ini has each option once")
			}
			seen[name] = true
		}
		if backwards := workflow(strings.Join(lines, "\n")).Statuses(); !cmp.Equal(forwards, backwards) {
			t.Errorf("%q and backwards %q", forwards, backwards)
		}
	})
}
