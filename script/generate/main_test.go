package main

import (
	"io"
	"log/slog"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"tracrpc/environment"
)

func TestSameSeedSameTickets(t *testing.T) {
	t.Parallel()
	a, b, c := slices.Collect(generated(20, 1)), slices.Collect(generated(20, 1)), slices.Collect(generated(20, 2))
	if !reflect.DeepEqual(a, b) || reflect.DeepEqual(a, c) {
		t.Error("the tickets do not depend on the seed, or on something else, too")
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "env")
	if err := environment.Create(t.Context(), dir, "Test"); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), []string{dir, "--tickets", "7"}); err != nil {
		t.Fatal(err)
	}
	env, err := environment.Open(t.Context(), dir, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer env.Close()
	if ids, err := env.DB.Tickets(false).ChangedSince(t.Context(), 0); err != nil || len(ids) != 7 {
		t.Errorf("tickets %v, %v, want 7", ids, err)
	}
}
