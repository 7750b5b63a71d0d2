package store

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tracrpc/ticket"
)

// TestWalkPlans looks at how SQLite reads the first page in the order of a field
// that has an index: it never passes over all tickets, nor sorts them.
func TestWalkPlans(t *testing.T) {
	t.Parallel()
	db := newTestDB(t)
	for _, c := range []struct{ text, want string }{
		{"status!=closed", "tracrpc_ticket_idx (status=? AND priority=?"},
		{"status=new", "tracrpc_ticket_idx (status=? AND priority=?"},
		{"order=priority&desc=1", "tracrpc_ticket_idx (status=? AND priority=?"},
		{"order=status", "tracrpc_ticket_idx (status=? AND priority=?"},
		{"group=status", "tracrpc_ticket_idx (status=? AND priority=?"},
		{"status!=closed&order=id&desc=1", "tracrpc_ticket_idx (status=? AND priority=?"},
		{"status!=closed&milestone=milestone1&type=task&page=3", "tracrpc_ticket_idx (status=? AND priority=?"},
		{"type=task&or&owner=joe", "tracrpc_ticket_idx (status=? AND priority=?"},
		{"modified=2024-01-01..&or&owner=joe", "tracrpc_ticket_idx (status=? AND priority=?"},
		{"order=milestone", "tracrpc_ticket_milestone_walk_idx (status=? AND milestone=?"},
		{"status=new|assigned&order=version&desc=1", "tracrpc_ticket_version_walk_idx (status=? AND version=?"},
		{"component=component1&order=component", "tracrpc_ticket_component_walk_idx (status=? AND component=?"},
		{"order=type&group=status", "tracrpc_ticket_type_walk_idx (status=? AND type=?"},
		{"order=severity", "tracrpc_ticket_severity_walk_idx (status=? AND severity=?"},
		{"order=changetime", "tracrpc_ticket_changetime_walk_idx (status=?"},
		{"status!=closed&order=changetime&desc=1", "tracrpc_ticket_changetime_walk_idx (status=?"},
		{"status=closed&order=time&desc=1", "tracrpc_ticket_time_walk_idx (status=?"},
		{"order=owner", "tracrpc_ticket_owner_walk_idx (status=?"},
	} {
		plan := planOf(t, db, c.text)
		if !slices.ContainsFunc(plan, func(line string) bool { return strings.HasPrefix(line, "SEARCH t USING COVERING INDEX "+c.want) }) {
			t.Errorf("%q: %q, want %q in it", c.text, plan, c.want)
		}
		sorts := 0
		for _, line := range plan {
			if strings.HasPrefix(line, "SCAN t") {
				t.Errorf("%q: %q", c.text, line)
			}
			if line == "USE TEMP B-TREE FOR ORDER BY" {
				sorts++
			}
		}
		if sorts > 1 { // one puts the best of each state in order
			t.Errorf("%q: %q, want no sorting of all tickets", c.text, plan)
		}
	}
}

// TestWalksSortAsPlainly compares pages, most of which are read from the
// beginnings of an index, with what sorting all tickets gives.
func TestWalksSortAsPlainly(t *testing.T) {
	t.Parallel()
	db := newTestDB(t)
	r := rand.New(rand.NewPCG(1, 2))
	fillAtRandom(t, db, r)
	walked := 0
	for range 2000 {
		text := randomQuery(r)
		q, err := parseQuery(text)
		if err != nil {
			continue // a field was asked for in two ways that do not go together
		}
		got, err := db.Tickets(true).Query(t.Context(), q)
		want, wantErr := sortedPlainly(t, db, q)
		if !slices.Equal(got, want) || fmt.Sprint(err) != fmt.Sprint(wantErr) {
			t.Fatalf("%q finds %v, %v, want %v, %v", text, got, err, want, wantErr)
		}
		if _, found := walkFor(db.dialect, q); found {
			walked++
		}
	}
	if walked < 700 {
		t.Errorf("%d of 2000 queries walked an index, want a third at least", walked)
	}
}

// TestDroppedIndexesComeBack drops the indexes, as somebody may who wants a clean
// Trac database, and opens it again.
func TestDroppedIndexesComeBack(t *testing.T) {
	t.Parallel()
	url := "sqlite:" + filepath.Join(t.TempDir(), "trac.db")
	if err := Create(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	db, err := Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range walks {
		script(t, db, "DROP INDEX "+w.index)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = openTestDB(t, url)
	for _, w := range walks {
		q, err := parseQuery("order=" + w.field)
		if err != nil {
			t.Fatal(err)
		}
		if ids, err := db.Tickets(true).Query(t.Context(), q); err != nil || len(ids) > 0 {
			t.Errorf("order=%s: %v, %v", w.field, ids, err)
		}
	}
}

// TestLargestPages asks for pages whose sizes and numbers do not fit into numbers.
func TestLargestPages(t *testing.T) {
	t.Parallel()
	db := newQueryDB(t)
	for _, text := range []string{"", "&order=id", "&order=changetime", "&order=milestone", "&order=summary", "&group=status", "&status=new|closed|"} {
		for _, page := range []string{"1", "2", "3", "99999999999999999999"} {
			q, err := parseQuery("max=99999999999999999999&page=" + page + text)
			if err != nil {
				t.Fatal(err)
			}
			if ids, err := db.Tickets(true).Query(t.Context(), q); err != nil || len(ids) < 5 {
				t.Errorf("page %s of %q: %v, %v", page, text, ids, err)
			}
		}
	}
}

// sortedPlainly reads all that q finds and cuts the page out.
func sortedPlainly(t *testing.T, db *DB, q ticket.Query) ([]int, error) {
	t.Helper()
	b := newQueryText(db.dialect)
	where, err := b.where(q.Any)
	if err != nil {
		t.Fatal(err)
	}
	statement, err := b.ordered(q.Order, where)
	if err != nil {
		t.Fatal(err)
	}
	var ids []int
	err = db.read(t.Context(), func(x *tx) error {
		ids, err = x.ticketIDs(t.Context(), statement, noLimit, 0)
		return err
	})
	switch {
	case err != nil:
		t.Fatal(err)
	case q.Max == 0 || len(ids) <= q.Max:
		return ids, nil
	case len(ids) <= pageOffset(q):
		return nil, beyondPages(q)
	}
	return ids[pageOffset(q):min(len(ids), pageOffset(q)+q.Max)], nil
}

// randomValues are what the tickets of fillAtRandom have in their fields: values
// that lists know and others, some of which differ in case only, and none.
var randomValues = map[string][]string{
	"status":     {"new", "assigned", "closed", "closed", "Closed", "", "reopened", "é"},
	"priority":   {"major", "also major", "minor", "blocker", "gone", "", "half", "MAJOR"},
	"type":       {"defect", "task", "gone", "", "enhancement"},
	"severity":   {"", "", "big"},
	"component":  {"component1", "component2", "", "x|y", "Component1"},
	"milestone":  {"milestone1", "milestone2", "milestone3", "milestone4", "gone", "far", ""},
	"version":    {"1.0", "2.0", "3.0", "", "gone"},
	"owner":      {"joe", "Joe", "", "anna", "zoe"},
	"time":       {"0", "1", "1", "2", "3", "-4"},
	"changetime": {"0", "5", "5", "6", "7"},
	"points":     {"1", "2", "", "10"},
	"keywords":   {"ui", "db ui", ""},
}

// fillAtRandom makes 300 tickets. Some have NULL where others have an empty text.
func fillAtRandom(t *testing.T, db *DB, r *rand.Rand) {
	t.Helper()
	err := db.write(t.Context(), func(x *tx) error {
		return x.script(t.Context(), `
			INSERT INTO enum (type, name, value) VALUES ('priority', 'also major', '3'), ('priority', 'half', '2.5'), ('severity', 'big', '1');
			INSERT INTO milestone (name, due, completed) VALUES ('far', 900, 0);
			UPDATE milestone SET completed = 5 WHERE name = 'milestone3';
			UPDATE milestone SET completed = 5 WHERE name = 'milestone4';
			UPDATE milestone SET due = 7 WHERE name = 'milestone2';
			INSERT INTO version (name, time) VALUES ('3.0', 9);
			UPDATE version SET time = 9 WHERE name = '2.0';`)
	})
	if err != nil {
		t.Fatal(err)
	}
	for id := 1; id <= 300; id++ {
		fields := map[string]string{}
		for name, values := range randomValues {
			if r.IntN(10) > 0 {
				fields[name] = values[r.IntN(len(values))]
			}
		}
		insertTicket(t, db, 2*id, fields)
	}
}

func randomQuery(r *rand.Rand) string {
	pick := func(from ...string) string { return from[r.IntN(len(from))] }
	fields := []string{"status", "status", "status", "priority", "type", "severity", "component", "milestone", "version",
		"owner", "time", "changetime", "points", "keywords", "id", "summary"}
	parts := []string{}
	for range r.IntN(4) {
		switch name := pick(fields...); name {
		case "id":
			parts = append(parts, pick("id=1-200", "id!=5-90", "id=4,8,300-600"))
		case "time", "changetime":
			parts = append(parts, name+pick("=", "!=")+pick("1970-01-02..", "..1970-01-06", "1970-01-03..1970-01-08"))
		default:
			values := randomValues[name]
			if values == nil {
				values = []string{"x", ""}
			}
			chosen := pick(values...)
			if r.IntN(3) == 0 {
				chosen += "|" + pick(values...)
			}
			parts = append(parts, name+pick("=", "=", "!=", "!=", "~=", "!~=", "^=", "$=")+chosen)
		}
		if r.IntN(5) == 0 {
			parts = append(parts, "or")
		}
	}
	if r.IntN(4) > 0 {
		parts = append(parts, "order="+pick(append(fields, "reporter")...))
	}
	for _, setting := range []string{"desc=1", "groupdesc=1", "group=" + pick("status", "milestone", "priority", "owner", "points")} {
		if r.IntN(4) == 0 {
			parts = append(parts, setting)
		}
	}
	if page := r.IntN(5); page > 0 {
		parts = append(parts, fmt.Sprint("page=", page))
	}
	return strings.Join(append(parts, fmt.Sprint("max=", r.IntN(40))), "&")
}
