package storetest

import (
	"slices"
	"sync"
	"testing"

	"tracrpc/store"
)

func generation(t *testing.T, db *store.DB) any {
	t.Helper()
	g, err := db.Generation(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// testGeneration has two programs on one database.
func testGeneration(t *testing.T, url string) {
	ours, theirs := Open(t, url), Open(t, url)
	g := generation(t, ours)
	if again := generation(t, ours); again != g {
		t.Errorf("Generation = %v, then %v, without a change", g, again)
	}
	for _, c := range []struct {
		name   string
		change func() error
		moves  bool
	}{
		{"our grant", func() error { return ours.Grant(t.Context(), "me", grant(1)) }, true},
		{"their grant", func() error { return theirs.Grant(t.Context(), "me", grant(2)) }, true},
		{"our revocation", func() error { return ours.Revoke(t.Context(), "me", grant(1)) }, true},
		{"what nobody remembers", func() error {
			_, err := theirs.PruneEvents(t.Context(), store.Retention{Rows: 1, Read: 9})
			return err
		}, false},
	} {
		before := generation(t, ours)
		if err := c.change(); err != nil {
			t.Fatal(err)
		}
		if after := generation(t, ours); (after != before) != c.moves {
			t.Errorf("%s: Generation = %v, then %v; moved must be %v", c.name, before, after, c.moves)
		}
	}
}

// testGenerationIsNeverTooOld keeps what was read, as auth does, while another
// program changes it: after each change the next look must show it.
func testGenerationIsNeverTooOld(t *testing.T, url string) {
	ours, theirs := Open(t, url), Open(t, url)
	var all sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		all.Go(func() { // others who ask at the same time, until stop
			for {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := ours.Generation(t.Context()); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	defer all.Wait()
	defer close(stop)
	kept := generation(t, ours)
	for i := range 100 {
		if err := theirs.Grant(t.Context(), "me", grant(i)); err != nil {
			t.Fatal(err)
		}
		g := generation(t, ours)
		if g == kept {
			t.Fatalf("grant %d did not move the generation", i)
		}
		kept = g
		grants, err := ours.Grants(t.Context())
		if err != nil || !slices.Contains(grants, grant(i)) {
			t.Fatalf("grant %d is not seen: %v", i, err)
		}
	}
}
