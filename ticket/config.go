package ticket

import "time"

// Config is what trac.ini says about tickets.
type Config struct {
	// Defaults are the values that new tickets start with, by field name, as
	// [ticket] default_… has them. default_owner may be "< default >", which
	// stands for the component's owner.
	Defaults map[string]string
	// AllowedEmpty names the select fields that may be empty.
	AllowedEmpty []string
	// RestrictOwner offers the users who may modify the ticket as its owners.
	RestrictOwner bool

	// The longest texts that are taken, in characters.
	MaxComment     int
	MaxDescription int
	MaxSummary     int

	// Custom are the custom fields, in Trac's order; Value holds the default as
	// trac.ini has it.
	Custom []Field
	// Workflow says which actions there are.
	Workflow *Workflow

	// PerPage is how many tickets a query finds that does not say itself; 0 for
	// all. Zone is that of its dates; nil is UTC.
	PerPage int
	Zone    *time.Location

	// Notifier is told of the changes for which a caller asked that; nil for
	// nobody.
	Notifier Notifier

	// ShowEmails shows mail addresses to everybody; otherwise they take
	// EMAIL_VIEW.
	ShowEmails bool
	// ShowFullNames shows the names that users gave themselves, where they did.
	ShowFullNames bool
}

// Option is one line of trac.ini.
type Option struct {
	Name  string
	Value string
}
