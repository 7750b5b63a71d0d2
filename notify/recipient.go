package notify

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"tracrpc/ticket"
)

// recipients are the addresses that a mail goes to, sorted: those that everybody
// sees, and the others.
type recipients struct {
	to, cc, bcc []string
}

func (r recipients) all() []string { return slices.Concat(r.to, r.cc, r.bcc) }

// recipients are the addresses of those who want to be told
// (trac/notification/mail.py, EmailDistributor.distribute). As in Trac, nobody
// asks whether they may view the ticket, unless the settings require that.
func (l *letter) recipients(ctx context.Context) (r recipients, err error) {
	all, err := l.matches(ctx)
	if err != nil {
		return r, err
	}
	chosen := subscribed(all)
	if err := l.meetStrangers(ctx, chosen); err != nil {
		return r, err
	}
	public := map[string]bool{}
	for _, name := range l.config.AlwaysCC {
		public[name] = true
	}
	addresses := map[string]bool{}
	for _, m := range chosen {
		address := l.addressOf(m)
		if address == "" || l.formatOf(m) != plainText {
			continue
		}
		if may, err := l.mayView(ctx, m); err != nil {
			return r, err
		} else if !may {
			continue
		}
		addresses[address] = true
		if public[m.name] && m.authenticated || l.config.PublicCC {
			public[address] = true
		}
	}
	for _, address := range slices.Sorted(maps.Keys(addresses)) {
		if public[address] {
			r.cc = append(r.cc, address)
		} else {
			r.bcc = append(r.bcc, address)
		}
	}
	if l.config.PublicCC {
		r.promote(l.persons())
	}
	return r, nil
}

// mayView tells whether somebody may be told of the ticket. Who has an address
// but is no user may be what anonymous may.
func (l *letter) mayView(ctx context.Context, m match) (bool, error) {
	if !l.config.RequireView {
		return true, nil
	}
	name := ""
	if m.authenticated {
		name = m.name
	}
	who, err := l.store.Principal(ctx, name)
	if err != nil {
		return false, err
	}
	return who.May(ctx, "TICKET_VIEW", ticket.Resource(l.Ticket.ID))
}

// plainText is the format of the mails that Trac itself can write.
const plainText = "text/plain"

// meetStrangers looks up those who are told of every new ticket.
func (l *letter) meetStrangers(ctx context.Context, chosen []match) error {
	var names []string
	for _, m := range chosen {
		if _, met := l.people.sessions[m.session]; m.name != "" && !met {
			names = append(names, m.name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	profiles, err := l.store.Profiles(ctx, names)
	l.people.know(profiles)
	return err
}

// addressOf is where mail for somebody goes; "" when they have no address.
func (l *letter) addressOf(m match) string {
	address := m.address
	if address == "" {
		address = strip(l.people.sessions[m.session].Email)
	}
	if address == "" && m.authenticated {
		address = m.name
	}
	return l.matcher.deliverable(address)
}

// formatOf is the format of mail for somebody.
func (l *letter) formatOf(m match) string {
	return cmp.Or(m.Format, l.people.sessions[m.session].Format, l.config.Format, plainText)
}

// persons are the addresses of those whom the ticket belongs to and of who
// changed it.
func (l *letter) persons() map[string]bool {
	persons := map[string]bool{}
	for _, name := range []string{l.Ticket.Owner, l.Ticket.Reporter, l.Author} {
		if r, found := l.matcher.find(name, l.people.users); found {
			persons[r.address] = true
		}
	}
	return persons
}

// promote makes those who are persons the ones that the mail is for.
func (r *recipients) promote(persons map[string]bool) {
	var others []string
	for _, address := range r.cc {
		if persons[address] {
			r.to = append(r.to, address)
		} else {
			others = append(others, address)
		}
	}
	r.cc = others
}
