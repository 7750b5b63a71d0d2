package store

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"tracrpc/fault"
	"tracrpc/ticket"
)

// Comment finds a comment by its number.
func (s *Tickets) Comment(ctx context.Context, id, number int) (found ticket.LogRow, err error) {
	err = s.db.read(ctx, func(x *tx) error {
		rows, err := findChange(ctx, x, id, number)
		if err == nil {
			found = comment(rows)
		}
		return err
	})
	return found, err
}

// findChange reads all rows of the change that is comment number of a ticket: by
// the number that Trac keeps with it, or by counting where an old Trac kept none
// (ticket/model.py, _find_change).
func findChange(ctx context.Context, x *tx, id, number int) ([]ticket.LogRow, error) {
	all, err := changeRows(ctx, x, id)
	if err != nil {
		return nil, err
	}
	counted := 0
	var byCount []ticket.LogRow
	for len(all) > 0 {
		end := 1
		for end < len(all) && all[end].Time == all[0].Time {
			end++
		}
		rows := all[:end]
		all = all[end:]
		if n, ok := ticket.CommentNumber(comment(rows).Old); !ok {
			counted++
		} else if counted = n; n == number {
			return rows, nil
		}
		if counted == number && byCount == nil {
			byCount = rows
		}
	}
	if byCount == nil {
		return nil, fault.New(fault.NotFound, "Comment %d of ticket %d does not exist.", number, id)
	}
	return byCount, nil
}

// changeRows reads a ticket's changes in their order.
func changeRows(ctx context.Context, x *tx, id int) ([]ticket.LogRow, error) {
	rows, err := x.query(ctx, `
		SELECT time, COALESCE(author, ''), field, COALESCE(oldvalue, ''), COALESCE(newvalue, '')
		FROM ticket_change
		WHERE ticket = ?1
		ORDER BY time, field`, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []ticket.LogRow
	for rows.Next() {
		r := ticket.LogRow{Ticket: id, Permanent: true}
		if err := rows.Scan(&r.Time, &r.Author, &r.Field, &r.Old, &r.New); err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, rows.Err()
}

// comment is the comment among the rows of one change, or a row that stands for
// one that was never made.
func comment(rows []ticket.LogRow) ticket.LogRow {
	author := ""
	for _, r := range rows {
		if r.Field == "comment" {
			return r
		}
		if author == "" && !strings.HasPrefix(r.Field, "_") {
			author = r.Author
		}
	}
	return ticket.LogRow{Ticket: rows[0].Ticket, Time: rows[0].Time, Author: author, Permanent: true}
}

// edits are the rows that keep the history of a comment, the oldest first: Old is
// the text that was replaced, Author who replaced it, New when.
func edits(rows []ticket.LogRow) []ticket.LogRow {
	var found []ticket.LogRow
	for _, r := range rows {
		if _, ok := editNumber(r.Field); ok {
			found = append(found, r)
		}
	}
	slices.SortFunc(found, func(a, b ticket.LogRow) int {
		m, _ := editNumber(a.Field)
		n, _ := editNumber(b.Field)
		return cmp.Compare(m, n)
	})
	return found
}

func editNumber(field string) (int, bool) {
	digits, found := strings.CutPrefix(field, "_comment")
	n, err := strconv.Atoi(digits)
	return n, found && err == nil
}

// History lists the texts that a comment had, the newest last.
func (s *Tickets) History(ctx context.Context, id, number int) (history []ticket.Revision, err error) {
	err = s.db.read(ctx, func(x *tx) error {
		rows, err := findChange(ctx, x, id, number)
		if err != nil {
			return err
		}
		history = revisions(rows)
		return nil
	})
	return history, err
}

func revisions(rows []ticket.LogRow) []ticket.Revision {
	last := comment(rows)
	when, author, next := last.Time, last.Author, 0
	var history []ticket.Revision
	for _, e := range edits(rows) {
		n, _ := editNumber(e.Field)
		history = append(history, ticket.Revision{Number: n, Time: when, Author: author, Text: e.Old})
		when, _ = ticket.ReadTime(e.New)
		author, next = e.Author, n+1
	}
	return append(history, ticket.Revision{Number: next, Time: when, Author: author, Text: last.New})
}

// ModifyComment gives a comment a new text and keeps the old one.
func (s *Tickets) ModifyComment(ctx context.Context, id int, e ticket.CommentEdit) error {
	return s.db.write(ctx, func(x *tx) error {
		t, err := s.get(ctx, x, id)
		if err != nil {
			return err
		}
		rows, err := findChange(ctx, x, id, e.Number)
		if err != nil {
			return err
		}
		e.Time = after(t, e.Time)
		if err := modifyComment(ctx, x, rows, e); err != nil {
			return err
		}
		if err := touch(ctx, x, t, e.Time); err != nil {
			return err
		}
		was := comment(rows)
		event, err := ticket.CommentModifiedEvent(t, e, was.Time, was.New)
		if err != nil {
			return err
		}
		return x.emit(ctx, event)
	})
}

func modifyComment(ctx context.Context, x *tx, rows []ticket.LogRow, e ticket.CommentEdit) error {
	was := comment(rows)
	history := revisions(rows)
	kept := ticket.Change{Time: was.Time, Author: e.Author}
	field := "_comment" + strconv.Itoa(history[len(history)-1].Number)
	if err := logChange(ctx, x, was.Ticket, kept, field, was.New, strconv.FormatInt(e.Time, 10)); err != nil {
		return err
	}
	if was.Field == "" {
		kept.Author = was.Author
		return logChange(ctx, x, was.Ticket, kept, "comment", "", e.Text)
	}
	_, err := x.exec(ctx, `
		UPDATE ticket_change
		SET newvalue = ?1
		WHERE ticket = ?2 AND time = ?3 AND field = 'comment'`, e.Text, was.Ticket, was.Time)
	return err
}

// after is when, moved on if the ticket has been changed just then: its
// changetime tells states apart.
func after(t *ticket.Ticket, when int64) int64 {
	if when == t.Changetime {
		return when + 1
	}
	return when
}

// touch sets a ticket's changetime.
func touch(ctx context.Context, x *tx, t *ticket.Ticket, when int64) error {
	t.Changetime = when
	_, err := x.exec(ctx, `
		UPDATE ticket
		SET changetime = ?1
		WHERE id = ?2`, when, t.ID)
	return err
}
