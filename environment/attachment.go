package environment

import (
	"context"
	"path/filepath"

	"tracrpc/attachment"
	"tracrpc/fault"
	"tracrpc/publish"
	"tracrpc/wiki"
)

// openAttachments opens the files of the environment's attachments. They hang on
// tickets, wiki pages and milestones.
func (e *Environment) openAttachments(ctx context.Context) *attachment.Service {
	return attachment.New(ctx, attachment.Options{
		Store: e.DB,
		Dir:   filepath.Join(e.Dir, "files", "attachments"),
		Log:   e.Log,
		Parents: map[string]func(context.Context, string) error{
			publish.Ticket: e.parent(publish.Ticket, func(id string) error {
				return fault.Titled(fault.NotFound, "Invalid ticket number", "Ticket %s does not exist.", id)
			}),
			publish.Wiki: e.parent(publish.Wiki, func(id string) error {
				return wiki.Missing(wiki.Ref{Name: id, Version: wiki.Latest})
			}),
			publish.Milestone: e.parent(publish.Milestone, func(id string) error {
				return fault.Titled(fault.NotFound, "Invalid milestone name", "Milestone %s does not exist.", id)
			}),
		},
	})
}

// parent checks that something of a realm is there.
func (e *Environment) parent(realm string, missing func(id string) error) func(context.Context, string) error {
	return func(ctx context.Context, id string) error {
		exists, err := e.DB.ParentExists(ctx, realm, id)
		if err == nil && !exists {
			return missing(id)
		}
		return err
	}
}
