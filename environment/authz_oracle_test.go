package environment

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tracrpc/auth"
)

// authzCase is a file, and questions about it.
type authzCase struct {
	Text      string          `json:"text"`
	Questions []authzQuestion `json:"questions"`
}

// authzQuestion is [action, user, [[realm, id, version], ...]].
type authzQuestion [3]any

// TestAuthzAgainstTrac asks Trac's own policy the same questions about the same
// files: TRAC_SOURCE=/path/to/trac-1.6 go test ./environment -run AuthzAgainstTrac
func TestAuthzAgainstTrac(t *testing.T) {
	source := os.Getenv("TRAC_SOURCE")
	if source == "" {
		t.Skip("TRAC_SOURCE is not set to a source tree of Trac 1.6")
	}
	actions := auth.DefaultActions()
	implied := map[auth.Permission][]auth.Permission{}
	for _, name := range actions.Names() {
		implied[name] = append([]auth.Permission{}, actions[name]...)
	}
	implied[auth.Admin] = actions.Names()
	cases := authzCases(4000)
	input, err := json.Marshal(map[string]any{
		"actions": implied, "file": filepath.Join(t.TempDir(), "authz.conf"), "cases": cases,
	})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "python3", "-W", "ignore", filepath.Join("testdata", "authz_oracle.py"))
	cmd.Env = append(os.Environ(), "PYTHONPATH="+source+":"+os.Getenv("PYTHONPATH"))
	cmd.Stdin = bytes.NewReader(input)
	cmd.Stderr = os.Stderr
	output, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var want []any
	if err := json.Unmarshal(output, &want); err != nil {
		t.Fatal(err)
	}
	decided := map[any]int{}
	for i, c := range cases {
		compareAuthz(t, c, want[i], actions, decided)
	}
	t.Logf("%d files; %d times allowed, %d times denied, %d undecided", len(cases), decided[true], decided[false], decided[nil])
}

func compareAuthz(t *testing.T, c authzCase, want any, actions auth.Actions, decided map[any]int) {
	t.Helper()
	var policy *auth.Authz
	sections, err := parseAuthz("authz.conf", c.Text)
	if err == nil {
		policy, err = auth.NewAuthz(sections, actions, func(int, string, auth.Permission) {})
	}
	answers, taken := want.([]any)
	if taken != (err == nil) {
		t.Errorf("%q: %v, but Trac says %v", c.Text, err, want)
	}
	if err != nil || !taken {
		return
	}
	for i, q := range c.Questions {
		decision, err := policy.Check(t.Context(), auth.NewPrincipal(q[1].(string), nil, nil), auth.Permission(q[0].(string)), chain(q[2].([][3]any)))
		if err != nil {
			t.Fatal(err)
		}
		got := map[auth.Decision]any{auth.Allow: true, auth.Deny: false, auth.Undecided: nil}[decision]
		if got != answers[i] {
			t.Errorf("%s\n%v: got %v, but Trac says %v", c.Text, q, got, answers[i])
		}
		decided[answers[i]]++
	}
}

// chain is a resource in those before it; none is the zero Resource.
func chain(links [][3]any) auth.Resource {
	var on *auth.Resource
	for _, link := range links {
		r := auth.Resource{Realm: link[0].(string), Parent: on}
		r.ID, _ = link[1].(string)
		r.Version, _ = link[2].(int)
		on = &r
	}
	if on == nil {
		return auth.Resource{}
	}
	return *on
}

// authzCases puts files together from pieces that matter to the policy, by a
// fixed rule.
func authzCases(n int) []authzCase {
	r := rand.New(rand.NewPCG(1, 2))
	cases := make([]authzCase, n)
	for i := range cases {
		cases[i].Text = authzText(r)
		for range 40 {
			cases[i].Questions = append(cases[i].Questions, authzQuestion{
				pick(r, "TICKET_VIEW", "TICKET_MODIFY", "TICKET_ADMIN", "WIKI_VIEW", "XML_RPC", "ODD", "TRAC_ADMIN"),
				pick(r, "anonymous", "ann", "bob", "carol", "Ann", "@staff", "authenticated"),
				authzChain(r),
			})
		}
	}
	return cases
}

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

func authzChain(r *rand.Rand) [][3]any {
	version := pick[any](r, nil, nil, nil, 1, 2, 12)
	chain := [][3]any{{pick(r, "ticket", "ticket", "wiki", "wiki", "milestone"), pick[any](r, nil, "1", "2", "1", "2", "1", "12", "Secret", "Secret/Sub", "a@b", "ü", "x]y", "-", "^"), version}}
	switch r.IntN(6) {
	case 0:
		return nil
	case 1:
		return append(chain, [3]any{"attachment", pick[any](r, nil, "a.txt", "b@1", "[x]"), nil})
	case 2:
		return append(chain, [3]any{"comment", pick[any](r, "1", "3"), nil})
	case 3:
		return append(chain, [3]any{chain[0][0], "2", 1}) // one realm within itself
	}
	return chain
}

func authzText(r *rand.Rand) string {
	var b strings.Builder
	if r.IntN(2) == 0 {
		fmt.Fprintf(&b, "[groups]\nstaff = %s\n\n  leads: %s\n# no, but\n", pick(r, "ann", "ann, bob", "@leads", "", "authenticated,,"), pick(r, "carol,", "bob,\n  ann", "*", "bob", "", "ann, carol", "@staff", "@nobody", "anonymous"))
	}
	if r.IntN(6) == 0 {
		fmt.Fprintf(&b, "[DEFAULT]\n%s = %s\n", authzWho(r), authzList(r))
	}
	for range 1 + r.IntN(6) {
		fmt.Fprintf(&b, "[%s]%s\n", authzPattern(r), pick(r, "", "", "", " ; more", "\n"))
		seen := map[string]bool{}
		for range 1 + r.IntN(5) {
			who := authzWho(r)
			if !seen[who] || r.IntN(50) == 0 { // twice is an error
				fmt.Fprintf(&b, "%s %s %s\n", who, pick(r, "=", ":"), authzList(r))
			}
			seen[who] = true
		}
		b.WriteString(pick(r, "", "", "", "", "\n", "# [x]\n", "  ; y\n"))
	}
	if r.IntN(30) == 0 {
		b.WriteString(pick(r, "word\n", "[groups]\n", "= x\n", "\ufeff", "[]\n"))
	}
	return b.String()
}

func authzWho(r *rand.Rand) string {
	return pick(r, "*", "ann", "bob", "@staff", "@leads", "@none", "anonymous", "authenticated", "carol", "Ann", "staff")
}

func authzList(r *rand.Rand) string {
	var list []string
	for range max(0, r.IntN(7)-1) {
		list = append(list, pick(r, "", "!")+pick(r, "TICKET_VIEW", "TICKET_MODIFY", "TICKET_ADMIN", "WIKI_VIEW", "WIKI_ADMIN", "TRAC_ADMIN", "ODD", "ticket_view", "!TICKET_VIEW", ""))
	}
	return strings.Join(list, pick(r, ",", ", ", " ,\n   "))
}

func authzPattern(r *rand.Rand) string {
	if r.IntN(5) == 0 {
		var b strings.Builder
		for range 1 + r.IntN(8) {
			b.WriteString(pick(r, "*", "?", "[", "]", "!", "-", "^", "@", ":", "/", "a", "b", "1", "2", "t", "z", "\\", "&", "ü", "ticket", "wiki:"))
		}
		return b.String()
	}
	pattern := pick(r, "ticket", "ticket", "wiki", "wiki", "*", "*", "*", "t*", "?icket", "[a-t]icket", "[!w]*", "[z-a]icket", "milestone") +
		pick(r, ":", ":", ":", "", "*")
	pattern += pick(r, "*", "*", "*", "*", "*", "*", "?", "1", "2", "1", "2", "12", "[0-9]", "[!1]", "[!3-1]", "[]x]*", "[x-]", "Secret", "Secret*", "S?cret/*", "a@b", "[-^]", "")
	pattern += pick(r, "", "", "", "", "@*", "@*", "@1", "@?", "@[12]", "@")
	return pattern + pick(r, "", "", "", "", "", "", "", "", "", "/*", "/attachment:*", "/attachment:a*@*", "/comment:1@*", "/attachment:[[]x]@*")
}
