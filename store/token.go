package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"tracrpc/auth"
	"tracrpc/fault"
)

// AddToken keeps a token under its hash, and returns the ID that it was given.
func (db *DB) AddToken(ctx context.Context, hash string, token auth.Token) (id int, err error) {
	err = db.write(ctx, func(t *tx) error {
		err := t.row(ctx, `
			INSERT INTO tracrpc_token (hash, username, scope, note, created, expires, used)
			VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0)
			RETURNING id`, hash, token.User, token.Scope.String(), token.Note, token.Created, token.Expires).Scan(&id)
		if err != nil {
			return fmt.Errorf("add a token of %s: %w", token.User, err)
		}
		return nil
	})
	return id, err
}

// Token finds a token by its hash; a NotFound fault when there is none.
func (db *DB) Token(ctx context.Context, hash string) (token auth.Token, err error) {
	err = db.read(ctx, func(t *tx) error {
		token, err = scanToken(t.row(ctx, `
			SELECT id, username, scope, note, created, expires, used
			FROM tracrpc_token
			WHERE hash = ?1`, hash))
		if errors.Is(err, sql.ErrNoRows) {
			return fault.New(fault.NotFound, "There is no such token.")
		}
		return err
	})
	return token, err
}

func scanToken(row interface{ Scan(...any) error }) (token auth.Token, err error) {
	var scope string
	err = row.Scan(&token.ID, &token.User, &scope, &token.Note, &token.Created, &token.Expires, &token.Used)
	if err != nil {
		return token, fmt.Errorf("read a token: %w", err)
	}
	token.Scope, err = auth.ParseScope(scope)
	return token, err
}

// Tokens lists all tokens in the order of their IDs.
func (db *DB) Tokens(ctx context.Context) (tokens []auth.Token, err error) {
	err = db.read(ctx, func(t *tx) error {
		rows, err := t.query(ctx, `
			SELECT id, username, scope, note, created, expires, used
			FROM tracrpc_token
			ORDER BY id`)
		if err != nil {
			return fmt.Errorf("read tokens: %w", err)
		}
		defer rows.Close()
		for rows.Next() {
			token, err := scanToken(rows)
			if err != nil {
				return err
			}
			tokens = append(tokens, token)
		}
		return rows.Err()
	})
	return tokens, err
}

// RevokeToken removes a token; a NotFound fault when there is none.
func (db *DB) RevokeToken(ctx context.Context, id int) error {
	return db.write(ctx, func(t *tx) error {
		result, err := t.exec(ctx, `
			DELETE FROM tracrpc_token
			WHERE id = ?1`, id)
		if err != nil {
			return fmt.Errorf("revoke token %d: %w", id, err)
		}
		if n, err := result.RowsAffected(); err != nil || n > 0 {
			return err
		}
		return fault.New(fault.NotFound, "There is no token %d.", id)
	})
}

// RevokeTokensOf removes the tokens of a user, and tells how many there were.
func (db *DB) RevokeTokensOf(ctx context.Context, user string) (n int64, err error) {
	err = db.write(ctx, func(t *tx) error {
		result, err := t.exec(ctx, `
			DELETE FROM tracrpc_token
			WHERE username = ?1`, user)
		if err != nil {
			return fmt.Errorf("revoke the tokens of %s: %w", user, err)
		}
		n, err = result.RowsAffected()
		return err
	})
	return n, err
}

// TokensUsed notes when tokens, by their IDs, were last used.
func (db *DB) TokensUsed(ctx context.Context, times map[int]int64) error {
	return db.write(ctx, func(t *tx) error {
		for id, used := range times {
			_, err := t.exec(ctx, `
				UPDATE tracrpc_token
				SET used = ?2
				WHERE id = ?1 AND used < ?2`, id, used)
			if err != nil {
				return fmt.Errorf("note the use of token %d: %w", id, err)
			}
		}
		return nil
	})
}
