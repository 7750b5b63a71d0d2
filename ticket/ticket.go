package ticket

import (
	"maps"
	"strconv"

	"tracrpc/auth"
	"tracrpc/fault"
)

// Ticket is one ticket. Time and Changetime are microseconds since 1970 UTC.
// Custom holds the custom fields that were ever set, in Trac's notation
// (checkboxes "0"/"1", times as 18-digit microseconds, "" where a field was set
// to nothing); it is nil when there are none.
type Ticket struct {
	ID         int
	Time       int64
	Changetime int64

	Summary     string
	Reporter    string
	Owner       string
	Description string
	Type        string
	Status      string
	Priority    string
	Milestone   string
	Component   string
	Version     string
	Severity    string
	Resolution  string
	Keywords    string
	CC          string

	Custom map[string]string

	// Generation is that of Trac's cache of the field definitions when the
	// ticket was read: a Fieldset of another generation does not describe it.
	Generation int64
}

// Realm is the realm of tickets.
const Realm = "ticket"

// Resource names ticket id for permission checks.
func Resource(id int) auth.Resource {
	return auth.Resource{Realm: Realm, ID: strconv.Itoa(id)}
}

// NotFound is the fault for a ticket that is not there; id is what was asked for.
func NotFound(id string) error {
	return fault.Titled(fault.NotFound, "Invalid ticket number", "Ticket %s does not exist.", id)
}

// standard are the standard fields that hold text, in Trac's order.
var standard = [...]string{
	"summary", "reporter", "owner", "description", "type", "status", "priority",
	"milestone", "component", "version", "severity", "resolution", "keywords", "cc",
}

// at is the place of a standard text field; nil for any other name.
func (t *Ticket) at(name string) *string {
	switch name {
	case "summary":
		return &t.Summary
	case "reporter":
		return &t.Reporter
	case "owner":
		return &t.Owner
	case "description":
		return &t.Description
	case "type":
		return &t.Type
	case "status":
		return &t.Status
	case "priority":
		return &t.Priority
	case "milestone":
		return &t.Milestone
	case "component":
		return &t.Component
	case "version":
		return &t.Version
	case "severity":
		return &t.Severity
	case "resolution":
		return &t.Resolution
	case "keywords":
		return &t.Keywords
	case "cc":
		return &t.CC
	default:
		return nil
	}
}

// Value is a field's value, and whether the field was ever set: standard text
// fields always are. The times are not among the fields it knows.
func (t *Ticket) Value(name string) (string, bool) {
	if p := t.at(name); p != nil {
		return *p, true
	}
	value, set := t.Custom[name]
	return value, set
}

// Set sets a standard text field, or the custom field of that name.
func (t *Ticket) Set(name, value string) {
	if p := t.at(name); p != nil {
		*p = value
		return
	}
	if t.Custom == nil {
		t.Custom = map[string]string{}
	}
	t.Custom[name] = value
}

// Clone is a copy that shares nothing with t.
func (t *Ticket) Clone() *Ticket {
	c := *t
	c.Custom = maps.Clone(t.Custom)
	return &c
}

// same tells whether two readings of a ticket found the same.
func (t *Ticket) same(other *Ticket) bool {
	if t.ID != other.ID || t.Time != other.Time || t.Changetime != other.Changetime {
		return false
	}
	for _, name := range standard {
		if *t.at(name) != *other.at(name) {
			return false
		}
	}
	return maps.Equal(t.Custom, other.Custom)
}
