package environment

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// openWith opens a fresh environment with more in its trac.ini, and with an authz
// file unless that is "". What it logs goes to log.
func openWith(t *testing.T, ini, authz string, log *bytes.Buffer) (*Environment, error) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "env")
	if err := Create(t.Context(), dir, "Test"); err != nil {
		t.Fatal(err)
	}
	for section := range strings.SplitSeq(ini, "\n") {
		where, value, _ := strings.Cut(section, " = ")
		name, key, _ := strings.Cut(where, " ")
		if err := SetOption(filepath.Join(dir, "conf", "trac.ini"), name, key, value); err != nil {
			t.Fatal(err)
		}
	}
	if authz != "" {
		if err := os.WriteFile(filepath.Join(dir, "conf", "authz.conf"), []byte(authz), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	e, err := Open(t.Context(), dir, slog.New(slog.NewTextHandler(log, nil)))
	if err == nil {
		t.Cleanup(func() {
			if err := e.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	return e, err
}

func TestPolicies(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		ini   string
		authz string
		want  string // what the error or the log says
	}{
		{"trac permission_policies = ReadonlyWikiPolicy, DefaultPermissionPolicy, LegacyAttachmentPolicy", "", ""},
		{"trac permission_policies = AuthzSourcePolicy, DefaultPermissionPolicy", "", "policy=AuthzSourcePolicy"},
		{"trac permission_policies = DefaultPermissionPolicy, DefaultPermissionPolicy", "", ""},
		{"trac permission_policies = VulnerabilityPolicy, DefaultPermissionPolicy", "", "there is no VulnerabilityPolicy"},
		{"trac permission_policies = AuthzSourcePolicy", "", "names no policy, so nobody may do anything"},
		{"trac permission_store = LdapPermissionStore", "", `"LdapPermissionStore" is not DefaultPermissionStore`},
		{"trac permission_policies = AuthzPolicy, DefaultPermissionPolicy", "", "[authz_policy] authz_file names no file"},
		{"trac permission_policies = AuthzPolicy\nauthz_policy authz_file = authz.conf", "", "authz.conf: no such file"},
		{"trac permission_policies = AuthzPolicy\nauthz_policy authz_file = authz.conf", "[*]\n* = TICKET_VEIW\n", "line=2 section=* action=TICKET_VEIW"},
		{"trac permission_policies = AuthzPolicy\nauthz_policy authz_file = authz.conf", "[*]\n* = XML_RPC\nann\n", "authz.conf:3: \"ann\" is neither"},
		{"trac permission_policies = AuthzPolicy\nauthz_policy authz_file = authz.conf", "[*]\n\n[*]\n", "authz.conf:3: section [*] is already there in line 1"},
		{"trac permission_policies = AuthzPolicy\nauthz_policy authz_file = authz.conf", "[groups]\n# no\nx = @y\n", "authz.conf:3: group x has the member @y"},
	} {
		var log bytes.Buffer
		_, err := openWith(t, c.ini, c.authz, &log)
		if err != nil {
			log.WriteString(err.Error())
		}
		if got := log.String(); !strings.Contains(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%q, %q: %s; want %q", c.ini, c.authz, got, c.want)
		}
	}
}
