package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"tracrpc/attachment"
	"tracrpc/auth"
	"tracrpc/publish"
)

var _ attachment.Store = (*DB)(nil)

// Attachment reads one row; see attachment.Store.
func (db *DB) Attachment(ctx context.Context, parent auth.Resource, filename string) (a attachment.Attachment, found bool, err error) {
	err = db.read(ctx, func(t *tx) error {
		a, found, err = t.attachment(ctx, parent.Realm, parent.ID, filename)
		return err
	})
	return a, found, err
}

func (t *tx) attachment(ctx context.Context, realm, id, filename string) (attachment.Attachment, bool, error) {
	a, err := scanAttachment(t.row(ctx, `
		SELECT type, id, filename, COALESCE(size, 0), COALESCE(time, 0), description, COALESCE(author, '')
		FROM attachment
		WHERE type = ?1 AND id = ?2 AND filename = ?3`, realm, id, filename))
	if errors.Is(err, sql.ErrNoRows) {
		return attachment.Attachment{}, false, nil
	}
	if err != nil {
		return attachment.Attachment{}, false, fmt.Errorf("read attachment %s:%s:%s: %w", realm, id, filename, err)
	}
	return a, true, nil
}

func scanAttachment(row interface{ Scan(...any) error }) (a attachment.Attachment, err error) {
	err = row.Scan(&a.Realm, &a.ParentID, &a.Filename, &a.Size, &a.Time, &a.Description, &a.Author)
	return a, err
}

// Attachments are the rows of many parents; see attachment.Store.
func (db *DB) Attachments(ctx context.Context, realm string, ids []string) (list []attachment.Attachment, err error) {
	err = db.read(ctx, func(t *tx) error {
		if len(ids) == 1 {
			list, err = t.attachmentsOf(ctx, realm, ids[0])
			return err
		}
		parents, err := json.Marshal(ids)
		if err != nil {
			return err
		}
		list, err = t.attachments(ctx, `
			SELECT type, id, filename, COALESCE(size, 0), COALESCE(time, 0), description, COALESCE(author, '')
			FROM attachment
			WHERE type = ?2 AND id IN (`+t.dialect.inList+`)
			ORDER BY time, filename`, string(parents), realm)
		return err
	})
	return list, err
}

func (t *tx) attachmentsOf(ctx context.Context, realm, id string) ([]attachment.Attachment, error) {
	return t.attachments(ctx, `
		SELECT type, id, filename, COALESCE(size, 0), COALESCE(time, 0), description, COALESCE(author, '')
		FROM attachment
		WHERE type = ?1 AND id = ?2
		ORDER BY time, filename`, realm, id)
}

// ParentExists tells whether there is a ticket, wiki page or milestone to attach
// something to. Of other realms there is nothing.
func (db *DB) ParentExists(ctx context.Context, realm, id string) (exists bool, err error) {
	text := map[string]string{
		publish.Ticket:    `SELECT COUNT(*) > 0 FROM ticket WHERE id = ?1`,
		publish.Wiki:      `SELECT COUNT(*) > 0 FROM wiki WHERE name = ?1`,
		publish.Milestone: `SELECT COUNT(*) > 0 FROM milestone WHERE name = ?1`,
	}[realm]
	if text == "" {
		return false, nil
	}
	var key any = id
	if realm == publish.Ticket {
		if key, err = strconv.Atoi(id); err != nil {
			return false, nil // no ticket has such an id
		}
	}
	err = db.read(ctx, func(t *tx) error { return t.row(ctx, text, key).Scan(&exists) })
	return exists, err
}

// AttachmentsAt are the rows with a time; see attachment.Store.
func (db *DB) AttachmentsAt(ctx context.Context, realm string, when int64) (list []attachment.Attachment, err error) {
	err = db.read(ctx, func(t *tx) error {
		list, err = t.attachments(ctx, `
			SELECT type, id, filename, COALESCE(size, 0), COALESCE(time, 0), description, COALESCE(author, '')
			FROM attachment
			WHERE type = ?1 AND time = ?2`, realm, when)
		return err
	})
	return list, err
}

func (t *tx) attachments(ctx context.Context, text string, args ...any) (list []attachment.Attachment, err error) {
	rows, err := t.query(ctx, text, args...)
	if err != nil {
		return nil, fmt.Errorf("read attachments: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		a, err := scanAttachment(rows)
		if err != nil {
			return nil, fmt.Errorf("read attachments: %w", err)
		}
		list = append(list, a)
	}
	return list, rows.Err()
}

// AddAttachment adds a row; see attachment.Store.
func (db *DB) AddAttachment(ctx context.Context, a attachment.Attachment, old *attachment.Attachment, events ...publish.Event) error {
	return db.write(ctx, func(t *tx) error {
		if old != nil {
			if _, err := t.deleteAttachment(ctx, *old); err != nil {
				return err
			}
		}
		_, taken, err := t.attachment(ctx, a.Realm, a.ParentID, a.Filename)
		if err != nil {
			return err
		}
		if taken {
			return attachment.ErrTaken
		}
		_, err = t.exec(ctx, `
			INSERT INTO attachment (type, id, filename, size, time, description, author)
			VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)`,
			a.Realm, a.ParentID, a.Filename, a.Size, a.Time, a.Description, a.Author)
		if err != nil {
			return fmt.Errorf("add attachment: %w", err)
		}
		return t.emitAll(ctx, events)
	})
}

func (t *tx) emitAll(ctx context.Context, events []publish.Event) error {
	for _, e := range events {
		if err := t.emit(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// DeleteAttachment deletes a row; see attachment.Store.
func (db *DB) DeleteAttachment(ctx context.Context, a attachment.Attachment, event publish.Event) (deleted bool, err error) {
	err = db.write(ctx, func(t *tx) error {
		deleted, err = t.deleteAttachment(ctx, a)
		if err != nil || !deleted {
			return err
		}
		return t.emit(ctx, event)
	})
	return deleted && err == nil, err
}

func (t *tx) deleteAttachment(ctx context.Context, a attachment.Attachment) (bool, error) {
	result, err := t.exec(ctx, `
		DELETE FROM attachment
		WHERE type = ?1 AND id = ?2 AND filename = ?3`, a.Realm, a.ParentID, a.Filename)
	if err != nil {
		return false, fmt.Errorf("delete attachment: %w", err)
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

// deleteAttachmentsOf deletes the rows of all attachments of a parent that is
// being deleted, with their events. Their files are the business of whoever
// called (attachment.Service.Removing).
func (t *tx) deleteAttachmentsOf(ctx context.Context, realm, id string, when time.Time, author string) error {
	list, err := t.attachmentsOf(ctx, realm, id)
	if err != nil {
		return err
	}
	for _, a := range list {
		if _, err := t.deleteAttachment(ctx, a); err != nil {
			return err
		}
		event, err := a.Event(when, publish.Deleted, author)
		if err != nil {
			return err
		}
		if err := t.emit(ctx, event); err != nil {
			return err
		}
	}
	return nil
}

// moveAttachmentsOf gives the rows of all attachments of a parent to another of
// the same realm, with their events. Their files are the business of whoever
// called (attachment.Service.Moving).
func (t *tx) moveAttachmentsOf(ctx context.Context, realm, from, to string, when time.Time, author string) error {
	list, err := t.attachmentsOf(ctx, realm, from)
	if err != nil || len(list) == 0 {
		return err
	}
	_, err = t.exec(ctx, `
		UPDATE attachment
		SET id = ?1
		WHERE type = ?2 AND id = ?3`, to, realm, from)
	if err != nil {
		return fmt.Errorf("move attachments: %w", err)
	}
	for _, a := range list {
		old := a.Parent()
		a.ParentID = to
		event, err := a.MovedFrom(old, when, author)
		if err != nil {
			return err
		}
		if err := t.emit(ctx, event); err != nil {
			return err
		}
	}
	return nil
}
