package render

import "context"

// Pages knows the wiki pages. Methods are called with everything a text asks
// for at once.
type Pages interface {
	// Existing returns those of names that are pages.
	Existing(ctx context.Context, names []string) (map[string]bool, error)
	// Names returns the names of all pages that begin with prefix.
	Names(ctx context.Context, prefix string) ([]string, error)
	// Recent returns the last versions of the pages whose names begin with
	// prefix, the latest change first; limit 0 is all of them.
	Recent(ctx context.Context, prefix string, limit int) ([]PageVersion, error)
	// Text returns the text of a page, or "" if there is none.
	Text(ctx context.Context, name string) (string, error)
}

// PageVersion is the last version of a page. Time is microseconds since 1970 UTC.
type PageVersion struct {
	Name    string
	Version int
	Time    int64
}

// Tickets knows the tickets.
type Tickets interface {
	// Briefs returns those of the tickets that exist.
	Briefs(ctx context.Context, ids []int) (map[int]Brief, error)
	// Comments returns those of the comments that exist.
	Comments(ctx context.Context, refs []CommentRef) (map[CommentRef]bool, error)
}

// Brief is what a link to a ticket shows.
type Brief struct {
	ID                                int
	Type, Summary, Status, Resolution string
}

// CommentRef names a comment of a ticket by its number.
type CommentRef struct {
	Ticket int
	Number string
}

// Milestones knows the milestones.
type Milestones interface {
	// Milestones returns those of names that exist.
	Milestones(ctx context.Context, names []string) (map[string]Milestone, error)
}

// Milestone is what a link to a milestone shows; times are microseconds since
// 1970 UTC, 0 for none.
type Milestone struct {
	Name           string
	Due, Completed int64
}

// Attachments knows the attachments.
type Attachments interface {
	// Attachments returns those of refs that exist, with their descriptions.
	Attachments(ctx context.Context, refs []AttachmentRef) (map[AttachmentRef]string, error)
}

// AttachmentRef names an attachment and what it is attached to.
type AttachmentRef struct {
	Realm, ID, Name string
}

// Reports knows the reports.
type Reports interface {
	// Reports returns those of ids that exist.
	Reports(ctx context.Context, ids []int) (map[int]bool, error)
}
