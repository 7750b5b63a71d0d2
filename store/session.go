package store

import (
	"context"
	"encoding/json"
)

// KnownUsers lists the users who logged in to Trac before, sorted.
func (db *DB) KnownUsers(ctx context.Context) (names []string, err error) {
	err = db.read(ctx, func(x *tx) error {
		rows, err := x.query(ctx, `
			SELECT sid
			FROM session
			WHERE authenticated = 1
			ORDER BY sid`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				return err
			}
			names = append(names, name)
		}
		return rows.Err()
	})
	return names, err
}

// FullNames finds the names that users gave themselves in Trac's preferences, of
// those users who did.
func (db *DB) FullNames(ctx context.Context, users []string) (names map[string]string, err error) {
	list, err := json.Marshal(users)
	if err != nil {
		return nil, err
	}
	names = map[string]string{}
	err = db.read(ctx, func(x *tx) error {
		rows, err := x.query(ctx, `
			SELECT a.sid, a.value
			FROM session_attribute a
			JOIN session s ON s.sid = a.sid AND s.authenticated = 1
			WHERE a.authenticated = 1 AND a.name = 'name' AND a.value <> '' AND a.sid IN (`+db.dialect.inList+`)`, string(list))
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var user, name string
			if err := rows.Scan(&user, &name); err != nil {
				return err
			}
			names[user] = name
		}
		return rows.Err()
	})
	return names, err
}
