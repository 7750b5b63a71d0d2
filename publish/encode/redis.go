package encode

import (
	"maps"
	"slices"
	"strconv"

	"tracrpc/publish"
)

// RedisMessage is what is published on one channel.
type RedisMessage struct {
	Channel string
	Body    []byte
}

// Redis writes the messages of tracext-redispub, the plugin for Trac, and further
// ones of the same kind.
type Redis struct {
	Prefix        string   // of the channels; "" for none
	PrivatePrefix string   // of the channels of private events
	Tickets       bool     // the plugin's RedisTicketStream
	Pages         bool     // the plugin's RedisWikiStream
	All           bool     // also what the plugin does not publish
	TimeFields    []string // the custom fields that hold times
}

// Messages are the messages of an event; none when nobody asked for it.
func (r Redis) Messages(e publish.Event) ([]RedisMessage, error) {
	name, body, err := r.write(e)
	if err != nil || name == "" {
		return nil, err
	}
	prefix := r.Prefix
	if e.Private {
		prefix = r.PrivatePrefix
	}
	if prefix != "" {
		prefix += "."
	}
	return []RedisMessage{{Channel: prefix + e.Env + "." + name, Body: appendPython(nil, body)}}, nil
}

// write chooses the channel and writes the body; the channel is "" when there is
// none for the event.
func (r Redis) write(e publish.Event) (channel string, body object, err error) {
	switch e.Realm {
	case publish.Ticket:
		return r.ticket(e)
	case publish.Wiki:
		return r.page(e)
	case publish.Attachment:
		return r.attachment(e)
	case publish.Component, publish.Version, publish.Milestone, publish.Enum:
		return r.list(e)
	default:
		return "", nil, nil
	}
}

func (r Redis) ticket(e publish.Event) (channel string, body object, err error) {
	original := e.Verb == publish.Created || e.Verb == publish.Changed || e.Verb == publish.Deleted
	if !r.Tickets || !original && !r.All {
		return "", nil, nil
	}
	d, err := publish.DataOf[publish.TicketData](e)
	if err != nil {
		return "", nil, err
	}
	channel = "ticket." + e.Verb
	if e.Verb == publish.Created || e.Verb == publish.Deleted {
		return channel, r.values(d.Ticket), nil
	}
	body = object{
		{"new_values", r.values(d.Ticket)},
		{"old_values", r.oldValues(d)},
		{"author", e.Author},
		{"comment", d.Comment},
		{"id", d.Ticket.ID},
	}
	switch e.Verb {
	case publish.CommentModified:
		body = append(body, member{"number", d.Number}, member{"old_comment", d.Replaced}, member{"time", isoformat(d.At)})
	case publish.ChangeDeleted:
		body = append(body, member{"number", d.Number}, member{"time", isoformat(d.At)})
	}
	return channel + "." + strconv.Itoa(d.Ticket.ID), body, nil
}

// values is a ticket as the plugin writes it. Its README has the id among the
// new values, its code does not; it does no harm.
func (r Redis) values(t publish.TicketState) object {
	values := make(object, 0, len(t.Fields)+3)
	for _, name := range slices.Sorted(maps.Keys(t.Fields)) {
		values = append(values, member{name, r.value(name, t.Fields[name])})
	}
	return append(values,
		member{"time", isoformat(t.Time)}, member{"changetime", isoformat(t.Changetime)}, member{"id", t.ID})
}

func (r Redis) oldValues(d publish.TicketData) object {
	values := make(object, 0, len(d.Fields))
	for _, c := range d.Fields {
		values = append(values, member{c.Name, r.value(c.Name, c.Old)})
	}
	return values
}

// value is a field's value. Times are stored as microseconds.
func (r Redis) value(name, value string) any {
	if !slices.Contains(r.TimeFields, name) {
		return value
	}
	if value == "" {
		return nil
	}
	micro, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return value
	}
	return isoformat(micro)
}

func (r Redis) page(e publish.Event) (channel string, body object, err error) {
	original := e.Verb == publish.Created || e.Verb == publish.Changed || e.Verb == publish.Deleted
	if !r.Pages || !original && !r.All {
		return "", nil, nil
	}
	d, err := publish.DataOf[publish.PageData](e)
	if err != nil {
		return "", nil, err
	}
	readonly := 0
	if d.Readonly {
		readonly = 1
	}
	body = object{
		{"name", d.Name},
		{"version", d.Version},
		{"time", isoformat(d.Time)},
		{"author", d.Author},
		{"text", d.Text},
		{"comment", d.Comment},
		{"readonly", readonly},
	}
	channel = "wiki." + e.Verb
	switch e.Verb {
	case publish.Created, publish.Deleted:
		return channel, body, nil
	case publish.Changed:
		body = append(body, member{"old_text", d.OldText})
	}
	return channel + "." + d.Name, body, nil
}

// attachment writes what the plugin does not publish.
func (r Redis) attachment(e publish.Event) (channel string, body object, err error) {
	if !r.All {
		return "", nil, nil
	}
	d, err := publish.DataOf[publish.AttachmentData](e)
	if err != nil {
		return "", nil, err
	}
	body = object{
		{"parent_realm", d.ParentRealm},
		{"parent_id", d.ParentID},
		{"filename", d.Filename},
		{"size", d.Size},
		{"time", isoformat(d.Time)},
		{"author", d.Author},
		{"description", d.Description},
	}
	if e.Verb == publish.Renamed {
		body = append(body, member{"old_parent_realm", d.OldParentRealm}, member{"old_parent_id", d.OldParentID})
	}
	return "attachment." + e.Verb, body, nil
}

// list writes what becomes of components, versions, milestones and enums, which
// the plugin does not publish either. A channel of a change ends in the name that
// the item had before it.
func (r Redis) list(e publish.Event) (channel string, body object, err error) {
	if !r.All {
		return "", nil, nil
	}
	d, err := publish.DataOf[publish.ListData](e)
	if err != nil {
		return "", nil, err
	}
	item := d.Item()
	realm := e.Realm
	if realm == publish.Enum {
		realm = item.Type
	}
	body = append(listItem(e.Realm, item), member{"changed_by", e.Author})
	channel = realm + "." + e.Verb
	if e.Verb == publish.Changed && d.Old != nil {
		return channel + "." + d.Old.Name, append(body, member{"old", listItem(e.Realm, *d.Old)}), nil
	}
	return channel, body, nil
}

func listItem(realm string, item publish.ListItem) object {
	o := object{{"name", item.Name}}
	switch realm {
	case publish.Component:
		o = append(o, member{"owner", item.Owner})
	case publish.Version:
		o = append(o, member{"time", isoTime(item.Time)})
	case publish.Milestone:
		o = append(o, member{"due", isoTime(item.Due)}, member{"completed", isoTime(item.Completed)})
	case publish.Enum:
		o = append(o, member{"value", item.Value})
	}
	return append(o, member{"description", item.Description})
}

// isoTime is a time, or null for none.
func isoTime(micro int64) any {
	if micro == 0 {
		return nil
	}
	return isoformat(micro)
}
