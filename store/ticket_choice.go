package store

import (
	"context"
	"database/sql"
	"errors"

	"tracrpc/ticket"
)

// fieldsCacheID is cacheID(cacheFields), which a test checks.
const fieldsCacheID = 660951007

// Generation is the generation of Trac's cache of the field definitions, -1 as
// long as nobody has raised it.
func (s *Tickets) Generation(ctx context.Context) (generation int64, err error) {
	err = s.db.read(ctx, func(x *tx) error {
		generation, err = fieldsGeneration(ctx, x)
		return err
	})
	return generation, err
}

func fieldsGeneration(ctx context.Context, x *tx) (generation int64, err error) {
	err = x.row(ctx, `
		SELECT generation
		FROM cache
		WHERE id = ?1`, fieldsCacheID).Scan(&generation)
	if errors.Is(err, sql.ErrNoRows) {
		return -1, nil
	}
	return generation, err
}

// Choices lists what the fields with a fixed set of values offer.
func (s *Tickets) Choices(ctx context.Context) (choices []ticket.Choice, generation int64, err error) {
	err = s.db.snapshot(ctx, func(x *tx) error {
		if generation, err = fieldsGeneration(ctx, x); err != nil {
			return err
		}
		choices, err = readChoices(ctx, x)
		return err
	})
	return choices, generation, err
}

func readChoices(ctx context.Context, x *tx) ([]ticket.Choice, error) {
	rows, err := x.query(ctx, `
		SELECT CASE type WHEN 'ticket_type' THEN 'type' ELSE type END, name, CAST(value AS integer), 0, 0, 0
		FROM enum
		WHERE type IN ('ticket_type', 'priority', 'severity', 'resolution')
		UNION ALL
		SELECT 'component', name, 0, 0, 0, 0
		FROM component
		UNION ALL
		SELECT 'milestone', name, 0, COALESCE(due, 0), COALESCE(completed, 0), 0
		FROM milestone
		UNION ALL
		SELECT 'version', name, 0, 0, 0, COALESCE(time, 0)
		FROM version`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var choices []ticket.Choice
	for rows.Next() {
		var c ticket.Choice
		if err := rows.Scan(&c.Field, &c.Name, &c.Rank, &c.Due, &c.Completed, &c.Time); err != nil {
			return nil, err
		}
		choices = append(choices, c)
	}
	return choices, rows.Err()
}

// ComponentOwner is the owner of a component.
func (s *Tickets) ComponentOwner(ctx context.Context, name string) (owner string, found bool, err error) {
	err = s.db.read(ctx, func(x *tx) error {
		err := x.row(ctx, `
			SELECT COALESCE(owner, '')
			FROM component
			WHERE name = ?1`, name).Scan(&owner)
		found = err == nil
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	return owner, found, err
}
