package ticket_test

import (
	"context"
	"fmt"
	"testing"

	"tracrpc/auth"
	"tracrpc/ticket"
)

// hides denies everybody the tickets named, and counts how often it is asked.
type hides struct {
	ids   map[string]bool
	asked *int
}

func (h hides) Check(_ context.Context, _ auth.Principal, action auth.Permission, on auth.Resource) (auth.Decision, error) {
	*h.asked++
	if action == "TICKET_VIEW" && h.ids[on.ID] {
		return auth.Deny, nil
	}
	return auth.Undecided, nil
}

// openly is hides that says beforehand that it hides nothing.
type openly struct{ hides }

func (openly) Selects(auth.Permission, string) bool { return false }

func TestQueryLeavesOutWhatMayNotBeViewed(t *testing.T) {
	t.Parallel()
	h := newHouse(t, ticket.Config{})
	for range 5 {
		h.create()
	}
	granted := map[auth.Permission]bool{"TICKET_VIEW": true}
	defaults := []auth.Policy{ticket.NewPolicy(h.db.Tickets(false)), auth.GrantedPolicy{}}
	asked := 0
	secret := hides{map[string]bool{"2": true, "5": true}, &asked}
	for _, c := range []struct {
		name  string
		who   auth.Principal
		want  string
		asked int
	}{
		{"default policies", auth.NewPrincipal("joe", granted, defaults), "[1 2 3 4 5]", 0},
		{"nothing granted", auth.NewPrincipal("joe", nil, defaults), "[]", 0},
		{"no policies", auth.NewPrincipal("joe", granted, nil), "[1 2 3 4 5]", 0},
		{"a policy that hides some", auth.NewPrincipal("joe", granted, append([]auth.Policy{secret}, defaults...)), "[1 3 4]", 5},
		{"a policy that says it hides none", auth.NewPrincipal("joe", granted, append([]auth.Policy{openly{secret}}, defaults...)),
			"[1 2 3 4 5]", 1},
	} {
		asked = 0
		ids, err := h.Query(t.Context(), c.who, "order=id&max=0")
		if got := fmt.Sprint(ids); err != nil || got != c.want || asked != c.asked {
			t.Errorf("%s: found %s, %v, having asked %d times, want %s, %d times", c.name, got, err, asked, c.want, c.asked)
		}
	}
}

func TestQueryKnowsUserAndPage(t *testing.T) {
	t.Parallel()
	h := newHouse(t, ticket.Config{PerPage: 2, Custom: []ticket.Field{{Name: "points", Type: "text", Custom: true}}})
	for _, points := range []string{"1", "2", "2", "2"} {
		h.create(ticket.NamedValue{Name: "points", Value: points}, ticket.NamedValue{Name: "owner", Value: "joe"})
	}
	joe := h.user("joe", "TICKET_VIEW")
	for text, want := range map[string]string{
		"owner=$USER": "[1 2]", "owner!=$USER": "[]", "points=2&page=2": "[4]", "points=2&max=0": "[2 3 4]", "severity=high": "[1 2]",
	} {
		ids, err := h.Query(t.Context(), joe, text)
		if got := fmt.Sprint(ids); err != nil || got != want {
			t.Errorf("%q finds %s, %v, want %s", text, got, err, want)
		}
	}
}
