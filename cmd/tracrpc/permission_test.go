package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPermission(t *testing.T) {
	dir := newEnvironment(t)
	ini := filepath.Join(dir, "conf", "trac.ini")
	text, err := os.ReadFile(ini)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(ini, append(text, "\n[extra-permissions]\nextra_admin = EXTRA_VIEW\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		args, output, err string
	}{
		{"list ann", "", ""},
		{"add ann TICKET_ADMIN developers", "", ""},
		{"add ann TICKET_ADMIN EXTRA_VIEW", "", ""},
		{"add developers XML_RPC", "", ""},
		{"list ann", "ann\tEXTRA_VIEW\nann\tTICKET_ADMIN\nann\tdevelopers\n", ""},
		{"add ann WIKI_VEIW WIKI_ADMIN", "", "there is no action WIKI_VEIW; did you mean WIKI_VIEW?"},
		{"add ann QQQQQQQQQQ", "", "there is no action QQQQQQQQQQ"},
		{"add ann wiki_view", "", "the action is WIKI_VIEW"},
		{"add ann ann", "", "cannot be a member"},
		{"add ANN WIKI_VIEW", "", "names in upper case are actions"},
		{"remove ann XML_RPC", "", "through a group or a wider action"},
		{"remove ann TICKET_VIEW", "", "through a group or a wider action"},
		{"remove ann WIKI_ADMIN", "", "ann does not have WIKI_ADMIN"},
		{"remove ann TICKET_ADMIN EXTRA_VIEW", "", ""},
		{"list ann", "ann\tdevelopers\n", ""},
		{"add ann", "", "want list ENV"},
		{"grant ann WIKI_VIEW", "", "want list ENV"},
	} {
		args := append([]string{"permission"}, placed(step.args, dir)...)
		output, err := tracrpc(t, "", args...)
		if output != step.output || !saying(err, step.err) {
			t.Errorf("%q: %q, %v, want %q, %q", args, output, err, step.output, step.err)
		}
	}
	output, err := tracrpc(t, "", "permission", "list", dir)
	if err != nil || !strings.Contains(output, "anonymous\tWIKI_VIEW\n") {
		t.Errorf("permission list: %q, %v", output, err)
	}
	if strings.Contains(output, "WIKI_ADMIN") {
		t.Errorf("what stood beside a wrong action was added: %q", output)
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"abc", "abc", 0}, {"abc", "", 3}, {"", "ab", 2}, {"WIKI_VEIW", "WIKI_VIEW", 2}, {"XML_RPC", "XMLRPC", 1}} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
