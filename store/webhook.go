package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"tracrpc/fault"
	"tracrpc/publish"
)

// AddWebhook keeps a webhook, and returns the ID that it was given. Its sink gets
// the events that happen from then on.
func (db *DB) AddWebhook(ctx context.Context, w publish.Webhook) (id int, err error) {
	err = db.write(ctx, func(t *tx) error {
		err := t.row(ctx, `
			INSERT INTO tracrpc_webhook (url, secret, events, username, note, created)
			VALUES (?1, ?2, ?3, ?4, ?5, ?6)
			RETURNING id`,
			w.URL, string(w.Secret), strings.Join(w.Events, " "), w.User, w.Note, w.Created.UnixMicro()).Scan(&id)
		if err != nil {
			return fmt.Errorf("add a webhook: %w", err)
		}
		w.ID = id
		_, newest, err := t.eventRange(ctx)
		if err != nil {
			return err
		}
		_, err = t.exec(ctx, `
			INSERT INTO tracrpc_sink (name, cursor, seen)
			VALUES (?1, ?2, `+t.dialect.now+`)`, w.Sink(), newest)
		return sinkError("add", w.Sink(), err)
	})
	return id, err
}

// Webhooks are all that there are, in the order of their IDs.
func (db *DB) Webhooks(ctx context.Context) ([]publish.Webhook, error) {
	var list []publish.Webhook
	err := db.read(ctx, func(t *tx) error {
		rows, err := t.query(ctx, `
			SELECT id, url, secret, former, until, events, username, note, created, failing
			FROM tracrpc_webhook
			ORDER BY id`)
		if err != nil {
			return fmt.Errorf("read webhooks: %w", err)
		}
		defer rows.Close()
		for rows.Next() {
			w, err := scanWebhook(rows)
			if err != nil {
				return fmt.Errorf("read webhooks: %w", err)
			}
			list = append(list, w)
		}
		return rows.Err()
	})
	return list, err
}

func scanWebhook(row interface{ Scan(...any) error }) (w publish.Webhook, err error) {
	var until, created, failing int64
	var secret, former, events string
	err = row.Scan(&w.ID, &w.URL, &secret, &former, &until, &events, &w.User, &w.Note, &created, &failing)
	w.Secret, w.Former, w.Events = publish.Secret(secret), publish.Secret(former), strings.Fields(events)
	w.Until, w.Created, w.Failing = whenNot0(until), whenNot0(created), whenNot0(failing)
	return w, err
}

// RotateWebhook gives a webhook a new secret; the one that it had signs, too,
// until a time.
func (db *DB) RotateWebhook(ctx context.Context, id int, secret publish.Secret, until time.Time) error {
	return db.alterWebhook(ctx, id, `
		UPDATE tracrpc_webhook
		SET former = secret, secret = ?2, until = ?3
		WHERE id = ?1`, string(secret), until.UnixMicro())
}

// WebhookFails notes since when every try of a webhook has failed; the zero time
// says that the last has not.
func (db *DB) WebhookFails(ctx context.Context, id int, since time.Time) error {
	micro := int64(0)
	if !since.IsZero() {
		micro = since.UnixMicro()
	}
	return db.alterWebhook(ctx, id, `
		UPDATE tracrpc_webhook
		SET failing = ?2
		WHERE id = ?1`, micro)
}

// RemoveWebhook forgets a webhook with its sink and its dead letters.
func (db *DB) RemoveWebhook(ctx context.Context, id int) error {
	return db.write(ctx, func(t *tx) error {
		if err := t.alterWebhook(ctx, id, `DELETE FROM tracrpc_webhook WHERE id = ?1`); err != nil {
			return err
		}
		_, err := t.removeSink(ctx, publish.Webhook{ID: id}.Sink())
		return err
	})
}

func (db *DB) alterWebhook(ctx context.Context, id int, text string, args ...any) error {
	return db.write(ctx, func(t *tx) error { return t.alterWebhook(ctx, id, text, args...) })
}

// alterWebhook changes a webhook; a NotFound fault when there is none.
func (t *tx) alterWebhook(ctx context.Context, id int, text string, args ...any) error {
	changed, err := t.changed(ctx, text, append([]any{id}, args...)...)
	if err != nil {
		return fmt.Errorf("change webhook %d: %w", id, err)
	}
	if changed == 0 {
		return fault.New(fault.NotFound, "There is no webhook %d.", id)
	}
	return nil
}
