package store_test

import (
	"database/sql"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tracrpc/notify"
	"tracrpc/store"
	"tracrpc/store/storetest"
)

// newPeople is a database in which Trac's users have told of themselves.
func newPeople(t *testing.T) *store.People {
	t.Helper()
	url := storetest.SQLite(t)
	trac, err := sql.Open("sqlite3", strings.TrimPrefix(url, "sqlite:"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = trac.ExecContext(t.Context(), `
		INSERT INTO session VALUES ('ann', 1, 0), ('bob', 1, 0), ('bob', 0, 0);
		INSERT INTO session_attribute VALUES
			('ann', 1, 'name', 'Ann'), ('ann', 1, 'email', 'ann@x.org'), ('ann', 1, 'notification.format.email', 'text/html'),
			('ann', 1, 'tz', 'UTC'), ('bob', 0, 'email', 'visitor@x.org'), ('eve', 1, 'email', NULL);
		INSERT INTO notify_subscription (class, sid, authenticated, distributor, format, priority, adverb) VALUES
			('A', 'ann', 1, 'email', '', 2, 'never'), ('B', 'ann', 1, 'chat', 'text/plain', 1, 'always'),
			('All', 'bob', 0, 'email', NULL, 1, 'always'), ('A', 'bob', 0, 'email', '', 1, 'always'),
			('A', 'eve', 1, 'email', '', 1, 'always');
		INSERT INTO ticket_change (ticket, time, author, field) VALUES
			(1, 1, 'bob', 'comment'), (1, 2, 'ann', 'comment'), (1, 2, 'ann', 'owner'), (1, 3, '', 'comment'), (1, 4, NULL, 'comment'),
			(2, 1, 'eve', 'comment')`)
	if err != nil {
		t.Fatal(err)
	}
	if err := trac.Close(); err != nil {
		t.Fatal(err)
	}
	return storetest.Open(t, url).People()
}

func TestPeople(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	profiles, err := p.Profiles(t.Context(), []string{"ann", "bob", "eve", "nobody"})
	if err != nil {
		t.Fatal(err)
	}
	want := []notify.Profile{
		{Name: "ann", Authenticated: true, Known: true, FullName: "Ann", Email: "ann@x.org", Format: "text/html"},
		{Name: "bob", Email: "visitor@x.org"},
		{Name: "bob", Authenticated: true, Known: true},
		{Name: "eve", Authenticated: true},
	}
	if d := cmp.Diff(want, profiles); d != "" {
		t.Errorf("profiles (-want +got):\n%s", d)
	}
	rules, err := p.Subscriptions(t.Context(), []string{"ann", "bob"}, "All")
	if err != nil {
		t.Fatal(err)
	}
	wantRules := []notify.Subscription{
		{Class: "B", Distributor: "chat", Format: "text/plain", Priority: 1, Adverb: "always", User: "ann", Authenticated: true},
		{Class: "A", Distributor: "email", Priority: 2, Adverb: "never", User: "ann", Authenticated: true},
		{Class: "All", Distributor: "email", Priority: 1, Adverb: "always", User: "bob"},
	}
	if d := cmp.Diff(wantRules, rules, cmpopts.IgnoreUnexported(notify.Subscription{})); d != "" {
		t.Errorf("subscriptions (-want +got):\n%s", d)
	}
	if names, err := p.Updaters(t.Context(), 1); err != nil || !slices.Equal(names, []string{"ann", "bob"}) {
		t.Errorf("Updaters = %q, %v, want ann and bob", names, err)
	}
	if profiles, err := p.Profiles(t.Context(), nil); err != nil || profiles != nil {
		t.Errorf("Profiles of nobody = %v, %v", profiles, err)
	}
}
