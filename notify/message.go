package notify

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"tracrpc/notify/mail"
	"tracrpc/ticket"
)

// tracVersion is the version of Trac whose mails these are.
const tracVersion = "1.6"

// message is the mail for those in to (trac/notification/mail.py,
// EmailDistributor._do_send).
func (l *letter) message(to recipients) *mail.Message {
	from := l.from()
	m := &mail.Message{
		Sender: from.Addr, Recipients: to.all(), Encoding: l.config.Encoding, Text: l.text(),
		Header: []mail.Field{
			{Name: "X-Mailer", Value: strip("tracrpc " + l.config.ProgramVersion)},
			{Name: "X-Trac-Version", Value: tracVersion},
			{Name: "X-Trac-Project", Value: l.config.ProjectName},
			{Name: "X-URL", Value: l.config.ProjectURL},
			{Name: "X-Trac-Realm", Value: ticket.Realm},
			{Name: "X-Trac-Ticket-ID", Value: strconv.Itoa(l.Ticket.ID)},
			{Name: "X-Trac-Ticket-URL", Value: l.link()},
			{Name: "Precedence", Value: "bulk"},
			{Name: "Auto-Submitted", Value: "auto-generated"},
			{Name: "Date", Value: l.now().UTC().Format(time.RFC1123Z)},
			{Name: "From", Addresses: []mail.Address{from}},
		},
	}
	m.Header = append(m.Header, l.thread()...)
	if len(to.to) == 0 {
		m.Header = append(m.Header, mail.Field{Name: "To", Value: "undisclosed-recipients: ;"})
	}
	m.Header = append(m.Header, list("To", to.to)...)
	m.Header = append(m.Header, list("Cc", to.cc)...)
	if reply := l.withDomain(l.config.ReplyTo); reply != "" {
		m.Header = append(m.Header, list("Reply-To", []string{reply})...)
	}
	m.Header = append(m.Header, mail.Field{Name: "Subject", Value: l.subjectLine()})
	return m
}

// list is a field of addresses; none when there are none.
func list(name string, addresses []string) []mail.Field {
	if len(addresses) == 0 {
		return nil
	}
	f := mail.Field{Name: name}
	for _, address := range addresses {
		f.Addresses = append(f.Addresses, mail.Address{Addr: address})
	}
	return []mail.Field{f}
}

// from is whom the mail comes from: the author, if the settings say so and the
// author has an address.
func (l *letter) from() mail.Address {
	if author, found := l.authorAddress(); found {
		return author
	}
	return mail.Address{
		Name: cmp.Or(l.config.FromName, l.config.ProjectName),
		Addr: l.withDomain(cmp.Or(l.config.From, l.config.ReplyTo)),
	}
}

// authorAddress is the author's name and address, if mails are to come from them.
func (l *letter) authorAddress() (mail.Address, bool) {
	author := strip(l.Author)
	r, found := l.matcher.find(author, l.people.users)
	if !l.config.FromAuthor || !found {
		return mail.Address{}, false
	}
	name := l.people.users[r.name].FullName
	if name == "" {
		if match := l.matcher.named.FindStringSubmatch(author); match != nil {
			name = match[1]
		}
	}
	return mail.Address{Name: name, Addr: r.address}, true
}

// withDomain completes an address of the settings.
func (l *letter) withDomain(address string) string {
	if address == "" || strings.Contains(address, "@") || l.config.ShortAddress || l.config.DefaultDomain == "" {
		return address
	}
	return address + "@" + l.config.DefaultDomain
}

// isNew tells whether the letter is of a new ticket.
func (l *letter) isNew() bool { return l.Change == nil && l.File == nil }

// time is that of the change.
func (l *letter) time() int64 {
	if l.File != nil {
		return l.File.Time
	}
	return l.Change.Time
}

// thread is what joins the mails of a ticket: each change answers the mail of the
// new ticket, whether that was ever sent or not.
func (l *letter) thread() []mail.Field {
	first := l.messageID(0)
	if l.isNew() {
		return []mail.Field{{Name: "Message-ID", Value: first}}
	}
	return []mail.Field{
		{Name: "Message-ID", Value: l.messageID(l.time())},
		{Name: "In-Reply-To", Value: first},
		{Name: "References", Value: first},
	}
}

// messageID is the identity of the mail of the change that was made at when, or
// of the new ticket at 0. Trac and we make the same
// (trac/notification/mail.py, create_message_id).
func (l *letter) messageID(when int64) string {
	from := cmp.Or(l.config.From, l.config.ReplyTo)
	if author, found := l.authorAddress(); found {
		from = author.Addr
	}
	source := fmt.Sprintf("%s.%08d.%d.%s", l.config.ProjectURL, l.Ticket.ID, when, asciiOnly(l.Ticket.Reporter))
	h := hashes[strings.ToLower(l.config.MessageIDHash)]()
	h.Write([]byte(source)) // never fails
	return fmt.Sprintf("<%03d.%s@%s>", len(source), hex.EncodeToString(h.Sum(nil)), from[strings.Index(from, "@")+1:])
}

// asciiOnly leaves out all characters that are not of ASCII.
func asciiOnly(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 0x80 {
			return -1
		}
		return r
	}, text)
}

// base is the environment's URL, without a slash at its end.
func (l *letter) base() string {
	return strings.TrimRight(cmp.Or(l.config.BaseURL, l.BaseURL), "/")
}

// link leads to the ticket, or to the change in it.
func (l *letter) link() string {
	link := l.base() + "/ticket/" + strconv.Itoa(l.Ticket.ID)
	if l.Change != nil {
		link += "#comment:" + strconv.Itoa(l.Change.Number)
	}
	return link
}
