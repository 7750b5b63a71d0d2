package store

import (
	"cmp"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tracrpc/ticket"
)

// queryFields are a default environment's fields, severity, and custom ones.
var queryFields = []ticket.Field{
	{Name: "summary", Type: "text"}, {Name: "reporter", Type: "text"}, {Name: "owner", Type: "text"},
	{Name: "description", Type: "textarea"}, {Name: "type", Type: "select"}, {Name: "status", Type: "radio"},
	{Name: "priority", Type: "select"}, {Name: "milestone", Type: "select"}, {Name: "component", Type: "select"},
	{Name: "version", Type: "select"}, {Name: "severity", Type: "select"}, {Name: "resolution", Type: "radio"},
	{Name: "keywords", Type: "text", Format: "list"}, {Name: "cc", Type: "text", Format: "list"},
	{Name: "time", Type: "time"}, {Name: "changetime", Type: "time"},
	{Name: "points", Type: "text", Custom: true}, {Name: "blocked_by", Type: "text", Format: "list", Custom: true},
	{Name: "deadline", Type: "time", Custom: true},
}

var queryNow = time.Date(2024, time.May, 15, 10, 20, 30, 0, time.UTC)

func parseQuery(text string) (ticket.Query, error) {
	return ticket.ParseQuery(text, ticket.QueryContext{Fields: queryFields, User: "joe", Now: queryNow, Max: 100})
}

// insertTicket writes a ticket with the given fields, some of them custom; times
// are in days since 1970.
func insertTicket(t testing.TB, db *DB, id int, fields map[string]string) {
	t.Helper()
	err := db.write(t.Context(), func(x *tx) error {
		columns, places, args := "id", "?1", []any{id}
		for name, value := range fields {
			field := queryFields[slices.IndexFunc(queryFields, func(f ticket.Field) bool { return f.Name == name })]
			if field.Custom {
				if _, err := x.exec(t.Context(), `INSERT INTO ticket_custom (ticket, name, value) VALUES (?1, ?2, ?3)`,
					id, name, stored(field, value)); err != nil {
					return err
				}
				continue
			}
			args = append(args, stored(field, value))
			columns, places = columns+","+name, places+",?"+strconv.Itoa(len(args))
		}
		_, err := x.exec(t.Context(), "INSERT INTO ticket ("+columns+") VALUES ("+places+")", args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func stored(f ticket.Field, value string) any {
	if f.Type != "time" {
		return value
	}
	days, err := strconv.Atoi(value)
	if err != nil {
		return value
	}
	micros := int64(days) * 86400 * 1e6
	if f.Custom {
		return customTime(micros)
	}
	return micros
}

// newQueryDB has eight tickets, and values to sort by that are not in the order
// of their names.
func newQueryDB(t testing.TB) *DB {
	t.Helper()
	db := newTestDB(t)
	err := db.write(t.Context(), func(x *tx) error {
		return x.script(t.Context(), `
			INSERT INTO enum (type, name, value) VALUES ('priority', 'also major', '3'), ('priority', 'half', '2.5');
			UPDATE milestone SET completed = 5 WHERE name = 'milestone3';
			UPDATE milestone SET due = 7 WHERE name = 'milestone2';
			UPDATE version SET time = 9 WHERE name = '2.0';`)
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, fields := range []map[string]string{
		{"summary": "Crash at 100%", "status": "new", "priority": "major", "time": "100", "milestone": "milestone1", "version": "1.0"},
		{"summary": "crash a_b", "status": "closed", "priority": "blocker", "time": "200", "milestone": "milestone2", "version": "2.0"},
		{"summary": "slow", "status": "new", "priority": "also major", "time": "300", "milestone": "milestone3", "owner": "joe"},
		{"summary": "a%b", "priority": "gone", "time": "400", "milestone": "gone", "version": "zero", "keywords": "ui db"},
		{"summary": "axb", "status": "new", "priority": "", "keywords": "ui", "points": "5", "deadline": "10"},
		{"summary": "Ärger / mehr", "status": "Closed", "priority": "half", "points": "10", "deadline": "-3", "blocked_by": "1 2"},
		{"summary": "it's", "status": "assigned", "priority": "minor", "points": "", "deadline": ""},
		{"summary": "end", "status": "new", "priority": "trivial", "owner": "", "time": "0"},
	} {
		insertTicket(t, db, i+1, fields)
	}
	return db
}

// TestQueryPlans looks at how SQLite answers common queries: from an index alone,
// without the tickets and their descriptions, as far as that goes.
func TestQueryPlans(t *testing.T) {
	t.Parallel()
	db := newTestDB(t)
	for _, c := range []struct{ text, want string }{
		{"status!=closed&max=0", "SCAN t USING COVERING INDEX tracrpc_ticket_open_idx"},
		{"status!=closed&owner=joe&keywords~=ui&order=milestone", "SCAN t USING COVERING INDEX tracrpc_ticket_open_idx"},
		{"status!=closed&priority=major&max=0", "SEARCH t USING COVERING INDEX tracrpc_ticket_open_idx (priority=?)"},
		{"status=closed&max=0", "SEARCH t USING COVERING INDEX tracrpc_ticket_idx (status=?)"},
		{"status=new|assigned&max=0", "SEARCH t USING COVERING INDEX tracrpc_ticket_idx (status=?)"},
		{"milestone=milestone1&summary~=x&max=0", "SCAN t USING COVERING INDEX tracrpc_ticket_idx"},
		{"milestone=milestone1&summary~=x&order=reporter", "SCAN t USING COVERING INDEX tracrpc_ticket_idx"},
		{"type=task&or&owner=joe&max=0", "SCAN t USING COVERING INDEX tracrpc_ticket_idx"},
		{"modified=2024-01-01..&order=id&max=0", "SEARCH t USING COVERING INDEX tracrpc_ticket_changetime_idx (changetime>?)"},
		{"modified=2024-01-01..", "SEARCH t USING INDEX tracrpc_ticket_changetime_idx (changetime>?)"},
		{"id=1-5,7&order=id", "SEARCH t USING INTEGER PRIMARY KEY (rowid=?)"},
		{"id=1-5,7", "SEARCH t USING INTEGER PRIMARY KEY (rowid=?)"},
		{"order=id", "SCAN t"},
		{"points!=5", "SEARCH c0 USING INDEX sqlite_autoindex_ticket_custom_1 (ticket=? AND name=?)"},
	} {
		if plan := planOf(t, db, c.text); !slices.ContainsFunc(plan, func(line string) bool { return strings.HasPrefix(line, c.want) }) {
			t.Errorf("%q: %q, want %q in it", c.text, plan, c.want)
		}
	}
	if plan := planOf(t, db, "order=id"); len(plan) > 1 {
		t.Errorf("order=id: %q, want no sorting", plan)
	}
}

// planOf is the plan for a query.
func planOf(t *testing.T, db *DB, text string) []string {
	t.Helper()
	q, err := parseQuery(text)
	if err != nil {
		t.Fatal(err)
	}
	statement, err := ticketQuery(db.dialect, q)
	if err != nil {
		t.Fatal(err)
	}
	args := statement.args
	if statement.limited {
		args = append(args, 100, 0)
	}
	return explain(t, db, statement.text, args)
}

func explain(t *testing.T, db *DB, text string, args []any) []string {
	t.Helper()
	rows, err := db.readers.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+text, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var plan []string
	for rows.Next() {
		var id, parent, unused int
		var line string
		if err := rows.Scan(&id, &parent, &unused, &line); err != nil {
			t.Fatal(err)
		}
		plan = append(plan, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return plan
}

// FuzzQueryTickets checks that the database takes every statement that is made,
// finds what a plain reading of the query finds, and begins where sorting begins.
func FuzzQueryTickets(f *testing.F) {
	seeds, err := os.ReadFile("../ticket/testdata/queries.txt")
	if err != nil {
		f.Fatal(err)
	}
	for seed := range strings.Lines(string(seeds)) {
		f.Add(strings.TrimSuffix(seed, "\n"))
	}
	f.Add("summary~=a|%|_|'&or&points!=5&deadline!=..1970-02-01&or&keywords!~=-ui db&id!=1-3,5")
	db := newQueryDB(f)
	tickets := readTickets(f, db)
	f.Fuzz(func(t *testing.T, text string) {
		q, err := parseQuery(text + "&max=0")
		if err != nil || strings.Contains(text, "\x00") { // at which SQLite ends a text
			return
		}
		ids, err := db.Tickets(true).Query(t.Context(), q)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		slices.Sort(ids)
		want := []int{}
		for id, fields := range tickets {
			if found(q, id, fields) {
				want = append(want, id)
			}
		}
		slices.Sort(want)
		if !slices.Equal(ids, want) {
			t.Fatalf("%q finds %v, want %v", text, ids, want)
		}
		q.Max, q.Page = 3, 1
		page, err := db.Tickets(true).Query(t.Context(), q)
		if want, _ := sortedPlainly(t, db, q); err != nil || !slices.Equal(page, want) {
			t.Fatalf("%q begins with %v, %v, want %v", text, page, err, want)
		}
	})
}

// readTickets reads all tickets as texts; what is NULL is left out.
func readTickets(t testing.TB, db *DB) map[int]map[string]string {
	t.Helper()
	var parts []string
	for _, field := range queryFields {
		if !field.Custom {
			parts = append(parts, "SELECT id, '"+field.Name+"', "+field.Name+" FROM ticket WHERE "+field.Name+" IS NOT NULL")
		}
	}
	parts = append(parts, "SELECT ticket, name, value FROM ticket_custom")
	rows, err := db.readers.QueryContext(t.Context(), strings.Join(parts, " UNION ALL "))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	tickets := map[int]map[string]string{}
	for rows.Next() {
		var id int
		var name, value string
		if err := rows.Scan(&id, &name, &value); err != nil {
			t.Fatal(err)
		}
		if tickets[id] == nil {
			tickets[id] = map[string]string{}
		}
		tickets[id][name] = value
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return tickets
}

func found(q ticket.Query, id int, fields map[string]string) bool {
	return len(q.Any) == 0 || slices.ContainsFunc(q.Any, func(clause ticket.Clause) bool {
		return !slices.ContainsFunc(clause, func(c ticket.Condition) bool {
			value, set := fields[c.Field.Name]
			holds := slices.ContainsFunc(c.Tests, func(test ticket.Test) bool {
				if test.Op == ticket.During && !set { // neither in it nor out of it
					return c.Not
				}
				return passes(test, c.Field, id, value, set)
			})
			return holds == c.Not
		})
	})
}

func passes(test ticket.Test, f ticket.Field, id int, value string, set bool) bool {
	low, text := asciiLower(value), asciiLower(test.Text)
	switch test.Op {
	case ticket.Equals:
		return value == test.Text
	case ticket.Contains:
		return strings.Contains(low, text)
	case ticket.Begins:
		return strings.HasPrefix(low, text)
	case ticket.Ends:
		return strings.HasSuffix(low, text)
	case ticket.HasWords:
		return !slices.ContainsFunc(test.Words, func(w ticket.Word) bool {
			return strings.Contains(low, asciiLower(w.Text)) == w.Not
		})
	case ticket.Between:
		return test.Low <= id && id <= test.High
	case ticket.Unset:
		return !set || f.Custom && value == ""
	}
	compare := func(limit int64) int {
		if f.Custom {
			return strings.Compare(value, customTime(limit))
		}
		micros, _ := strconv.ParseInt(value, 10, 64)
		return cmp.Compare(micros, limit)
	}
	return (test.Since == nil || compare(*test.Since) >= 0) && (test.Before == nil || compare(*test.Before) < 0)
}

func asciiLower(text string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, text)
}
