package encode

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"tracrpc/publish"
)

// telling is what an event tells, and where.
type telling struct {
	place  []string // the path within the environment
	former []string // what it was before it was renamed or moved; nil when it was not
	body   object
}

// tell takes an event apart. Where others who publish on such streams have a name
// for something, it has that name. An event with data that nobody understands
// still says what it is about.
func (g GitPubSub) tell(e publish.Event) telling {
	t, err := g.tellRealm(e)
	if err != nil || t.place == nil {
		t = telling{place: append([]string{e.Realm}, splitName(e.ID)...), body: about(e, e.Realm, e.ID, "")}
	}
	return t
}

func (g GitPubSub) tellRealm(e publish.Event) (telling, error) {
	switch e.Realm {
	case publish.Ticket:
		return g.ticket(e)
	case publish.Wiki:
		return g.page(e)
	case publish.Attachment:
		return g.attachment(e)
	case publish.Component, publish.Version, publish.Milestone, publish.Enum:
		return g.list(e)
	case publish.Permission:
		return g.permission(e)
	}
	return telling{}, nil
}

// about is what each event begins with.
func about(e publish.Event, kind string, id any, title string) object {
	return object{
		{"type", kind}, {"action", e.Verb}, {"env", e.Env}, {"id", id}, {"user", e.Author},
		{"time", isoformat(e.Time.UnixMicro())}, {"title", title},
	}
}

// short is what is left of what is too long: what it is about.
func (t telling) short() object {
	const beginning, longest = 7, 1000
	short := slices.Clone(t.body[:beginning])
	for i, m := range short {
		if text, isText := m.value.(string); isText && len(text) > longest {
			short[i].value = strings.ToValidUTF8(text[:longest], "")
		}
	}
	return short
}

// link appends the page of Trac's about it, where there is one still.
func (g GitPubSub) link(o object, e publish.Event, path string) object {
	if g.BaseURL == "" || e.Verb == publish.Deleted {
		return o
	}
	return append(o, member{"link", strings.TrimSuffix(g.BaseURL, "/") + path})
}

func (g GitPubSub) ticket(e publish.Event) (telling, error) {
	d, err := publish.DataOf[publish.TicketData](e)
	if err != nil {
		return telling{}, err
	}
	id := strconv.Itoa(d.Ticket.ID)
	page := "/ticket/" + id
	if d.Number > 0 && e.Verb != publish.ChangeDeleted {
		page += "#comment:" + strconv.Itoa(d.Number)
	}
	body := g.link(about(e, e.Realm, d.Ticket.ID, d.Ticket.Fields["summary"]), e, page)
	if len(d.Fields) > 0 {
		changes := make(object, len(d.Fields))
		for i, f := range d.Fields {
			changes[i] = member{f.Name, object{{"old", g.value(f.Name, f.Old)}, {"new", g.value(f.Name, f.New)}}}
		}
		body = append(body, member{"changes", changes})
	}
	if d.Comment != "" || d.Number > 0 {
		body = append(body, member{"comment", comment(d)})
	}
	return telling{place: []string{e.Realm, id}, body: append(body, member{"ticket", g.state(d.Ticket)})}, nil
}

func comment(d publish.TicketData) object {
	o := object{{"number", d.Number}, {"text", d.Comment}}
	if d.ReplyTo != "" {
		o = append(o, member{"replyto", d.ReplyTo})
	}
	if d.Replaced != nil {
		o = append(o, member{"old_text", d.Replaced})
	}
	if d.At != 0 {
		o = append(o, member{"time", isoformat(d.At)})
	}
	return o
}

// state is a ticket after the change, or before its deletion.
func (g GitPubSub) state(t publish.TicketState) object {
	o := object{{"id", t.ID}, {"time", isoTime(t.Time)}, {"changetime", isoTime(t.Changetime)}}
	for _, name := range slices.Sorted(maps.Keys(t.Fields)) {
		o = append(o, member{name, g.value(name, t.Fields[name])})
	}
	return o
}

func (g GitPubSub) value(name, value string) any {
	return Redis{TimeFields: g.TimeFields}.value(name, value)
}

func (g GitPubSub) page(e publish.Event) (telling, error) {
	d, err := publish.DataOf[publish.PageData](e)
	if err != nil {
		return telling{}, err
	}
	t := telling{place: append([]string{e.Realm}, splitName(d.Name)...)}
	t.body = append(g.link(about(e, e.Realm, d.Name, d.Name), e, JoinPath(t.place)), member{"page", object{
		{"name", d.Name}, {"version", d.Version}, {"time", isoTime(d.Time)}, {"author", d.Author},
		{"comment", d.Comment}, {"readonly", d.Readonly}, {"text", d.Text},
	}})
	var old object
	if d.OldVersion != 0 {
		old = append(old, member{"version", d.OldVersion})
	}
	if d.OldReadonly != nil {
		old = append(old, member{"readonly", *d.OldReadonly})
	}
	if d.OldText != nil {
		old = append(old, member{"text", d.OldText})
	}
	if old != nil {
		t.body = append(t.body, member{"old", old})
	}
	return t, nil
}

// attachment lies below what the attachment hangs on.
func (g GitPubSub) attachment(e publish.Event) (telling, error) {
	d, err := publish.DataOf[publish.AttachmentData](e)
	if err != nil {
		return telling{}, err
	}
	parent := append([]string{d.ParentRealm}, splitName(d.ParentID)...)
	page := "/attachment" + JoinPath(parent) + "/" + url.PathEscape(d.Filename)
	t := telling{place: append(parent, publish.Attachment), body: g.link(about(e, e.Realm, d.Filename, d.Filename), e, page)}
	t.body = append(t.body, member{"attachment", object{
		{"parent", hangsOn(d.ParentRealm, d.ParentID)}, {"filename", d.Filename}, {"size", d.Size},
		{"time", isoTime(d.Time)}, {"author", d.Author}, {"description", d.Description},
	}})
	if d.OldParentRealm != "" {
		t.body = append(t.body, member{"old", object{{"parent", hangsOn(d.OldParentRealm, d.OldParentID)}}})
		t.former = append(append([]string{d.OldParentRealm}, splitName(d.OldParentID)...), publish.Attachment)
	}
	return t, nil
}

func hangsOn(realm, id string) object { return object{{"realm", realm}, {"id", id}} }

// list tells of components, versions, milestones and enums; of an enum under the
// name of its field.
func (g GitPubSub) list(e publish.Event) (telling, error) {
	d, err := publish.DataOf[publish.ListData](e)
	if err != nil {
		return telling{}, err
	}
	item, kind := d.Item(), e.Realm
	if kind == publish.Enum {
		kind = item.Type
	}
	t := telling{place: append([]string{kind}, splitName(item.Name)...), body: about(e, kind, item.Name, item.Name)}
	if kind == publish.Milestone {
		t.body = g.link(t.body, e, JoinPath(t.place))
	}
	if d.New != nil {
		t.body = append(t.body, member{"new", listItem(e.Realm, *d.New)})
	}
	if d.Old != nil {
		t.body = append(t.body, member{"old", listItem(e.Realm, *d.Old)})
		if d.Old.Name != item.Name {
			t.former = append([]string{kind}, splitName(d.Old.Name)...)
		}
	}
	if len(d.Moved) > 0 {
		moved := make(array, len(d.Moved))
		for i, other := range d.Moved {
			moved[i] = listItem(e.Realm, other)
		}
		t.body = append(t.body, member{"moved", moved})
	}
	return t, nil
}

// permission tells that somebody was given or lost an action, or came into or
// left a group.
func (g GitPubSub) permission(e publish.Event) (telling, error) {
	d, err := publish.DataOf[publish.PermissionData](e)
	if err != nil {
		return telling{}, err
	}
	place := append([]string{e.Realm}, splitName(e.ID)...)
	return telling{place: place, body: append(about(e, e.Realm, e.ID, e.ID), member{"permission", d.Action})}, nil
}
