package storetest

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"tracrpc/fault"
	"tracrpc/store"
	"tracrpc/ticket"
)

const day = 86400 * 1000000

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

func parseQuery(t *testing.T, text string) ticket.Query {
	t.Helper()
	q, err := ticket.ParseQuery(text, ticket.QueryContext{
		Fields: queryFields, User: "joe", Now: time.Date(2024, time.May, 15, 10, 20, 30, 0, time.UTC), Max: 100,
	})
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// fillForQueries makes eight tickets, and values to sort by that are not in the
// order of their names.
func fillForQueries(t *testing.T, db *store.DB) *store.Tickets {
	t.Helper()
	lists := db.Lists()
	edit(t, lists.Enums("priority"), ticket.ListEdit[ticket.Enum]{
		Add: []ticket.Enum{{Name: "also major", Value: "3"}, {Name: "half", Value: "2.5"}},
	})
	edit(t, lists.Milestones, ticket.ListEdit[ticket.Milestone]{Change: []ticket.ListChange[ticket.Milestone]{
		{Name: "milestone3", Item: ticket.Milestone{Name: "milestone3", Completed: 5}},
		{Name: "milestone2", Item: ticket.Milestone{Name: "milestone2", Due: 7}},
	}})
	edit(t, lists.Versions, ticket.ListEdit[ticket.Version]{Change: []ticket.ListChange[ticket.Version]{
		{Name: "2.0", Item: ticket.Version{Name: "2.0", Time: 9}},
	}})
	tickets := db.Tickets(true)
	for _, sample := range []ticket.Ticket{
		{Summary: "Crash at 100%", Status: "new", Priority: "major", Time: 100 * day, Milestone: "milestone1", Version: "1.0"},
		{Summary: "crash a_b", Status: "closed", Priority: "blocker", Time: 200 * day, Milestone: "milestone2", Version: "2.0"},
		{Summary: "slow", Status: "new", Priority: "also major", Time: 300 * day, Milestone: "milestone3", Owner: "joe"},
		{Summary: "a%b", Priority: "gone", Time: 400 * day, Milestone: "gone", Version: "zero", Keywords: "ui db"},
		{Summary: "axb", Status: "new", Keywords: "ui", Custom: map[string]string{"points": "5", "deadline": custom(10)}},
		{Summary: "Ärger / mehr", Status: "Closed", Priority: "half",
			Custom: map[string]string{"points": "10", "deadline": custom(-3), "blocked_by": "1 2"}},
		{Summary: "it's", Status: "assigned", Priority: "minor", Custom: map[string]string{"points": ""}},
		{Summary: "end", Status: "new", Priority: "trivial"},
	} {
		insert(t, tickets, &sample)
	}
	return tickets
}

// custom is a day as a custom field has it.
func custom(days int64) string { return ticket.FormatTime(days * day) }

func testQueries(t *testing.T, url string) {
	tickets := fillForQueries(t, Open(t, url))
	for _, c := range []struct{ text, want string }{
		{"order=id", "[1 2 3 4 5 6 7 8]"},
		{"max=0", "[2 6 1 3 7 8 4 5]"},
		{"desc=1", "[4 5 8 7 1 3 6 2]"},
		{"order=id&desc=1&max=0", "[8 7 6 5 4 3 2 1]"},
		{"order=id&desc=1", "[8 7 6 5 4 3 2 1]"},
		{"status=new&order=id", "[1 3 5 8]"},
		{"status!=new&order=id", "[2 4 6 7]"},
		{"status!=closed", "[6 1 3 7 8 4 5]"},
		{"status!=closed&owner!=joe&order=id", "[1 4 5 6 7 8]"},
		{"status=new|closed|&order=id", "[1 2 3 4 5 8]"},
		{"status!=new|assigned&order=id", "[2 4 6]"},
		{"owner=&order=id", "[1 2 4 5 6 7 8]"},
		{"owner=$USER", "[3]"},
		{"summary~=CRASH&order=id", "[1 2]"},
		{"summary!~=crash|s&order=id", "[4 5 6 8]"},
		{"summary~=%&order=id", "[1 4]"},
		{"summary~=_&order=id", "[2]"},
		{"summary^=a&order=id", "[4 5]"},
		{"summary$=B&order=id", "[2 4 5]"},
		{"summary~=/", "[6]"},
		{"summary=it's", "[7]"},
		{"keywords~=ui -db", "[5]"},
		{"keywords!~=ui -db&order=id", "[1 2 3 4 6 7 8]"},
		{"blocked_by~=2 1", "[6]"},
		{"points!=5&order=id", "[1 2 3 4 6 7 8]"},
		{"points=5|10&order=id", "[5 6]"},
		{"id=2-3,7&order=id", "[2 3 7]"},
		{"id!=2-3,7&order=id", "[1 4 5 6 8]"},
		{"id=5-1", "[]"},
		{"id!=5-1&order=id", "[1 2 3 4 5 6 7 8]"},
		{"time=1970-07-01..1970-11-01&order=id", "[2 3]"},
		{"time!=1970-07-01..&order=id", "[1 5 6 7 8]"},
		{"deadline=1970", "[5]"},
		{"deadline=..1970-02-01&order=id", "[5 6]"},
		{"deadline=&order=id", "[1 2 3 4 7 8]"},
		{"deadline!=&order=id", "[5 6]"},
		{"status=closed&or&owner=joe&order=id", "[2 3]"},
		{"order=time", "[1 2 3 4 5 6 7 8]"},
		{"order=time&desc=1", "[5 6 7 8 4 3 2 1]"},
		{"order=milestone", "[3 4 2 1 5 6 7 8]"},
		{"order=milestone&desc=1", "[5 6 7 8 1 2 4 3]"},
		{"order=version", "[2 4 1 3 5 6 7 8]"},
		{"order=points", "[6 5 1 2 3 4 7 8]"},
		{"order=deadline", "[6 5 1 2 3 4 7 8]"},
		{"group=milestone&order=owner&desc=1", "[3 4 2 1 5 6 7 8]"},
		{"group=status&order=id&desc=1&status=new|assigned", "[7 8 5 3 1]"},
		{"group=status&groupdesc=1&order=summary&status=new|assigned", "[1 5 8 3 7]"},
		{"order=id&max=3&page=2", "[4 5 6]"},
		{"order=id&max=3&page=3", "[7 8]"},
		{"max=3&page=2", "[3 7 8]"},
		{"max=3&page=3", "[4 5]"},
		{"order=id&max=8&page=5", "[1 2 3 4 5 6 7 8]"},
		{"max=8&page=5", "[2 6 1 3 7 8 4 5]"},
		{"status=nosuch&max=1&page=9", "[]"},
		{"status=nosuch&max=1&page=9&order=id", "[]"},
	} {
		ids, err := tickets.Query(t.Context(), parseQuery(t, c.text))
		if got := fmt.Sprint(ids); err != nil || got != c.want {
			t.Errorf("%q finds %s, %v, want %s", c.text, got, err, c.want)
		}
	}
	for _, order := range []string{"priority", "id", "summary"} {
		for max, page := range map[string]string{"3": "4", "7": "9223372036854775807"} {
			want := "Page " + page + " is beyond the number of pages in the query"
			q := parseQuery(t, "order="+order+"&max="+max+"&page="+page)
			if ids, err := tickets.Query(t.Context(), q); !fault.Is(err, fault.Invalid) || err.Error() != want {
				t.Errorf("page %s by %s holds %v, %v, want the fault %q", page, order, ids, err, want)
			}
		}
	}
}

// testLongQueries asks for more than databases take when it is put clumsily.
func testLongQueries(t *testing.T, url string) {
	tickets := fillForQueries(t, Open(t, url))
	numbers, words, clauses := "id=", "summary~=nowhere", "status=nosuch"
	for i := range 5000 {
		numbers += strconv.Itoa(3*i+2) + ","
	}
	for i := range 900 {
		words += "|word" + strconv.Itoa(i)
	}
	for i := range 800 {
		clauses += "&or&status=state" + strconv.Itoa(i)
	}
	for text, want := range map[string]string{
		numbers + "8&order=id":          "[2 5 8]",
		words + "|slow&order=id":        "[3]",
		clauses + "&or&status=new":      "[1 3 8 5]",
		"summary!~" + words[8:] + "":    "[2 6 1 3 7 8 4 5]",
		"owner=" + numbers[3:] + "|joe": "[3]",
	} {
		ids, err := tickets.Query(t.Context(), parseQuery(t, text))
		if got := fmt.Sprint(ids); err != nil || got != want {
			t.Errorf("%.20q… finds %s, %v, want %s", text, got, err, want)
		}
	}
}
