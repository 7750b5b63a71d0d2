package ticket

import (
	"strconv"
	"time"

	"tracrpc/publish"
)

// State copies a ticket's state as events tell it.
func (t *Ticket) State() publish.TicketState {
	fields := make(map[string]string, len(standard)+len(t.Custom))
	for _, name := range standard {
		fields[name] = *t.at(name)
	}
	for name, value := range t.Custom {
		fields[name] = value
	}
	return publish.TicketState{ID: t.ID, Time: t.Time, Changetime: t.Changetime, Fields: fields}
}

// CreatedEvent tells of a new ticket.
func CreatedEvent(t *Ticket, author string) (publish.Event, error) {
	return event(t.Time, publish.Created, t, author, publish.TicketData{})
}

// ChangedEvent tells of a save.
func ChangedEvent(before, after *Ticket, c Change) (publish.Event, error) {
	fields := Diff(before, after)
	old := make(map[string]string, len(fields))
	for _, f := range fields {
		old[f.Name] = f.Old
	}
	return event(c.Time, publish.Changed, after, c.Author, publish.TicketData{
		Fields: fields, Old: old, Comment: c.Comment, Number: c.Number, ReplyTo: c.ReplyTo,
	})
}

// DeletedEvent tells of a ticket that is gone, with its last values.
func DeletedEvent(t *Ticket, author string, when int64) (publish.Event, error) {
	return event(when, publish.Deleted, t, author, publish.TicketData{})
}

// CommentModifiedEvent tells of a comment with a new text.
func CommentModifiedEvent(t *Ticket, e CommentEdit, at int64, replaced string) (publish.Event, error) {
	return event(e.Time, publish.CommentModified, t, e.Author, publish.TicketData{
		Comment: e.Text, Number: e.Number, Replaced: &replaced, At: at,
	})
}

// ChangeDeletedEvent tells of a change that was taken back with its comment: Old
// and Fields say how the change had been made.
func ChangeDeletedEvent(t *Ticket, d ChangeDeletion, at int64, text string, fields []FieldChange) (publish.Event, error) {
	return event(d.Time, publish.ChangeDeleted, t, d.Author, publish.TicketData{
		Comment: text, Number: d.Number, Fields: fields, At: at,
	})
}

func event(when int64, verb string, t *Ticket, author string, data publish.TicketData) (publish.Event, error) {
	data.Ticket = t.State()
	return publish.NewEvent(time.UnixMicro(when).UTC(), publish.Ticket, verb, strconv.Itoa(t.ID), author, data)
}
