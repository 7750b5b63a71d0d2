package ticket

import (
	"strconv"
	"time"

	"tracrpc/publish"
)

// Data is what the events of the realm ticket tell. It is enough to render any
// of the formats that sinks speak, without asking the database.
type Data struct {
	Ticket   Snapshot          `json:"ticket"`             // after the change; before the deletion
	Fields   []FieldChange     `json:"fields,omitempty"`   // what changed
	Old      map[string]string `json:"old,omitempty"`      // the old values of the changed fields
	Comment  string            `json:"comment,omitempty"`  // the text
	Number   int               `json:"number,omitempty"`   // of the comment
	ReplyTo  string            `json:"replyto,omitempty"`  // the number of the comment that it answers
	Replaced *string           `json:"replaced,omitempty"` // the text that an edited comment had before
	At       int64             `json:"at,omitempty"`       // when the edited or deleted change was made, in microseconds
}

// Snapshot is a ticket's whole state. Fields holds every standard field and every
// custom field that was ever set; times are microseconds.
type Snapshot struct {
	ID         int               `json:"id"`
	Time       int64             `json:"time"`
	Changetime int64             `json:"changetime"`
	Fields     map[string]string `json:"fields"`
}

// NewSnapshot copies a ticket's state.
func NewSnapshot(t *Ticket) Snapshot {
	fields := make(map[string]string, len(standard)+len(t.Custom))
	for _, name := range standard {
		fields[name] = *t.at(name)
	}
	for name, value := range t.Custom {
		fields[name] = value
	}
	return Snapshot{ID: t.ID, Time: t.Time, Changetime: t.Changetime, Fields: fields}
}

// CreatedEvent tells of a new ticket.
func CreatedEvent(t *Ticket, author string) (publish.Event, error) {
	return event(t.Time, publish.Created, t, author, Data{})
}

// ChangedEvent tells of a save.
func ChangedEvent(before, after *Ticket, c Change) (publish.Event, error) {
	fields := Diff(before, after)
	old := make(map[string]string, len(fields))
	for _, f := range fields {
		old[f.Name] = f.Old
	}
	return event(c.Time, publish.Changed, after, c.Author, Data{
		Fields: fields, Old: old, Comment: c.Comment, Number: c.Number, ReplyTo: c.ReplyTo,
	})
}

// DeletedEvent tells of a ticket that is gone, with its last values.
func DeletedEvent(t *Ticket, author string, when int64) (publish.Event, error) {
	return event(when, publish.Deleted, t, author, Data{})
}

// CommentModifiedEvent tells of a comment with a new text.
func CommentModifiedEvent(t *Ticket, e CommentEdit, at int64, replaced string) (publish.Event, error) {
	return event(e.Time, publish.CommentModified, t, e.Author, Data{
		Comment: e.Text, Number: e.Number, Replaced: &replaced, At: at,
	})
}

// ChangeDeletedEvent tells of a change that was taken back with its comment: Old
// and Fields say how the change had been made.
func ChangeDeletedEvent(t *Ticket, d ChangeDeletion, at int64, text string, fields []FieldChange) (publish.Event, error) {
	return event(d.Time, publish.ChangeDeleted, t, d.Author, Data{
		Comment: text, Number: d.Number, Fields: fields, At: at,
	})
}

func event(when int64, verb string, t *Ticket, author string, data Data) (publish.Event, error) {
	data.Ticket = NewSnapshot(t)
	return publish.NewEvent(time.UnixMicro(when).UTC(), publish.Ticket, verb, strconv.Itoa(t.ID), author, data)
}
