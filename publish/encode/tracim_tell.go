package encode

import (
	"strconv"
	"strings"

	"tracrpc/publish"
)

// tell takes an event apart into its live messages.
func (t Tracim) tell(e publish.Event) ([]liveMessage, error) {
	switch e.Realm {
	case publish.Ticket:
		return t.ticket(e)
	case publish.Wiki:
		return t.page(e)
	case publish.Attachment:
		return t.attachment(e)
	case publish.Milestone, publish.Component, publish.Version, publish.Enum:
		return t.list(e)
	case publish.Permission:
		return t.permission(e)
	}
	return nil, nil
}

// tracimVerbs are Tracim's operations, and the revisions of contents that they
// make.
var tracimVerbs = map[string]struct{ operation, revision string }{
	publish.Created: {"created", "creation"},
	publish.Deleted: {"deleted", "deletion"},
	publish.Renamed: {"moved", "move"},
}

// tracimVerb are the operation and the revision of a verb. Whatever is nothing
// else modifies something.
func tracimVerb(verb string) (operation, revision string) {
	if v, known := tracimVerbs[verb]; known {
		return v.operation, v.revision
	}
	return "modified", "edition"
}

func (t Tracim) ticket(e publish.Event) ([]liveMessage, error) {
	d, err := publish.DataOf[publish.TicketData](e)
	if err != nil {
		return nil, err
	}
	thread, comment := t.thread(e, d), t.comment(e, d)
	switch e.Verb {
	case publish.CommentModified, publish.ChangeDeleted:
		return []liveMessage{comment}, nil
	case publish.Changed:
		if d.Comment == "" {
			return []liveMessage{thread}, nil
		}
		if len(d.Fields) == 0 {
			return []liveMessage{comment}, nil
		}
		return []liveMessage{thread, comment}, nil
	}
	return []liveMessage{thread}, nil
}

func (t Tracim) thread(e publish.Event, d publish.TicketData) liveMessage {
	fields := d.Ticket.Fields
	operation, revision := tracimVerb(e.Verb)
	var changes object
	for _, f := range d.Fields {
		changes = append(changes, member{f.Name, object{{"old", f.Old}, {"new", f.New}}})
		if f.Name == "status" {
			revision = "status-update"
		}
	}
	c := content{
		id: d.Ticket.ID, kind: "thread", label: fields["summary"], extension: ".thread.html", status: ticketStatus(fields),
		revision: revision, version: d.Number + 1, author: fields["reporter"], created: d.Ticket.Time, modified: d.Ticket.Changetime,
		assignee: fields["owner"], deleted: e.Verb == publish.Deleted,
	}
	if name := fields["milestone"]; name != "" {
		c.parent = TracimID("folder", name)
	}
	return liveMessage{kind: "content." + operation + ".thread", raw: fields["description"], changes: changes, fields: c.fields(e)}
}

// ticketStatus is which of Tracim's states a ticket is in.
func ticketStatus(fields map[string]string) string {
	switch {
	case fields["status"] != "closed":
		return "open"
	case fields["resolution"] == "fixed":
		return "closed-validated"
	case fields["resolution"] == "obsolete":
		return "closed-deprecated"
	}
	return "closed-unvalidated"
}

func (t Tracim) comment(e publish.Event, d publish.TicketData) liveMessage {
	operation, revision := "created", "creation"
	switch e.Verb {
	case publish.CommentModified:
		operation, revision = "modified", "edition"
	case publish.ChangeDeleted:
		operation, revision = "deleted", "deletion"
	}
	number := strconv.Itoa(d.Number)
	c := content{
		id: TracimID("comment", strconv.Itoa(d.Ticket.ID)+"/"+number), kind: "comment", status: "open", revision: revision, version: 1,
		author: e.Author, created: d.At, modified: e.Time.UnixMicro(), parent: d.Ticket.ID, parentKind: "thread",
		parentLabel: d.Ticket.Fields["summary"], deleted: e.Verb == publish.ChangeDeleted,
	}
	return liveMessage{kind: "content." + operation + ".comment", raw: d.Comment, fields: c.fields(e)}
}

func (t Tracim) page(e publish.Event) ([]liveMessage, error) {
	d, err := publish.DataOf[publish.PageData](e)
	if err != nil {
		return nil, err
	}
	operation, revision := tracimVerb(e.Verb)
	c := content{
		id: TracimID("page", d.Name), kind: "html-document", label: d.Name, extension: ".document.html", status: "open", revision: revision,
		version: d.Version, author: d.Author, modified: d.Time, readonly: d.Readonly, deleted: e.Verb == publish.Deleted,
	}
	return []liveMessage{{kind: "content." + operation + ".html-document", raw: d.Text, fields: c.fields(e)}}, nil
}

func (t Tracim) attachment(e publish.Event) ([]liveMessage, error) {
	d, err := publish.DataOf[publish.AttachmentData](e)
	if err != nil {
		return nil, err
	}
	parent, kind := tracimParent(d.ParentRealm, d.ParentID)
	operation, revision := tracimVerb(e.Verb)
	c := content{
		id: TracimID("file", d.ParentRealm+"/"+d.ParentID+"/"+d.Filename), kind: "file", label: d.Filename, status: "open",
		revision: revision, version: 1, author: d.Author, created: d.Time, modified: d.Time, parent: parent, parentKind: kind,
		parentLabel: d.ParentID, deleted: e.Verb == publish.Deleted, size: &d.Size,
	}
	m := liveMessage{kind: "content." + operation + ".file", fields: c.fields(e)}
	if d.Description != nil {
		m.raw = *d.Description
	}
	return []liveMessage{m}, nil
}

// tracimParent is what something hangs on.
func tracimParent(realm, id string) (number int, kind string) {
	switch realm {
	case publish.Ticket:
		if n, err := strconv.Atoi(id); err == nil {
			return n, "thread"
		}
	case publish.Milestone:
		return TracimID("folder", id), "folder"
	}
	return TracimID("page", id), "html-document"
}

func (t Tracim) list(e publish.Event) ([]liveMessage, error) {
	d, err := publish.DataOf[publish.ListData](e)
	if err != nil {
		return nil, err
	}
	item := d.Item()
	operation, revision := tracimVerb(e.Verb)
	var changes object
	if d.Old != nil && d.Old.Name != item.Name {
		changes = object{{"name", object{{"old", d.Old.Name}, {"new", item.Name}}}}
	}
	if e.Realm == publish.Milestone {
		c := content{
			id: TracimID("folder", item.Name), kind: "folder", label: item.Name, status: "open", revision: revision, version: 1,
			author: e.Author, modified: e.Time.UnixMicro(), deleted: e.Verb == publish.Deleted,
		}
		if item.Completed != 0 {
			c.status = "closed-validated"
		}
		return []liveMessage{{kind: "content." + operation + ".folder", raw: item.Description, changes: changes, fields: c.fields(e)}}, nil
	}
	kind := e.Realm
	if kind == publish.Enum {
		kind = item.Type
	}
	return []liveMessage{{kind: "tag." + strings.ReplaceAll(operation, "moved", "modified"), changes: changes, fields: func(l tracimLimits) object {
		return object{{"tag", object{
			{"tag_id", TracimID("tag", kind+"/"+item.Name)}, {"tag_name", cut(item.Name, l.label)},
			{"workspace_id", TracimID("workspace", e.Env)}, {"kind", kind},
		}}}
	}}}, nil
}

// permission tells that somebody was given or lost an action: what they may do in
// the workspace is another thing than before.
func (t Tracim) permission(e publish.Event) ([]liveMessage, error) {
	d, err := publish.DataOf[publish.PermissionData](e)
	if err != nil {
		return nil, err
	}
	return []liveMessage{{kind: "workspace_member.modified", fields: func(l tracimLimits) object {
		return object{
			{"user", tracimUserOf(e.ID, e.Env, l)},
			{"member", object{{"role", "contributor"}, {"do_notify", false}, {"permission", cut(d.Action, l.label)}, {"granted", e.Verb != publish.Deleted}}},
		}
	}}}, nil
}
