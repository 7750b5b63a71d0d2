package store

import (
	"strings"

	"tracrpc/ticket"
)

// enumTypes are the fields whose values have a place in the table enum, and what
// they are called there.
var enumTypes = map[string]string{
	"type": "ticket_type", "priority": "priority", "severity": "severity", "resolution": "resolution",
}

// order sorts by each key in turn; what has no value comes last. Enums sort by
// their numbers, milestones and versions by their dates, anything else by what
// is in the ticket.
func (b *queryText) order(keys []ticket.Order) (string, error) {
	var terms []string
	for _, key := range keys {
		column, err := b.column(key.Field)
		if err != nil {
			return "", err
		}
		for _, term := range b.orderTerms(key.Field, column) {
			if key.Desc {
				term += " DESC"
			}
			terms = append(terms, term)
		}
	}
	return strings.Join(terms, ", "), nil
}

func (b *queryText) orderTerms(f ticket.Field, column string) []string {
	switch {
	case f.Custom:
		return []string{missing(column), column}
	case f.Type == "id":
		return []string{column}
	case f.Type == "time":
		return []string{"COALESCE(" + column + ", 0) = 0", column}
	case f.Name == "milestone":
		b.join(f.Name, `
		LEFT JOIN milestone AS milestone ON milestone.name = t.milestone`)
		return []string{missing(column), "COALESCE(milestone.completed, 0) = 0", "milestone.completed",
			"COALESCE(milestone.due, 0) = 0", "milestone.due", column}
	case f.Name == "version":
		b.join(f.Name, `
		LEFT JOIN version AS version ON version.name = t.version`)
		return []string{missing(column), "COALESCE(version.time, 0) = 0", "version.time", column}
	}
	enum, ok := enumTypes[f.Name]
	if !ok {
		return []string{missing(column), column}
	}
	alias := "enum_" + f.Name
	b.join(f.Name, `
		LEFT JOIN enum AS `+alias+` ON `+alias+`.type = '`+enum+`' AND `+alias+`.name = `+column)
	return []string{missing(alias + ".value"), b.dialect.toInt(alias + ".value")}
}

func missing(column string) string { return "COALESCE(" + column + ", '') = ''" }

// join joins a table to sort by, unless an earlier key has joined it.
func (b *queryText) join(name, text string) {
	if _, done := b.joined[name]; !done {
		b.joined[name] = ""
		b.joins.WriteString(text)
	}
}
