package store

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tracrpc/ticket"
)

// queryStatement is the statement for a query. Each row holds ids, separated by
// commas.
type queryStatement struct {
	text       string
	args       []any
	limited    bool // a row holds one id, and two more arguments are limit and offset
	descending bool // the ids of a row are to be put into descending order
}

// queryText puts a statement together from a query. Everything that a caller
// wrote becomes an argument; the names in the text are those of this package.
type queryText struct {
	dialect dialect
	columns map[string]string // of the fields that are not custom
	joins   strings.Builder
	joined  map[string]string // what was joined, by the field's name, to its column
	args    []any
}

// ticketQuery is the statement for q.
func ticketQuery(d dialect, q ticket.Query) (queryStatement, error) {
	if w, found := walkFor(d, q); found {
		return w.statement(d, q)
	}
	b := newQueryText(d)
	where, err := b.where(q.Any)
	if err != nil {
		return queryStatement{}, err
	}
	last := len(q.Order) - 1
	if groups := q.Order[:last]; groupable(groups) && q.Max == 0 {
		return b.grouped(groups, where, q.Order[last].Desc)
	}
	return b.ordered(q.Order, where)
}

func newQueryText(d dialect) *queryText {
	return &queryText{dialect: d, columns: ticketColumns, joined: map[string]string{}}
}

// ordered is a statement with a row for each ticket.
func (b *queryText) ordered(keys []ticket.Order, where string) (queryStatement, error) {
	var terms []string
	for _, key := range keys {
		column, err := b.column(key.Field)
		if err != nil {
			return queryStatement{}, err
		}
		terms = append(terms, directed(b.sortTerms(key.Field, column, &b.joins), key.Desc)...)
	}
	n := len(b.args)
	text := fmt.Sprintf(`
		SELECT t.id
		FROM ticket AS t%s%s
		ORDER BY %s
		LIMIT ?%d OFFSET ?%d`, b.joins.String(), where, strings.Join(terms, ", "), n+1, n+2)
	return queryStatement{text: text, args: b.args, limited: true}, nil
}

// ticketColumns are the fields that are columns of the table ticket.
var ticketColumns = map[string]string{
	"id": "t.id", "type": "t.type", "time": "t.time", "changetime": "t.changetime", "component": "t.component",
	"severity": "t.severity", "priority": "t.priority", "owner": "t.owner", "reporter": "t.reporter", "cc": "t.cc",
	"version": "t.version", "milestone": "t.milestone", "status": "t.status", "resolution": "t.resolution",
	"summary": "t.summary", "description": "t.description", "keywords": "t.keywords",
}

// arg adds an argument and gives its placeholder.
func (b *queryText) arg(value any) string {
	b.args = append(b.args, value)
	return "?" + strconv.Itoa(len(b.args))
}

// column is where a field's value stands. A custom field's table is joined, once.
func (b *queryText) column(f ticket.Field) (string, error) {
	if !f.Custom {
		if column, ok := b.columns[f.Name]; ok {
			return column, nil
		}
		return "", fmt.Errorf("query tickets: no column for the field %q", f.Name)
	}
	if column, ok := b.joined[f.Name]; ok {
		return column, nil
	}
	alias := "c" + strconv.Itoa(len(b.joined))
	b.joined[f.Name] = alias + ".value"
	fmt.Fprintf(&b.joins, `
		LEFT JOIN ticket_custom AS %[1]s ON %[1]s.ticket = t.id AND %[1]s.name = %[2]s`, alias, b.arg(f.Name))
	return alias + ".value", nil
}

func (b *queryText) where(clauses []ticket.Clause) (string, error) {
	if len(clauses) == 0 {
		return "", nil
	}
	text, err := b.anyOf(clauses)
	return `
		WHERE ` + text, err
}

func (b *queryText) anyOf(clauses []ticket.Clause) (string, error) {
	var any []string
	for _, clause := range clauses {
		var all []string
		for _, c := range clause {
			text, err := b.condition(c)
			if err != nil {
				return "", err
			}
			all = append(all, text)
		}
		any = append(any, joinTerms(all, " AND "))
	}
	return joinTerms(any, " OR "), nil
}

// joinTerms joins terms as a balanced tree, for databases count how deep
// conditions lie in one another.
func joinTerms(terms []string, operator string) string {
	if len(terms) == 1 {
		return terms[0]
	}
	half := len(terms) / 2
	return "(" + joinTerms(terms[:half], operator) + operator + joinTerms(terms[half:], operator) + ")"
}

// condition is true when one of c's tests holds or, with Not, when none does.
func (b *queryText) condition(c ticket.Condition) (string, error) {
	column, err := b.column(c.Field)
	if err != nil {
		return "", err
	}
	var terms []string
	var values []string
	var ids []int
	for _, t := range c.Tests {
		switch {
		case t.Op == ticket.Equals:
			values = append(values, t.Text)
		case t.Op == ticket.Between && t.Low == t.High:
			ids = append(ids, t.Low)
		default:
			terms = append(terms, b.test(c, column, t))
		}
	}
	if len(values) > 0 {
		terms = append(terms, b.equals(column, values, c.Not))
	}
	if len(ids) > 0 {
		terms = append(terms, not(c.Not)+b.in(column, ids))
	}
	switch {
	case len(terms) > 0 && c.Not:
		return joinTerms(terms, " AND "), nil
	case len(terms) > 0:
		return joinTerms(terms, " OR "), nil
	case c.Not:
		return "1 = 1", nil
	default:
		return "1 = 0", nil
	}
}

func not(negated bool) string {
	if negated {
		return "NOT "
	}
	return ""
}

// equals is true when column has one of values, or none of them. A column
// without a value has the value "". The plain comparison can use an index.
func (b *queryText) equals(column string, values []string, negated bool) string {
	if negated && column == "t.status" && slices.Equal(values, []string{"closed"}) {
		return openTickets
	}
	if negated || slices.Contains(values, "") {
		column = "COALESCE(" + column + ", '')"
	}
	if len(values) > 1 {
		return not(negated) + b.in(column, values)
	}
	operator := " = "
	if negated {
		operator = " <> "
	}
	return column + operator + b.arg(values[0])
}

// openTickets is the condition of the index tracrpc_ticket_open_idx, which has to
// stand in a statement word by word for the index to be used.
const openTickets = "COALESCE(t.status, '') <> 'closed'"

// in looks column up in a list, which is one argument however long it is.
func (b *queryText) in(column string, list any) string {
	raw, err := json.Marshal(list)
	if err != nil {
		panic(err) // lists of texts and numbers always marshal
	}
	return column + " IN (" + strings.ReplaceAll(b.dialect.inList, "?1", b.arg(string(raw))) + ")"
}

// test is one test that is not of the kinds that are looked up in lists.
func (b *queryText) test(c ticket.Condition, column string, t ticket.Test) string {
	switch t.Op {
	case ticket.Contains:
		return b.like(column, "%"+escapeLike(t.Text)+"%", c.Not)
	case ticket.Begins:
		return b.like(column, escapeLike(t.Text)+"%", c.Not)
	case ticket.Ends:
		return b.like(column, "%"+escapeLike(t.Text), c.Not)
	case ticket.HasWords:
		var words []string
		for _, w := range t.Words {
			words = append(words, b.like(column, "%"+escapeLike(w.Text)+"%", w.Not))
		}
		return not(c.Not) + "(" + joinTerms(words, " AND ") + ")"
	case ticket.Between:
		return column + " " + not(c.Not) + "BETWEEN " + b.arg(t.Low) + " AND " + b.arg(t.High)
	case ticket.Unset:
		return not(c.Not) + unset(c.Field, column)
	default:
		return b.during(c, column, t)
	}
}

func (b *queryText) like(column, pattern string, negated bool) string {
	return "COALESCE(" + column + ", '') " + not(negated) + b.dialect.like + " " + b.arg(pattern) + " ESCAPE '/'"
}

// escapeLike takes the meaning from the letters that LIKE knows.
func escapeLike(text string) string {
	return likeEscaper.Replace(text)
}

var likeEscaper = strings.NewReplacer("/", "//", "%", "/%", "_", "/_")

func unset(f ticket.Field, column string) string {
	if f.Custom {
		return "(COALESCE(" + column + ", '') = '')"
	}
	return "(" + column + " IS NULL)"
}

// during compares a time. A time that is not there is neither before nor after
// anything, so Not does not find it either.
func (b *queryText) during(c ticket.Condition, column string, t ticket.Test) string {
	var terms []string
	for _, side := range []struct {
		operator string
		micros   *int64
	}{{" >= ", t.Since}, {" < ", t.Before}} {
		if side.micros == nil {
			continue
		}
		var value any = *side.micros
		if c.Field.Custom {
			value = customTime(*side.micros)
		}
		terms = append(terms, column+side.operator+b.arg(value))
	}
	return not(c.Not) + "(" + strings.Join(terms, " AND ") + ")"
}

// customTime writes a time as Trac keeps it in a custom field: so that times in
// the order of text are in their own order (trac/ticket/model.py,
// _datetime_to_db_str).
func customTime(micros int64) string {
	if micros < 0 {
		return fmt.Sprintf("%+017d", micros)
	}
	return fmt.Sprintf("%018d", micros)
}
