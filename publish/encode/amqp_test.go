package encode

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"tracrpc/publish"
)

func amqpMessages(t testing.TB, a AMQP, events []publish.Event) []AMQPMessage {
	t.Helper()
	var all []AMQPMessage
	for _, e := range events {
		list, err := a.Messages(e)
		if err != nil {
			t.Fatalf("event %d: %v", e.Seq, err)
		}
		all = append(all, list...)
	}
	return all
}

var tracAMQP = AMQP{
	KeyPrefix: "trac.event", AddressPrefix: "topic://trac", PrivateAddressPrefix: "topic://trac-private", TimeFields: []string{"due"},
}

func TestAMQP(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	for _, m := range amqpMessages(t, tracAMQP, recorded(t)) {
		fmt.Fprintf(&b, "%s %s\n  %s\n  %s\n ", m.ID, m.Time.Format("15:04:05.000000"), m.Key, m.Address)
		for _, h := range m.Headers {
			fmt.Fprintf(&b, " %s=%#v", h.Name, h.Value)
		}
		fmt.Fprintf(&b, "\n  %s\n", m.Body)
	}
	golden(t, "amqp.txt", b.Bytes())
}

// Every message is another, and tells how many there are.
func TestAMQPMessagesAreNumbered(t *testing.T) {
	t.Parallel()
	ids := map[string]bool{}
	for _, e := range recorded(t) {
		list, err := tracAMQP.Messages(e)
		if err != nil || len(list) == 0 && e.Realm != publish.Permission {
			t.Fatalf("event %d: %d messages, %v", e.Seq, len(list), err)
		}
		for i, m := range list {
			if ids[m.ID] || !strings.HasPrefix(m.ID, publish.NewIDs(e.Env).Of(e.Seq)) {
				t.Errorf("event %d, message %d has the ID %s", e.Seq, i, m.ID)
			}
			ids[m.ID] = true
			want := map[string]any{"type": m.Type, "seq": e.Seq, "env": e.Env, "part": int64(i + 1), "parts": int64(len(list)), "author": e.Author}
			for name, value := range want {
				if got := header(m, name); got != value {
					t.Errorf("event %d, message %d: %s = %v, want %v", e.Seq, i, name, got, value)
				}
			}
		}
	}
}

func header(m AMQPMessage, name string) any {
	i := slices.IndexFunc(m.Headers, func(h AMQPHeader) bool { return h.Name == name })
	if i < 0 {
		return nil
	}
	return m.Headers[i].Value
}

// changedTicket is an event of a ticket whose fields have changed, given as
// name, old value, new value.
func changedTicket(t testing.TB, verb string, changes ...[3]string) publish.Event {
	t.Helper()
	d := publish.TicketData{Ticket: publish.TicketState{ID: 17, Fields: map[string]string{
		"type": "bug.fix", "component": "", "status": "new", "milestone": "", "keywords": "", "description": "",
	}}}
	for _, c := range changes {
		d.Fields = append(d.Fields, publish.FieldChange{Name: c[0], Old: c[1], New: c[2]})
		d.Ticket.Fields[c[0]] = c[2]
	}
	data, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return publish.Event{Seq: 1, Env: "my.env", Realm: publish.Ticket, Verb: verb, ID: "17", Author: "a.n", Data: data}
}

func TestAMQPTicketKeys(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		changes [][3]string
		want    []string // keys and addresses
	}{
		{"a field", [][3]string{{"owner", "a", "b"}}, []string{
			"trac.event.TicketStateChange.bug_fix.owner topic://trac.my_env.ticket.changed",
		}},
		{"a status", [][3]string{{"status", "new", "In *Review*.#1"}, {"resolution", "", "x"}}, []string{
			"trac.event.TicketStateChange.bug_fix.status topic://trac.my_env.ticket.in__review___1",
			"trac.event.TicketStateChange.bug_fix.resolution topic://trac.my_env.ticket.changed",
		}},
		{"another milestone", [][3]string{{"milestone", "1.0", "2.0"}}, []string{
			"trac.event.TicketStateChange.bug_fix.milestone topic://trac.my_env.ticket.changed",
			"trac.event.Untag.1_0.17.a_n topic://trac.my_env.ticket.untag",
			"trac.event.Tag.2_0.17.a_n topic://trac.my_env.ticket.tag",
		}},
		{"keywords", [][3]string{{"keywords", "a, b", "b;c c"}}, []string{
			"trac.event.TicketStateChange.bug_fix.keywords topic://trac.my_env.ticket.changed",
			"trac.event.Untag.a.17.a_n topic://trac.my_env.ticket.untag",
			"trac.event.Tag.c.17.a_n topic://trac.my_env.ticket.tag",
		}},
		{"nothing", nil, nil},
	} {
		var got []string
		for _, m := range amqpMessages(t, tracAMQP, []publish.Event{changedTicket(t, publish.Changed, c.changes...)}) {
			got = append(got, m.Key+" "+m.Address)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// What a deleted change had changed is as it was; what later changes changed
// again is not.
func TestAMQPChangeDeleted(t *testing.T) {
	t.Parallel()
	e := changedTicket(t, publish.ChangeDeleted, [3]string{"owner", "a", "b"}, [3]string{"milestone", "1.0", "2.0"})
	e.Data = bytes.ReplaceAll(e.Data, []byte(`"milestone":"2.0"`), []byte(`"milestone":"1.0"`))
	var got []string
	for _, m := range amqpMessages(t, tracAMQP, []publish.Event{e}) {
		got = append(got, fmt.Sprintf("%s %v %v", m.Key, header(m, "old"), header(m, "new")))
	}
	want := []string{
		"trac.event.TicketStateChange.bug_fix.milestone 2.0 1.0",
		"trac.event.Untag.2_0.17.a_n <nil> <nil>",
		"trac.event.Tag.1_0.17.a_n <nil> <nil>",
		"trac.event.TicketChangeDelete..a_n <nil> <nil>",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestAMQPPrivate(t *testing.T) {
	t.Parallel()
	e := changedTicket(t, publish.Changed, [3]string{"owner", "a", "b"})
	e.Private = true
	m := amqpMessages(t, tracAMQP, []publish.Event{e})[0]
	if want := "topic://trac-private.my_env.ticket.changed"; !m.Private || m.Address != want {
		t.Errorf("a private message goes to %s, private: %v, want %s", m.Address, m.Private, want)
	}
}

// Long texts are left out when they are asked to be, and shortened in headers.
func TestAMQPLongTexts(t *testing.T) {
	t.Parallel()
	a := tracAMQP
	a.ExtraLimit = 1000
	text := strings.Repeat("é", 500)
	e := changedTicket(t, publish.Changed, [3]string{"description", "short", text}, [3]string{"summary", "", text})
	list := amqpMessages(t, a, []publish.Event{e})
	var body struct {
		Old, New *string
		Info     map[string]any
	}
	if err := json.Unmarshal(list[0].Body, &body); err != nil {
		t.Fatal(err)
	}
	if _, there := body.Info["description"]; there || body.New != nil || body.Old == nil || *body.Old != "short" {
		t.Errorf("the body is %s, want no description but the old one", list[0].Body)
	}
	if body.Info["summary"] != text {
		t.Errorf("the summary is %v", body.Info["summary"])
	}
	if got := header(list[0], "new"); got != text[:254] {
		t.Errorf("the header is %q, want 127 characters", got)
	}
}

func TestAMQPTellsOfBadData(t *testing.T) {
	t.Parallel()
	for _, realm := range []string{publish.Ticket, publish.Wiki, publish.Attachment, publish.Component} {
		e := publish.Event{Seq: 1, Realm: realm, Verb: publish.Created, Data: json.RawMessage(`{"id"`)}
		if list, err := tracAMQP.Messages(e); err == nil {
			t.Errorf("%s: %v, want an error", realm, list)
		}
	}
}

// Whatever the names are, a key has as many words as its type has, and fits.
func FuzzAMQPKey(f *testing.F) {
	f.Add("defect", "doors", "ann", "1.0")
	f.Add("", "...", "a.b", strings.Repeat("é.", 300))
	f.Fuzz(func(t *testing.T, kind, component, author, milestone string) {
		d := publish.TicketData{Comment: "c", Number: 1, Ticket: publish.TicketState{ID: 1, Fields: map[string]string{
			"type": kind, "component": component, "milestone": milestone, "status": author,
		}}, Fields: []publish.FieldChange{{Name: "milestone", New: milestone}, {Name: "status", New: author}}}
		data, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		list, err := tracAMQP.Messages(publish.Event{Seq: 1, Realm: publish.Ticket, Verb: publish.Changed, Author: author, Data: data})
		if err != nil {
			t.Fatal(err)
		}
		words := map[string]int{"TicketStateChange": 5, "TicketComment": 5, "Tag": 6}
		for _, m := range list {
			if n := strings.Count(m.Key, ".") + 1; len(m.Key) > keyLimit || len(m.Key) < 250 && n != words[m.Type] {
				t.Errorf("%s has %d words and %d bytes", m.Key, n, len(m.Key))
			}
			if strings.ContainsAny(strings.TrimPrefix(m.Address, "topic://trac."), "*#>/ ") || !json.Valid(m.Body) {
				t.Errorf("address %q, body %s", m.Address, m.Body)
			}
			for _, h := range m.Headers {
				if text, is := h.Value.(string); is && (len(text) > headerLimit || !utf8.ValidString(text) && len(text) == headerLimit) {
					t.Errorf("header %s = %q", h.Name, text)
				}
			}
		}
	})
}
