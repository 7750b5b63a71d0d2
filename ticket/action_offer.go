package ticket

import (
	"context"
	"maps"
	"slices"
	"strings"

	"tracrpc/auth"
	"tracrpc/fault"
)

// offer describes actions on one ticket to one user, in the words and the HTML
// of Trac (ticket/default_workflow.py, render_ticket_action_control).
type offer struct {
	s           *Service
	who         auth.Principal
	t           *Ticket
	resolutions []string
	fullNames   map[string]string // of those that were asked for; "" for none
}

func (o *offer) describe(ctx context.Context, a *workflowAction) (Action, error) {
	action := Action{Name: a.name, Label: a.label}
	var hints []string
	if a.does("reset_workflow") {
		hints = append(hints, "Current state no longer exists")
	}
	if a.does("del_owner") {
		hints = append(hints, "The ticket will be disowned")
	}
	for _, part := range []func(context.Context, *workflowAction, *Action) (string, error){o.owner, o.resolution} {
		hint, err := part(ctx, a, &action)
		if err != nil {
			return action, err
		}
		if hint != "" {
			hints = append(hints, hint)
		}
	}
	if a.does("del_resolution") {
		hints = append(hints, "The resolution will be deleted")
	}
	hint, err := o.status(ctx, a)
	if hint != "" {
		hints = append(hints, hint)
	}
	action.Hints = strings.TrimRight(strings.Join(hints, ". "), ".") + "."
	return action, err
}

// owner asks for the owner where the action sets one, and tells who it will be.
func (o *offer) owner(ctx context.Context, a *workflowAction, action *Action) (string, error) {
	switch {
	case a.does("set_owner"):
		return o.chooseOwner(ctx, a, action, o.who.Name(), false)
	case a.does("may_set_owner"):
		return o.chooseOwner(ctx, a, action, o.t.Owner, true)
	case !a.does("set_owner_to_self"):
		return "", nil
	case o.t.Owner != o.who.Name():
		return o.changeOwner(ctx, o.who.Name())
	case o.t.Status != a.new:
		return o.remain(ctx)
	}
	return "", nil
}

// chooseOwner asks for an owner, beginning with current; keep offers that one
// even when it is not among those to choose from.
func (o *offer) chooseOwner(ctx context.Context, a *workflowAction, action *Action, current string, keep bool) (string, error) {
	owners, limited, err := o.s.allowedOwners(ctx, a, o.t.ID)
	if err != nil {
		return "", err
	}
	if keep && limited && !slices.Contains(owners, current) {
		owners = slices.Insert(owners, 0, current)
	}
	in := Input{Name: "action_" + a.name + "_reassign_owner", Value: attribute(current), Unset: keep && current == ""}
	hint := ""
	switch len(owners) {
	case 0:
		hint, err = o.changeTo(ctx, "the specified user")
	case 1:
		in.Value, in.Unset = attribute(owners[0]), keep && owners[0] == ""
		if o.t.Owner != owners[0] {
			hint, err = o.changeOwner(ctx, owners[0])
		}
	default:
		in.Value, in.Unset = "", false
		if err = o.offerOwners(ctx, &in, owners, current); err == nil {
			hint, err = o.changeTo(ctx, "the selected user")
		}
	}
	action.Inputs = append(action.Inputs, in)
	return hint, err
}

// offerOwners lists owners by what they are shown as.
func (o *offer) offerOwners(ctx context.Context, in *Input, owners []string, current string) error {
	shown, err := o.shown(ctx, owners...)
	if err != nil {
		return err
	}
	for i, owner := range owners {
		if owner == current {
			in.Value = shown[i]
		}
	}
	slices.Sort(shown)
	in.Options = shown
	return nil
}

// resolution asks for a resolution where the action sets one.
func (o *offer) resolution(_ context.Context, a *workflowAction, action *Action) (string, error) {
	if !a.does("set_resolution") {
		return "", nil
	}
	resolutions := o.resolutions
	if a.hasResolution {
		resolutions = a.resolutions
		for _, r := range resolutions {
			if !slices.Contains(o.resolutions, r) {
				return "", fault.Titled(fault.Invalid, "Configuration Error", "Your workflow attempts to set a resolution "+
					"but uses undefined resolutions (configuration issue, please contact your Trac admin).")
			}
		}
	}
	in := Input{Name: "action_" + a.name + "_resolve_resolution"}
	switch len(resolutions) {
	case 0:
		return "", fault.Titled(fault.Invalid, "Configuration Error", "Your workflow attempts to set a resolution "+
			"but none is defined (configuration issue, please contact your Trac admin).")
	case 1:
		in.Value = attribute(resolutions[0])
		action.Inputs = append(action.Inputs, in)
		return "The resolution will be set to " + escape(resolutions[0]), nil
	}
	in.Options = resolutions
	if start := o.s.config.Defaults["resolution"]; slices.Contains(resolutions, start) {
		in.Value = start
	}
	action.Inputs = append(action.Inputs, in)
	return "The resolution will be set", nil
}

// status tells the next state, or that leaving the ticket alone keeps its owner.
func (o *offer) status(ctx context.Context, a *workflowAction) (string, error) {
	switch {
	case a.does("leave_status"):
		if len(a.operations) > 1 {
			return "", nil
		}
		if o.t.Owner == "" {
			return "The ticket will remain with no owner", nil
		}
		return o.remain(ctx)
	case a.new != o.t.Status:
		return "Next status will be '" + escape(a.new) + "'", nil
	}
	return "", nil
}

func (o *offer) remain(ctx context.Context) (string, error) {
	owner, err := o.author(ctx, o.t.Owner)
	return "The owner will remain " + owner, err
}

func (o *offer) changeOwner(ctx context.Context, owner string) (string, error) {
	to, err := o.author(ctx, owner)
	if err != nil {
		return "", err
	}
	return o.changeTo(ctx, to)
}

func (o *offer) changeTo(ctx context.Context, to string) (string, error) {
	from, err := o.author(ctx, o.t.Owner)
	return "The owner will be changed from " + from + " to " + to, err
}

// author is a user's name as HTML, with the class that tells what it is to the
// one who asks (web/chrome.py, authorinfo).
func (o *offer) author(ctx context.Context, name string) (string, error) {
	class := ""
	switch name {
	case auth.Anonymous:
		class = "-anonymous"
	case "":
		class = "-none"
	case o.who.Name():
		class = "-user"
	}
	shown, err := o.shown(ctx, name)
	if err != nil {
		return "", err
	}
	return `<span class="trac-author` + class + `">` + escape(shown[0]) + `</span>`, nil
}

// shown is what users are shown as: by the names that they gave themselves, or
// else by their user names, without the host of a mail address for those who may
// not see it (web/chrome.py, format_author).
func (o *offer) shown(ctx context.Context, names ...string) ([]string, error) {
	if err := o.learnNames(ctx, names); err != nil {
		return nil, err
	}
	shown := make([]string, len(names))
	for i, name := range names {
		switch {
		case name == auth.Anonymous:
			shown[i] = name
		case name == "":
			shown[i] = "(none)"
		case o.fullNames[name] != "":
			shown[i] = o.fullNames[name]
		default:
			var err error
			if shown[i], err = o.veiled(ctx, name); err != nil {
				return nil, err
			}
		}
	}
	return shown, nil
}

// learnNames asks for the full names of users that it has not asked for yet.
func (o *offer) learnNames(ctx context.Context, users []string) error {
	if !o.s.config.ShowFullNames {
		return nil
	}
	if o.fullNames == nil {
		o.fullNames = map[string]string{}
		users = append([]string{o.who.Name(), o.t.Owner}, users...)
	}
	var unknown []string
	for _, user := range users {
		if _, known := o.fullNames[user]; !known {
			unknown = append(unknown, user)
			o.fullNames[user] = ""
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	found, err := o.s.people.FullNames(ctx, unknown)
	maps.Copy(o.fullNames, found)
	return err
}

func (o *offer) veiled(ctx context.Context, name string) (string, error) {
	at := strings.IndexByte(name, '@')
	if at < 0 || o.s.config.ShowEmails {
		return name, nil
	}
	if may, err := o.who.May(ctx, "EMAIL_VIEW", Resource(o.t.ID)); may || err != nil {
		return name, err
	}
	end := ""
	if strings.HasSuffix(name, ">") {
		end = ">"
	}
	return name[:at] + "@…" + end, nil
}

var attributeEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;")

// attribute is a text as the value of an HTML attribute.
func attribute(text string) string { return attributeEscaper.Replace(text) }

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// escape is a text as HTML; quotes stay, for it is not put into attributes.
func escape(text string) string { return escaper.Replace(text) }
