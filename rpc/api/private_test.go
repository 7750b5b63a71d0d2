package api

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tracrpc/auth"
	"tracrpc/fault"
	"tracrpc/rpc"
)

// lists are the arguments of several calls of one method.
type lists [][]any

// each puts together one list of arguments for each of values, before more.
func each(values []any, more ...any) lists {
	var all lists
	for _, v := range values {
		all = append(all, append([]any{v}, more...))
	}
	return all
}

// privateReads are calls of every method that only reads; those in tells answer
// carol with a secret.
func privateReads() (reads map[string]lists, tells []string) {
	never, ever := time.Unix(0, 0), time.Now().Add(time.Hour)
	numbers, pages := []any{1, 2, 3, 4, 99}, []any{"OpenPage", "Plan", "Plan/Secret", "None"}
	reads = map[string]lists{
		"system.multicall": {{[]any{
			rpc.Struct{{Name: "methodName", Value: "ticket.get"}, {Name: "params", Value: []any{2}}},
			rpc.Struct{{Name: "methodName", Value: "wiki.getPage"}, {Name: "params", Value: []any{"Plan"}}},
			rpc.Struct{{Name: "methodName", Value: "ticket.get"}, {Name: "params", Value: []any{1}}},
		}}},
		"ticket.query": {{}, {"max=0"}, {"status=closed"}, {"id=2,3"}, {"summary~=" + secret[:2] + "&or&description~=" + secret[1:]},
			{"owner^=" + secret[:3]}, {"order=owner"}, {"milestone=later"}, {"risk!="}},
		"ticket.getRecentChanges":    {{never}},
		"ticket.getAvailableActions": each(numbers),
		"ticket.getActions":          each(numbers),
		"ticket.get":                 each(numbers),
		"ticket.changeLog":           each(numbers),
		"ticket.getCommentHistory":   append(each(numbers, 1), each(numbers, 9)...),
		"ticket.listAttachments":     each(numbers),
		"ticket.getAttachment":       append(each(numbers, "a.txt"), each(numbers, "key.txt")...),
		"ticket.getTicketFields":     {{}},
		"wiki.getRecentChanges":      {{never}},
		"wiki.getPage":               append(each(pages), []any{"OpenPage", 1}, []any{"Plan", 1}),
		"wiki.getPageHTML":           append(each(pages), []any{"OpenPage", 1}, []any{"OpenPage", 2}),
		"wiki.getAllPages":           {{}},
		"wiki.getPageInfo":           append(each(pages), []any{"OpenPage", 1}),
		"wiki.listAttachments":       each(pages),
		"wiki.getAttachment":         {{"Plan/b.txt"}, {"Plan/Secret/b.txt"}, {"None/b.txt"}},
		"wiki.listLinks":             each(pages),
		"wiki.wikiToHtml":            {{openText}},
		"search.getSearchFilters":    {{}},
		"search.performSearch":       {{secret}, {secret, []any{"ticket"}}, {secret[:3], []any{"wiki", "milestone"}}, {"a.txt"}, {"later"}, {"Plan"}},
		"events.list":                {{}, {0, 1000}, {0, 1000, rpc.Struct{{Name: "realm", Value: "wiki"}}}},
		"events.sinks":               {{}},
		"events.deadLetters":         {{"none"}},
		"timeline.getFilters":        {{}},
		"timeline.getEvents":         {{never, ever}, {never, ever, []any{"ticket", "ticket_details", "wiki", "milestone"}, 1000}},
	}
	tells = []string{
		"ticket.getActions", "ticket.get", "ticket.changeLog", "ticket.getCommentHistory", "ticket.listAttachments",
		"ticket.getAttachment", "wiki.getRecentChanges", "wiki.getPage", "wiki.getPageHTML", "wiki.getPageInfo",
		"wiki.getPageVersion", "wiki.getPageHTMLVersion", "wiki.getPageInfoVersion", "wiki.getAttachment",
		"wiki.wikiToHtml", "search.performSearch", "events.list", "timeline.getEvents", "ticket.milestone.get", "system.multicall",
	}
	reads["wiki.getPageVersion"], reads["wiki.getPageHTMLVersion"] = reads["wiki.getPage"], reads["wiki.getPageHTML"]
	reads["wiki.getPageInfoVersion"], reads["wiki.getRPCVersionSupported"] = reads["wiki.getPageInfo"], lists{{}}
	for _, list := range []string{"milestone", "component", "version", "type", "resolution", "priority", "severity", "status"} {
		reads["ticket."+list+".getAll"] = lists{{}}
		reads["ticket."+list+".get"] = each([]any{"later", "milestone1", "defect", "fixed", "none"})
	}
	return reads, tells
}

// privateWrites are calls of every method that changes something.
func privateWrites() map[string]lists {
	data, none := []byte("x"), rpc.Struct{}
	resolve := rpc.Struct{{Name: "action", Value: "reopen"}, {Name: "_ts", Value: "1"}, {Name: "component", Value: "none"}}
	numbers, pages := []any{2, 3, 99}, []any{"Plan", "Plan/Secret", "None"}
	writes := map[string]lists{
		"ticket.create":         {{"a", "b"}},
		"ticket.update":         slices.Concat(each(numbers, "c"), each(numbers, "c", resolve), each(numbers, "", none)),
		"ticket.editComment":    each(numbers, 1, "new"),
		"ticket.deleteComment":  append(each(numbers, 1), each(numbers, 2, true)...),
		"ticket.replyToComment": append(each(numbers, 1, "reply", true), each(numbers, 2, "reply")...),
		"ticket.putAttachment":  append(each(numbers, "a.txt", "d", data), each(numbers, "a.txt", "d", data, false)...),

		"ticket.deleteAttachment": append(each(numbers, "a.txt"), each(numbers, "none")...),
		"wiki.putPage":            append(each(pages, secret[:2], none), each(pages, "", none)...),
		"wiki.putAttachment":      {{"Plan/b.txt", data}, {"None/b.txt", data}},
		"wiki.putAttachmentEx":    each(pages, "b.txt", "d", data, false),
		"wiki.deleteAttachment":   {{"Plan/b.txt"}, {"Plan/Secret/b.txt"}},
		"wiki.deletePage":         append(each(pages, 1), each(pages)...),
		"ticket.delete":           each(numbers),
		"events.pause":            {{"none"}},
		"events.resume":           {{"none"}},
		"events.rewind":           {{"none", 0}},
		"events.skip":             {{"none"}},
		"events.requeue":          {{"none"}},
		"events.purge":            {{"none"}},
	}
	for _, list := range []string{"milestone", "component", "version"} {
		writes["ticket."+list+".create"] = lists{{"later", none}}
		writes["ticket."+list+".update"] = lists{{"milestone1", rpc.Struct{{Name: "name", Value: "later"}}}}
		writes["ticket."+list+".delete"] = each([]any{"none"})
	}
	for _, list := range []string{"type", "resolution", "priority", "severity", "status"} {
		writes["ticket."+list+".create"] = lists{{"later", "1"}}
		writes["ticket."+list+".update"] = lists{{"none", "1"}}
		writes["ticket."+list+".delete"] = each([]any{"none"})
	}
	return writes
}

// TestPrivate calls every method with everything private: no answer, no fault and
// no number may tell bob, dave or a stranger any of it, by calls alone or many
// at once. That carol is told shows that there is something to tell.
func TestPrivate(t *testing.T) {
	t.Parallel()
	p := newPrivate(t)
	reads, tells := privateReads()
	writes := privateWrites()
	for _, m := range p.registry.Methods() {
		name := m.Name()
		if reads[name] == nil && writes[name] == nil && rpc.Namespace(name) != "system" {
			t.Errorf("%s is called nowhere here", name)
		}
	}
	told := map[string]bool{}
	for name, calls := range reads {
		for _, user := range []string{"bob", "dave", ""} {
			p.mustKeep(user, name, calls)
		}
		for _, params := range calls {
			value, _ := p.registry.Call(t.Context(), p.caller("carol"), name, params)
			told[name] = told[name] || strings.Contains(flat(value), secret)
		}
		if told[name] != slices.Contains(tells, name) {
			t.Errorf("%s tells carol a secret: %v", name, told[name])
		}
	}
	for _, user := range []string{"dave", "bob", ""} {
		for name, calls := range writes {
			if name != "wiki.deletePage" && name != "ticket.delete" {
				p.mustKeep(user, name, calls)
			}
		}
	}
	p.mustKeep("bob", "wiki.deletePage", writes["wiki.deletePage"])
	p.mustKeep("bob", "ticket.delete", writes["ticket.delete"])
}

// mustKeep makes calls one by one, and all in one request, and looks for secrets
// in what comes back.
func (p *private) mustKeep(user, method string, calls lists) {
	p.t.Helper()
	var all []rpc.Invocation
	for _, params := range calls {
		value, err := p.registry.Call(p.t.Context(), p.caller(user), method, params)
		p.look(user, method, params, value, err)
		all = append(all, rpc.Invocation{Method: method, Params: params})
	}
	for i, o := range p.registry.CallAll(p.t.Context(), p.caller(user), all) {
		p.look(user, method, calls[i], o.Value, o.Err)
	}
}

func (p *private) look(user, method string, params []any, value any, err error) {
	p.t.Helper()
	if fault.Is(err, fault.Internal) {
		p.t.Errorf("%q: %s%v broke", user, method, params)
	}
	text := flat(value)
	if err != nil {
		text = err.Error()
	}
	if strings.Contains(text, secret) {
		p.t.Errorf("%q is told by %s%v: %s", user, method, params, text)
	}
	if method == "ticket.query" || method == "ticket.getRecentChanges" {
		list, _ := value.([]any)
		if slices.Contains(list, any(2)) || slices.Contains(list, any(3)) {
			p.t.Errorf("%q is told by %s%v: %v", user, method, params, list)
		}
	}
	if strings.Contains(method, "get") && (strings.Contains(text, "Plan/Secret") && !strings.Contains(text, "[[") ||
		method == "ticket.getTicketFields" && strings.Contains(text, "later")) && err == nil {
		p.t.Errorf("%q is told a name by %s%v: %s", user, method, params, text)
	}
}

// TestPrivateFaults has the faults of private things, which tell no more than
// that they are: in the reference's words and order of checks.
func TestPrivateFaults(t *testing.T) {
	t.Parallel()
	p := newPrivate(t)
	needs := func(action, on string) string {
		return auth.Forbidden(auth.Permission(action), auth.Resource{Realm: "x", ID: on}).Error()
	}
	viewTwo := needs("TICKET_VIEW", "Ticket #2")
	for _, c := range []struct {
		user, method string
		params       []any
		want         string
	}{
		{"bob", "ticket.get", []any{2}, viewTwo},
		{"bob", "ticket.get", []any{99}, "Ticket 99 does not exist."},
		{"bob", "ticket.changeLog", []any{2}, viewTwo},
		{"bob", "ticket.getActions", []any{2}, viewTwo},
		{"bob", "ticket.getAvailableActions", []any{2}, viewTwo},
		{"bob", "ticket.getCommentHistory", []any{2, 1}, viewTwo},
		{"bob", "ticket.editComment", []any{2, 1, "x"}, viewTwo},
		{"bob", "ticket.deleteComment", []any{2, 1}, viewTwo},
		{"bob", "ticket.replyToComment", []any{2, 1, "x"}, viewTwo},
		{"bob", "ticket.update", []any{2, "x"}, viewTwo}, // it is done, and not shown
		{"bob", "ticket.update", []any{3, "x"}, needs("TICKET_MODIFY", "Ticket #3")},
		{"bob", "ticket.update", []any{3, "x", rpc.Struct{{Name: "action", Value: "leave"}}}, "No permissions to add a comment."},
		{"bob", "ticket.delete", []any{3}, needs("TICKET_ADMIN", "Ticket #3")},
		{"bob", "ticket.getAttachment", []any{2, "a.txt"}, needs("ATTACHMENT_VIEW", "Attachment 'a.txt' in Ticket #2")},
		{"bob", "ticket.getAttachment", []any{2, "none"}, "Attachment 'ticket:2: none' does not exist."},
		{"bob", "ticket.getAttachment", []any{4, "key.txt"}, needs("ATTACHMENT_VIEW", "Attachment 'key.txt' in Ticket #4")},
		{"bob", "ticket.putAttachment", []any{3, "n.txt", "", []byte("x")}, needs("ATTACHMENT_CREATE", "")},
		{"bob", "ticket.putAttachment", []any{3, "a.txt", "", []byte("x")}, needs("ATTACHMENT_DELETE", "Attachment 'a.txt' in Ticket #3")},
		{"bob", "ticket.milestone.get", []any{"later"}, needs("MILESTONE_VIEW", "Milestone later")},
		{"bob", "wiki.getPage", []any{"Plan"}, needs("WIKI_VIEW", "Plan")},
		{"bob", "wiki.getPage", []any{"PlanZero"}, needs("WIKI_VIEW", "PlanZero")}, // there is no such page
		{"bob", "wiki.getPage", []any{"OpenPage", 1}, needs("WIKI_VIEW", "OpenPage")},
		{"bob", "wiki.getPageInfo", []any{"OpenPage", 1}, needs("WIKI_VIEW", "OpenPage")},
		{"bob", "wiki.getAttachment", []any{"Plan/b.txt"}, needs("ATTACHMENT_VIEW", "Attachment 'b.txt' in Plan")},
	} {
		_, err := p.registry.Call(t.Context(), p.caller(c.user), c.method, c.params)
		if err == nil || err.Error() != c.want {
			t.Errorf("%s%v: %v\nwant %s", c.method, c.params, err, c.want)
		}
	}
}

// TestPrivateListing leaves private things out of what is listed, and only them.
func TestPrivateListing(t *testing.T) {
	t.Parallel()
	p := newPrivate(t)
	for _, c := range []struct {
		user, method string
		params       []any
		want         string
	}{
		{"carol", "ticket.query", nil, ""},
		{"carol", "ticket.query", []any{"max=0&status=closed&order=id"}, "1 2 3 4"},
		{"bob", "ticket.query", []any{"max=0&status=closed&order=id"}, "1 4"},
		{"bob", "ticket.query", []any{"max=2&status=closed&order=id"}, "1"}, // a page is short of what is hidden
		{"bob", "ticket.query", []any{"max=2&page=2&status=closed&order=id"}, "4"},
		{"", "ticket.getRecentChanges", []any{time.Unix(0, 0)}, "1 4"},
		{"carol", "ticket.milestone.getAll", nil, "later milestone1 milestone2 milestone3 milestone4"},
		{"bob", "ticket.milestone.getAll", nil, "milestone1 milestone2 milestone3 milestone4"},
		{"bob", "wiki.listAttachments", []any{"Plan"}, ""},
		{"carol", "wiki.listAttachments", []any{"Plan"}, "Plan/b.txt"},
	} {
		value, err := p.registry.Call(t.Context(), p.caller(c.user), c.method, c.params)
		if got := strings.Join(strings.Fields(flat(value)), " "); err != nil || got != c.want {
			t.Errorf("%q: %s%v = %s, %v; want %s", c.user, c.method, c.params, got, err, c.want)
		}
	}
}

// TestPrivateHTML renders what leads to private things as what leads nowhere.
func TestPrivateHTML(t *testing.T) {
	t.Parallel()
	p := newPrivate(t)
	html := func(user, text string) string {
		value, err := p.registry.Call(t.Context(), p.caller(user), "wiki.wikiToHtml", []any{text})
		if err != nil {
			t.Fatal(err)
		}
		return flat(value)
	}
	for hidden, missing := range map[string]string{
		"#2":                            "#92",
		"ticket:3#comment:1":            "ticket:93#comment:1",
		"[[Image(ticket:2:a.txt)]]":     "[[Image(ticket:92:a.txt)]]",
		"[[Image(ticket:4:key.txt)]]":   "[[Image(ticket:4:kex.txt)]]",
		"[attachment:a.txt:ticket:2 x]": "[attachment:a.txt:ticket:92 x]",
		"[[TitleIndex(Plan)]]":          "[[TitleIndex(Plax)]]",
		"[[RecentChanges(Plan)]]":       "[[RecentChanges(Plax)]]",
		"[[RecentChanges(Plan/)]]":      "[[RecentChanges(Plax/)]]",
		"[wiki:Plan x]":                 "[wiki:Planx x]",
	} {
		want := strings.NewReplacer("#92", "#2", "ticket:93", "ticket:3", "ticket:92", "ticket:2", "kex", "key").Replace(html("bob", missing))
		if got := html("bob", hidden); got != want {
			t.Errorf("%s:\n got %s\nwant %s", hidden, got, want)
		}
		if got := html("carol", hidden); got == want {
			t.Errorf("%s: carol sees no more: %s", hidden, got)
		}
	}
	if got := html("bob", "milestone:later"); strings.Contains(got, "title=") || strings.Contains(got, "href") {
		t.Errorf("a private milestone: %s", got)
	}
	if got := html("carol", "milestone:later"); !strings.Contains(got, "title=") {
		t.Errorf("a milestone: %s", got)
	}
}
