package notify_test

import (
	"context"
	"database/sql"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3" // Trac's part is played by a connection of its own

	"tracrpc/auth"
	"tracrpc/notify"
	"tracrpc/notify/mail"
	"tracrpc/store"
	"tracrpc/store/storetest"
	"tracrpc/ticket"
)

// office is a ticket service whose mails end on a desk.
type office struct {
	*ticket.Service
	t    testing.TB
	desk *desk
}

// desk keeps the mails that are handed over.
type desk struct {
	mails []*mail.Message
}

func (d *desk) String() string { return "desk" }

func (d *desk) Send(_ context.Context, m *mail.Message) error {
	d.mails = append(d.mails, m)
	return nil
}

// nobody is asked by tickets without a workflow.
type nobody struct{}

func (nobody) Known(context.Context) ([]string, error)                            { return nil, nil }
func (nobody) Holders(context.Context, auth.Permission) ([]auth.Principal, error) { return nil, nil }
func (nobody) Groups(context.Context) (map[string][]string, error)                { return nil, nil }
func (nobody) FullNames(context.Context, []string) (map[string]string, error)     { return nil, nil }
func (nobody) Removing(_ context.Context, _ auth.Resource, commit func() error) error {
	return commit()
}

// staff is the notify.Store of the office.
type staff struct {
	*store.People
	groups map[string][]string
}

func (s staff) Groups(context.Context) (map[string][]string, error) { return s.groups, nil }

// Principal lets bob view tickets, and nobody else.
func (staff) Principal(_ context.Context, name string) (auth.Principal, error) {
	return auth.NewPrincipal(name, map[auth.Permission]bool{"TICKET_VIEW": name == "bob"}, nil), nil
}

// setup is what the test's people told Trac: ann has a name and an address, bob an
// address, cora a name, and dave nothing. All but eve, who has an address only,
// logged in before.
const setup = `
	INSERT INTO session VALUES ('ann', 1, 0), ('bob', 1, 0), ('cora', 1, 0), ('dave', 1, 0), ('visitor', 0, 0);
	INSERT INTO session_attribute VALUES
		('ann', 1, 'name', 'Ann Ägnes'), ('ann', 1, 'email', 'ann@example.org'), ('bob', 1, 'email', ' bob@example.com '),
		('cora', 1, 'name', 'Cora'), ('eve', 1, 'email', 'eve@example.org'), ('visitor', 0, 'email', 'visitor@example.net')`

// everybody are the rules that tell everybody who has to do with a ticket.
var everybody = [][2]string{
	{"owner", "TicketOwnerSubscriber"}, {"reporter", "TicketReporterSubscriber"}, {"updater", "TicketUpdaterSubscriber"},
	{"previous", "TicketPreviousUpdatersSubscriber"}, {"cc", "CarbonCopySubscriber"},
}

// settings are those of an office, but for what a test changes.
func settings() notify.Config {
	return notify.Config{
		From: "trac@example.org", ReplyTo: "reply@example.org", Encoding: mail.Plain, Prefix: "__default__",
		Subject: "${prefix} #${ticket.id}: ${summary}", MessageIDHash: "md5", Format: "text/plain",
		Defaults: notify.ParseDefaults(everybody), ProjectName: "Our Project", ProjectURL: "http://example.org/",
		Description: "What it is about", BaseURL: "http://example.org/trac/", Zone: time.UTC, ShowFullNames: true,
		ProgramVersion: "v1",
	}
}

// rules are more rows of the database, as SQL.
func newOffice(t testing.TB, c notify.Config, rules string) *office {
	t.Helper()
	url := storetest.SQLite(t)
	trac, err := sql.Open("sqlite3", strings.TrimPrefix(url, "sqlite:"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := trac.ExecContext(t.Context(), setup+";"+rules); err != nil {
		t.Fatal(err)
	}
	if err := trac.Close(); err != nil {
		t.Fatal(err)
	}
	db := storetest.Open(t, url)
	o := &office{t: t, desk: &desk{}}
	people := staff{db.People(), map[string][]string{"team": {"bob", "cora@example.org", "inner"}, "inner": {"ann"}}}
	service, err := notify.New(c, people, o.desk, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	service.SetNow(func() time.Time { return time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC) })
	o.Service = ticket.New(db.Tickets(true), nobody{}, nobody{}, ticket.Config{
		Defaults: map[string]string{"type": "defect", "priority": "major"}, MaxComment: 1e6, Notifier: direct{service, o.desk, t},
		Custom: []ticket.Field{
			{Name: "due", Type: "time", Label: "Due", Format: "date", Custom: true},
			{Name: "note", Type: "textarea", Label: "Note", Custom: true},
			{Name: "label", Type: "text", Label: "A label 標籤", Custom: true},
		},
	})
	return o
}

// direct writes mails while the caller waits.
type direct struct {
	service *notify.Service
	desk    *desk
	t       testing.TB
}

func (d direct) Notify(n ticket.Notice) {
	m, err := d.service.Compose(d.t.Context(), n)
	if err != nil {
		d.t.Error(err)
	}
	if m != nil {
		d.desk.mails = append(d.desk.mails, m)
	}
}

func (o *office) admin() auth.Principal {
	return auth.NewPrincipal("admin", auth.DefaultActions().Expand([]auth.Permission{auth.Admin}), nil)
}

// fields are fields of a ticket by name, the names and values in turn.
func fields(pairs ...any) ticket.Values {
	var values ticket.Values
	for pair := range slices.Chunk(pairs, 2) {
		values = append(values, ticket.NamedValue{Name: pair[0].(string), Value: pair[1]})
	}
	return values
}

// created is when the tickets of tests are made; they are changed hours later.
var created = time.Date(2026, 1, 2, 3, 4, 5, 678901000, time.UTC)

// create makes a ticket, and tells of it if that is the wish.
func (o *office) create(notify bool, values ticket.Values) int {
	o.t.Helper()
	id, err := o.Create(o.t.Context(), o.admin(), ticket.Draft{
		Summary: "A summary", Description: "A description", Attributes: values, When: created, Notify: notify,
	})
	if err != nil {
		o.t.Fatal(err)
	}
	return id
}

// update changes a ticket the given number of hours after it was made.
func (o *office) update(notify bool, id, hours int, author, comment string, values ticket.Values) {
	o.t.Helper()
	_, err := o.Update(o.t.Context(), o.admin(), id, ticket.Update{
		Comment: comment, Attributes: values, Author: author, Notify: notify, When: created.Add(time.Duration(hours) * time.Hour),
	})
	if err != nil {
		o.t.Fatal(err)
	}
}

// file tells of a file an hour after the ticket was made.
func (o *office) file(id int, f ticket.File) {
	o.t.Helper()
	f.Time = created.Add(time.Hour).UnixMicro()
	if err := o.TellOfFile(o.t.Context(), id, f, ""); err != nil {
		o.t.Fatal(err)
	}
}

// mail is the only mail on the desk; nil when there is none.
func (o *office) mail() *mail.Message {
	o.t.Helper()
	if len(o.desk.mails) > 1 {
		o.t.Errorf("%d mails, want one", len(o.desk.mails))
	}
	if len(o.desk.mails) == 0 {
		return nil
	}
	return o.desk.mails[0]
}
