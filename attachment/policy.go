package attachment

import (
	"context"

	"tracrpc/auth"
	"tracrpc/publish"
)

// Policy lets attachments follow their parents: who may see a ticket may see its
// attachments, and so on. What somebody attached they may delete (Trac's
// LegacyAttachmentPolicy).
type Policy struct {
	Store Store
}

// parentAction are the permissions on a parent, by its realm, that stand for
// those on its attachments.
var parentAction = map[auth.Permission]map[string]auth.Permission{
	Create: {publish.Ticket: "TICKET_APPEND", publish.Wiki: "WIKI_MODIFY", publish.Milestone: "MILESTONE_MODIFY"},
	View:   {publish.Ticket: "TICKET_VIEW", publish.Wiki: "WIKI_VIEW", publish.Milestone: "MILESTONE_VIEW"},
	Delete: {publish.Ticket: "TICKET_ADMIN", publish.Wiki: "WIKI_DELETE", publish.Milestone: "MILESTONE_DELETE"},
}

// Check decides on attachments of realms it knows, and leaves other questions to
// the next policy.
func (p Policy) Check(ctx context.Context, who auth.Principal, action auth.Permission, on auth.Resource) (auth.Decision, error) {
	actions := parentAction[action]
	if actions == nil || on.Realm != publish.Attachment || on.Parent == nil {
		return auth.Undecided, nil
	}
	if action == Delete && on.ID != "" && who.Authenticated() {
		a, found, err := p.Store.Attachment(ctx, *on.Parent, on.ID)
		if err != nil {
			return auth.Undecided, err
		}
		if found && a.Author == who.Name() {
			return auth.Allow, nil
		}
	}
	onParent, known := actions[on.Parent.Realm]
	if !known {
		return auth.Undecided, nil
	}
	may, err := who.May(ctx, onParent, *on.Parent)
	if err != nil || !may {
		return auth.Deny, err
	}
	return auth.Allow, nil
}

// Selects tells that only attachments are looked at.
func (p Policy) Selects(_ auth.Permission, realm string) bool { return realm == publish.Attachment }
