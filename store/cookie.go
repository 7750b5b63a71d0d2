package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"tracrpc/fault"
)

// CookieUser finds the user of a login cookie that is no older than since, in
// seconds, and that was given to address unless that is ""; a NotFound fault when
// there is none.
func (db *DB) CookieUser(ctx context.Context, cookie, address string, since int64) (user string, err error) {
	err = db.read(ctx, func(t *tx) error {
		err := t.row(ctx, `
			SELECT name
			FROM auth_cookie
			WHERE cookie = ?1 AND time >= ?2 AND (?3 = '' OR ipnr = ?3)`, cookie, since, address).Scan(&user)
		if errors.Is(err, sql.ErrNoRows) {
			return fault.New(fault.NotFound, "There is no such cookie.")
		}
		if err != nil {
			return fmt.Errorf("look for a login cookie: %w", err)
		}
		return nil
	})
	return user, err
}

// AddCookie keeps a login cookie, and removes those that are older than before.
func (db *DB) AddCookie(ctx context.Context, cookie, user, address string, now, before int64) error {
	return db.write(ctx, func(t *tx) error {
		_, err := t.exec(ctx, `
			DELETE FROM auth_cookie
			WHERE time < ?1`, before)
		if err != nil {
			return fmt.Errorf("remove old login cookies: %w", err)
		}
		_, err = t.exec(ctx, `
			INSERT INTO auth_cookie (cookie, name, ipnr, time)
			VALUES (?1, ?2, ?3, ?4)`, cookie, user, address, now)
		if err != nil {
			return fmt.Errorf("add a login cookie of %s: %w", user, err)
		}
		return nil
	})
}

// RemoveCookie removes a login cookie, if it is there.
func (db *DB) RemoveCookie(ctx context.Context, cookie string) error {
	return db.write(ctx, func(t *tx) error {
		_, err := t.exec(ctx, `
			DELETE FROM auth_cookie
			WHERE cookie = ?1`, cookie)
		if err != nil {
			return fmt.Errorf("remove a login cookie: %w", err)
		}
		return nil
	})
}

// RemoveCookiesOf removes the login cookies of a user.
func (db *DB) RemoveCookiesOf(ctx context.Context, user string) error {
	return db.write(ctx, func(t *tx) error {
		_, err := t.exec(ctx, `
			DELETE FROM auth_cookie
			WHERE name = ?1`, user)
		if err != nil {
			return fmt.Errorf("remove the login cookies of %s: %w", user, err)
		}
		return nil
	})
}
