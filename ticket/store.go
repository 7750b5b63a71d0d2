package ticket

import "context"

// Store keeps tickets. Each method is one transaction. Implementations are safe
// for concurrent use, write the event of a mutation in its transaction, and
// answer with the NotFound fault for a ticket that is not there, where a method
// does not say otherwise.
type Store interface {
	// Get reads a ticket with its custom fields by one query.
	Get(ctx context.Context, id int) (*Ticket, error)
	// GetMany reads tickets by one query; those that are not there are left out.
	GetMany(ctx context.Context, ids []int) (map[int]*Ticket, error)
	// Insert keeps a new ticket, all of it but its id, which it gives: one more
	// than the highest there is.
	Insert(ctx context.Context, t *Ticket, author string) (id int, err error)
	// Update hands change the ticket as it stands, in one transaction, and keeps
	// the ticket, the change and its event. If change fails, nothing is kept, and
	// its error comes back. The change's time becomes the ticket's changetime; an
	// exact time at which the ticket was changed already is a fault. It returns
	// the change as it was kept, with its time and number.
	Update(ctx context.Context, id int, change func(*Ticket) (Change, error)) (Change, error)
	// Delete removes a ticket with its changes and the rows of its attachments,
	// of which there are events of their own.
	Delete(ctx context.Context, id int, author string, when int64) error
	// ChangedSince lists the ids of the tickets that were changed at since or
	// later, in their order.
	ChangedSince(ctx context.Context, since int64) ([]int, error)

	// Query finds the ids that q asks for, in its order. A page past the last one
	// is a fault.
	Query(ctx context.Context, q Query) ([]int, error)

	// Log reads the change logs of tickets by one query, each in the order of
	// time, permanence, author and field; only what was made exactly at when,
	// unless that is 0. Each ticket that is there has an entry, if an empty one.
	Log(ctx context.Context, ids []int, when int64) (map[int][]LogRow, error)
	// Comment finds a comment by its number, or else the comment-less change that
	// an old Trac counted as that number; a NotFound fault when there is neither.
	Comment(ctx context.Context, id, number int) (LogRow, error)
	// History lists the texts that a comment had, the newest last. It fails as
	// Comment does.
	History(ctx context.Context, id, number int) ([]Revision, error)
	// ModifyComment gives a comment a new text and keeps the old one in its
	// history, as Trac does: ticket_change rows named _comment0, _comment1, …
	// It fails as Comment does.
	ModifyComment(ctx context.Context, id int, e CommentEdit) error
	// DeleteChange removes a comment and takes back what changed with it: later
	// changes of the same fields, or else the ticket, get the value from before.
	// It fails as Comment does.
	DeleteChange(ctx context.Context, id int, d ChangeDeletion) error

	// Choices lists what the fields with a fixed set of values offer, and the
	// generation of that.
	Choices(ctx context.Context) ([]Choice, int64, error)
	// Generation is the generation of Trac's cache of the field definitions; it
	// rises whenever what Choices lists is changed.
	Generation(ctx context.Context) (int64, error)
	// ComponentOwner is the owner of a component; false when there is no such
	// component.
	ComponentOwner(ctx context.Context, name string) (owner string, found bool, err error)
}

// Choice is one value that a field offers. Field is type, priority, severity,
// resolution, component, milestone or version. The store lists choices in no
// order; Rank is an enum's place, the times are 0 where they are not set.
type Choice struct {
	Field     string
	Name      string
	Rank      int64
	Due       int64 // of milestones
	Completed int64 // of milestones
	Time      int64 // of versions
}

// Revision is one text of a comment. The first one, 0, is the comment as it was
// made.
type Revision struct {
	Number int
	Time   int64
	Author string
	Text   string
}

// CommentEdit is a new text for comment Number.
type CommentEdit struct {
	Number int
	Author string
	Text   string
	Time   int64
}

// ChangeDeletion is the removal of comment Number.
type ChangeDeletion struct {
	Number int
	Author string
	Time   int64
}
