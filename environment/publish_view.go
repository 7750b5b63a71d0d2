package environment

import (
	"context"

	"tracrpc/auth"
	"tracrpc/publish"
)

// MayView tells whether who may see an event: whether they may view what it is
// about. What nobody knows is for administrators.
func MayView(ctx context.Context, who auth.Principal, e publish.Event) (bool, error) {
	switch e.Realm {
	case publish.Ticket:
		return who.May(ctx, "TICKET_VIEW", auth.Resource{Realm: e.Realm, ID: e.ID})
	case publish.Wiki:
		return mayViewPage(ctx, who, e)
	case publish.Milestone:
		return mayViewMilestone(ctx, who, e)
	case publish.Component, publish.Version, publish.Enum:
		return who.May(ctx, "TICKET_VIEW", auth.Resource{})
	case publish.Attachment:
		return mayViewAttachment(ctx, who, e)
	default:
		return who.May(ctx, auth.Admin, auth.Resource{})
	}
}

// mayViewPage asks for the page and for both versions that the event tells of.
func mayViewPage(ctx context.Context, who auth.Principal, e publish.Event) (bool, error) {
	d, err := publish.DataOf[publish.PageData](e)
	if err != nil {
		return false, err
	}
	for _, version := range []int{0, d.Version, d.OldVersion} {
		may, err := who.May(ctx, "WIKI_VIEW", auth.Resource{Realm: e.Realm, ID: e.ID, Version: version})
		if err != nil || !may {
			return false, err
		}
	}
	return true, nil
}

// mayViewMilestone asks for both names of a milestone that was renamed.
func mayViewMilestone(ctx context.Context, who auth.Principal, e publish.Event) (bool, error) {
	may, err := who.May(ctx, "MILESTONE_VIEW", auth.Resource{Realm: e.Realm, ID: e.ID})
	if err != nil || !may || e.Verb != publish.Changed {
		return may, err
	}
	d, err := publish.DataOf[publish.ListData](e)
	if err != nil || d.Old == nil || d.Old.Name == e.ID {
		return err == nil, err
	}
	return who.May(ctx, "MILESTONE_VIEW", auth.Resource{Realm: e.Realm, ID: d.Old.Name})
}

func mayViewAttachment(ctx context.Context, who auth.Principal, e publish.Event) (bool, error) {
	d, err := publish.DataOf[publish.AttachmentData](e)
	if err != nil {
		return false, err
	}
	on := auth.Resource{
		Realm: publish.Attachment, ID: d.Filename, Parent: &auth.Resource{Realm: d.ParentRealm, ID: d.ParentID},
	}
	may, err := who.May(ctx, "ATTACHMENT_VIEW", on)
	if err != nil || !may || d.OldParentRealm == "" {
		return may, err
	}
	on.Parent = &auth.Resource{Realm: d.OldParentRealm, ID: d.OldParentID}
	return who.May(ctx, "ATTACHMENT_VIEW", on)
}
