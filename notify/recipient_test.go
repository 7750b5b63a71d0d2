package notify_test

import (
	"slices"
	"strings"
	"testing"

	"tracrpc/notify"
)

// rule is a row of notify_subscription.
func rule(class, user, authenticated, priority, adverb, format string) string {
	return `INSERT INTO notify_subscription (class, sid, authenticated, distributor, format, priority, adverb)
		VALUES ('` + strings.Join([]string{class, user, authenticated, "email", format, priority, adverb}, "', '") + `');`
}

func TestRecipients(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		set   func(*notify.Config)
		rules string
		do    func(*office)
		want  string // the recipients, sorted; "" for no mail
	}{
		{"owner, reporter and cc, of those the ones with an address", nil, "", func(o *office) {
			o.create(true, fields("owner", "ann", "reporter", "bob", "cc", "cora; dave, x@y.org nodomain"))
		}, "ann@example.org bob@example.com x@y.org"},
		{"nobody is told by default", func(c *notify.Config) { c.Defaults = nil }, "", func(o *office) {
			o.create(true, fields("owner", "ann", "cc", "x@y.org"))
		}, ""},
		{"anonymous has no address", nil, "", func(o *office) {
			o.update(true, o.create(false, fields("owner", "anonymous", "reporter", "")), 1, "anonymous", "c", nil)
		}, ""},
		{"the owner before", nil, "", func(o *office) {
			o.update(true, o.create(false, fields("owner", "ann")), 1, "dave", "", fields("owner", "bob"))
		}, "ann@example.org bob@example.com"},
		{"the reporter before is not told", nil, "", func(o *office) {
			o.update(true, o.create(false, fields("reporter", "ann")), 1, "dave", "", fields("reporter", "bob"))
		}, "bob@example.com"},
		{"the cc before", nil, "", func(o *office) {
			o.update(true, o.create(false, fields("cc", "a@b.org")), 1, "dave", "", fields("cc", "c@d.org"))
		}, "a@b.org c@d.org"},
		{"who changed it, now and before", nil, "", func(o *office) {
			id := o.create(false, nil)
			o.update(false, id, 1, "ann", "first", nil)
			o.update(false, id, 2, "third@party.org", "second", nil)
			o.update(true, id, 3, "bob", "third", nil)
		}, "ann@example.org bob@example.com third@party.org"},
		{"who changed it before, not now", func(c *notify.Config) {
			c.Defaults = notify.ParseDefaults([][2]string{{"previous", "TicketPreviousUpdatersSubscriber"}})
		}, "", func(o *office) {
			id := o.create(false, nil)
			o.update(false, id, 1, "ann", "first", nil)
			o.update(false, id, 2, "bob", "second", nil)
			o.update(true, id, 3, "ann", "third", nil)
		}, "bob@example.com"},
		{"a group stands for its members, not for theirs", nil, "", func(o *office) {
			o.create(true, fields("cc", "team"))
		}, "bob@example.com cora@example.org"},
		{"names with addresses", nil, "", func(o *office) {
			o.create(true, fields("owner", "Some Body <body@some.org>", "reporter", "<b@some.org>"))
		}, "b@some.org body@some.org"},
		{"a user who never logged in has no profile", nil, "", func(o *office) { o.create(true, fields("owner", "eve")) }, ""},
		{"always", func(c *notify.Config) {
			c.AlwaysCC, c.AlwaysBCC, c.Defaults = []string{"boss@example.org", "ann"}, []string{"archive@example.org", "cora"}, nil
		}, "", func(o *office) { o.create(true, nil) }, "ann@example.org archive@example.org boss@example.org"},
		{"logins in a domain", func(c *notify.Config) { c.DefaultDomain = "corp.example" }, "", func(o *office) {
			o.create(true, fields("owner", "cora", "reporter", "stranger", "cc", "ann"))
		}, "admin@corp.example ann@example.org cora@corp.example stranger@corp.example"},
		{"logins as they are", func(c *notify.Config) { c.ShortAddress, c.DefaultDomain = true, "corp.example" }, "", func(o *office) {
			o.create(true, fields("owner", "cora", "reporter", "ann"))
		}, "admin ann@example.org cora"},
		{"domains", func(c *notify.Config) {
			c.IgnoreDomains, c.AdmitDomains = []string{"Kerberos.ORG"}, []string{"localdomain"}
		}, "", func(o *office) {
			o.create(true, fields("cc", "a@kerberos.org, b@localdomain, c@elsewhere, d@x.org"))
		}, "b@localdomain d@x.org"},
		{"own rules", nil, rule("TicketOwnerSubscriber", "ann", "1", "1", "never", "") + rule("TicketReporterSubscriber", "dave", "1", "1", "always", "") +
			rule("TicketUpdaterSubscriber", "bob", "1", "1", "never", "") + rule("CarbonCopySubscriber", "bob", "1", "2", "always", ""),
			func(o *office) {
				o.create(true, fields("owner", "ann", "reporter", "bob", "cc", "bob"))
			}, "bob@example.com"},
		{"an own rule forbids", nil, rule("TicketReporterSubscriber", "bob", "1", "1", "never", ""), func(o *office) {
			o.create(true, fields("owner", "ann", "reporter", "bob", "cc", "bob"))
		}, "ann@example.org"},
		{"the rules of trac.ini yield to lesser numbers", func(c *notify.Config) {
			c.Defaults = notify.ParseDefaults(append(everybody, [2]string{"reporter.priority", "50"}, [2]string{"reporter.adverb", "never"}))
		}, "", func(o *office) {
			o.create(true, fields("owner", "ann", "reporter", "ann", "cc", "bob"))
		}, "bob@example.com"},
		{"new tickets", nil, rule("NewTicketSubscriber", "visitor", "0", "1", "always", "") + rule("NewTicketSubscriber", "cora", "1", "1", "always", "") +
			rule("NewTicketSubscriber", "bob", "1", "1", "always", ""), func(o *office) { o.create(true, nil) },
			"bob@example.com visitor@example.net"},
		{"no new ticket", nil, rule("NewTicketSubscriber", "visitor", "0", "1", "always", ""), func(o *office) {
			o.update(true, o.create(false, nil), 1, "ann", "c", nil)
		}, "ann@example.org"},
		{"another format than there is", nil, rule("TicketOwnerSubscriber", "ann", "1", "1", "always", "text/html"), func(o *office) {
			o.create(true, fields("owner", "ann", "reporter", "bob"))
		}, "bob@example.com"},
		{"another preferred format", nil, "INSERT INTO session_attribute VALUES ('ann', 1, 'notification.format.email', 'text/html')", func(o *office) {
			o.create(true, fields("owner", "ann", "reporter", "bob"))
		}, "bob@example.com"},
		{"who may view it", func(c *notify.Config) { c.RequireView = true }, "", func(o *office) {
			o.create(true, fields("owner", "ann", "reporter", "bob", "cc", "x@y.org"))
		}, "bob@example.com"},
		{"another distributor", nil, strings.ReplaceAll(rule("TicketOwnerSubscriber", "ann", "1", "1", "never", ""), "email", "chat"), func(o *office) {
			o.create(true, fields("owner", "ann"))
		}, "ann@example.org"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			config := settings()
			if c.set != nil {
				c.set(&config)
			}
			o := newOffice(t, config, c.rules)
			c.do(o)
			var got []string
			if m := o.mail(); m != nil {
				got = slices.Sorted(slices.Values(m.Recipients))
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("told are %q, want %q", got, c.want)
			}
		})
	}
}

func TestVisibleRecipients(t *testing.T) {
	t.Parallel()
	c := settings()
	c.AlwaysCC, c.AlwaysBCC = []string{"boss@example.org", "ann"}, []string{"archive@example.org"}
	o := newOffice(t, c, "")
	o.create(true, fields("owner", "ann", "reporter", "bob"))
	whole := string(o.mail().Bytes())
	for text, want := range map[string]bool{
		"To: undisclosed-recipients: ;\r\n": true, "Cc: ann@example.org, boss@example.org\r\n": true, "bob@": false, "archive@": false,
	} {
		if strings.Contains(whole, text) != want {
			t.Errorf("%q in the mail: %v, want %v\n%s", text, !want, want, whole)
		}
	}
}
