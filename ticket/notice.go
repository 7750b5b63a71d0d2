package ticket

import (
	"context"

	"tracrpc/fault"
)

// Notice is what people are to be told of: a ticket that was made, one save of a
// ticket, or a file that came to it or went. Whoever gets it must not change it.
type Notice struct {
	Ticket *Ticket   // as it is since then
	Fields *Fieldset // that describe it
	// Change is the save, and Changes are the fields that its change log names;
	// both are nil for a new ticket and for a file.
	Change  *Change
	Changes []FieldChange
	File    *File  // nil for all but a file
	Author  string // who did it
	BaseURL string // of the environment, as the caller reached it; "" when nobody knows
}

// File is an attachment that came to a ticket, or went from it.
type File struct {
	Name        string
	Description string
	Author      string // who had attached it
	Time        int64  // of the change
	Removed     bool
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

// TellOfFile tells people of a file. As in Trac they are told as if the ticket's
// reporter had attached it. Nobody is told of files of a ticket that is gone.
func (s *Service) TellOfFile(ctx context.Context, id int, file File, baseURL string) error {
	if s.config.Notifier == nil {
		return nil
	}
	t, err := s.store.Get(ctx, id)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := s.addDefaults(ctx, t); err != nil {
		return err
	}
	fields, err := s.FieldsOf(ctx, t)
	if err != nil {
		return err
	}
	s.notify(Notice{Ticket: t, Fields: fields, File: &file, Author: t.Reporter, BaseURL: baseURL})
	return nil
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
