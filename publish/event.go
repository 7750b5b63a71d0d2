// Package publish is the vocabulary of what happens in an environment: every
// mutation is an Event, written to the outbox in the transaction that made it,
// so an event exists exactly when its change does. This package knows no
// database and no broker.
package publish

import (
	"encoding/json"
	"fmt"
	"time"
)

// The realms that events happen in: Trac's own names.
const (
	Ticket     = "ticket"
	Wiki       = "wiki"
	Attachment = "attachment"
	Milestone  = "milestone"
	Component  = "component"
	Version    = "version"
	Enum       = "enum"
	Permission = "permission"

	// Post is the realm of what others sent to be published beside our own
	// events, such as commits. The ID is the path that it was sent to, and Data a
	// Posted.
	Post = "post"
)

// Posted is what an event of the realm Post tells: one line of JSON, to be handed
// on as it came.
type Posted struct {
	Line string `json:"line"`
}

// The verbs of events.
const (
	Created        = "created"
	Changed        = "changed"
	Deleted        = "deleted"
	Renamed        = "renamed"
	VersionDeleted = "version_deleted"

	CommentModified = "comment_modified" // of a ticket: a comment has a new text
	ChangeDeleted   = "change_deleted"   // of a ticket: a comment is gone, and what changed with it is taken back
)

// Event is one mutation. Seq numbers the events of an environment without gaps
// and in the order of commit; it is 0 until the store has written the event.
// Data is a JSON object with whatever the realm and verb have to tell: old and
// new values, the comment and its number.
type Event struct {
	Seq    int64           `json:"seq"`
	Time   time.Time       `json:"time"`
	Env    string          `json:"env"`
	Realm  string          `json:"realm"`
	Verb   string          `json:"verb"`
	ID     string          `json:"id"`
	Author string          `json:"author"`
	Data   json.RawMessage `json:"data"`

	// Private says that not everybody may see it whom a sink's subscribers are
	// taken to be. It is set on the way to the sinks.
	Private bool `json:"-"`
}

// NewEvent makes an event of data, which must marshal to a JSON object.
func NewEvent(when time.Time, realm, verb, id, author string, data any) (Event, error) {
	raw, err := json.Marshal(data)
	if err != nil {
		return Event{}, fmt.Errorf("event %s %s: %w", realm, verb, err)
	}
	return Event{Time: when, Realm: realm, Verb: verb, ID: id, Author: author, Data: raw}, nil
}
