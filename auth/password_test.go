package auth

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"
)

// TestRecordedHashes checks hashes that Python's crypt and hashlib and openssl
// made.
func TestRecordedHashes(t *testing.T) {
	file, err := os.Open("testdata/hashes.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		password, entry, _ := strings.Cut(lines.Text(), "\t")
		checkHash(t, password, entry)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}

func checkHash(t *testing.T, password, entry string) {
	t.Helper()
	h, err := parseHash(entry)
	if err != nil {
		t.Errorf("parseHash(%q): %v", entry, err)
		return
	}
	if !h.matches(password) {
		t.Errorf("%q does not match %q", entry, password)
	}
	for _, wrong := range []string{"wrong", entry, " " + password, strings.ToUpper(password) + "!"} {
		if h.matches(wrong) {
			t.Errorf("%q, which is of %q, matches %q", entry, password, wrong)
		}
	}
}

func TestParseHashRefuses(t *testing.T) {
	for _, entry := range []string{
		"", "secret", "plain-text-pw", "{PLAIN}secret", "$2x$05$" + strings.Repeat("a", 53), "$2y$05$short",
		"$2y$05$" + strings.Repeat("!", 53), "$apr1$salt", "$apr1$toolongsalt$Y9FSCD.phj/eRz3CnfPM1.", "$1$", "$5$salt$short",
		"$5$rounds=10$salt$" + strings.Repeat("a", 43), "$6$rounds=x$salt$" + strings.Repeat("a", 86), "$7$x$y", "$y$j9T$abc$def",
		"{SHA}", "{SHA}!!!!", "{SHA}Et6pb+wgWTVmq3VpLJlJWWgzrckAAAA=", "{SSHA}AAAA", "abaDO60yMJS9", "abaDO60yMJS9Y!", "*", "!",
	} {
		if h, err := parseHash(entry); err == nil {
			t.Errorf("parseHash(%q) = %v, want an error", entry, h)
		}
	}
}

// TestHtpasswdHashes has Apache's own tool make the hashes.
func TestHtpasswdHashes(t *testing.T) {
	htpasswd, err := exec.LookPath("htpasswd")
	if err != nil {
		t.Skip("htpasswd is not installed; script/test installs apache2-utils")
	}
	for _, kind := range []string{"-m", "-B", "-s", "-d", "-2", "-5"} {
		for _, password := range []string{"secret", "pässword with spaces", ""} {
			if kind == "-d" && len(password) > 8 {
				continue // htpasswd warns that it cuts it
			}
			cmd := exec.CommandContext(t.Context(), htpasswd, "-nb", kind, "user", password)
			output, err := cmd.Output()
			if err != nil {
				t.Errorf("htpasswd %s: %v", kind, err)
				continue
			}
			_, entry, _ := strings.Cut(strings.TrimSpace(string(output)), ":")
			checkHash(t, password, entry)
		}
	}
}

func TestNewHash(t *testing.T) {
	entry, err := newHash("secret", 0)
	if err != nil || !strings.HasPrefix(entry, "$2y$10$") {
		t.Fatalf("newHash = %q, %v", entry, err)
	}
	if entry, err = newHash("secret", bcrypt.MinCost); err != nil || !strings.HasPrefix(entry, "$2y$04$") {
		t.Fatalf("newHash of the least cost = %q, %v", entry, err)
	}
	checkHash(t, "secret", entry)
	if _, err := newHash(strings.Repeat("x", 73), 0); err == nil {
		t.Error("newHash of 73 bytes: no error, though bcrypt would drop the last one")
	}
}

// FuzzParseHash checks that no text logs in with itself: an entry is never
// taken for a plain password.
func FuzzParseHash(f *testing.F) {
	for _, seed := range []string{"abaDO60yMJS9Y", "$1$$x", "$5$rounds=1000$a$", "{SSHA}AAAA", "$2y$04$"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, entry string) {
		h, err := parseHash(entry)
		if err != nil {
			return
		}
		if sha, slow := h.(shaCrypt); slow && sha.rounds > 10_000 {
			return
		}
		if b, slow := h.(bcryptHash); slow && string(b[4:6]) > "06" {
			return
		}
		if h.matches(entry) {
			t.Errorf("%q logs in with its own text", entry)
		}
	})
}

func BenchmarkMatches(b *testing.B) {
	for _, entry := range []string{"abaDO60yMJS9Y", "$apr1$s4lt$Y9FSCD.phj/eRz3CnfPM1.",
		"$5$saltstring$5S4cs01EKkuzeHCUlxpCwC3PshNS0w8kDSZqhq/W6F4", "{SHA}Et6pb+wgWTVmq3VpLJlJWWgzrck="} {
		b.Run(entry[:5], func(b *testing.B) {
			h, err := parseHash(entry)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				h.matches("user")
			}
		})
	}
}
