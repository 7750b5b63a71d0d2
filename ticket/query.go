package ticket

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"tracrpc/fault"
)

// Query is a ticket query that has been read: which tickets, in what order, and
// which page of them.
type Query struct {
	Any   []Clause // a ticket is found when any of these holds; none finds all
	Order []Order  // the most important first; the last one is always the id
	Page  int      // from 1
	Max   int      // tickets on a page; 0 puts all on one
}

// Clause holds for a ticket when each of its conditions does.
type Clause []Condition

// Condition holds for a ticket when one of its tests does or, with Not, when
// none does. The id is the field with the name and the type "id".
type Condition struct {
	Field Field
	Not   bool
	Tests []Test
}

// Test looks at a field's value. Letters of the ASCII alphabet match in either
// case, except with Equals.
type Test struct {
	Op     Op
	Text   string // Equals, Contains, Begins, Ends
	Words  []Word // HasWords
	Low    int    // Between, both included
	High   int
	Since  *int64 // During, in microseconds; nil for no such limit
	Before *int64
}

// Op is what a Test does.
type Op uint8

// The tests that there are.
const (
	Equals   Op = iota + 1
	Contains    // somewhere in the value
	Begins
	Ends
	HasWords // each of Words is, or is not, somewhere in the value
	Between  // a number from Low to High
	During   // a time from Since up to, not including, Before
	Unset    // no value at all
)

// Word is one word of a test of a field that is a list.
type Word struct {
	Text string
	Not  bool
}

// Order is one key to sort by. A value that is not there comes last.
type Order struct {
	Field Field
	Desc  bool
}

// QueryContext is what a query's text is read against.
type QueryContext struct {
	Fields []Field
	User   string    // what $USER stands for
	Now    time.Time // what "yesterday" counts from; its zone is that of dates without one
	Max    int       // tickets on a page when the text does not say
}

// What is beyond these bounds is refused: a query must not cost more than its
// database.
const (
	maxQueryText  = 1 << 20
	maxQueryTests = 1000
)

// ParseQuery reads a query in Trac's query language
// (trac/ticket/query.py, Query.from_string).
func ParseQuery(text string, in QueryContext) (Query, error) {
	if len(text) > maxQueryText {
		return Query{}, fault.New(fault.TooLarge, "The query is longer than %d bytes.", maxQueryText)
	}
	r := newQueryReader(in)
	for filter := range splitEscaped(text, '&') {
		if err := r.filter(filter); err != nil {
			return Query{}, err
		}
	}
	return r.query()
}

// queryReader gathers the filters of a query: the values of each field as they
// were written, clause by clause, and the settings.
type queryReader struct {
	in       QueryContext
	fields   map[string]Field
	clauses  []map[string][]string
	settings map[string]string
}

func newQueryReader(in QueryContext) *queryReader {
	r := &queryReader{in: in, fields: make(map[string]Field, len(in.Fields)+1), settings: map[string]string{}}
	for _, f := range in.Fields {
		r.fields[f.Name] = f
	}
	r.fields["id"] = idField
	r.clauses = []map[string][]string{{}}
	return r
}

// idField is the ticket's number as a field to query by.
var idField = Field{Name: "id", Type: "id"}

// fieldSynonyms are names that people expect.
var fieldSynonyms = map[string]string{"created": "time", "modified": "changetime"}

// querySettings are the names that are not fields. Those that only tell a web
// page what to show are read over.
var querySettings = map[string]bool{
	"order": true, "desc": true, "group": true, "groupdesc": true, "page": true, "max": true,
	"col": false, "row": false, "rows": false, "format": false, "verbose": false, "report": false,
}

// filter reads what stands between two "&".
func (r *queryReader) filter(text string) error {
	if text == "or" {
		r.clauses = append(r.clauses, map[string][]string{})
		return nil
	}
	name, values, found := strings.Cut(strings.ReplaceAll(text, `\&`, "&"), "=")
	if !found {
		return fault.New(fault.Invalid, `Query filter requires field and constraints separated by a "="`)
	}
	name, mode := cutMode(name)
	if name == "" {
		return fault.New(fault.Invalid, "Query filter requires field name")
	}
	if used, ok := querySettings[name]; ok {
		if used {
			r.settings[name] = mode + firstValue(values)
		}
		return nil
	}
	if other, ok := fieldSynonyms[name]; ok {
		name = other
	}
	if _, known := r.fields[name]; !known {
		return nil
	}
	clause := r.clauses[len(r.clauses)-1]
	for value := range splitEscaped(values, '|') {
		clause[name] = append(clause[name], mode+strings.ReplaceAll(value, `\|`, "|"))
	}
	return nil
}

// cutMode takes the operator off a field's name: "summary!~" is "summary" and
// "!~". Written before a value it means the same: summary=!~x.
func cutMode(name string) (field, mode string) {
	if n := len(name); n > 0 && isMode(name[n-1]) {
		name, mode = name[:n-1], name[n-1:]
	}
	if strings.HasSuffix(name, "!") {
		name, mode = name[:len(name)-1], "!"+mode
	}
	return name, mode
}

func isMode(c byte) bool { return c == '~' || c == '^' || c == '$' }

func firstValue(values string) string {
	for value := range splitEscaped(values, '|') {
		return strings.ReplaceAll(value, `\|`, "|")
	}
	return ""
}

// splitEscaped yields the parts of text between those separators that no
// backslash stands before. The escapes stay in the parts.
func splitEscaped(text string, separator byte) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		start := 0
		for i := 0; i < len(text); i++ {
			if text[i] != separator || i > 0 && text[i-1] == '\\' {
				continue
			}
			if !yield(text[start:i]) {
				return
			}
			start = i + 1
		}
		yield(text[start:])
	}
}

// query puts together what was read. Settings are checked before conditions, as
// the callers of Trac are used to.
func (r *queryReader) query() (Query, error) {
	q := Query{Page: 1, Max: r.in.Max, Order: r.order()}
	if text := r.settings["page"]; text != "" {
		page, ok := pythonInt(text)
		if !ok || page < 1 {
			return q, fault.New(fault.Invalid, "Query page %s is invalid.", text)
		}
		q.Page = page
	}
	if text, given := r.settings["max"]; given {
		if text == "" || text == "none" {
			text = "0"
		}
		most, ok := pythonInt(text)
		if !ok || most < 0 {
			return q, fault.New(fault.Invalid, "Query max %s is invalid.", text)
		}
		q.Max = most
	}
	var err error
	q.Any, err = r.conditions()
	return q, err
}

// order is the group first, then the field asked for or the priority, then the
// id.
func (r *queryReader) order() []Order {
	name := r.settings["order"]
	if other, ok := fieldSynonyms[name]; ok {
		name = other
	}
	by, known := r.fields[name]
	if !known {
		by = Field{Name: "priority", Type: "select"}
	}
	var order []Order
	if group, ok := r.fields[r.settings["group"]]; ok && group.Name != "id" && group.Name != by.Name {
		order = append(order, Order{group, pythonBool(r.settings["groupdesc"])})
	}
	order = append(order, Order{by, pythonBool(r.settings["desc"])})
	if by.Name != "id" {
		order = append(order, Order{Field: idField})
	}
	return order
}

// pythonInt reads what Python's int() reads, from ASCII digits. Numbers too
// large for an int become the largest there is.
func pythonInt(text string) (int, bool) {
	text = strings.TrimSpace(text)
	digits := strings.TrimLeft(text, "+-")
	if len(text)-len(digits) > 1 || digits == "" || digits[0] == '_' ||
		digits[len(digits)-1] == '_' || strings.Contains(digits, "__") {
		return 0, false
	}
	n, err := strconv.Atoi(text[:len(text)-len(digits)] + strings.ReplaceAll(digits, "_", ""))
	return n, err == nil || errors.Is(err, strconv.ErrRange)
}

// pythonBool reads a switch as Trac's as_bool does: a number, or a word.
func pythonBool(text string) bool {
	text = strings.ToLower(strings.TrimSpace(text))
	switch text {
	case "yes", "true", "enabled", "on":
		return true
	}
	n, err := strconv.ParseFloat(text, 64) // infinite when there are too many digits
	return n != 0 && (err == nil || errors.Is(err, strconv.ErrRange)) && !strings.ContainsRune(text, 'x')
}
