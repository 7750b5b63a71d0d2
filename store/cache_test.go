package store

import "testing"

// The numbers are those that Trac 1.6 computes.
func TestCacheIDIsTracs(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]int64{
		cachePermissions: 1722364385,
		cacheFields:      660951007,
		cacheMilestones:  472382151,
		cachePages:       901198563,
		cacheInterWiki:   2085311731,
		"":               0,
	} {
		if got := cacheID(key); got != want {
			t.Errorf("cacheID(%q) = %d, want %d", key, got, want)
		}
	}
}

func TestInvalidateRaisesTracsGeneration(t *testing.T) {
	t.Parallel()
	db := newTestDB(t)
	for range 3 {
		err := db.write(t.Context(), func(x *tx) error {
			return x.invalidate(t.Context(), cacheFields, cacheMilestones)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	got := lines(t, db.readers, `SELECT id || ' ' || generation || ' ' || key FROM cache ORDER BY id`)
	want := []string{
		"472382151 2 trac.ticket.model.MilestoneCache.milestones",
		"660951007 2 trac.ticket.api.TicketSystem.fields",
	}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("cache = %q, want %q", got, want)
	}
}
