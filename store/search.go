package store

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"

	"tracrpc/attachment"
	"tracrpc/fault"
	"tracrpc/publish"
	"tracrpc/ticket"
	"tracrpc/wiki"
)

// What is searched is the same as in Trac: a thing is found when every term is a
// part of one of its columns, without regard to the case of ASCII letters.

// The bounds of a search: SQLite takes no longer patterns, and no deeper
// expressions than a chain of a few hundred terms.
const (
	mostTerms   = 900
	chained     = 30 // terms in a chain
	longestTerm = 49_000
)

// SearchTickets finds the tickets that hold every term: in their fields, in one
// comment, or in one custom field. They come by id, and with what a result
// shows: id, time, summary, description, reporter, type, status and resolution.
func (db *DB) SearchTickets(ctx context.Context, terms []string) (found []ticket.Ticket, err error) {
	patterns, err := patterns(terms)
	if err != nil {
		return nil, err
	}
	err = db.searching(ctx, publish.Ticket, terms, func(t *tx, list string) error {
		where, args := t.allTickets(len(terms)), patterns
		if list != "" {
			where, args = t.someTickets(len(terms)), append(patterns, list)
		}
		rows, err := t.search(ctx, len(terms), `
			SELECT id, COALESCE(time, 0), COALESCE(summary, ''), COALESCE(description, ''), COALESCE(reporter, ''),
				COALESCE(type, ''), COALESCE(status, ''), COALESCE(resolution, '')
			FROM ticket t
			WHERE `+where+`
			ORDER BY id`, args)
		if err != nil {
			return fmt.Errorf("search tickets: %w", err)
		}
		defer rows.Close()
		for rows.Next() {
			var k ticket.Ticket
			err := rows.Scan(&k.ID, &k.Time, &k.Summary, &k.Description, &k.Reporter, &k.Type, &k.Status, &k.Resolution)
			if err != nil {
				return fmt.Errorf("search tickets: %w", err)
			}
			found = append(found, k)
		}
		return rows.Err()
	})
	return found, err
}

// searchedColumns are the columns of a ticket that are searched.
var searchedColumns = []string{"summary", "keywords", "description", "reporter", "cc", "CAST(id AS text)"}

// allTickets is the condition for a search that reads all tickets.
func (t *tx) allTickets(terms int) string {
	return `id IN (
				SELECT id FROM ticket
				WHERE ` + t.holds(terms, searchedColumns...) + `
				UNION
				SELECT ticket FROM ticket_change
				WHERE field = 'comment' AND ` + t.holds(terms, "newvalue") + `
				UNION
				SELECT ticket FROM ticket_custom
				WHERE ` + t.holds(terms, "value") + `)`
}

// someTickets is the condition for a search among the tickets of a list.
func (t *tx) someTickets(terms int) string {
	return t.among("id", terms) + ` AND (
				` + t.holds(terms, searchedColumns...) + `
				OR EXISTS (
					SELECT 1 FROM ticket_change
					WHERE ticket = t.id AND field = 'comment' AND ` + t.holds(terms, "newvalue") + `)
				OR EXISTS (
					SELECT 1 FROM ticket_custom
					WHERE ticket = t.id AND ` + t.holds(terms, "value") + `))`
}

// among is the condition that a column is in the list that follows the patterns.
func (t *tx) among(column string, terms int) string {
	return column + " IN (" + strings.Replace(t.dialect.inList, "?1", "?"+strconv.Itoa(terms+1), 1) + ")"
}

// SearchPages finds the pages whose latest version holds every term in its name,
// author or text. They come by name.
func (db *DB) SearchPages(ctx context.Context, terms []string) (found []wiki.Page, err error) {
	patterns, err := patterns(terms)
	if err != nil {
		return nil, err
	}
	err = db.searching(ctx, publish.Wiki, terms, func(t *tx, list string) error {
		where, args := t.holds(len(terms), "name", "author", "text"), patterns
		if list != "" {
			where, args = t.among("name", len(terms))+" AND "+where, append(patterns, list)
		}
		rows, err := t.search(ctx, len(terms), `
			SELECT name, version, COALESCE(time, 0), COALESCE(author, ''), COALESCE(text, ''), comment, COALESCE(readonly, 0) <> 0
			FROM wiki w
			WHERE version = (SELECT MAX(version) FROM wiki WHERE name = w.name)
				AND `+where+`
			ORDER BY name`, args)
		if err != nil {
			return fmt.Errorf("search pages: %w", err)
		}
		defer rows.Close()
		for rows.Next() {
			page, err := scanPage(rows)
			if err != nil {
				return fmt.Errorf("search pages: %w", err)
			}
			found = append(found, page)
		}
		return rows.Err()
	})
	return found, err
}

// SearchAttachments finds the attachments in a realm that hold every term in
// their filename, description or author. They come by time.
func (db *DB) SearchAttachments(ctx context.Context, realm string, terms []string) (found []attachment.Attachment, err error) {
	patterns, err := patterns(terms)
	if err != nil {
		return nil, err
	}
	err = db.read(ctx, func(t *tx) error {
		rows, err := t.search(ctx, len(terms), `
			SELECT type, id, filename, COALESCE(size, 0), COALESCE(time, 0), description, COALESCE(author, '')
			FROM attachment
			WHERE type = ?`+strconv.Itoa(len(terms)+1)+`
				AND `+t.holds(len(terms), "filename", "description", "author")+`
			ORDER BY time, id, filename`, append(patterns, realm))
		if err != nil {
			return fmt.Errorf("search attachments: %w", err)
		}
		defer rows.Close()
		for rows.Next() {
			a, err := scanAttachment(rows)
			if err != nil {
				return fmt.Errorf("search attachments: %w", err)
			}
			found = append(found, a)
		}
		return rows.Err()
	})
	return found, err
}

// search runs a query whose text depends on the number of terms. The texts for a
// few terms are worth keeping.
func (t *tx) search(ctx context.Context, terms int, text string, args []any) (*sql.Rows, error) {
	if terms <= 4 {
		return t.query(ctx, text, args...)
	}
	return t.queryOnce(ctx, text, args...)
}

// holds is the condition that each of the patterns ?1 to ?terms is like one of
// the columns.
func (t *tx) holds(terms int, columns ...string) string {
	var b strings.Builder
	b.WriteString("(")
	for i := range terms {
		switch {
		case i > 0 && i%chained == 0:
			b.WriteString(") AND (") // an expression may not be as deep as it may be wide
		case i > 0:
			b.WriteString(" AND ")
		}
		for j, column := range columns {
			b.WriteString([]string{"(", " OR "}[min(j, 1)])
			b.WriteString(column + " " + t.dialect.like + " ?" + strconv.Itoa(i+1) + " ESCAPE '/'")
		}
		b.WriteString(")")
	}
	b.WriteString(")")
	return "(" + b.String() + ")"
}

// patterns are the patterns that are like whatever has the terms in it.
func patterns(terms []string) ([]any, error) {
	if len(terms) > mostTerms {
		return nil, fault.New(fault.Invalid, "A search may have at most %d words.", mostTerms)
	}
	escaper := strings.NewReplacer("/", "//", "%", "/%", "_", "/_")
	list := make([]any, len(terms), len(terms)+1)
	for i, term := range terms {
		pattern := "%" + escaper.Replace(term) + "%"
		if len(pattern) > longestTerm {
			return nil, fault.New(fault.Invalid, "A word that is searched for may have at most %d bytes.", longestTerm)
		}
		list[i] = pattern
	}
	return list, nil
}

// MilestoneText is what there is to be searched in a milestone. Dates are
// microseconds, 0 when there is none.
type MilestoneText struct {
	Name        string
	Due         int64
	Completed   int64
	Description string
}

// MilestoneTexts are the texts of all milestones, by name.
func (db *DB) MilestoneTexts(ctx context.Context) (all []MilestoneText, err error) {
	err = db.read(ctx, func(t *tx) error {
		rows, err := t.query(ctx, `
			SELECT name, COALESCE(due, 0), COALESCE(completed, 0), COALESCE(description, '')
			FROM milestone
			ORDER BY name`)
		if err != nil {
			return fmt.Errorf("read %s: %w", publish.Milestone, err)
		}
		defer rows.Close()
		for rows.Next() {
			var m MilestoneText
			if err := rows.Scan(&m.Name, &m.Due, &m.Completed, &m.Description); err != nil {
				return fmt.Errorf("read %s: %w", publish.Milestone, err)
			}
			all = append(all, m)
		}
		return rows.Err()
	})
	return all, err
}
