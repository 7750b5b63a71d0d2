package environment

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A database may lie elsewhere than Trac puts it; one that is not served is
// refused by name and without its password.
func TestOpenFindsTheDatabase(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "env")
	if err := Create(t.Context(), dir, "Elsewhere"); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(dir, "db", "trac.db"), filepath.Join(dir, "other.db")); err != nil {
		t.Fatal(err)
	}
	ini := filepath.Join(dir, "conf", "trac.ini")
	open := func(url string) error {
		if err := SetOption(ini, "trac", "database", url); err != nil {
			t.Fatal(err)
		}
		env, err := Open(t.Context(), dir, slog.New(slog.DiscardHandler))
		if err != nil {
			return err
		}
		return env.Close()
	}
	for _, url := range []string{"sqlite:other.db", "sqlite:" + filepath.Join(dir, "other.db")} {
		if err := open(url); err != nil {
			t.Errorf("Open with %s: %v", url, err)
		}
	}
	err := open("mysql://trac:secret@localhost/trac")
	if err == nil || !strings.Contains(err.Error(), "mysql") || strings.Contains(err.Error(), "secret") {
		t.Errorf("Open with MySQL: %v, want an error that names it and no password", err)
	}
}
