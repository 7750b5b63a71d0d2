package store

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tracrpc/ticket"
)

// enumTypes are the fields whose values have a place in the table enum, and what
// they are called there.
var enumTypes = map[string]string{
	"type": "ticket_type", "priority": "priority", "severity": "severity", "resolution": "resolution",
}

// groupable tells whether tickets are sorted by fields that have few values. Then
// it is cheaper to sort the values than the tickets.
func groupable(keys []ticket.Order) bool {
	return !slices.ContainsFunc(keys, func(key ticket.Order) bool {
		switch key.Field.Type {
		case "select", "radio", "checkbox":
			return false
		}
		return key.Field.Name != "owner"
	})
}

// grouped is a statement with a row for each place in the order, which holds the
// ids of all tickets in that place. Most queries sort by priority: with a dozen
// groups, nothing is looked up or compared ticket by ticket.
func (b *queryText) grouped(keys []ticket.Order, where string, down bool) (queryStatement, error) {
	var columns, names, places, order []string
	var outer strings.Builder
	for i, key := range keys {
		column, err := b.column(key.Field)
		if err != nil {
			return queryStatement{}, err
		}
		name := "k" + strconv.Itoa(i)
		columns, names = append(columns, column), append(names, column+" AS "+name+", ")
		terms := b.sortTerms(key.Field, "g."+name, &outer)
		places = append(places, terms...)
		order = append(order, directed(terms, key.Desc)...)
	}
	ids := b.dialect.joinIDs
	text := fmt.Sprintf(`
		SELECT %s%s AS ids
		FROM ticket AS t%s%s`, strings.Join(names, ""), ids("t.id"), b.joins.String(), where)
	if len(keys) > 0 {
		text = fmt.Sprintf(`
		SELECT %s
		FROM (%s
		GROUP BY %s) AS g%s
		GROUP BY %s
		ORDER BY %s`, ids("g.ids"), text, strings.Join(columns, ", "), outer.String(),
			strings.Join(places, ", "), strings.Join(order, ", "))
	}
	return queryStatement{text: text, args: b.args, descending: down}, nil
}

// sortTerms are what to sort by for a field whose value stands in column: what has
// no value comes last, enums go by their numbers, milestones and versions by
// their dates, anything else by what is in the ticket. The tables that know are
// joined.
func (b *queryText) sortTerms(f ticket.Field, column string, joins *strings.Builder) []string {
	switch {
	case f.Custom:
		return []string{missing(column), column}
	case f.Type == "id":
		return []string{column}
	case f.Type == "time":
		return []string{"COALESCE(" + column + ", 0) = 0", column}
	case f.Name == "milestone":
		joins.WriteString(`
		LEFT JOIN milestone AS milestone ON milestone.name = ` + column)
		return []string{missing(column), "COALESCE(milestone.completed, 0) = 0", "milestone.completed",
			"COALESCE(milestone.due, 0) = 0", "milestone.due", column}
	case f.Name == "version":
		joins.WriteString(`
		LEFT JOIN version AS version ON version.name = ` + column)
		return []string{missing(column), "COALESCE(version.time, 0) = 0", "version.time", column}
	}
	enum, ok := enumTypes[f.Name]
	if !ok {
		return []string{missing(column), column}
	}
	alias := "enum_" + f.Name
	fmt.Fprintf(joins, `
		LEFT JOIN enum AS %[1]s ON %[1]s.type = '%[2]s' AND %[1]s.name = %[3]s`, alias, enum, column)
	return []string{missing(alias + ".value"), b.dialect.toInt(alias + ".value")}
}

func missing(column string) string { return "COALESCE(" + column + ", '') = ''" }

// directed are terms to sort by in a direction. NULL comes before everything else,
// as it does in SQLite.
func directed(terms []string, down bool) []string {
	direction := " NULLS FIRST"
	if down {
		direction = " DESC NULLS LAST"
	}
	sorted := make([]string, len(terms))
	for i, term := range terms {
		sorted[i] = term + direction
	}
	return sorted
}
