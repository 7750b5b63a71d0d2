package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"tracrpc/publish"
	"tracrpc/wiki"
)

var _ wiki.Store = (*DB)(nil)

// Pages reads pages; see wiki.Store.
func (db *DB) Pages(ctx context.Context, refs []wiki.Ref) (pages []wiki.Page, err error) {
	err = db.read(ctx, func(t *tx) error {
		if len(refs) == 1 {
			page, err := t.page(ctx, refs[0])
			pages = []wiki.Page{page}
			return err
		}
		pages, err = t.pages(ctx, refs)
		return err
	})
	return pages, err
}

// page reads one page.
func (t *tx) page(ctx context.Context, ref wiki.Ref) (wiki.Page, error) {
	text, args := `
		SELECT name, version, COALESCE(time, 0), COALESCE(author, ''), COALESCE(text, ''), comment, COALESCE(readonly, 0) <> 0
		FROM wiki
		WHERE name = ?1
		ORDER BY version DESC
		LIMIT 1`, []any{ref.Name}
	if ref.Version != wiki.Latest {
		text, args = `
			SELECT name, version, COALESCE(time, 0), COALESCE(author, ''), COALESCE(text, ''), comment, COALESCE(readonly, 0) <> 0
			FROM wiki
			WHERE name = ?1 AND version = ?2`, []any{ref.Name, ref.Version}
	}
	page, err := scanPage(t.row(ctx, text, args...))
	if errors.Is(err, sql.ErrNoRows) {
		return wiki.Page{Name: ref.Name}, nil
	}
	if err != nil {
		return wiki.Page{}, fmt.Errorf("read page %q: %w", ref.Name, err)
	}
	return page, nil
}

func scanPage(row interface{ Scan(...any) error }) (p wiki.Page, err error) {
	err = row.Scan(&p.Name, &p.Version, &p.Time, &p.Author, &p.Text, &p.Comment, &p.Readonly)
	return p, err
}

// pages reads many pages by at most two queries: the latest versions, and those
// that were asked for by number.
func (t *tx) pages(ctx context.Context, refs []wiki.Ref) ([]wiki.Page, error) {
	var latest, numbered []string
	var versions []int
	for _, ref := range refs {
		if ref.Version == wiki.Latest {
			latest = append(latest, ref.Name)
		} else {
			numbered, versions = append(numbered, ref.Name), append(versions, ref.Version)
		}
	}
	found := map[wiki.Ref]wiki.Page{}
	err := t.latestPages(ctx, latest, func(p wiki.Page) { found[wiki.Ref{Name: p.Name, Version: wiki.Latest}] = p })
	if err != nil {
		return nil, err
	}
	err = t.numberedPages(ctx, numbered, versions, func(p wiki.Page) { found[wiki.Ref{Name: p.Name, Version: p.Version}] = p })
	if err != nil {
		return nil, err
	}
	pages := make([]wiki.Page, len(refs))
	for i, ref := range refs {
		page, ok := found[ref]
		if !ok {
			page.Name = ref.Name
		}
		pages[i] = page
	}
	return pages, nil
}

func (t *tx) latestPages(ctx context.Context, names []string, each func(wiki.Page)) error {
	if len(names) == 0 {
		return nil
	}
	list, err := json.Marshal(names)
	if err != nil {
		return err
	}
	return t.eachPage(ctx, each, `
		SELECT name, version, COALESCE(time, 0), COALESCE(author, ''), COALESCE(text, ''), comment, COALESCE(readonly, 0) <> 0
		FROM wiki w
		WHERE name IN (`+t.dialect.inList+`)
			AND version = (SELECT MAX(version) FROM wiki WHERE name = w.name)`, string(list))
}

func (t *tx) numberedPages(ctx context.Context, names []string, versions []int, each func(wiki.Page)) error {
	if len(names) == 0 {
		return nil
	}
	list, err := json.Marshal(names)
	if err != nil {
		return err
	}
	numbers, err := json.Marshal(versions)
	if err != nil {
		return err
	}
	return t.eachPage(ctx, each, `
		SELECT name, version, COALESCE(time, 0), COALESCE(author, ''), COALESCE(text, ''), comment, COALESCE(readonly, 0) <> 0
		FROM wiki
		WHERE name IN (`+t.dialect.inList+`)
			AND version IN (`+strings.Replace(t.dialect.inList, "?1", "?2", 1)+`)`, string(list), string(numbers))
}

func (t *tx) eachPage(ctx context.Context, each func(wiki.Page), text string, args ...any) error {
	rows, err := t.query(ctx, text, args...)
	if err != nil {
		return fmt.Errorf("read pages: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		page, err := scanPage(rows)
		if err != nil {
			return fmt.Errorf("read pages: %w", err)
		}
		each(page)
	}
	return rows.Err()
}

// PageNames are the names of all pages; see wiki.Store.
func (db *DB) PageNames(ctx context.Context) (names []string, err error) {
	err = db.read(ctx, func(t *tx) error {
		rows, err := t.query(ctx, `SELECT DISTINCT name FROM wiki ORDER BY name`)
		if err != nil {
			return fmt.Errorf("read page names: %w", err)
		}
		defer rows.Close()
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				return fmt.Errorf("read page names: %w", err)
			}
			names = append(names, name)
		}
		return rows.Err()
	})
	return names, err
}

// RecentPages are the latest versions since a time; see wiki.Store.
func (db *DB) RecentPages(ctx context.Context, since int64) (pages []wiki.Page, err error) {
	err = db.read(ctx, func(t *tx) error {
		return t.eachPage(ctx, func(p wiki.Page) { pages = append(pages, p) }, `
			SELECT name, version, COALESCE(time, 0), COALESCE(author, ''), '', comment, COALESCE(readonly, 0) <> 0
			FROM wiki w
			WHERE time >= ?1
				AND version = (SELECT MAX(version) FROM wiki WHERE name = w.name)
			ORDER BY time DESC, name`, since)
	})
	return pages, err
}

// SavePage keeps what change makes of a page; see wiki.Store.
func (db *DB) SavePage(ctx context.Context, name string, change func(wiki.Page) (wiki.Page, publish.Event, error)) error {
	return db.write(ctx, func(t *tx) error {
		latest, err := t.page(ctx, wiki.Ref{Name: name, Version: wiki.Latest})
		if err != nil {
			return err
		}
		next, event, err := change(latest)
		if err != nil {
			return err
		}
		if err := t.putPage(ctx, latest, next); err != nil {
			return fmt.Errorf("save page %q: %w", name, err)
		}
		return t.emit(ctx, event)
	})
}

func (t *tx) putPage(ctx context.Context, latest, next wiki.Page) error {
	readonly := 0
	if next.Readonly {
		readonly = 1
	}
	if next.Version == latest.Version {
		_, err := t.exec(ctx, `UPDATE wiki SET readonly = ?1 WHERE name = ?2`, readonly, next.Name)
		return err
	}
	_, err := t.exec(ctx, `
		INSERT INTO wiki (name, version, time, author, text, comment, readonly)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)`,
		next.Name, next.Version, next.Time, next.Author, next.Text, next.Comment, readonly)
	if err != nil || latest.Exists() {
		return err
	}
	return t.invalidate(ctx, cachePages)
}

// DeletePage deletes a page; see wiki.Store.
func (db *DB) DeletePage(ctx context.Context, name string, event func(wiki.Page) (publish.Event, error)) error {
	return db.write(ctx, func(t *tx) error {
		latest, err := t.page(ctx, wiki.Ref{Name: name, Version: wiki.Latest})
		if err != nil || !latest.Exists() {
			return err
		}
		if _, err := t.exec(ctx, `DELETE FROM wiki WHERE name = ?1`, name); err != nil {
			return fmt.Errorf("delete page %q: %w", name, err)
		}
		e, err := event(latest)
		if err != nil {
			return err
		}
		return t.pageGone(ctx, name, e)
	})
}

// DeletePageVersion deletes one version; see wiki.Store.
func (db *DB) DeletePageVersion(ctx context.Context, ref wiki.Ref, event func(wiki.Page, bool) (publish.Event, error)) error {
	return db.write(ctx, func(t *tx) error {
		deleted, err := t.page(ctx, ref)
		if err != nil || !deleted.Exists() {
			return err
		}
		_, err = t.exec(ctx, `DELETE FROM wiki WHERE name = ?1 AND version = ?2`, ref.Name, deleted.Version)
		if err != nil {
			return fmt.Errorf("delete version %d of page %q: %w", deleted.Version, ref.Name, err)
		}
		left, err := t.page(ctx, wiki.Ref{Name: ref.Name, Version: wiki.Latest})
		if err != nil {
			return err
		}
		e, err := event(deleted, !left.Exists())
		if err != nil {
			return err
		}
		if left.Exists() {
			return t.emit(ctx, e)
		}
		return t.pageGone(ctx, ref.Name, e)
	})
}

// pageGone does what else there is to do when the last version of a page goes.
func (t *tx) pageGone(ctx context.Context, name string, e publish.Event) error {
	if err := t.deleteAttachmentsOf(ctx, publish.Wiki, name, e.Time, e.Author); err != nil {
		return err
	}
	if err := t.invalidate(ctx, cachePages); err != nil {
		return err
	}
	return t.emit(ctx, e)
}
