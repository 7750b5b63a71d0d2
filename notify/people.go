package notify

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"tracrpc/auth"
	"tracrpc/ticket"
)

// people are the profiles that a letter needs.
type people struct {
	users    map[string]Profile // who logged in before, by name
	sessions map[session]Profile
}

// session is the key of a profile.
type session struct {
	name          string
	authenticated bool
}

// know adds profiles.
func (p *people) know(profiles []Profile) {
	if p.users == nil {
		p.users, p.sessions = map[string]Profile{}, map[session]Profile{}
	}
	for _, profile := range profiles {
		p.sessions[session{profile.Name, profile.Authenticated}] = profile
		if profile.Known {
			p.users[profile.Name] = profile
		}
	}
}

// meet looks up everybody whom a letter names, and who may get it.
func (l *letter) meet(ctx context.Context) error {
	var err error
	if l.groups, err = l.store.Groups(ctx); err != nil {
		return err
	}
	if l.past, err = l.store.Updaters(ctx, l.Ticket.ID); err != nil {
		return err
	}
	names := slices.Concat(l.config.AlwaysCC, l.config.AlwaysBCC, l.past, l.carbonCopies(),
		[]string{l.Author, l.Ticket.Owner, l.Ticket.Reporter})
	if l.File != nil {
		names = append(names, l.File.Author)
	}
	for _, f := range l.Changes {
		switch f.Name {
		case "owner", "reporter":
			names = append(names, f.Old, f.New)
		case "cc":
			names = slices.Concat(names, addresses(f.Old), addresses(f.New))
		}
	}
	slices.Sort(names)
	profiles, err := l.store.Profiles(ctx, slices.Compact(names))
	l.people.know(profiles)
	return err
}

// separators are what stands between the addresses of a ticket's cc.
var separators = regexp.MustCompile(`[;\s,]+`)

// addresses are the words of a ticket's cc.
func addresses(cc string) []string {
	return slices.DeleteFunc(separators.Split(cc, -1), func(word string) bool { return word == "" })
}

// ccList are the items of a ticket's cc, which may be more than a word.
func ccList(cc string) []string {
	var items []string
	for _, item := range strings.FieldsFunc(cc, func(r rune) bool { return r == ',' || r == ';' }) {
		if item = strip(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

// carbonCopies are those in the ticket's cc, now or before the change, and for
// groups among them their members.
func (l *letter) carbonCopies() []string {
	items := ccList(l.Ticket.CC)
	if f := l.changed("cc"); f != nil {
		items = append(items, ccList(f.Old)...)
	}
	var names []string
	for _, item := range items {
		if members := l.groups[item]; members != nil {
			names = append(names, members...)
		} else {
			names = append(names, item)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// changed is what happened to a field; nil for nothing.
func (l *letter) changed(field string) *ticket.FieldChange {
	for i := range l.Changes {
		if l.Changes[i].Name == field {
			return &l.Changes[i]
		}
	}
	return nil
}

// called is how a user is called in the text of a mail
// (trac/web/chrome.py, format_author).
func (l *letter) called(user string) string {
	if user == auth.Anonymous {
		return user
	}
	if user == "" {
		return "(none)"
	}
	if name := l.people.users[user].FullName; name != "" && l.config.ShowFullNames {
		return name
	}
	name, _, isAddress := strings.Cut(user, "@")
	if l.config.ShowEmails || !isAddress {
		return user
	}
	if strings.HasSuffix(user, ">") {
		return name + "@…>"
	}
	return name + "@…"
}
