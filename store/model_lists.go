package store

import (
	"context"

	"tracrpc/publish"
	"tracrpc/ticket"
)

func (db *DB) componentList() *listTable[ticket.Component] {
	return &listTable[ticket.Component]{
		db:   db,
		what: "component",
		all: `
		SELECT name, COALESCE(owner, ''), COALESCE(description, '')
		FROM component`,
		find: `
		SELECT name, COALESCE(owner, ''), COALESCE(description, '')
		FROM component
		WHERE name = ?1`,
		insert: `
		INSERT INTO component (name, owner, description)
		VALUES (?1, NULLIF(?2, ''), NULLIF(?3, ''))`,
		update: `
		UPDATE component
		SET name = ?1, owner = NULLIF(?2, ''), description = NULLIF(?3, '')
		WHERE name = ?4`,
		remove: `
		DELETE FROM component
		WHERE name = ?1`,
		scan: func(row interface{ Scan(...any) error }) (c ticket.Component, err error) {
			err = row.Scan(&c.Name, &c.Owner, &c.Description)
			return c, err
		},
		name:   func(c ticket.Component) string { return c.Name },
		values: func(c ticket.Component) []any { return []any{c.Name, c.Owner, c.Description} },
		caches: []string{cacheFields},
		follow: renameIn[ticket.Component]("component"),
	}
}

func (db *DB) versionList() *listTable[ticket.Version] {
	return &listTable[ticket.Version]{
		db:   db,
		what: "version",
		all: `
		SELECT name, COALESCE(time, 0), COALESCE(description, '')
		FROM version`,
		find: `
		SELECT name, COALESCE(time, 0), COALESCE(description, '')
		FROM version
		WHERE name = ?1`,
		insert: `
		INSERT INTO version (name, time, description)
		VALUES (?1, ?2, NULLIF(?3, ''))`,
		update: `
		UPDATE version
		SET name = ?1, time = ?2, description = NULLIF(?3, '')
		WHERE name = ?4`,
		remove: `
		DELETE FROM version
		WHERE name = ?1`,
		scan: func(row interface{ Scan(...any) error }) (v ticket.Version, err error) {
			err = row.Scan(&v.Name, &v.Time, &v.Description)
			return v, err
		},
		name:   func(v ticket.Version) string { return v.Name },
		values: func(v ticket.Version) []any { return []any{v.Name, v.Time, v.Description} },
		caches: []string{cacheFields},
		follow: renameIn[ticket.Version]("version"),
	}
}

func (db *DB) milestoneList() *listTable[ticket.Milestone] {
	return &listTable[ticket.Milestone]{
		db:   db,
		what: "milestone",
		all: `
		SELECT name, COALESCE(due, 0), COALESCE(completed, 0), COALESCE(description, '')
		FROM milestone`,
		find: `
		SELECT name, COALESCE(due, 0), COALESCE(completed, 0), COALESCE(description, '')
		FROM milestone
		WHERE name = ?1`,
		insert: `
		INSERT INTO milestone (name, due, completed, description)
		VALUES (?1, ?2, ?3, ?4)`,
		update: `
		UPDATE milestone
		SET name = ?1, due = ?2, completed = ?3, description = ?4
		WHERE name = ?5`,
		remove: `
		DELETE FROM milestone
		WHERE name = ?1`,
		scan: func(row interface{ Scan(...any) error }) (m ticket.Milestone, err error) {
			err = row.Scan(&m.Name, &m.Due, &m.Completed, &m.Description)
			return m, err
		},
		name:   func(m ticket.Milestone) string { return m.Name },
		values: func(m ticket.Milestone) []any { return []any{m.Name, m.Due, m.Completed, m.Description} },
		caches: []string{cacheFields, cacheMilestones},
		follow: db.followMilestone,
		leave: func(ctx context.Context, t *tx, name string, e ticket.ListEdit[ticket.Milestone]) error {
			return t.deleteAttachmentsOf(ctx, publish.Milestone, name, e.Event.Time, e.Event.Author)
		},
	}
}

// enumList keeps the values of a field. The column of tickets has the field's
// name; the table enum calls types ticket types.
func (db *DB) enumList(field string) *listTable[ticket.Enum] {
	return &listTable[ticket.Enum]{
		db:    db,
		what:  field,
		scope: []any{enumTypes[field]},
		all: `
		SELECT name, COALESCE(value, ''), COALESCE(description, '')
		FROM enum
		WHERE type = ?1`,
		find: `
		SELECT name, COALESCE(value, ''), COALESCE(description, '')
		FROM enum
		WHERE type = ?1 AND name = ?2`,
		insert: `
		INSERT INTO enum (type, name, value, description)
		VALUES (?1, ?2, ?3, NULLIF(?4, ''))`,
		update: `
		UPDATE enum
		SET name = ?2, value = ?3, description = NULLIF(?4, '')
		WHERE type = ?1 AND name = ?5`,
		remove: `
		DELETE FROM enum
		WHERE type = ?1 AND name = ?2`,
		scan: func(row interface{ Scan(...any) error }) (e ticket.Enum, err error) {
			e.Field = field
			err = row.Scan(&e.Name, &e.Value, &e.Description)
			return e, err
		},
		name:   func(e ticket.Enum) string { return e.Name },
		values: func(e ticket.Enum) []any { return []any{e.Name, e.Value, e.Description} },
		caches: []string{cacheFields},
		follow: renameIn[ticket.Enum](field),
	}
}
