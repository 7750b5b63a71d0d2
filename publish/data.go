package publish

import (
	"encoding/json"
	"fmt"
)

// What events tell, by realm. Times are microseconds since 1970 UTC, 0 for none.
// It is enough to write any of the formats that sinks speak without asking the
// database.

// TicketData is the data of the realm ticket.
type TicketData struct {
	Ticket   TicketState       `json:"ticket"`             // after the change; before the deletion
	Fields   []FieldChange     `json:"fields,omitempty"`   // what changed, or what was taken back
	Old      map[string]string `json:"old,omitempty"`      // the old values of the changed fields
	Comment  string            `json:"comment,omitempty"`  // the text
	Number   int               `json:"number,omitempty"`   // of the comment
	ReplyTo  string            `json:"replyto,omitempty"`  // the number of the comment that it answers
	Replaced *string           `json:"replaced,omitempty"` // the text that an edited comment had before
	At       int64             `json:"at,omitempty"`       // when the edited or deleted change was made
}

// TicketState is a whole ticket. Fields holds every standard field and every
// custom field that was ever set, but not the times.
type TicketState struct {
	ID         int               `json:"id"`
	Time       int64             `json:"time"`
	Changetime int64             `json:"changetime"`
	Fields     map[string]string `json:"fields"`
}

// FieldChange is a field of a ticket before and after a change.
type FieldChange struct {
	Name string `json:"name"`
	Old  string `json:"old"`
	New  string `json:"new"`
}

// PageData is the data of the realm wiki: a version of a page. The old values
// are there when the page was there before and this event changed it.
type PageData struct {
	Name        string  `json:"name"`
	Version     int     `json:"version"`
	Time        int64   `json:"time"`
	Author      string  `json:"author"`
	Text        string  `json:"text"`
	Comment     *string `json:"comment"`
	Readonly    bool    `json:"readonly"`
	OldText     *string `json:"old_text,omitempty"`
	OldVersion  int     `json:"old_version,omitempty"`
	OldReadonly *bool   `json:"old_readonly,omitempty"`
}

// AttachmentData is the data of the realm attachment. The old values are there
// when it has followed its parent to another name.
type AttachmentData struct {
	ParentRealm    string  `json:"parent_realm"`
	ParentID       string  `json:"parent_id"`
	Filename       string  `json:"filename"`
	Description    *string `json:"description"`
	Size           int64   `json:"size"`
	Time           int64   `json:"time"`
	Author         string  `json:"author"`
	OldParentRealm string  `json:"old_parent_realm,omitempty"`
	OldParentID    string  `json:"old_parent_id,omitempty"`
}

// ListData is the data of the realms component, version, milestone and enum.
// Old is nil when the item is new, New when it is gone; with another name it was
// renamed. Moved are the enums that were given other places with it.
type ListData struct {
	Old   *ListItem  `json:"old,omitempty"`
	New   *ListItem  `json:"new,omitempty"`
	Moved []ListItem `json:"moved,omitempty"`
}

// ListItem is an item of any list; each realm fills what it has.
type ListItem struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Owner       string `json:"owner,omitempty"`     // of a component
	Time        int64  `json:"time,omitempty"`      // of a version: when it came out
	Due         int64  `json:"due,omitempty"`       // of a milestone
	Completed   int64  `json:"completed,omitempty"` // of a milestone
	Type        string `json:"type,omitempty"`      // of an enum: type, priority, severity or resolution
	Value       string `json:"value,omitempty"`     // of an enum: its place
}

// Item is the item as it is now or, when it is gone, was.
func (d ListData) Item() ListItem {
	if d.New != nil {
		return *d.New
	}
	if d.Old != nil {
		return *d.Old
	}
	return ListItem{}
}

// PermissionData is the data of the realm permission; the event's ID is the user
// or group.
type PermissionData struct {
	Action string `json:"action"`
}

// DataOf reads the data of an event, of which D is the type that goes with the
// realm.
func DataOf[D TicketData | PageData | AttachmentData | ListData | PermissionData](e Event) (d D, err error) {
	if err := json.Unmarshal(e.Data, &d); err != nil {
		return d, fmt.Errorf("data of event %d, %s %s: %w", e.Seq, e.Realm, e.Verb, err)
	}
	return d, nil
}
