package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"tracrpc/migrations"
	"tracrpc/ticket"
)

// walk is an index whose entries are in the order of the tickets' states, then of
// a field, then of their ids. It answers for the first pages in the order of the
// field without a look at all tickets: from the beginning of each state's part, or
// of the part of each state and value, as many ids as are wanted are read, and the
// best of these are the page. States and values are found by skipping from one to
// the next.
type walk struct {
	index  string
	field  string
	sorted bool // by the terms of sortTerms, of the field itself; else by its bare value
	wide   bool // has the other fields, too, but description
}

// all is true of all tickets. A statement has to say so for the index to be used.
func (w walk) all() string {
	if w.wide {
		return ""
	}
	return "id > 0 AND "
}

// walks are the indexes that can be walked. The first one also serves for orders
// by the state or the id.
var walks = []walk{
	{index: "tracrpc_ticket_idx", field: "priority", wide: true},
	{index: "tracrpc_ticket_changetime_walk_idx", field: "changetime", sorted: true},
	{index: "tracrpc_ticket_time_walk_idx", field: "time", sorted: true},
	{index: "tracrpc_ticket_owner_walk_idx", field: "owner", sorted: true},
	{index: "tracrpc_ticket_type_walk_idx", field: "type"},
	{index: "tracrpc_ticket_severity_walk_idx", field: "severity"},
	{index: "tracrpc_ticket_component_walk_idx", field: "component"},
	{index: "tracrpc_ticket_milestone_walk_idx", field: "milestone"},
	{index: "tracrpc_ticket_version_walk_idx", field: "version"},
}

// walkFor finds the index to walk for a page of q, if there is one and nothing
// better.
func walkFor(d dialect, q ticket.Query) (walk, bool) {
	keys := q.Order[:len(q.Order)-1]
	if !d.walks || q.Max == 0 || len(keys) == 0 && len(q.Any) == 0 {
		return walk{}, false
	}
	i := slices.IndexFunc(walks, func(w walk) bool { return w.orders(keys) && w.holds(q.Any) })
	if i < 0 {
		return walk{}, false
	}
	return walks[i], true
}

// orders tells whether the index knows the order of keys.
func (w walk) orders(keys []ticket.Order) bool {
	if w.sorted {
		return len(keys) == 1 && keys[0].Field.Name == w.field && !keys[0].Field.Custom
	}
	return !slices.ContainsFunc(keys, func(key ticket.Order) bool { return !w.knows(key.Field) })
}

// knows tells whether a field is one of the two that entries are sorted by.
func (w walk) knows(f ticket.Field) bool {
	return !f.Custom && (f.Name == "status" || f.Name == w.field)
}

// holds tells whether the index can tell what clauses find without being slower
// than other ways. A wide one is no slower than any, unless ids or times leave few
// tickets to look at, or their descriptions are looked at.
func (w walk) holds(clauses []ticket.Clause) bool {
	few := len(clauses) > 0
	for _, clause := range clauses {
		narrowed := false
		for _, c := range clause {
			switch {
			case w.sorted && (c.Field.Custom || c.Field.Name != "status"):
				return false
			case !w.wide && !w.sorted && !w.knows(c.Field):
				return false
			case c.Field.Name == "description" && !c.Field.Custom:
				return false
			}
			narrowed = narrowed || narrows(c)
		}
		few = few && narrowed
	}
	return !few
}

// narrows tells whether a condition may be looked up in an index of ids or times.
func narrows(c ticket.Condition) bool {
	switch c.Field.Name {
	case "id", "time", "changetime":
		return !c.Field.Custom && !c.Not
	}
	return false
}

// statement is the statement for q.
func (w walk) statement(d dialect, q ticket.Query) (queryStatement, error) {
	b := newQueryText(d)
	if w.sorted {
		return b.walkStates(w, q)
	}
	return b.walkPlaces(w, q)
}

// walkStates is a statement with a row for each ticket.
func (b *queryText) walkStates(w walk, q ticket.Query) (queryStatement, error) {
	b.columns = map[string]string{"status": "s.value"}
	where, err := b.where(q.Any)
	if err != nil {
		return queryStatement{}, err
	}
	by, id := q.Order[0], q.Order[1]
	terms := append(directed(b.sortTerms(by.Field, "t."+w.field, &b.joins), by.Desc), directed([]string{"t.id"}, id.Desc)...)
	order := strings.Join(terms, ", ")
	n := len(b.args)
	text := fmt.Sprintf(`
		WITH RECURSIVE %[1]s
		SELECT t.id
		FROM s, json_each((
			SELECT json_group_array(id)
			FROM (SELECT t.id
			      FROM ticket AS t INDEXED BY %[2]s
			      WHERE %[7]st.status IS s.value
			      ORDER BY %[3]s
			      LIMIT ?%[5]d + ?%[6]d))) AS ids
		CROSS JOIN ticket AS t ON t.id = ids.value%[4]s
		ORDER BY %[3]s
		LIMIT ?%[5]d OFFSET ?%[6]d`, w.states(), w.index, order, where, n+1, n+2, w.all())
	return queryStatement{text: text, args: b.args, limited: true}, nil
}

// walkPlaces is a statement with a row for each place in the order. The rows come
// one by one: with the first ones the page may be full.
func (b *queryText) walkPlaces(w walk, q ticket.Query) (queryStatement, error) {
	inner, err := b.walkPlace(w, q)
	if err != nil {
		return queryStatement{}, err
	}
	b.columns = map[string]string{"status": "v.status", w.field: "v.value"}
	where, err := b.where(w.part(q.Any))
	if err != nil {
		return queryStatement{}, err
	}
	last := len(q.Order) - 1
	var joins strings.Builder
	var places, order []string
	for _, key := range q.Order[:last] {
		terms := b.sortTerms(key.Field, b.columns[key.Field.Name], &joins)
		places, order = append(places, terms...), append(order, directed(terms, key.Desc)...)
	}
	text := fmt.Sprintf(`
		WITH RECURSIVE %s,
		%s
		SELECT %s
		FROM v%s%s`, w.states(), w.values(), b.dialect.joinIDs(inner), joins.String(), where)
	if len(places) > 0 {
		text += fmt.Sprintf(`
		GROUP BY %s
		ORDER BY %s`, strings.Join(places, ", "), strings.Join(order, ", "))
	}
	return queryStatement{text: text, args: b.args, descending: q.Order[last].Desc}, nil
}

// walkPlace is the subquery for the first ids of one state and value. There is no
// more to ask of the tickets unless the index is a wide one: the rest is asked of
// the state and the value.
func (b *queryText) walkPlace(w walk, q ticket.Query) (string, error) {
	where := fmt.Sprintf("%st.status IS v.status AND t.%s IS v.value", w.all(), w.field)
	if w.wide && len(q.Any) > 0 {
		b.columns = unindexed
		more, err := b.anyOf(q.Any)
		if err != nil {
			return "", err
		}
		where += " AND " + more
	}
	direction := ""
	if q.Order[len(q.Order)-1].Desc {
		direction = " DESC"
	}
	return fmt.Sprintf(`(
			SELECT %s
			FROM (SELECT t.id
			      FROM ticket AS t INDEXED BY %s%s
			      WHERE %s
			      ORDER BY t.id%s
			      LIMIT %s))`, b.dialect.joinIDs("id"), w.index, b.joins.String(), where, direction,
		b.arg(min(pageOffset(q)+q.Max, noLimit))), nil
}

// unindexed are the ticketColumns, each in an expression that no index has.
var unindexed = func() map[string]string {
	columns := make(map[string]string, len(ticketColumns))
	for name, column := range ticketColumns {
		columns[name] = "+" + column
	}
	return columns
}()

// part is what clauses ask of the fields that the walk knows.
func (w walk) part(clauses []ticket.Clause) []ticket.Clause {
	parts := make([]ticket.Clause, len(clauses))
	for i, clause := range clauses {
		for _, c := range clause {
			if w.knows(c.Field) {
				parts[i] = append(parts[i], c)
			}
		}
		if len(parts[i]) == 0 {
			return nil
		}
	}
	return parts
}

// states are the states that tickets have, and NULL.
func (w walk) states() string {
	return fmt.Sprintf(`s (value) AS (
			SELECT MIN(status)
			FROM ticket INDEXED BY %[1]s
			WHERE %[2]sstatus IS NOT NULL
			UNION ALL
			SELECT (SELECT MIN(status) FROM ticket INDEXED BY %[1]s WHERE %[2]sstatus > s.value)
			FROM s
			WHERE s.value IS NOT NULL)`, w.index, w.all())
}

// values are the values of the field for each state, and NULL.
func (w walk) values() string {
	return fmt.Sprintf(`v (status, value) AS (
			SELECT s.value, (SELECT MIN(%[2]s) FROM ticket INDEXED BY %[1]s WHERE %[3]sstatus IS s.value)
			FROM s
			UNION ALL
			SELECT v.status, (SELECT MIN(%[2]s) FROM ticket INDEXED BY %[1]s WHERE %[3]sstatus IS v.status AND %[2]s > v.value)
			FROM v
			WHERE v.value IS NOT NULL)`, w.index, w.field, w.all())
}

// lostWalks are the indexes to be walked that somebody has dropped. Statements
// that name them would fail.
func (t *tx) lostWalks(ctx context.Context) (lost []string, err error) {
	if !t.dialect.walks {
		return nil, nil
	}
	for _, w := range walks {
		var n int
		if err := t.row(ctx, t.dialect.hasIndex, w.index).Scan(&n); err != nil {
			return nil, fmt.Errorf("look for index %s: %w", w.index, err)
		}
		if n == 0 {
			lost = append(lost, w.index)
		}
	}
	return lost, nil
}

// restoreWalks makes indexes that were dropped again, by the steps that made them:
// those make nothing that is there.
func (t *tx) restoreWalks(ctx context.Context) error {
	lost, err := t.lostWalks(ctx)
	if err != nil || len(lost) == 0 {
		return err
	}
	steps, err := migrations.Steps(t.dialect.name)
	if err != nil {
		return err
	}
	for _, step := range steps {
		makes := func(index string) bool { return strings.Contains(step.SQL, "CREATE INDEX IF NOT EXISTS "+index+" ") }
		if !slices.ContainsFunc(lost, makes) {
			continue
		}
		if err := t.script(ctx, step.SQL); err != nil {
			return fmt.Errorf("migration %d (%s), again: %w", step.Number, step.Name, err)
		}
	}
	return nil
}
