package encode

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"tracrpc/publish"
)

func (a AMQP) ticketNotes(e publish.Event) ([]note, error) {
	d, err := publish.DataOf[publish.TicketData](e)
	if err != nil {
		return nil, err
	}
	t := a.ticketTelling(e, d)
	switch e.Verb {
	case publish.Created:
		return append([]note{t.created()}, t.tags(nil, d.Ticket.Fields)...), nil
	case publish.Changed:
		return t.changed(), nil
	case publish.CommentModified:
		return []note{t.commentModified()}, nil
	case publish.ChangeDeleted:
		return t.changeDeleted(), nil
	case publish.Deleted:
		return append(t.tags(d.Ticket.Fields, nil), t.deleted()), nil
	}
	return nil, nil
}

// ticketTelling is what the messages of an event about a ticket have in common.
type ticketTelling struct {
	publish.TicketData
	amqp   AMQP
	author string
	info   object
}

func (a AMQP) ticketTelling(e publish.Event, d publish.TicketData) ticketTelling {
	info := object{{"id", d.Ticket.ID}, {"time", moment(d.Ticket.Time)}, {"changetime", moment(d.Ticket.Changetime)}}
	for _, name := range slices.Sorted(maps.Keys(d.Ticket.Fields)) {
		if value := d.Ticket.Fields[name]; name == "description" {
			info = a.long(info, name, value)
		} else {
			info = append(info, member{name, a.value(name, value)})
		}
	}
	return ticketTelling{d, a, e.Author, info}
}

// value is a field's value. Times are stored as microseconds.
func (a AMQP) value(name, value string) any {
	if name == "description" {
		return a.bounded(value)
	}
	if micro, err := strconv.ParseInt(value, 10, 64); err == nil && slices.Contains(a.TimeFields, name) {
		return moment(micro)
	}
	return value
}

func (t ticketTelling) field(name string) string { return t.Ticket.Fields[name] }

// note begins a message with what all about the ticket have.
func (t ticketTelling) note(kind, address string, words []string, headers ...member) note {
	headers = append(object{{"id", t.Ticket.ID}, {"component", t.field("component")}}, headers...)
	return note{kind: kind, words: words, address: "ticket." + address, headers: headers, info: t.info, comment: t.Comment}
}

func (t ticketTelling) created() note {
	n := t.note("Import", "created", []string{"ticket"}, member{"importType", "ticket"}, member{"reporter", t.field("reporter")})
	n.more = object{{"type", "ticket"}}
	return n
}

func (t ticketTelling) deleted() note {
	return t.note("TicketDelete", "deleted", []string{t.field("component")})
}

// changed is a message for each field, and one for the comment.
func (t ticketTelling) changed() []note {
	before := maps.Clone(t.Ticket.Fields)
	var notes []note
	for _, f := range t.Fields {
		before[f.Name] = f.Old
		notes = append(notes, t.stateChange(f.Name, f.Old, f.New))
	}
	notes = append(notes, t.tags(before, t.Ticket.Fields)...)
	if t.Comment != "" {
		n := t.note("TicketComment", "comment", []string{t.field("component"), t.author}, member{"number", t.Number})
		n.more = object{{"number", t.Number}, {"replyto", t.ReplyTo}}
		notes = append(notes, n)
	}
	return notes
}

func (t ticketTelling) stateChange(field, before, after string) note {
	address := "changed"
	if field == "status" && after != "" {
		address = plainWord(after)
	}
	kind := t.field("type")
	n := t.note("TicketStateChange", address, []string{kind, field},
		member{"parent", nil}, member{"method", kind}, member{"attribute", field}, member{"old", before}, member{"new", after})
	n.change = change{field, t.amqp.value(field, before), t.amqp.value(field, after)}
	return n
}

func (t ticketTelling) commentModified() note {
	n := t.note("TicketCommentChange", "comment_modified", []string{t.field("component"), t.author}, member{"number", t.Number})
	n.change = change{"comment", t.Replaced, t.Comment}
	n.more = object{{"number", t.Number}, {"commented", moment(t.At)}}
	return n
}

// changeDeleted is a message for each field that has its old value again, and one
// for the change.
func (t ticketTelling) changeDeleted() []note {
	before := maps.Clone(t.Ticket.Fields)
	var notes []note
	for _, f := range t.Fields {
		if f.Old != f.New && t.field(f.Name) == f.Old {
			before[f.Name] = f.New
			notes = append(notes, t.stateChange(f.Name, f.New, f.Old))
		}
	}
	notes = append(notes, t.tags(before, t.Ticket.Fields)...)
	n := t.note("TicketChangeDelete", "change_deleted", []string{t.field("component"), t.author}, member{"number", t.Number})
	n.more = object{{"number", t.Number}, {"commented", moment(t.At)}}
	return append(notes, n)
}

// tags are the messages of milestones and keywords that a ticket has no longer,
// and of those that it has now.
func (t ticketTelling) tags(before, after map[string]string) []note {
	var notes []note
	for _, attribute := range []string{"milestone", "keywords"} {
		old, current := labels(attribute, before), labels(attribute, after)
		for _, label := range old {
			if !slices.Contains(current, label) {
				notes = append(notes, t.tag("Untag", attribute, label))
			}
		}
		for _, label := range current {
			if !slices.Contains(old, label) {
				notes = append(notes, t.tag("Tag", attribute, label))
			}
		}
	}
	return notes
}

func labels(attribute string, fields map[string]string) []string {
	value := fields[attribute]
	switch {
	case value == "":
		return nil
	case attribute == "milestone":
		return []string{value}
	}
	words := strings.FieldsFunc(value, func(r rune) bool { return strings.ContainsRune(" \t\r\n,;", r) })
	slices.Sort(words)
	return slices.Compact(words)
}

func (t ticketTelling) tag(kind, attribute, label string) note {
	id := strconv.Itoa(t.Ticket.ID)
	n := t.note(kind, strings.ToLower(kind), []string{label, id, t.author},
		member{"tag", label}, member{"name", id}, member{"user", t.author}, member{"attribute", attribute})
	n.change.attribute = attribute
	n.more = object{{"tag", object{{"name", label}}}, {"user", object{{"name", t.author}}}}
	return n
}
