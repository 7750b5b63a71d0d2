// Package ticket is Trac's ticket system: tickets and their changes, the fields
// they have, the workflow they go through, the query language that finds them,
// and the milestones, components, versions and enums they refer to. It knows no
// SQL, no RPC and no sinks.
package ticket

// Field describes one ticket field, as ticket.getTicketFields tells it
// (trac/ticket/api.py, TicketSystem.get_ticket_fields).
type Field struct {
	Name     string
	Type     string // text, textarea, select, radio, checkbox, time
	Label    string
	Format   string // plain, wiki, list, reference; for a time relative, date, datetime; "" when Trac has none
	Value    string // the default
	Options  []string
	Optional bool // an empty value is allowed beside the options
	Custom   bool
	Order    int // custom fields only, as are the next three
	Height   int
	MaxSize  int

	TicketlinkQuery string
}
