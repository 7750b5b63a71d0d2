package notify_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"tracrpc/notify"
)

func TestSettingsAreRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		set  func(*notify.Config)
		want string
	}{
		{func(c *notify.Config) { c.From, c.ReplyTo = "", "" }, "both empty"},
		{func(c *notify.Config) { c.From = "Trac <trac@example.org>" }, "smtp_from:"},
		{func(c *notify.Config) { c.ReplyTo = "a@b\nBcc: c@d" }, "smtp_replyto:"},
		{func(c *notify.Config) { c.DefaultDomain = "corp example" }, "smtp_default_domain:"},
		{func(c *notify.Config) { c.MessageIDHash = "crc32" }, "message_id_hash:"},
		{func(c *notify.Config) { c.Subject = "${prefix" }, "ticket_subject_template:"},
	} {
		config := settings()
		c.set(&config)
		_, err := notify.New(config, nil, nil, nil, slog.New(slog.DiscardHandler))
		if err == nil || !strings.HasPrefix(err.Error(), "[notification] ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("New = %v, want an error that says %q", err, c.want)
		}
	}
}

func TestSubject(t *testing.T) {
	t.Parallel()
	for template, want := range map[string]string{
		"${prefix} #${ticket.id}: ${summary}":                            "Re: [Our Project] #1: new (was: old)",
		"  ${ ticket.type }/${ticket['priority']}${ticket[\"label\"]}  ": "Re: defect/majorLabel",
		"${ticket.unknown}${env.project_name} ${env.project_url}":        "Re: Our Project http://example.org/",
		"$prefix {{summary}} $":                                          "Re: $prefix {{summary}} $",
		"":                                                               "Re: ",
	} {
		c := settings()
		c.Subject = template
		o := newOffice(t, c, "")
		id := o.create(false, fields("summary", "old", "owner", "ann", "label", "Label"))
		o.update(true, id, 1, "ann", "", fields("summary", "new"))
		if got := o.mail().Header; got[len(got)-1].Name != "Subject" || got[len(got)-1].Value != want {
			t.Errorf("%q makes %+v, want %q", template, got[len(got)-1], want)
		}
	}
}

func TestSubjectIsRefused(t *testing.T) {
	t.Parallel()
	for _, template := range []string{
		"${prefix", "${}", "${summary|upper}", "${summary + 1}", "${ticket}", "${ticket.values}", "${ticket.time}", "${changes}",
		"${env}", "${env.path}", "${prefix.x}", "{% if summary %}x{% endif %}", "{# x #}", "${ticket.id.x}", "${ticket[id]}", "${other}",
	} {
		if err := notify.ParseSubject(template); err == nil {
			t.Errorf("%q is not refused", template)
		}
	}
}

// FuzzSubject checks that a template is refused or understood, and that one
// without variables stands for itself.
func FuzzSubject(f *testing.F) {
	for _, seed := range []string{"${prefix} #${ticket.id}: ${summary}", "${ticket['x']}", "${", "}", "{%", "$${summary}}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, template string) {
		err := notify.ParseSubject(template)
		simple := !strings.Contains(template, "${") && !strings.Contains(template, "{%") && !strings.Contains(template, "{#")
		if simple && err != nil {
			t.Errorf("%q: %v", template, err)
		}
		if err == nil && strings.Count(template, "${") > strings.Count(template, "}") {
			t.Errorf("%q is understood", template)
		}
	})
}

func TestParseDefaults(t *testing.T) {
	t.Parallel()
	got := notify.ParseDefaults([][2]string{
		{"b", " TicketOwnerSubscriber "}, {"b.priority", "5"}, {"a.format", "text/html"}, {"a", "CarbonCopySubscriber"},
		{"a.adverb", "never"}, {"a.distributor", "chat"}, {"a.unknown", "x"}, {"c.priority", "1"}, {"d", "X"}, {"d.priority", "many"},
	})
	want := "[{TicketOwnerSubscriber email 5 always   false b} {CarbonCopySubscriber chat 100 never text/html  false a} " +
		"{X email 100 always   false d}]"
	if fmt.Sprint(got) != want {
		t.Errorf("ParseDefaults = %v, want %v", got, want)
	}
}
