// Package attachment keeps the files that hang on tickets, wiki pages and
// milestones: their rows, their files in Trac's layout, who may touch them, and
// the events of their changes. It knows no SQL and no RPC.
package attachment

import (
	"context"
	"time"

	"tracrpc/auth"
	"tracrpc/fault"
	"tracrpc/publish"
)

// Attachment is one file on a parent.
type Attachment struct {
	Realm       string // of the parent: ticket, wiki, milestone
	ParentID    string
	Filename    string
	Size        int64
	Time        int64   // microseconds since 1970 UTC
	Description *string // nil when none was given
	Author      string
}

// Parent is what the attachment hangs on.
func (a Attachment) Parent() auth.Resource { return auth.Resource{Realm: a.Realm, ID: a.ParentID} }

// Resource is what permissions are asked for.
func (a Attachment) Resource() auth.Resource { return resource(a.Parent(), a.Filename) }

func resource(parent auth.Resource, filename string) auth.Resource {
	return auth.Resource{Realm: publish.Attachment, ID: filename, Parent: &parent}
}

// Store keeps the rows of attachments. Its methods are safe for concurrent use.
type Store interface {
	// Attachment reads one row; false when there is none.
	Attachment(ctx context.Context, parent auth.Resource, filename string) (Attachment, bool, error)

	// Attachments are the rows of all these parents of one realm, by time and
	// filename within a parent.
	Attachments(ctx context.Context, realm string, ids []string) ([]Attachment, error)

	// AttachmentsAt are the rows of a realm that have this time.
	AttachmentsAt(ctx context.Context, realm string, time int64) ([]Attachment, error)

	// AddAttachment adds a row, in the place of old when that is not nil, with
	// the events. It answers ErrTaken when there is a row of that name already.
	AddAttachment(ctx context.Context, a Attachment, old *Attachment, events ...publish.Event) error

	// DeleteAttachment deletes a row, with the event; false when it was gone.
	DeleteAttachment(ctx context.Context, a Attachment, event publish.Event) (bool, error)
}

// missing is the fault for an attachment that is not there.
func missing(parent auth.Resource, filename string) error {
	return fault.Titled(fault.NotFound, "Invalid Attachment",
		"Attachment '%s:%s: %s' does not exist.", parent.Realm, parent.ID, filename)
}

// Event is the event of an attachment that was created or deleted. Its ID is
// "realm:id:filename".
func (a Attachment) Event(when time.Time, verb, author string) (publish.Event, error) {
	return publish.NewEvent(when, publish.Attachment, verb, a.title(), author, a.eventData())
}

// MovedFrom is the event of an attachment that has followed its parent.
func (a Attachment) MovedFrom(old auth.Resource, when time.Time, author string) (publish.Event, error) {
	data := a.eventData()
	data.OldParentRealm, data.OldParentID = old.Realm, old.ID
	return publish.NewEvent(when, publish.Attachment, publish.Renamed, a.title(), author, data)
}

func (a Attachment) title() string { return a.Realm + ":" + a.ParentID + ":" + a.Filename }

func (a Attachment) eventData() publish.AttachmentData {
	return publish.AttachmentData{
		ParentRealm: a.Realm, ParentID: a.ParentID, Filename: a.Filename, Description: a.Description,
		Size: a.Size, Time: a.Time, Author: a.Author,
	}
}
