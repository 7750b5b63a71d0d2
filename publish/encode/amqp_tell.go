package encode

import (
	"strconv"

	"tracrpc/publish"
)

func (a AMQP) pageNotes(e publish.Event) ([]note, error) {
	d, err := publish.DataOf[publish.PageData](e)
	if err != nil {
		return nil, err
	}
	begin := func(kind string, words []string, headers ...member) note {
		headers = append(object{{"name", d.Name}, {"version", d.Version}}, headers...)
		return note{kind: kind, words: words, address: "wiki." + e.Verb, headers: headers, info: a.page(d), comment: d.Comment}
	}
	switch e.Verb {
	case publish.Created:
		n := begin("Import", []string{"wiki"}, member{"importType", "wiki"})
		n.more = object{{"type", "wiki"}}
		return []note{n}, nil
	case publish.Deleted:
		return []note{begin("WikiDelete", []string{d.Name})}, nil
	}
	var notes []note
	for _, c := range a.pageChanges(e, d) {
		n := begin("WikiStateChange", []string{c.attribute.(string), d.Name},
			member{"attribute", c.attribute}, member{"old", c.before}, member{"new", c.after})
		n.change = c
		notes = append(notes, n)
	}
	return notes, nil
}

func (a AMQP) page(d publish.PageData) object {
	o := object{
		{"name", d.Name}, {"version", d.Version}, {"time", moment(d.Time)}, {"author", d.Author}, {"comment", d.Comment},
		{"readonly", d.Readonly},
	}
	return a.long(o, "text", d.Text)
}

// pageChanges are what is other than before. A new version of the same text is
// still another version.
func (a AMQP) pageChanges(e publish.Event, d publish.PageData) []change {
	if e.Verb == publish.VersionDeleted {
		return []change{{"version", d.Version, nil}}
	}
	var list []change
	if d.OldText != nil && *d.OldText != d.Text {
		list = append(list, change{"text", a.bounded(*d.OldText), a.bounded(d.Text)})
	}
	if d.OldReadonly != nil && *d.OldReadonly != d.Readonly {
		list = append(list, change{"readonly", number(*d.OldReadonly), number(d.Readonly)})
	}
	if len(list) == 0 {
		list = append(list, change{"version", d.OldVersion, d.Version})
	}
	return list
}

// number is 1 for yes, as it is in Trac's database: not every broker can bind
// queues by headers that are true.
func number(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

func (a AMQP) attachmentNotes(e publish.Event) ([]note, error) {
	d, err := publish.DataOf[publish.AttachmentData](e)
	if err != nil {
		return nil, err
	}
	headers := object{{"name", d.Filename}, {"parent_realm", d.ParentRealm}, {"parent", d.ParentID}}
	if id, err := strconv.Atoi(d.ParentID); err == nil && d.ParentRealm == publish.Ticket {
		headers = append(headers, member{"id", id}) // a number, as in the messages of the ticket itself
	}
	n := note{address: "attachment." + e.Verb, headers: headers, comment: d.Description, info: object{
		{"parent_realm", d.ParentRealm}, {"parent_id", d.ParentID}, {"filename", d.Filename}, {"size", d.Size},
		{"time", moment(d.Time)}, {"author", d.Author}, {"description", d.Description},
	}}
	switch e.Verb {
	case publish.Created:
		n.kind, n.words = "Import", []string{"attachment"}
		n.headers = append(n.headers, member{"importType", "attachment"})
		n.more = object{{"type", "attachment"}}
	case publish.Renamed:
		n.kind, n.words = "AttachmentStateChange", []string{"parent", d.Filename}
		n.change = change{"parent", d.OldParentRealm + ":" + d.OldParentID, d.ParentRealm + ":" + d.ParentID}
		n.headers = append(n.headers, member{"attribute", "parent"}, member{"old", n.change.before}, member{"new", n.change.after})
	default:
		n.kind, n.words = "AttachmentDelete", []string{d.ParentRealm, d.ParentID}
	}
	return []note{n}, nil
}

// actions are Koji's words for what becomes of what is in a list.
var actions = map[string]string{publish.Created: "add", publish.Changed: "update", publish.Deleted: "remove"}

// listNotes tells of components, versions, milestones and enums. A message of a
// change has the name that the item had before it.
func (a AMQP) listNotes(e publish.Event) ([]note, error) {
	d, err := publish.DataOf[publish.ListData](e)
	if err != nil {
		return nil, err
	}
	item, realm := d.Item(), e.Realm
	if realm == publish.Enum {
		realm = item.Type
	}
	known, old, current := item.Name, any(nil), any(nil)
	if d.Old != nil {
		known, old = d.Old.Name, koji(listItem(e.Realm, *d.Old), *d.Old)
	}
	if d.New != nil {
		current = koji(listItem(e.Realm, *d.New), *d.New)
	}
	n := note{kind: "ListChange", words: []string{realm, known}, address: realm + "." + e.Verb, info: koji(listItem(e.Realm, item), item)}
	n.headers = object{{"tag", realm}, {"package", known}, {"name", item.Name}, {"action", actions[e.Verb]}}
	n.change = change{nil, old, current}
	n.more = object{
		{"action", actions[e.Verb]}, {"tag", object{{"name", realm}}}, {"package", object{{"name", known}}}, {"moved", moved(d.Moved)},
	}
	notes := []note{n}
	if kind, address := milestoneTurn(e, d); kind != "" {
		notes = append(notes, note{
			kind: kind, words: []string{item.Name}, address: address, info: n.info,
			headers: object{{"tag", item.Name}}, more: object{{"tag", object{{"name", item.Name}}}},
		})
	}
	return notes, nil
}

// koji writes the times of an item as all other times of messages are written.
func koji(o object, item publish.ListItem) object {
	for i, m := range o {
		switch m.name {
		case "time":
			o[i].value = moment(item.Time)
		case "due":
			o[i].value = moment(item.Due)
		case "completed":
			o[i].value = moment(item.Completed)
		}
	}
	return o
}

// moved are the enums that have other places now.
func moved(items []publish.ListItem) array {
	list := make(array, len(items))
	for i, item := range items {
		list[i] = listItem(publish.Enum, item)
	}
	return list
}

// milestoneTurn tells whether a milestone was opened or completed; "" for neither.
func milestoneTurn(e publish.Event, d publish.ListData) (kind, address string) {
	if e.Realm != publish.Milestone || d.New == nil {
		return "", ""
	}
	was, done := d.Old != nil && d.Old.Completed != 0, d.New.Completed != 0
	switch {
	case done && !was:
		return "MilestoneDone", "milestone.completed"
	case !done && (was || d.Old == nil):
		return "MilestoneInit", "milestone.opened"
	}
	return "", ""
}
