package environment

import (
	"context"
	"strings"

	"tracrpc/auth"
	"tracrpc/fault"
	"tracrpc/publish"
)

// Need is a permission that somebody must have on a resource.
type Need struct {
	Action auth.Permission
	On     auth.Resource
}

// EventNeeds are what somebody must have to see an event: all of them. They are
// the permissions to see what it is about in any other way, asked for everything
// that it names: for both names of what was renamed, for both versions of a page.
// What is gone is asked for by the name that it had. What nobody knows, or cannot
// be read, is for administrators.
func (e *Environment) EventNeeds(event publish.Event) []Need {
	if needs := eventNeeds[event.Realm]; needs != nil {
		if list, err := needs(e, event); err == nil {
			return list
		}
	}
	return []Need{{Action: auth.Admin}}
}

// Meets tells whether somebody has all of these. Where a policy looks for
// something that is no longer there, the answer is no.
func Meets(ctx context.Context, who auth.Principal, needs []Need) (bool, error) {
	for _, n := range needs {
		may, err := who.May(ctx, n.Action, n.On)
		if fault.Is(err, fault.NotFound) {
			return false, nil
		}
		if err != nil || !may {
			return false, err
		}
	}
	return true, nil
}

// MayView tells whether who may see an event. Who asks for many people about one
// event asks for its EventNeeds once.
func (e *Environment) MayView(ctx context.Context, who auth.Principal, event publish.Event) (bool, error) {
	return Meets(ctx, who, e.EventNeeds(event))
}

// eventNeeds are the needs by realm.
var eventNeeds = map[string]func(*Environment, publish.Event) ([]Need, error){
	publish.Ticket:     ticketNeeds,
	publish.Wiki:       pageNeeds,
	publish.Attachment: attachmentNeeds,
	publish.Milestone:  milestoneNeeds,
	publish.Component:  listNeeds,
	publish.Version:    listNeeds,
	publish.Enum:       listNeeds,
	publish.Permission: permissionNeeds,
	publish.Post:       postNeeds,
}

// viewActions are the permissions to see something of a realm.
var viewActions = map[string]auth.Permission{
	publish.Ticket: "TICKET_VIEW", publish.Wiki: "WIKI_VIEW", publish.Milestone: "MILESTONE_VIEW",
}

func toView(realm, id string) Need {
	action, known := viewActions[realm]
	if !known {
		action = auth.Admin
	}
	return Need{action, auth.Resource{Realm: realm, ID: id}}
}

func ticketNeeds(_ *Environment, event publish.Event) ([]Need, error) {
	return []Need{toView(publish.Ticket, event.ID)}, nil
}

func pageNeeds(_ *Environment, event publish.Event) ([]Need, error) {
	d, err := publish.DataOf[publish.PageData](event)
	if err != nil {
		return nil, err
	}
	needs := []Need{toView(publish.Wiki, event.ID)}
	for _, version := range []int{d.Version, d.OldVersion} {
		if version != 0 {
			n := toView(publish.Wiki, event.ID)
			n.On.Version = version
			needs = append(needs, n)
		}
	}
	return needs, nil
}

// attachmentNeeds are the permissions to see the file, and those to see what it
// hangs on, of which it tells.
func attachmentNeeds(_ *Environment, event publish.Event) ([]Need, error) {
	d, err := publish.DataOf[publish.AttachmentData](event)
	if err != nil {
		return nil, err
	}
	needs := onParent(toView(d.ParentRealm, d.ParentID), d.Filename)
	if d.OldParentRealm != "" {
		needs = append(needs, onParent(toView(d.OldParentRealm, d.OldParentID), d.Filename)...)
	}
	return needs, nil
}

func onParent(parent Need, filename string) []Need {
	return []Need{parent, {"ATTACHMENT_VIEW", auth.Resource{Realm: publish.Attachment, ID: filename, Parent: &parent.On}}}
}

func milestoneNeeds(_ *Environment, event publish.Event) ([]Need, error) {
	d, err := publish.DataOf[publish.ListData](event)
	if err != nil {
		return nil, err
	}
	needs := []Need{toView(publish.Milestone, event.ID)}
	if d.Old != nil && d.Old.Name != event.ID {
		needs = append(needs, toView(publish.Milestone, d.Old.Name))
	}
	return needs, nil
}

// listNeeds are those of what tickets choose from, which is shown to everybody
// who may view tickets at all.
func listNeeds(*Environment, publish.Event) ([]Need, error) {
	return []Need{{Action: "TICKET_VIEW"}}, nil
}

func permissionNeeds(*Environment, publish.Event) ([]Need, error) {
	return []Need{{Action: "PERMISSION_ADMIN"}}, nil
}

// postNeeds are those of what others posted; see streamPermissions.
func postNeeds(e *Environment, event publish.Event) ([]Need, error) {
	public, private := e.streamPermissions()
	if event.ID == "/private" || strings.HasPrefix(event.ID, "/private/") {
		return []Need{{Action: private}}, nil
	}
	return []Need{{Action: public}}, nil
}
