package ticket

import (
	"context"
	"strconv"
	"sync/atomic"
	"time"

	"tracrpc/auth"
	"tracrpc/publish"
)

// Service is Trac's ticket system. It asks for permissions, applies the rules of
// trac.ini and the workflow, and leaves the keeping to its Store. It is safe for
// concurrent use.
type Service struct {
	store       Store
	people      People
	attachments Attachments
	config      Config
	now         func() time.Time
	known       atomic.Pointer[Fieldset]
}

// Attachments keeps the files of attachments in step with their rows.
type Attachments interface {
	// Removing runs commit, which may delete the rows of attachments of parent,
	// and removes the files of those that it did delete.
	Removing(ctx context.Context, parent auth.Resource, commit func() error) error
}

// New makes the Service of an environment. Without a workflow in config it is
// Trac's default one.
func New(store Store, people People, attachments Attachments, config Config) *Service {
	if config.Workflow == nil {
		config.Workflow = DefaultWorkflow()
	}
	return &Service{store: store, people: people, attachments: attachments, config: config, now: time.Now}
}

// localNow is the time on the clock of those who write dates without a zone.
func (s *Service) localNow() time.Time {
	if s.config.Zone == nil {
		return s.now().UTC()
	}
	return s.now().In(s.config.Zone)
}

// Statuses are the states that the workflow knows, sorted.
func (s *Service) Statuses() []string { return s.config.Workflow.Statuses() }

// Get reads a ticket. Custom fields that the ticket is older than have their
// defaults. It needs TICKET_VIEW on the ticket; that there is none is told first.
func (s *Service) Get(ctx context.Context, who auth.Principal, id int) (*Ticket, error) {
	t, err := s.store.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := who.Require(ctx, "TICKET_VIEW", Resource(id)); err != nil {
		return nil, err
	}
	return t, s.addDefaults(ctx, t)
}

// Result is a ticket, or why there is none.
type Result struct {
	Ticket *Ticket
	Err    error
}

// GetMany is Get for several tickets at once. Result i answers ids[i].
func (s *Service) GetMany(ctx context.Context, who auth.Principal, ids []int) []Result {
	results := make([]Result, len(ids))
	tickets, err := s.store.GetMany(ctx, ids)
	for i, id := range ids {
		r := &results[i]
		switch r.Ticket = tickets[id]; {
		case err != nil:
			r.Err = err
			continue
		case r.Ticket == nil:
			r.Err = NotFound(strconv.Itoa(id))
			continue
		}
		if r.Err = who.Require(ctx, "TICKET_VIEW", Resource(id)); r.Err == nil {
			r.Err = s.addDefaults(ctx, r.Ticket)
		}
	}
	return results
}

// addDefaults gives a ticket the defaults of the custom fields that it was never
// given.
func (s *Service) addDefaults(ctx context.Context, t *Ticket) error {
	if len(s.config.Custom) == 0 {
		return nil
	}
	fields, err := s.FieldsOf(ctx, t)
	if err != nil {
		return err
	}
	for _, f := range fields.custom {
		if _, set := t.Custom[f.Name]; set {
			continue
		}
		if value := f.initial(s.localNow()); value != "" {
			t.Set(f.Name, value)
		}
	}
	return nil
}

// ChangeLog reads a ticket's change log, only what was made exactly at when
// unless that is 0. It needs TICKET_VIEW on the ticket; attachments that the user
// may not view are left out.
func (s *Service) ChangeLog(ctx context.Context, who auth.Principal, id int, when int64) ([]LogRow, error) {
	logs, err := s.store.Log(ctx, []int{id}, when)
	if err != nil {
		return nil, err
	}
	log, found := logs[id]
	if !found {
		return nil, NotFound(strconv.Itoa(id))
	}
	return viewableLog(ctx, who, id, log)
}

// viewableLog is what the user may view of a ticket's change log.
func viewableLog(ctx context.Context, who auth.Principal, id int, log []LogRow) ([]LogRow, error) {
	on := Resource(id)
	if err := who.Require(ctx, "TICKET_VIEW", on); err != nil {
		return nil, err
	}
	kept := log[:0]
	for _, row := range log {
		may := row.Permanent
		if !may {
			var err error
			file := auth.Resource{Realm: publish.Attachment, ID: row.Attachment, Parent: &on}
			if may, err = who.May(ctx, "ATTACHMENT_VIEW", file); err != nil {
				return nil, err
			}
		}
		if may {
			kept = append(kept, row)
		}
	}
	return kept, nil
}

// LogResult is a change log, or why there is none.
type LogResult struct {
	Log []LogRow
	Err error
}

// ChangeLogs is ChangeLog for several tickets at once. Result i answers ids[i].
func (s *Service) ChangeLogs(ctx context.Context, who auth.Principal, ids []int) []LogResult {
	results := make([]LogResult, len(ids))
	logs, err := s.store.Log(ctx, ids, 0)
	for i, id := range ids {
		log, found := logs[id]
		switch r := &results[i]; {
		case err != nil:
			r.Err = err
		case !found:
			r.Err = NotFound(strconv.Itoa(id))
		default:
			r.Log, r.Err = viewableLog(ctx, who, id, log)
		}
	}
	return results
}

// RecentChanges lists the ids of the tickets that were changed at since or later,
// in their order, without those that the user may not view.
func (s *Service) RecentChanges(ctx context.Context, who auth.Principal, since int64) ([]int, error) {
	ids, err := s.store.ChangedSince(ctx, since)
	if err != nil {
		return nil, err
	}
	return viewable(ctx, who, ids)
}

// Delete removes a ticket for good. It needs TICKET_ADMIN on the ticket.
func (s *Service) Delete(ctx context.Context, who auth.Principal, id int) error {
	if _, err := s.store.Get(ctx, id); err != nil {
		return err
	}
	if err := who.Require(ctx, "TICKET_ADMIN", Resource(id)); err != nil {
		return err
	}
	return s.attachments.Removing(ctx, Resource(id), func() error {
		return s.store.Delete(ctx, id, who.Name(), s.now().UnixMicro())
	})
}
