package ticket

// Notice is what people are to be told of: a ticket that was made, or one save of
// a ticket. Whoever gets it must not change it.
type Notice struct {
	Ticket *Ticket   // as it is since then
	Fields *Fieldset // that describe it
	// Change is the save, and Changes are the fields that its change log names;
	// both are nil for a new ticket.
	Change  *Change
	Changes []FieldChange
	Author  string // who did it
	BaseURL string // of the environment, as the caller reached it; "" when nobody knows
}

// Notifier tells people of changes for whose caller that was the wish.
// Implementations are safe for concurrent use.
type Notifier interface {
	// Notify is called after the commit, while the caller waits: it must only
	// take the notice, and deal with its own failures.
	Notify(n Notice)
}

// notify hands a notice on, if anybody listens.
func (s *Service) notify(n Notice) {
	if s.config.Notifier != nil {
		s.config.Notifier.Notify(n)
	}
}

// logged lists what the change log says of a change of fields.
func logged(before, after *Ticket, c Change) []FieldChange {
	var changes []FieldChange
	for _, f := range Diff(before, after) {
		if !c.isUnlogged(f.Name) {
			changes = append(changes, f)
		}
	}
	return changes
}
