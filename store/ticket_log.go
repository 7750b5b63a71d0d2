package store

import (
	"context"
	"database/sql"

	"tracrpc/ticket"
)

// Log reads the change logs of tickets by one query. A row of rank 0 says that
// the ticket is there.
func (s *Tickets) Log(ctx context.Context, ids []int, when int64) (logs map[int][]ticket.LogRow, err error) {
	list := s.db.dialect.inList
	text := `
		SELECT id AS ticket, 0 AS time, 0 AS permanent, '' AS author, '' AS field, NULL AS old, NULL AS new, 0 AS rank
		FROM ticket
		WHERE id IN (` + list + `)
		UNION ALL
		SELECT ticket, time, 1, COALESCE(author, ''), field, oldvalue, newvalue, 1
		FROM ticket_change
		WHERE ticket IN (` + list + `) AND (?2 = 0 OR time = ?2)
		UNION ALL
		SELECT CAST(id AS integer), time, 0, COALESCE(author, ''), 'attachment', filename, filename, 1
		FROM attachment
		WHERE type = 'ticket' AND id IN (SELECT CAST(value AS text) FROM (` + list + `) AS ids) AND (?2 = 0 OR time = ?2)
		UNION ALL
		SELECT CAST(id AS integer), time, 0, COALESCE(author, ''), 'comment', filename, description, 1
		FROM attachment
		WHERE type = 'ticket' AND id IN (SELECT CAST(value AS text) FROM (` + list + `) AS ids) AND (?2 = 0 OR time = ?2)
		ORDER BY rank, ticket, time, permanent, author, field`
	err = s.db.read(ctx, func(x *tx) error {
		rows, err := x.query(ctx, text, jsonInts(ids), when)
		if err != nil {
			return err
		}
		defer rows.Close()
		logs, err = scanLogs(rows, len(ids))
		return err
	})
	return logs, err
}

func scanLogs(rows *sql.Rows, size int) (map[int][]ticket.LogRow, error) {
	logs := make(map[int][]ticket.LogRow, size)
	for rows.Next() {
		var r ticket.LogRow
		var oldvalue, newvalue sql.NullString
		var rank int
		if err := rows.Scan(&r.Ticket, &r.Time, &r.Permanent, &r.Author, &r.Field, &oldvalue, &newvalue, &rank); err != nil {
			return nil, err
		}
		if rank == 0 {
			logs[r.Ticket] = nil
			continue
		}
		if _, found := logs[r.Ticket]; found { // otherwise these are left over from a deleted ticket
			r.New = newvalue.String
			if r.Permanent {
				r.Old = oldvalue.String
			} else {
				r.Attachment = oldvalue.String
			}
			logs[r.Ticket] = append(logs[r.Ticket], r)
		}
	}
	return logs, rows.Err()
}
