// Package notify tells people of tickets by mail, as Trac's notification system
// does: it knows who wants to be told (trac/ticket/notification.py and the rules
// of trac.ini and of the users), writes the mail, and has it sent from a queue.
// How a mail gets onto its way is the business of notify/mail.
package notify

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"tracrpc/auth"
	"tracrpc/notify/mail"
	"tracrpc/ticket"
)

// Store knows the people. Implementations are safe for concurrent use.
type Store interface {
	// Profiles are the sessions with these names, of users and of others.
	Profiles(ctx context.Context, names []string) ([]Profile, error)
	// Subscriptions are the rules of these users, in the order of their priority,
	// and all rules of one class, in any order.
	Subscriptions(ctx context.Context, users []string, class string) ([]Subscription, error)
	// Updaters lists who has changed a ticket.
	Updaters(ctx context.Context, id int) ([]string, error)
	// Groups lists the members of each permission group, users and groups.
	Groups(ctx context.Context) (map[string][]string, error)
	// Principal is the user of a name; "" is anonymous.
	Principal(ctx context.Context, name string) (auth.Principal, error)
}

// Profile is what somebody told of themselves in Trac's preferences. A user who
// is Known has logged in before; Authenticated ones are users, others chose the
// name of a session.
type Profile struct {
	Name          string
	Authenticated bool
	Known         bool
	FullName      string
	Email         string
	Format        string // of the mails, such as text/plain
}

// Service tells of tickets by the settings of one moment. It is a
// ticket.Notifier, safe for concurrent use.
type Service struct {
	config  Config
	subject subject
	matcher matcher
	store   Store
	sender  mail.Sender
	queue   *Queue
	log     *slog.Logger
	now     func() time.Time
}

// New makes a Service that puts its mails into queue. Settings that cannot be
// used are an error.
func New(c Config, store Store, sender mail.Sender, queue *Queue, log *slog.Logger) (*Service, error) {
	subject, err := parseSubject(c.Subject)
	if err != nil {
		return nil, fmt.Errorf("[notification] ticket_subject_template: %w", err)
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	return &Service{
		config: c, subject: subject, matcher: newMatcher(c),
		store: store, sender: sender, queue: queue, log: log, now: time.Now,
	}, nil
}

// Notify queues the mail of a notice.
func (s *Service) Notify(n ticket.Notice) {
	s.queue.add(&job{
		ticket: n.Ticket.ID, size: sizeOf(n), sender: s.sender,
		compose: func(ctx context.Context) (*mail.Message, error) { return s.compose(ctx, n) },
	})
}

// sizeOf is about how many bytes a notice keeps in memory.
func sizeOf(n ticket.Notice) int {
	size := 1000 + len(n.Ticket.Summary) + len(n.Ticket.Description) + len(n.Ticket.CC)
	for _, value := range n.Ticket.Custom {
		size += len(value)
	}
	if n.Change != nil {
		size += len(n.Change.Comment)
	}
	if n.File != nil {
		size += len(n.File.Name) + len(n.File.Description)
	}
	for _, f := range n.Changes {
		size += len(f.Old) + len(f.New)
	}
	return size
}

// compose writes the mail of a notice; nil when nobody wants one.
func (s *Service) compose(ctx context.Context, n ticket.Notice) (*mail.Message, error) {
	l := &letter{Service: s, Notice: n}
	if err := l.meet(ctx); err != nil {
		return nil, fmt.Errorf("mail of ticket %d: %w", n.Ticket.ID, err)
	}
	to, err := l.recipients(ctx)
	if err != nil {
		return nil, fmt.Errorf("mail of ticket %d: %w", n.Ticket.ID, err)
	}
	if len(to.all()) == 0 {
		return nil, nil
	}
	return l.message(to), nil
}

// letter is a mail while it is written.
type letter struct {
	*Service
	ticket.Notice
	people people
	groups map[string][]string
	past   []string // who changed the ticket before
}
