package store

import (
	"context"
	"encoding/json"
	"fmt"

	"tracrpc/ticket"
)

// What links in wiki texts point to, asked for all links of a text at once.

// ExistingPages are those of names that are pages.
func (db *DB) ExistingPages(ctx context.Context, names []string) (map[string]bool, error) {
	return existing[string](ctx, db, `SELECT DISTINCT name FROM wiki WHERE name IN (`+db.dialect.inList+`)`, names)
}

// ExistingReports are those of ids that are reports.
func (db *DB) ExistingReports(ctx context.Context, ids []int) (map[int]bool, error) {
	return existing[int](ctx, db, `SELECT id FROM report WHERE id IN (`+db.dialect.inList+`)`, ids)
}

// existing are the keys that a query for a list of them finds.
func existing[K comparable](ctx context.Context, db *DB, text string, keys []K) (map[K]bool, error) {
	found := map[K]bool{}
	err := eachOf(ctx, db, text, keys, func(scan func(...any) error) error {
		var key K
		if err := scan(&key); err != nil {
			return err
		}
		found[key] = true
		return nil
	})
	return found, err
}

// eachOf reads the rows that a query for a list of keys finds.
func eachOf[K comparable](ctx context.Context, db *DB, text string, keys []K, each func(scan func(...any) error) error) error {
	list, err := json.Marshal(keys)
	if err != nil {
		return err
	}
	return db.read(ctx, func(t *tx) error {
		rows, err := t.query(ctx, text, string(list))
		if err != nil {
			return fmt.Errorf("look up what is linked to: %w", err)
		}
		defer rows.Close()
		for rows.Next() {
			if err := each(rows.Scan); err != nil {
				return fmt.Errorf("look up what is linked to: %w", err)
			}
		}
		return rows.Err()
	})
}

// TicketBriefs are those of the tickets that there are, with id, type, summary,
// status and resolution.
func (db *DB) TicketBriefs(ctx context.Context, ids []int) (found []ticket.Ticket, err error) {
	err = eachOf(ctx, db, `
		SELECT id, COALESCE(type, ''), COALESCE(summary, ''), COALESCE(status, ''), COALESCE(resolution, '')
		FROM ticket
		WHERE id IN (`+db.dialect.inList+`)`, ids, func(scan func(...any) error) error {
		var k ticket.Ticket
		if err := scan(&k.ID, &k.Type, &k.Summary, &k.Status, &k.Resolution); err != nil {
			return err
		}
		found = append(found, k)
		return nil
	})
	return found, err
}

// CommentNumbers are the numbers of the comments of tickets, as Trac keeps them:
// "3", or "2.3" for an answer to the second.
func (db *DB) CommentNumbers(ctx context.Context, tickets []int) (map[int][]string, error) {
	numbers := map[int][]string{}
	err := eachOf(ctx, db, `
		SELECT ticket, COALESCE(oldvalue, '')
		FROM ticket_change
		WHERE field = 'comment' AND ticket IN (`+db.dialect.inList+`)`, tickets, func(scan func(...any) error) error {
		var id int
		var number string
		if err := scan(&id, &number); err != nil {
			return err
		}
		numbers[id] = append(numbers[id], number)
		return nil
	})
	return numbers, err
}

// MilestonesNamed are those of names that are milestones, without their
// descriptions.
func (db *DB) MilestonesNamed(ctx context.Context, names []string) (found []MilestoneText, err error) {
	err = eachOf(ctx, db, `
		SELECT name, COALESCE(due, 0), COALESCE(completed, 0)
		FROM milestone
		WHERE name IN (`+db.dialect.inList+`)`, names, func(scan func(...any) error) error {
		var m MilestoneText
		if err := scan(&m.Name, &m.Due, &m.Completed); err != nil {
			return err
		}
		found = append(found, m)
		return nil
	})
	return found, err
}
