package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"tracrpc/auth"
	"tracrpc/fault"
	"tracrpc/publish"
)

// Grants lists the permission table.
func (db *DB) Grants(ctx context.Context) ([]auth.Grant, error) {
	var grants []auth.Grant
	err := db.read(ctx, func(t *tx) error {
		rows, err := t.query(ctx, `
			SELECT username, action
			FROM permission
			ORDER BY username, action`)
		if err != nil {
			return fmt.Errorf("read permissions: %w", err)
		}
		defer rows.Close()
		for rows.Next() {
			var subject, action sql.NullString
			if err := rows.Scan(&subject, &action); err != nil {
				return fmt.Errorf("read permissions: %w", err)
			}
			grants = append(grants, auth.Grant{Subject: subject.String, Action: auth.Permission(action.String)})
		}
		return rows.Err()
	})
	return grants, err
}

// Grant gives subject, a user or a group, an action or the membership of a
// group; author is who decided so. Giving it twice is an Invalid fault.
func (db *DB) Grant(ctx context.Context, author string, g auth.Grant) error {
	return db.write(ctx, func(t *tx) error {
		there, err := t.granted(ctx, g)
		if err != nil {
			return err
		}
		if there {
			return fault.New(fault.Invalid, "%s has %s already.", g.Subject, g.Action)
		}
		_, err = t.exec(ctx, `
			INSERT INTO permission (username, action)
			VALUES (?1, ?2)`, g.Subject, string(g.Action))
		if err != nil {
			return fmt.Errorf("grant %s to %s: %w", g.Action, g.Subject, err)
		}
		return t.permissionChanged(ctx, publish.Created, author, g)
	})
}

// Revoke takes away what Grant gave. What is not there is a NotFound fault.
func (db *DB) Revoke(ctx context.Context, author string, g auth.Grant) error {
	return db.write(ctx, func(t *tx) error {
		there, err := t.granted(ctx, g)
		if err != nil {
			return err
		}
		if !there {
			return fault.New(fault.NotFound, "%s does not have %s.", g.Subject, g.Action)
		}
		_, err = t.exec(ctx, `
			DELETE FROM permission
			WHERE username = ?1 AND action = ?2`, g.Subject, string(g.Action))
		if err != nil {
			return fmt.Errorf("revoke %s from %s: %w", g.Action, g.Subject, err)
		}
		return t.permissionChanged(ctx, publish.Deleted, author, g)
	})
}

func (t *tx) granted(ctx context.Context, g auth.Grant) (bool, error) {
	var n int
	err := t.row(ctx, `
		SELECT COUNT(*)
		FROM permission
		WHERE username = ?1 AND action = ?2`, g.Subject, string(g.Action)).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("look for %s of %s: %w", g.Action, g.Subject, err)
	}
	return n > 0, nil
}

func (t *tx) permissionChanged(ctx context.Context, verb, author string, g auth.Grant) error {
	if err := t.invalidate(ctx, cachePermissions); err != nil {
		return err
	}
	event, err := publish.NewEvent(time.Now(), publish.Permission, verb, g.Subject, author,
		map[string]string{"action": string(g.Action)})
	if err != nil {
		return err
	}
	return t.emit(ctx, event)
}
