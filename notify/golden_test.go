package notify_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracrpc/notify"
	"tracrpc/notify/mail"
	"tracrpc/ticket"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const longText = "This description is so long that it has to be broken into several lines, for nobody reads lines of more than " +
	"seventy-five columns.\n\n * an item\n\tbehind a tab\n\n漢字" + "かな交じり文は何処でも改行できるので行の終わりまで続きます。かな交じり文は何処でも改行できるので。"

var rich = fields("summary", "Küche brennt – 火事", "description", longText, "reporter", "bob", "owner", "ann",
	"cc", "cora, someone@else.org", "milestone", "milestone1", "component", "component1", "keywords", "fire kitchen")

// goldens are mails that are compared with the files of testdata, which are
// rewritten by: go test ./notify -update
var goldens = []struct {
	name string
	set  func(*notify.Config)
	do   func(*office)
}{
	{"new", nil, func(o *office) { o.create(true, rich) }},
	{"comment", nil, func(o *office) {
		o.update(true, o.create(false, rich), 1, "bob", "A comment.\r\n\r\n> with a quotation\n-- \nand a signature", nil)
	}},
	{"change", nil, func(o *office) {
		o.update(true, o.create(false, rich), 1, "ann", "Changed.", fields("owner", "", "priority", "blocker", "milestone", "",
			"cc", "cora new@example.org", "keywords", strings.Repeat("keyword ", 12)))
	}},
	{"status", nil, func(o *office) {
		o.update(true, o.create(false, rich), 1, "me@home.org", "", fields("status", "closed", "resolution", "fixed"))
	}},
	{"description", nil, func(o *office) {
		o.update(true, o.create(false, rich), 1, "bob", "", fields("description", "Much shorter.\n\nNow."))
	}},
	{"everything", nil, func(o *office) {
		o.update(true, o.create(false, rich), 1, "bob", "All of it.", fields("description", "Much shorter.", "summary", "Gelöscht", "reporter", "ann"))
	}},
	{"custom", func(c *notify.Config) { c.WideAmbiguous = true }, func(o *office) {
		o.update(true, o.create(false, rich), 1, "bob", "★ → ☆", fields("due", created, "note", "one\ntwo\n\nthree", "label", strings.Repeat("漢字", 30)))
	}},
	{"public", func(c *notify.Config) { c.PublicCC = true }, func(o *office) {
		id := o.create(false, rich)
		o.update(false, id, 1, "third@party.org", "before", nil)
		o.update(true, id, 2, "bob", "after", nil)
	}},
	{"author", func(c *notify.Config) { c.FromAuthor = true }, func(o *office) {
		o.update(true, o.create(false, rich), 1, "ann", "From me.", nil)
	}},
	{"named author", func(c *notify.Config) { c.FromAuthor, c.ShowEmails = true, true }, func(o *office) {
		o.update(true, o.create(false, nil), 1, "Jo, the 1st <jo@home.org>", "From me.", nil)
	}},
	{"file", nil, func(o *office) {
		o.file(o.create(false, rich), ticket.File{Name: "a file with a long name, and 火事.txt", Description: longText, Author: "ann"})
	}},
	{"file gone", func(c *notify.Config) { c.FromAuthor = true }, func(o *office) {
		o.file(o.create(false, rich), ticket.File{Name: "f.txt", Author: "cora", Removed: true})
	}},
	{"quoted", func(c *notify.Config) { c.Encoding = mail.Quoted }, func(o *office) { o.create(true, rich) }},
	{"wide", nil, func(o *office) {
		o.create(true, fields("owner", "dave", "cc", "ann", "component", strings.Repeat("several words ", 9), "milestone", strings.Repeat("x", 70), "version", "v"))
	}},
	{"headers", func(c *notify.Config) {
		c.ProjectName, c.Subject = "Proj\r\nBcc: eve@example.org", "${prefix} ${ticket['summary']} ${ticket.owner}"
	}, func(o *office) {
		o.create(true, fields("summary", "one\nBcc: eve@example.org\r\n\r\nbody", "owner", "o\r\nBcc: eve@example.org", "cc", "ann"))
	}},
}

func TestMails(t *testing.T) {
	t.Parallel()
	for _, g := range goldens {
		t.Run(g.name, func(t *testing.T) {
			t.Parallel()
			c := settings()
			if g.set != nil {
				g.set(&c)
			}
			o := newOffice(t, c, "")
			g.do(o)
			m := o.mail()
			if m == nil {
				t.Fatal("no mail")
			}
			got := "MAIL FROM: " + m.Sender + "\nRCPT TO: " + strings.Join(m.Recipients, " ") + "\n\n" +
				strings.ReplaceAll(string(m.Bytes()), "\r\n", "\n")
			compare(t, filepath.Join("testdata", strings.ReplaceAll(g.name, " ", "_")+".eml"), got)
		})
	}
}

func compare(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-want +got):\n%s", file, d)
	}
}

func TestLinkWithoutBaseURL(t *testing.T) {
	t.Parallel()
	c := settings()
	c.BaseURL, c.ProjectURL = "", ""
	o := newOffice(t, c, "")
	_, err := o.Create(t.Context(), o.admin(), ticket.Draft{
		Summary: "s", Attributes: fields("owner", "ann"), Notify: true, BaseURL: "https://here/env",
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Ticket URL: <https://here/env/ticket/1>\n", "Our Project <https://here/env>\n"} {
		if m := o.mail(); m == nil || !strings.Contains(m.Text, want) {
			t.Errorf("mail %+v, want one with %q", m, want)
		}
	}
}
