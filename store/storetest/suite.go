package storetest

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tracrpc/auth"
	"tracrpc/fault"
	"tracrpc/publish"
	"tracrpc/store"
)

// Test runs the suite on fresh databases; create makes one and returns its URL.
func Test(t *testing.T, create func(t testing.TB, pages ...store.StartPage) string) {
	for _, c := range []struct {
		name string
		test func(*testing.T, string)
	}{
		{"permissions", testPermissions},
		{"events tell of permissions", testPermissionEvents},
		{"events have no gaps", testEventsHaveNoGaps},
		{"events wake who waits", testEventsWake},
		{"events are paged", testEventsArePaged},
		{"posted events", testPostedEvents},
		{"retention", testRetention},
		{"sinks", testSinks},
		{"leases of sinks", testLeases},
		{"progress of sinks", testProgress},
		{"cursors of sinks", testMoveSink},
		{"dead letters", testDeadLetters},
		{"webhooks", testWebhooks},
		{"tokens", testTokens},
		{"login cookies", testCookies},
		{"generation", testGeneration},
		{"generation is never too old", testGenerationIsNeverTooOld},
		{"tickets", testTickets},
		{"ticket changes", testTicketChanges},
		{"ticket changes at once", testConcurrentTicketChanges},
		{"refused ticket changes", testRefusedTicketChanges},
		{"custom fields of tickets", testTicketCustomFields},
		{"events tell of tickets", testTicketEvents},
		{"comments", testComments},
		{"queries", testQueries},
		{"long queries", testLongQueries},
		{"components", testComponents},
		{"versions", testVersions},
		{"milestones", testMilestones},
		{"milestone renamed", testMilestoneRenamed},
		{"enums", testEnums},
		{"enums close gaps", testEnumGaps},
		{"refused changes of lists", testListFaults},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.test(t, create(t))
		})
	}
}

// grant is one that no database begins with.
func grant(i int) auth.Grant {
	return auth.Grant{Subject: fmt.Sprintf("user%d", i), Action: "TICKET_VIEW"}
}

func testPermissions(t *testing.T, url string) {
	db := Open(t, url)
	ctx := t.Context()
	before, err := db.Grants(ctx)
	if err != nil || len(before) != 16 {
		t.Fatalf("Grants = %d rows, %v, want Trac's 16", len(before), err)
	}
	if err := db.Grant(ctx, "me", grant(1)); err != nil {
		t.Fatal(err)
	}
	if err := db.Grant(ctx, "me", grant(1)); !fault.Is(err, fault.Invalid) {
		t.Errorf("a second Grant = %v, want an Invalid fault", err)
	}
	after, err := db.Grants(ctx)
	if err != nil || len(after) != len(before)+1 || !slices.Contains(after, grant(1)) {
		t.Errorf("Grants = %v, %v, want the new one among them", after, err)
	}
	if err := db.Revoke(ctx, "me", grant(1)); err != nil {
		t.Fatal(err)
	}
	if err := db.Revoke(ctx, "me", grant(1)); !fault.Is(err, fault.NotFound) {
		t.Errorf("a second Revoke = %v, want a NotFound fault", err)
	}
	after, err = db.Grants(ctx)
	if err != nil || !slices.Equal(before, after) {
		t.Errorf("Grants = %v, %v, want %v as before", after, err, before)
	}
}

func testPermissionEvents(t *testing.T, url string) {
	db := Open(t, url)
	if err := db.Grant(t.Context(), "me", grant(1)); err != nil {
		t.Fatal(err)
	}
	if err := db.Revoke(t.Context(), "you", grant(1)); err != nil {
		t.Fatal(err)
	}
	events, err := db.Events(t.Context(), 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	for i := range events {
		if since := time.Since(events[i].Time); since < 0 || since > time.Minute {
			t.Errorf("event %d happened %v ago", i, since)
		}
		events[i].Time = time.Time{}
	}
	data := json.RawMessage(`{"action":"TICKET_VIEW"}`)
	want := []publish.Event{
		{Seq: 1, Realm: "permission", Verb: "created", ID: "user1", Author: "me", Data: data},
		{Seq: 2, Realm: "permission", Verb: "deleted", ID: "user1", Author: "you", Data: data},
	}
	if diff := cmp.Diff(want, events); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// Sixteen writers grant the same permissions, so that most of them fail.
func testEventsHaveNoGaps(t *testing.T, url string) {
	db := Open(t, url)
	const writers, grants = 16, 100
	var kept atomic.Int64
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() { // ends with its grants
			for i := range grants {
				err := db.Grant(t.Context(), fmt.Sprint(w), grant(i))
				if err == nil {
					kept.Add(1)
				} else if !fault.Is(err, fault.Invalid) {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if kept.Load() != grants {
		t.Errorf("%d grants succeeded, want each of %d once", kept.Load(), grants)
	}
	events, err := db.Events(t.Context(), 0, math.MaxInt32)
	if err != nil || len(events) != grants {
		t.Fatalf("Events = %d events, %v, want %d", len(events), err, grants)
	}
	for i, e := range events {
		if e.Seq != int64(i+1) {
			t.Fatalf("event %d has number %d", i+1, e.Seq)
		}
	}
	if oldest, newest, err := db.EventRange(t.Context()); oldest != 1 || newest != grants || err != nil {
		t.Errorf("EventRange = %d, %d, %v, want 1, %d", oldest, newest, err, grants)
	}
}

func testEventsWake(t *testing.T, url string) {
	db := Open(t, url)
	var all sync.WaitGroup
	for range 8 {
		first := db.NewEvents()
		all.Go(func() { // ends when it has seen all events
			for seen := int64(0); seen < 50; {
				<-first
				first = db.NewEvents()
				events, err := db.Events(t.Context(), seen, 7)
				if err != nil {
					t.Error(err)
					return
				}
				for ; len(events) > 0; events, _ = db.Events(t.Context(), seen, 7) {
					seen += int64(len(events))
				}
			}
		})
	}
	for i := range 50 {
		if err := db.Grant(t.Context(), "me", grant(i)); err != nil {
			t.Fatal(err)
		}
	}
	all.Wait()
	quiet := db.NewEvents()
	if err := db.Grant(t.Context(), "me", grant(1)); err == nil {
		t.Error("a second Grant succeeded")
	}
	select {
	case <-quiet:
		t.Error("a failed write woke those who wait for events")
	default:
	}
}

func testEventsArePaged(t *testing.T, url string) {
	db := Open(t, url)
	for i := range 10 {
		if err := db.Grant(t.Context(), "me", grant(i)); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		after int64
		limit int
		want  []int64
	}{
		{0, 3, []int64{1, 2, 3}},
		{8, 3, []int64{9, 10}},
		{10, 3, nil},
		{99, 3, nil},
		{-1, 1, []int64{1}},
	} {
		events, err := db.Events(t.Context(), c.after, c.limit)
		if err != nil {
			t.Fatal(err)
		}
		var got []int64
		for _, e := range events {
			got = append(got, e.Seq)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("Events(%d, %d) = %v, want %v", c.after, c.limit, got, c.want)
		}
	}
}

func testRetention(t *testing.T, url string) {
	db := Open(t, url)
	ctx := t.Context()
	if n, err := db.PruneEvents(ctx, store.Retention{Rows: 1, Read: 9}); n != 0 || err != nil {
		t.Errorf("PruneEvents of nothing = %d, %v", n, err)
	}
	for i := range 1200 {
		if err := db.Grant(ctx, "me", grant(i)); err != nil {
			t.Fatal(err)
		}
	}
	later, earlier := time.Now().Add(time.Hour), time.Now().Add(-time.Hour)
	for _, c := range []struct {
		name   string
		r      store.Retention
		oldest int64 // afterwards
	}{
		{"nothing is asked for", store.Retention{Read: 1200}, 1},
		{"all are young", store.Retention{Before: earlier, Read: 1200}, 1},
		{"nobody has read", store.Retention{Before: later, Rows: 1}, 1},
		{"some are read", store.Retention{Before: later, Read: 20}, 21},
		{"by number", store.Retention{Rows: 1100, Read: 1200}, 101},
		{"by age", store.Retention{Before: later, Rows: 1200, Read: 1200}, 1200},
	} {
		before, _, err := db.EventRange(ctx)
		if err != nil {
			t.Fatal(err)
		}
		n, err := db.PruneEvents(ctx, c.r)
		if err != nil || n != c.oldest-before {
			t.Errorf("%s: PruneEvents = %d, %v, want %d", c.name, n, err, c.oldest-before)
		}
		oldest, newest, err := db.EventRange(ctx)
		if oldest != c.oldest || newest != 1200 || err != nil {
			t.Errorf("%s: EventRange = %d, %d, %v, want %d, 1200", c.name, oldest, newest, err, c.oldest)
		}
	}
	if err := db.Grant(ctx, "me", grant(1200)); err != nil {
		t.Fatal(err)
	}
	if last, err := db.LastEvent(ctx); last != 1201 || err != nil {
		t.Errorf("LastEvent = %d, %v, want the numbers to go on with 1201", last, err)
	}
}
