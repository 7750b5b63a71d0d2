package environment

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
)

func TestCreateMakesAnEnvironmentThatOpens(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a project, 100% ours? #1")
	if err := Create(t.Context(), dir, " Name = [with] # signs; all of them % "); err != nil {
		t.Fatal(err)
	}
	ini, err := ReadIni(filepath.Join(dir, "conf", "trac.ini"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := ini.Get("project", "name", ""), "Name = [with] # signs; all of them %"; got != want {
		t.Errorf("project name = %q, want %q", got, want)
	}
	e, err := Open(t.Context(), dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
}

// TestCreateKeepsOthersOut looks whether anybody on the machine may read the
// database, the settings or the attachments.
func TestCreateKeepsOthersOut(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "env")
	if err := Create(t.Context(), dir, ""); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"conf", "db", "files", "log"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm()&0o007 != 0 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
}

func TestCreateLeavesOtherFilesAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	mine := filepath.Join(dir, "mine")
	if err := os.WriteFile(mine, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Create(t.Context(), dir, ""); err == nil {
		t.Error("Create took a folder that is not empty")
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("ReadDir = %v, %v, want only the file that was there", entries, err)
	}
}

func TestCreateLeavesNothingBehindWhenItFails(t *testing.T) {
	t.Parallel()
	given := t.TempDir()
	for _, dir := range []string{filepath.Join(given, "new"), given} {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := Create(ctx, dir, ""); err == nil {
			t.Fatalf("Create(%s) succeeded with a cancelled context", dir)
		}
		if entries, err := os.ReadDir(given); err != nil || len(entries) > 0 {
			t.Errorf("Create(%s) left %v behind (%v)", dir, entries, err)
		}
	}
}
