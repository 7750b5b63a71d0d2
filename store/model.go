package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"tracrpc/ticket"
)

// Lists are the stores of the lists that tickets choose from.
func (db *DB) Lists() ticket.ListStores {
	return ticket.ListStores{
		Components: db.componentList(),
		Versions:   db.versionList(),
		Milestones: db.milestoneList(),
		Enums:      func(field string) ticket.ListStore[ticket.Enum] { return db.enumList(field) },
	}
}

// listTable keeps one list; see ticket.ListStore. The arguments of its
// statements begin with those in scope; then comes the name or, of insert and
// update, what values gives, and last, of update, the name that the item had.
type listTable[T any] struct {
	db     *DB
	what   string // for errors
	scope  []any
	all    string
	find   string
	insert string
	update string
	remove string

	scan   func(row interface{ Scan(...any) error }) (T, error)
	name   func(T) string
	values func(T) []any
	caches []string // of Trac, that remember the list

	// follow lets go along what refers to an item by its name, when it is renamed;
	// leave, what does not outlive it. leave may be nil.
	follow func(ctx context.Context, t *tx, from, to string, e ticket.ListEdit[T]) error
	leave  func(ctx context.Context, t *tx, name string, e ticket.ListEdit[T]) error
}

func (l *listTable[T]) All(ctx context.Context) (list []T, err error) {
	err = l.db.read(ctx, func(t *tx) error {
		list, err = l.read(ctx, t)
		return err
	})
	return list, err
}

func (l *listTable[T]) read(ctx context.Context, t *tx) ([]T, error) {
	rows, err := t.query(ctx, l.all, l.scope...)
	if err != nil {
		return nil, fmt.Errorf("read %ss: %w", l.what, err)
	}
	defer rows.Close()
	list := []T{}
	for rows.Next() {
		item, err := l.scan(rows)
		if err != nil {
			return nil, fmt.Errorf("read %ss: %w", l.what, err)
		}
		list = append(list, item)
	}
	return list, rows.Err()
}

func (l *listTable[T]) Find(ctx context.Context, name string) (item T, found bool, err error) {
	err = l.db.read(ctx, func(t *tx) error {
		item, err = l.scan(t.row(ctx, l.find, l.args(name)...))
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return item, false, nil
	}
	if err != nil {
		return item, false, fmt.Errorf("read %s %q: %w", l.what, name, err)
	}
	return item, true, nil
}

// args puts what a statement is to be scoped to before its arguments.
func (l *listTable[T]) args(args ...any) []any {
	return append(l.scope[:len(l.scope):len(l.scope)], args...)
}

func (l *listTable[T]) Edit(ctx context.Context, plan func(list []T) (ticket.ListEdit[T], error)) error {
	return l.db.write(ctx, func(t *tx) error {
		list, err := l.read(ctx, t)
		if err != nil {
			return err
		}
		edit, err := plan(list)
		if err != nil {
			return err
		}
		if err := l.apply(ctx, t, edit); err != nil {
			return err
		}
		if err := t.invalidate(ctx, l.caches...); err != nil {
			return err
		}
		return t.emit(ctx, edit.Event)
	})
}

func (l *listTable[T]) apply(ctx context.Context, t *tx, edit ticket.ListEdit[T]) error {
	for _, name := range edit.Remove {
		if err := l.exec(ctx, t, name, l.remove, name); err != nil {
			return err
		}
		if l.leave == nil {
			continue
		}
		if err := l.leave(ctx, t, name, edit); err != nil {
			return err
		}
	}
	for _, c := range edit.Change {
		if err := l.exec(ctx, t, c.Name, l.update, append(l.values(c.Item), c.Name)...); err != nil {
			return err
		}
		renamed := l.name(c.Item)
		if renamed == c.Name {
			continue
		}
		if err := l.follow(ctx, t, c.Name, renamed, edit); err != nil {
			return err
		}
	}
	for _, item := range edit.Add {
		if err := l.exec(ctx, t, l.name(item), l.insert, l.values(item)...); err != nil {
			return err
		}
	}
	return nil
}

func (l *listTable[T]) exec(ctx context.Context, t *tx, name, text string, args ...any) error {
	if _, err := t.exec(ctx, text, l.args(args...)...); err != nil {
		return fmt.Errorf("change %s %q: %w", l.what, name, err)
	}
	return nil
}

// renameIn lets tickets follow a value of a column, silently: their changetimes
// stay, as with Trac.
func renameIn[T any](column string) func(ctx context.Context, t *tx, from, to string, _ ticket.ListEdit[T]) error {
	text := `
		UPDATE ticket
		SET ` + column + ` = ?1
		WHERE ` + column + ` = ?2`
	return func(ctx context.Context, t *tx, from, to string, _ ticket.ListEdit[T]) error {
		if _, err := t.exec(ctx, text, to, from); err != nil {
			return fmt.Errorf("rename %s %q in tickets: %w", column, from, err)
		}
		return nil
	}
}
