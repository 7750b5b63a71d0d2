package ticket_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"tracrpc/fault"
	"tracrpc/ticket"
)

// queryFields are a default environment's fields and some custom ones.
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

// queryNow is a Wednesday.
var queryNow = time.Date(2024, time.May, 15, 10, 20, 30, 123456000, time.UTC)

func parse(text string) (ticket.Query, error) {
	return ticket.ParseQuery(text, ticket.QueryContext{Fields: queryFields, User: "joe", Now: queryNow, Max: 100})
}

// describe writes a query's meaning on one line.
func describe(q ticket.Query) string {
	var clauses, order []string
	for _, clause := range q.Any {
		var all []string
		for _, c := range clause {
			all = append(all, describeCondition(c))
		}
		clauses = append(clauses, strings.Join(all, " and "))
	}
	for _, o := range q.Order {
		order = append(order, o.Field.Name+map[bool]string{true: " desc"}[o.Desc])
	}
	text := strings.Join(clauses, " or ") + " by " + strings.Join(order, ", ")
	if q.Page != 1 || q.Max != 100 {
		text += fmt.Sprintf(" page %d of %d", q.Page, q.Max)
	}
	return text
}

func describeCondition(c ticket.Condition) string {
	var tests []string
	for _, t := range c.Tests {
		tests = append(tests, describeTest(t))
	}
	return c.Field.Name + map[bool]string{true: " not"}[c.Not] + " [" + strings.Join(tests, ", ") + "]"
}

func describeTest(t ticket.Test) string {
	side := func(micros *int64) string {
		if micros == nil {
			return ""
		}
		return strings.TrimSuffix(time.UnixMicro(*micros).UTC().Format("2006-01-02T15:04:05.999999"), "T00:00:00")
	}
	switch t.Op {
	case ticket.HasWords:
		var words []string
		for _, w := range t.Words {
			words = append(words, map[bool]string{true: "-"}[w.Not]+fmt.Sprintf("%q", w.Text))
		}
		return strings.Join(words, " ")
	case ticket.Between:
		return fmt.Sprintf("%d-%d", t.Low, t.High)
	case ticket.During:
		return side(t.Since) + ".." + side(t.Before)
	case ticket.Unset:
		return "unset"
	}
	names := map[ticket.Op]string{ticket.Contains: "~", ticket.Begins: "^", ticket.Ends: "$"}
	return names[t.Op] + fmt.Sprintf("%q", t.Text)
}

func TestParseQuery(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want string }{
		{"status=new", `status ["new"] by priority, id`},
		{"status!=closed&max=0", `status not ["closed"] by priority, id page 1 of 0`},
		{"summary~=a&summary^=b", `summary [~"a", ~"b"] by priority, id`},
		{"summary!^=a|b", `summary not [^"a", ^"b"] by priority, id`},
		{"summary$=a", `summary [$"a"] by priority, id`},
		{"summary=!~a", `summary not [~"a"] by priority, id`},
		{"summary=~a|bc", `summary [~"a", ~"c"] by priority, id`},
		{"status!=new|!closed", `status not ["new", "!closed"] by priority, id`},
		{"type=a&type!=b", `type ["a", "!b"] by priority, id`},
		{"owner=$USER|x$USERy", `owner ["joe", "xjoey"] by priority, id`},
		{"owner=$user", `owner [$"user"] by priority, id`},
		{`component=a\|b|c\&d\e`, `component ["a|b", "c&d\\e"] by priority, id`},
		{"summary~=|x|", `summary [~"x"] by priority, id`},
		{"summary~=", ` by priority, id`},
		{"milestone=|a", `milestone ["", "a"] by priority, id`},
		{"milestone!=", `milestone not [""] by priority, id`},
		{"nosuch=1&?status=new&Status=x&status =new", ` by priority, id`},
		{"type=a&or&nosuch=1&or&or&status=b", `type ["a"] or status ["b"] by priority, id`},
		{"type=b&status=a&or=1", `status ["a"] and type ["b"] by priority, id`},
		{"keywords~=a -b \"c d\" - -\"e f\"", `keywords ["a" -"b" "c d" "e f"] by priority, id`},
		{`keywords~="a`, `keywords ["\"a"] by priority, id`},
		{`keywords~="" ""x"`, `keywords ["" "" "x"] by priority, id`},
		{"keywords~=-", ` by priority, id`},
		{"keywords^=a b", `keywords [^"a b"] by priority, id`},
		{"blocked_by!~=7", `blocked_by not ["7"] by priority, id`},
		{"points~=a -b", `points [~"a -b"] by priority, id`},
		{"id=3,1-2,9 - 7|5&id=8--1", `id [1-3, 5-5] by priority, id`},
		{"id!=1&order=id", `id not [1-1] by id`},
		{"id=&or&status=a", `status ["a"] by priority, id`},
		{"id=5-1", `id [] by priority, id`},
		{"id=-5,+1_0", `id [-5--5, 10-10] by priority, id`},
		{"id=1-99999999999999999999", `id [1-9223372036854775807] by priority, id`},
		{"time=2024-01-01..2024-02-01", `time [2024-01-01..2024-02-01] by priority, id`},
		{"created=2024-01-01", `time [2024-01-01..] by priority, id`},
		{"modified!=..2024| ..2023 ", `changetime not [..2024-01-01, ..2023-01-01] by priority, id`},
		{"time~=2024", `time [2024-01-01..] by priority, id`},
		{"time=|..", `time [unset] by priority, id`},
		{"deadline!=", `deadline not [unset] by priority, id`},
		{"order=summary&desc=1", ` by summary desc, id`},
		{"order=created&desc=TRUE", ` by time desc, id`},
		{"order=id&desc=on&group=type&groupdesc=0.5", ` by type desc, id desc`},
		{"order=type&group=type&groupdesc=1", ` by type, id`},
		{"order=nosuch&group=created&desc=x", ` by priority, id`},
		{"group=id", ` by priority, id`},
		{"order~=id&order=|id", ` by priority, id`},
		{"page=2&max=7", ` by priority, id page 2 of 7`},
		{"page=&max=", ` by priority, id page 1 of 0`},
		{"max=none", ` by priority, id page 1 of 0`},
		{"max= +5 ", ` by priority, id page 1 of 5`},
		{"max=3&max=4&col=id|type&row=description&rows=x&format=rss&verbose=1&report=x&limit=1", ` by priority, id page 1 of 4`},
	} {
		got, err := parse(c.text)
		if err != nil {
			t.Errorf("ParseQuery(%q): %v", c.text, err)
			continue
		}
		if text := describe(got); text != c.want {
			t.Errorf("ParseQuery(%q) =\n%s, want\n%s", c.text, text, c.want)
		}
	}
}

func TestParseQueryFaults(t *testing.T) {
	t.Parallel()
	const noSign = `Query filter requires field and constraints separated by a "="`
	for _, c := range []struct{ text, want string }{
		{"", noSign}, {"status=new&", noSign}, {"a=1&OR&b=2", noSign}, {"summary=a & b", noSign},
		{"=x", "Query filter requires field name"}, {"!~=x", "Query filter requires field name"},
		{"$=x", "Query filter requires field name"},
		{"max=abc", "Query max abc is invalid."}, {"max=-1", "Query max -1 is invalid."},
		{"max!=5", "Query max !5 is invalid."}, {"max=1.0", "Query max 1.0 is invalid."},
		{"page=0", "Query page 0 is invalid."}, {"page=x&max=y&id=z", "Query page x is invalid."},
		{"id=x", "Invalid query constraint value"}, {"id=1,,2", "Invalid query constraint value"},
		{"id~=1", "Invalid query constraint value"}, {"id=1-", "Invalid query constraint value"},
		{"time=nonsense", "Invalid query constraint value"}, {"time=..31.04.2024", "Invalid query constraint value"},
		{"time=1|nonsense..", "Invalid query constraint value"},
		{"summary~=" + strings.Repeat("x|", 1001) + "x", "The query makes more than 1000 tests."},
		{"id=" + strings.Repeat("1,", 1<<19), "The query is longer than 1048576 bytes."},
	} {
		_, err := parse(c.text)
		if f := fault.Of(err); f == nil || f.Message != c.want {
			t.Errorf("ParseQuery(%.40q) = %v, want %q", c.text, err, c.want)
		}
	}
}

func TestQueryDates(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want string }{
		{"2024", "2024-01-01"}, {"2024-02", "2024-02-01"}, {"20240203", "2024-02-03"},
		{"2024-02-03T04", "2024-02-03T04:00:00"}, {"2024-02-03 04:05", "2024-02-03T04:05:00"},
		{"2024-02-03T04:05:06Z", "2024-02-03T04:05:06"}, {"2024-02-03T040506.5", "2024-02-03T04:05:06.5"},
		{"2024-02-03T04:05:06,000001+02:30", "2024-02-03T01:35:06.000001"}, {"2024-02-03T04:05:06-05", "2024-02-03T09:05:06"},
		{"01/15/23", "2023-01-15"}, {"1/5/99", "1999-01-05"}, {"01/15/23 16:17:18", "2023-01-15T16:17:18"},
		{"16:17:18 01/15/23", "2023-01-15T16:17:18"}, {"Sun Jan 15 16:17:18 2023", "2023-01-15T16:17:18"},
		{"Jan 15, 2023", "2023-01-15"}, {"january 15 2023", "2023-01-15"}, {"15. mar 2023", "2023-03-15"},
		{"2023 Dec 7", "0001-01-01"}, {"1/2/2023 3:04 pm", "2023-01-02T15:04:00"}, {"1/2/2023 12:04:05 am", "2023-01-02T00:04:05"},
		{"now", "2024-05-15T10:20:30.123456"}, {"today", "2024-05-15"}, {"yesterday", "2024-05-14"}, {"tomorrow", "2024-05-16"},
		{"in 2 hours", "2024-05-15T12:20:30.123456"}, {"+1.5d", "2024-05-16T22:20:30.123456"}, {"1w", "2024-05-08T10:20:30.123456"},
		{"- 30 minutes ago", "2024-05-15T09:50:30.123456"}, {"1 month ago", "2024-04-15T10:20:30.123456"},
		{"2y", "2022-05-16T10:20:30.123456"}, {"30daysago", "2024-04-15T10:20:30.123456"},
		{"thisweek", "2024-05-13"}, {"last week", "2024-05-06"}, {"nextmonth", "2024-06-01"}, {"lastyear", "2023-01-01"},
		{"thishour", "2024-05-15T10:00:00"}, {"last minute", "2024-05-15T10:19:00"}, {"nextsecond", "2024-05-15T10:20:31"},
	} {
		got, err := parse("time=" + c.text)
		if c.want == "0001-01-01" {
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("%q was read, want a fault", c.text)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		if text := describeTest(got.Any[0][0].Tests[0]); text != c.want+".." {
			t.Errorf("%q is %s, want %s..", c.text, text, c.want)
		}
	}
	for _, text := range []string{"2023-02-30", "2023-13", "0000-01-01", "2024-01-01T24:00", "2024-01-01T10:60", "2024-01-01T10:00:00+24:00",
		"13/32/23", "99999999999y", "9000y", "days ago", "1 day before", "TODAY", "next decade", "in 1", "1.2.d", "12:00", "2024-1-1"} {
		if q, err := parse("time=" + text); err == nil {
			t.Errorf("%q was read as %s", text, describe(q))
		}
	}
}

func TestQueryDatesAreInTheZoneOfNow(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("", 2*3600)
	now := time.Date(2024, time.May, 15, 0, 30, 0, 0, zone)
	for text, want := range map[string]string{
		"time=2024-05-01": "2024-04-30T22:00:00..", "time=today": "2024-05-14T22:00:00..",
		"time=2024-05-01T00:00Z": "2024-05-01..", "time=01/02/24": "2024-01-01T22:00:00..",
	} {
		q, err := ticket.ParseQuery(text, ticket.QueryContext{Fields: queryFields, Now: now})
		if err != nil {
			t.Fatal(err)
		}
		if got := describeTest(q.Any[0][0].Tests[0]); got != want {
			t.Errorf("%s is %s, want %s", text, got, want)
		}
	}
}

// FuzzParseQuery checks that whatever is read names known fields only, stays
// within its bounds, and means the same beside an empty "or" and an unknown
// field. The seeds are queries as they were sent to a real server.
func FuzzParseQuery(f *testing.F) {
	seeds, err := os.ReadFile("testdata/queries.txt")
	if err != nil {
		f.Fatal(err)
	}
	for seed := range strings.Lines(string(seeds)) {
		f.Add(strings.TrimSuffix(seed, "\n"))
	}
	known := map[string]bool{"id": true}
	for _, field := range queryFields {
		known[field.Name] = true
	}
	f.Fuzz(func(t *testing.T, text string) {
		q, err := parse(text)
		if err != nil {
			if fault.Of(err) == nil {
				t.Fatalf("ParseQuery(%q): %v is not a fault", text, err)
			}
			return
		}
		if last := q.Order[len(q.Order)-1]; last.Field.Name != "id" || q.Page < 1 || q.Max < 0 {
			t.Fatalf("ParseQuery(%q) = %s", text, describe(q))
		}
		for _, clause := range q.Any {
			for _, c := range clause {
				if !known[c.Field.Name] || len(c.Tests) == 0 && c.Field.Type != "id" {
					t.Fatalf("ParseQuery(%q) = %s", text, describe(q))
				}
			}
		}
		if strings.HasSuffix(text, `\`) {
			return // what is added would be escaped
		}
		again, err := parse(text + "&nosuch=1&or&nosuch!~=2")
		if err != nil || describe(again) != describe(q) {
			t.Fatalf("ParseQuery(%q) = %s, with more %s, %v", text, describe(q), describe(again), err)
		}
	})
}
