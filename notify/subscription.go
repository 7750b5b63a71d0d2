package notify

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
)

// Subscription is a rule that says whether somebody is told, and how.
type Subscription struct {
	Class       string // the name of a subscriber, which says of what
	Distributor string // email; there may be rules for others
	Priority    int    // of somebody's rules the one with the least number counts
	Adverb      string // always, or never
	Format      string // of the mail; "" for what the person prefers

	// Whose rule it is; nobody's where a rule is for all whom the class concerns.
	User          string
	Authenticated bool

	label string // the option of trac.ini that made it
}

// The subscribers of Trac. Each of the first kind concerns people whom the
// ticket or its history names.
const (
	ownerSubscriber    = "TicketOwnerSubscriber"
	updaterSubscriber  = "TicketUpdaterSubscriber"
	previousSubscriber = "TicketPreviousUpdatersSubscriber"
	reporterSubscriber = "TicketReporterSubscriber"
	newSubscriber      = "NewTicketSubscriber"
	ccSubscriber       = "CarbonCopySubscriber"
)

// concerns is, for each subscriber in Trac's order, whom it concerns.
var concerns = []struct {
	class string
	who   func(l *letter) []string
}{
	{ownerSubscriber, func(l *letter) []string {
		if f := l.changed("owner"); f != nil {
			return []string{l.Ticket.Owner, f.Old}
		}
		return []string{l.Ticket.Owner}
	}},
	{updaterSubscriber, func(l *letter) []string { return []string{l.Author} }},
	{previousSubscriber, func(l *letter) []string {
		return slices.DeleteFunc(slices.Clone(l.past), func(name string) bool { return name == l.Author })
	}},
	{reporterSubscriber, func(l *letter) []string { return []string{l.Ticket.Reporter} }},
	{newSubscriber, func(*letter) []string { return nil }},
	{ccSubscriber, (*letter).carbonCopies},
}

// ParseDefaults reads the options of [notification-subscriber]: NAME is a class,
// NAME.priority, NAME.adverb, NAME.format and NAME.distributor say more
// (trac/notification/api.py, parse_subscriber_config). What it does not
// understand it passes over.
func ParseDefaults(options [][2]string) []Subscription {
	byName := map[string]*Subscription{}
	for _, option := range options {
		name, attribute, _ := strings.Cut(option[0], ".")
		s := byName[name]
		if s == nil {
			s = &Subscription{Distributor: "email", Priority: 100, Adverb: "always", label: name}
			byName[name] = s
		}
		s.set(attribute, strip(option[1]))
	}
	var all []Subscription
	for _, s := range byName {
		if s.Class != "" {
			all = append(all, *s)
		}
	}
	slices.SortFunc(all, func(a, b Subscription) int {
		return cmp.Or(cmp.Compare(a.Priority, b.Priority), strings.Compare(a.label, b.label))
	})
	return all
}

func (s *Subscription) set(attribute, value string) {
	switch attribute {
	case "":
		s.Class = value
	case "distributor":
		s.Distributor = value
	case "priority":
		if n, err := strconv.Atoi(value); err == nil {
			s.Priority = n
		}
	case "adverb":
		s.Adverb = value
	case "format":
		s.Format = value
	}
}

// match is a rule that applies, and to whom.
type match struct {
	Subscription
	recipient
}

// matches are all rules that apply to a letter, in Trac's order.
func (l *letter) matches(ctx context.Context) ([]match, error) {
	var all []match
	for _, name := range slices.Concat(l.config.AlwaysCC, l.config.AlwaysBCC) {
		if r, found := l.matcher.find(name, l.people.users); found {
			all = append(all, match{Subscription{Distributor: "email", Adverb: "always"}, r})
		}
	}
	concerned := make([][]recipient, len(concerns))
	var users []string
	for i, c := range concerns {
		for _, name := range c.who(l) {
			if r, found := l.matcher.find(name, l.people.users); found {
				concerned[i] = append(concerned[i], r)
				users = append(users, r.name)
			}
		}
	}
	own, err := l.store.Subscriptions(ctx, users, newSubscriber)
	if err != nil {
		return nil, err
	}
	for i, c := range concerns {
		all = append(all, l.defaultMatches(c.class, concerned[i])...)
		all = append(all, l.ownMatches(c.class, concerned[i], own)...)
	}
	return all, nil
}

// defaultMatches are the rules of trac.ini that apply to those whom a class
// concerns.
func (l *letter) defaultMatches(class string, concerned []recipient) []match {
	var all []match
	for _, r := range concerned {
		for _, s := range l.config.Defaults {
			if s.Class == class {
				all = append(all, match{s, r})
			}
		}
	}
	return all
}

// ownMatches are the rules that those whom a class concerns made themselves; for
// new tickets those that anybody made.
func (l *letter) ownMatches(class string, concerned []recipient, own []Subscription) []match {
	among := map[session]bool{}
	for _, r := range concerned {
		among[r.session] = true
	}
	var all []match
	for _, s := range own {
		whose := session{s.User, s.Authenticated}
		applies := among[whose] || class == newSubscriber && l.isNew()
		if s.Class == class && s.User != "" && applies {
			all = append(all, match{s, recipient{session: whose}})
		}
	}
	return all
}

// subscribed are those whom the rules want to be told by mail: of each person's
// rules the one with the least priority decides
// (trac/notification/api.py, NotificationSystem.subscriptions).
func subscribed(all []match) []match {
	all = slices.DeleteFunc(all, func(m match) bool { return m.Distributor != "email" })
	slices.SortStableFunc(all, func(a, b match) int {
		return cmp.Or(strings.Compare(a.name, b.name), compareBool(a.authenticated, b.authenticated),
			cmp.Compare(a.Priority, b.Priority))
	})
	var chosen []match
	var last session
	seen := map[recipient]bool{}
	for _, m := range all {
		if m.name != "" && m.session == last {
			continue
		}
		last = m.session
		if m.Adverb == "always" && !seen[m.recipient] {
			seen[m.recipient] = true
			chosen = append(chosen, m)
		}
	}
	return chosen
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}
