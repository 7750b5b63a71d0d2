package api

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tracrpc/auth"
	"tracrpc/environment"
	"tracrpc/rpc"
)

// secret is in every text that bob must not see, and in no other.
const secret = "hush"

// privateAuthz keeps two tickets, a file of a third, some pages, an old version
// of another and a milestone for the staff, which is carol.
const privateAuthz = `
[groups]
staff = carol

[ticket:2]
@staff = TICKET_ADMIN
* = !TICKET_VIEW

[ticket:3]
@staff = TICKET_ADMIN
* =

[ticket:4@*/attachment:key*]
@staff = ATTACHMENT_VIEW
* = !ATTACHMENT_VIEW

[wiki:Plan*]
@staff = WIKI_ADMIN
* = !WIKI_VIEW

[wiki:OpenPage@1]
@staff = WIKI_ADMIN
* = !WIKI_VIEW

[milestone:later]
@staff = MILESTONE_ADMIN
* =
`

// openText has links to all that is private, and the macros that list things.
const openText = `#2 #3 ticket:2#comment:1 comment:1:ticket:2 [comment:1:ticket:3 c] wiki:Plan/Secret [wiki:OpenPage@1 old] milestone:later
[attachment:key.txt:ticket:4 k] [attachment:a.txt:ticket:2 a] [attachment:b.txt:wiki:Plan/Secret b] [query:milestone=later q]
[[Image(ticket:2:a.txt)]] [[Image(ticket:4:key.txt)]] [[Image(wiki:Plan/Secret:b.txt)]] [[Image(Plan/Secret:b.txt, link=ticket:2)]]
[[TitleIndex]] [[TitleIndex(Plan)]] [[TitleIndex(format=hierarchy)]] [[RecentChanges]] [[PageOutline]] [[TicketQuery(id=2|3)]]
[[TicketQuery(id=2|3,format=table)]] [[MacroList]] [[Milestone(later)]] [[Include(Plan/Secret)]]`

// private is an environment with secrets, called by different users.
type private struct {
	t        *testing.T
	env      *environment.Environment
	registry *rpc.Registry
}

func newPrivate(t *testing.T) *private {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "env")
	if err := environment.Create(t.Context(), dir, "Test"); err != nil {
		t.Fatal(err)
	}
	conf := filepath.Join(dir, "conf")
	ini := filepath.Join(conf, "trac.ini")
	for _, o := range [][3]string{
		{"trac", "permission_policies", "AuthzPolicy, DefaultWikiPolicy, DefaultTicketPolicy, DefaultPermissionPolicy, LegacyAttachmentPolicy"},
		{"authz_policy", "authz_file", "authz.conf"},
		{"ticket-custom", "risk", "text"},
	} {
		if err := environment.SetOption(ini, o[0], o[1], o[2]); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(conf, "authz.conf"), []byte(privateAuthz), 0o600); err != nil {
		t.Fatal(err)
	}
	env, err := environment.Open(t.Context(), dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := env.Close(); err != nil {
			t.Error(err)
		}
	})
	registry, err := rpc.NewRegistry(slog.New(slog.DiscardHandler), Methods(env)...)
	if err != nil {
		t.Fatal(err)
	}
	p := &private{t, env, registry}
	for subject, actions := range map[string]string{
		"bob":   "XML_RPC TICKET_ADMIN WIKI_ADMIN MILESTONE_ADMIN",
		"dave":  "XML_RPC", // and what everybody may who logged in
		"carol": "XML_RPC TICKET_ADMIN WIKI_ADMIN MILESTONE_ADMIN",
	} {
		for action := range strings.FieldsSeq(actions) {
			if err := env.DB.Grant(t.Context(), "test", auth.Grant{Subject: subject, Action: auth.Permission(action)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	p.fill()
	return p
}

func (p *private) caller(user string) rpc.Caller {
	p.t.Helper()
	who, err := p.env.Authority.Principal(p.t.Context(), user)
	if err != nil {
		p.t.Fatal(err)
	}
	return rpc.Caller{Who: who, BaseURL: "http://host"}
}

// must makes a call of carol's.
func (p *private) must(method string, params ...any) {
	p.t.Helper()
	if _, err := p.registry.Call(p.t.Context(), p.caller("carol"), method, params); err != nil {
		p.t.Fatalf("%s%v: %v", method, params, err)
	}
}

func (p *private) fill() {
	p.t.Helper()
	hidden := rpc.Struct{{Name: "keywords", Value: secret}, {Name: "cc", Value: secret}, {Name: "owner", Value: secret}, {Name: "risk", Value: secret}}
	p.must("ticket.milestone.create", "later", rpc.Struct{{Name: "description", Value: secret}, {Name: "due", Value: time.Now()}})
	p.must("ticket.create", "one", "open", rpc.Struct{})
	p.must("ticket.create", secret+" two", secret, hidden)
	p.must("ticket.create", secret+" three", secret, hidden)
	p.must("ticket.create", "four", "open", rpc.Struct{})
	for id := 1; id <= 4; id++ {
		word := "open"
		if id == 2 || id == 3 {
			word = secret
		}
		p.must("ticket.update", id, word+" comment", rpc.Struct{{Name: "summary", Value: fmt.Sprint(word, " summary ", id)}})
		p.must("ticket.putAttachment", id, "a.txt", word+" file", []byte(word+" content"))
		p.must("ticket.update", id, word+" closing", rpc.Struct{{Name: "action", Value: "resolve"}})
	}
	p.must("ticket.editComment", 2, 1, secret+" edited")
	p.must("ticket.putAttachment", 4, "key.txt", secret, []byte(secret))
	p.must("wiki.putPage", "OpenPage", secret, rpc.Struct{{Name: "comment", Value: secret}})
	p.must("wiki.putPage", "OpenPage", openText, rpc.Struct{})
	for _, page := range []string{"Plan", "Plan/Secret"} {
		p.must("wiki.putPage", page, "= "+secret+" =\n"+secret+"\n", rpc.Struct{{Name: "comment", Value: secret}})
		p.must("wiki.putAttachmentEx", page, "b.txt", secret, []byte(secret))
	}
}

// flat is a value of the wire as one text.
func flat(v any) string {
	switch v := v.(type) {
	case []byte:
		return string(v)
	case []any:
		var b strings.Builder
		for _, item := range v {
			b.WriteString(flat(item) + "\n")
		}
		return b.String()
	case rpc.Struct:
		var b strings.Builder
		for _, m := range v {
			b.WriteString(m.Name + "=" + flat(m.Value) + "\n")
		}
		return b.String()
	case []rpc.Outcome:
		var b strings.Builder
		for _, o := range v {
			b.WriteString(flat(o.Value) + fmt.Sprint(o.Err) + "\n")
		}
		return b.String()
	default:
		return fmt.Sprint(v)
	}
}
