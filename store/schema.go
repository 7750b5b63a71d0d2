package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"tracrpc/migrations"
)

// databaseVersion is the version of Trac's schema that is served: the one of
// Trac 1.4 to 1.6.
const databaseVersion = 45

// StartPage is a wiki page that a fresh environment begins with.
type StartPage struct {
	Name string
	Text string
}

// Create makes a database at url with Trac's default data and the given pages,
// each as version 1 by Trac's own author, trac. A database that exists is left
// alone and is an error.
func Create(ctx context.Context, url string, pages ...StartPage) error {
	d, source, err := dialectFor(url)
	if err != nil {
		return err
	}
	discard, err := d.create(ctx, source)
	if err != nil {
		return fmt.Errorf("create database: %w", err)
	}
	if err := fill(ctx, d, source, pages); err != nil {
		return errors.Join(fmt.Errorf("create database: %w", err), discard())
	}
	return nil
}

// fill writes Trac's tables, the default data, our own tables and the pages in
// one transaction.
func fill(ctx context.Context, d dialect, source string, pages []StartPage) error {
	schema, err := migrations.Schema(d.name)
	if err != nil {
		return err
	}
	defaults, err := migrations.Defaults()
	if err != nil {
		return err
	}
	db, err := d.open(ctx, d, source)
	if err != nil {
		return err
	}
	err = db.write(ctx, func(t *tx) error {
		for _, text := range []string{schema, defaults} {
			if err := t.script(ctx, text); err != nil {
				return err
			}
		}
		if err := t.migrate(ctx); err != nil {
			return err
		}
		return t.addStartPages(ctx, pages)
	})
	return errors.Join(err, db.Close())
}

func (t *tx) addStartPages(ctx context.Context, pages []StartPage) error {
	now := time.Now().UnixMicro()
	for _, p := range pages {
		_, err := t.exec(ctx, `
			INSERT INTO wiki (name, version, time, author, text, readonly)
			VALUES (?1, 1, ?2, 'trac', ?3, 0)`, p.Name, now, p.Text)
		if err != nil {
			return fmt.Errorf("page %s: %w", p.Name, err)
		}
	}
	return nil
}

// prepareSchema refuses a database that is not Trac's of our version, and
// brings our own tables up to date.
func (db *DB) prepareSchema(ctx context.Context) error {
	behind := false
	err := db.read(ctx, func(t *tx) error {
		if err := t.checkVersion(ctx); err != nil {
			return err
		}
		pending, err := t.pendingSteps(ctx)
		if err != nil {
			return err
		}
		lost, err := t.lostWalks(ctx)
		behind = len(pending)+len(lost) > 0
		return err
	})
	if err != nil || !behind {
		return err
	}
	return db.write(ctx, func(t *tx) error {
		if err := t.migrate(ctx); err != nil {
			return err
		}
		return t.restoreWalks(ctx)
	})
}

// checkVersion tells in a sentence what to do about a database of another
// version.
func (t *tx) checkVersion(ctx context.Context) error {
	if found, err := t.hasTable(ctx, "system"); err != nil {
		return err
	} else if !found {
		return errors.New("not a Trac database: it has no table system; make a fresh environment with `tracrpc init`")
	}
	var value string
	err := t.row(ctx, `SELECT value FROM system WHERE name = 'database_version'`).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return errors.New("not a Trac database: its table system has no database_version")
	}
	if err != nil {
		return fmt.Errorf("read database_version: %w", err)
	}
	version, err := strconv.Atoi(value)
	switch {
	case err != nil:
		return fmt.Errorf("the database_version is %q, which is not a number", value)
	case version < databaseVersion:
		return fmt.Errorf("the database has version %d, and version %d is needed: run `trac-admin ENV upgrade` with Trac 1.4 or 1.6",
			version, databaseVersion)
	case version > databaseVersion:
		return fmt.Errorf("the database has version %d, which is newer than the version %d served here: run a newer tracrpc",
			version, databaseVersion)
	}
	return nil
}

// migrate runs the steps that the database has not seen.
func (t *tx) migrate(ctx context.Context) error {
	pending, err := t.pendingSteps(ctx)
	if err != nil || len(pending) == 0 {
		return err
	}
	if err := t.script(ctx, `
		CREATE TABLE IF NOT EXISTS tracrpc_migration (
			number integer PRIMARY KEY,
			name text NOT NULL,
			time bigint NOT NULL
		)`); err != nil {
		return err
	}
	for _, step := range pending {
		if err := t.script(ctx, step.SQL); err != nil {
			return fmt.Errorf("migration %d (%s): %w", step.Number, step.Name, err)
		}
		_, err := t.exec(ctx, `
			INSERT INTO tracrpc_migration (number, name, time)
			VALUES (?1, ?2, ?3)`, step.Number, step.Name, time.Now().UnixMicro())
		if err != nil {
			return fmt.Errorf("migration %d (%s): %w", step.Number, step.Name, err)
		}
	}
	return nil
}

// pendingSteps are the migrations that the database has not seen. A database
// that has seen more than this program knows is refused.
func (t *tx) pendingSteps(ctx context.Context) ([]migrations.Step, error) {
	steps, err := migrations.Steps(t.dialect.name)
	if err != nil {
		return nil, err
	}
	found, err := t.hasTable(ctx, "tracrpc_migration")
	if err != nil || !found {
		return steps, err
	}
	var done int
	if err := t.row(ctx, `SELECT COALESCE(MAX(number), 0) FROM tracrpc_migration`).Scan(&done); err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	if done > len(steps) {
		return nil, fmt.Errorf("a newer tracrpc has changed this database (migration %d, and %d are known here): run that one", done, len(steps))
	}
	return steps[done:], nil
}

func (t *tx) hasTable(ctx context.Context, name string) (bool, error) {
	var n int
	if err := t.row(ctx, t.dialect.hasTable, name).Scan(&n); err != nil {
		return false, fmt.Errorf("look for table %s: %w", name, err)
	}
	return n > 0, nil
}
