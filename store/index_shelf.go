package store

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"tracrpc/publish"
)

// document is everything that is searched in one ticket or page.
type document struct {
	key  any // int64 or string
	text string
}

// shelf is one kind of documents. Keys are in the order of the database.
type shelf struct {
	kind  string // the realm of its events
	first any    // a key before all others
	key   func(id string) (any, bool)
	// next are the keys after last, at most limit of them.
	next func(ctx context.Context, t *tx, last any, limit int) ([]any, error)
	// read reads documents; those that are gone are left out.
	read func(ctx context.Context, t *tx, keys []any) ([]document, error)
}

var shelves = []shelf{
	{
		kind: publish.Ticket, first: int64(math.MinInt64), next: nextTickets, read: ticketTexts,
		key: func(id string) (any, bool) {
			n, err := strconv.ParseInt(id, 10, 64)
			return n, err == nil
		},
	}, {
		kind: publish.Wiki, first: "", next: nextPages, read: pageTexts,
		key: func(id string) (any, bool) { return id, true },
	},
}

func shelfOf(realm string) (shelf, bool) {
	for _, s := range shelves {
		if s.kind == realm {
			return s, true
		}
	}
	return shelf{}, false
}

func nextTickets(ctx context.Context, t *tx, last any, limit int) ([]any, error) {
	return keysOf[int64](ctx, t, `SELECT id FROM ticket WHERE id > ?1 ORDER BY id LIMIT ?2`, last, limit)
}

func nextPages(ctx context.Context, t *tx, last any, limit int) ([]any, error) {
	return keysOf[string](ctx, t, `SELECT DISTINCT name FROM wiki WHERE name > ?1 ORDER BY name LIMIT ?2`, last, limit)
}

func keysOf[K any](ctx context.Context, t *tx, text string, args ...any) (keys []any, err error) {
	rows, err := t.query(ctx, text, args...)
	if err != nil {
		return nil, fmt.Errorf("read keys: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var key K
		if err := rows.Scan(&key); err != nil {
			return nil, fmt.Errorf("read keys: %w", err)
		}
		keys = append(keys, key)
	}
	return keys, rows.Err()
}

// ticketTexts reads the fields, comments and custom fields that SearchTickets
// looks at.
func ticketTexts(ctx context.Context, t *tx, keys []any) ([]document, error) {
	texts := texts[int64]{}
	for _, query := range []string{`
		SELECT id, COALESCE(summary, ''), COALESCE(keywords, ''), COALESCE(description, ''), COALESCE(reporter, ''),
			COALESCE(cc, ''), CAST(id AS text)
		FROM ticket
		WHERE id IN (` + t.dialect.inList + `)`, `
		SELECT ticket, COALESCE(newvalue, '')
		FROM ticket_change
		WHERE field = 'comment' AND ticket IN (` + t.dialect.inList + `)
		ORDER BY ticket, time`, `
		SELECT ticket, COALESCE(value, '')
		FROM ticket_custom
		WHERE ticket IN (` + t.dialect.inList + `)
		ORDER BY ticket, name`,
	} {
		if err := texts.read(ctx, t, query, keys); err != nil {
			return nil, err
		}
	}
	return texts.documents(keys), nil
}

// pageTexts reads what SearchPages looks at.
func pageTexts(ctx context.Context, t *tx, keys []any) ([]document, error) {
	texts := texts[string]{}
	err := texts.read(ctx, t, `
		SELECT name, name, COALESCE(author, ''), COALESCE(text, '')
		FROM wiki w
		WHERE name IN (`+t.dialect.inList+`)
			AND version = (SELECT MAX(version) FROM wiki WHERE name = w.name)`, keys)
	return texts.documents(keys), err
}

// texts are the texts of documents by their keys, a line for each column.
type texts[K comparable] map[K]*strings.Builder

// read reads a query's rows: a key, and columns of text.
func (x texts[K]) read(ctx context.Context, t *tx, query string, keys []any) error {
	if len(keys) == 0 {
		return nil
	}
	list, err := json.Marshal(keys)
	if err != nil {
		return err
	}
	rows, err := t.query(ctx, query, string(list))
	if err != nil {
		return fmt.Errorf("read texts: %w", err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	var key K
	row := make([]string, len(columns)-1)
	into := []any{&key}
	for i := range row {
		into = append(into, &row[i])
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return fmt.Errorf("read texts: %w", err)
		}
		if x[key] == nil {
			x[key] = &strings.Builder{}
		}
		for _, text := range row {
			x[key].WriteString(text)
			x[key].WriteByte('\n')
		}
	}
	return rows.Err()
}

// documents are the texts in the order of keys.
func (x texts[K]) documents(keys []any) []document {
	documents := make([]document, 0, len(keys))
	for _, key := range keys {
		if text := x[key.(K)]; text != nil {
			documents = append(documents, document{key: key, text: text.String()})
		}
	}
	return documents
}
