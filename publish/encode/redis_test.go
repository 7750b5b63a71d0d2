package encode

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"tracrpc/publish"
)

func messages(t *testing.T, r Redis, events []publish.Event) []RedisMessage {
	t.Helper()
	var all []RedisMessage
	for _, e := range events {
		list, err := r.Messages(e)
		if err != nil {
			t.Fatalf("event %d: %v", e.Seq, err)
		}
		all = append(all, list...)
	}
	return all
}

func lines(list []RedisMessage) []byte {
	var b bytes.Buffer
	for _, m := range list {
		fmt.Fprintf(&b, "%s\t%s\n", m.Channel, m.Body)
	}
	return b.Bytes()
}

func TestRedis(t *testing.T) {
	t.Parallel()
	events := recorded(t)
	compat := Redis{Prefix: "trac", PrivatePrefix: "trac-private", Tickets: true, Pages: true, TimeFields: []string{"due"}}
	golden(t, "redis-compat.txt", lines(messages(t, compat, events)))
	all := compat
	all.All = true
	golden(t, "redis-all.txt", lines(messages(t, all, events)))
}

func TestRedisChannels(t *testing.T) {
	t.Parallel()
	events := recorded(t)
	channels := func(r Redis, private bool) []string {
		events := slices.Clone(events)
		for i := range events {
			events[i].Private = private
		}
		var names []string
		for _, m := range messages(t, r, events) {
			if !slices.Contains(names, m.Channel) {
				names = append(names, m.Channel)
			}
		}
		return names
	}
	for _, c := range []struct {
		name    string
		redis   Redis
		private bool
		want    []string
	}{
		{"tickets alone", Redis{Prefix: "p", Tickets: true}, false,
			[]string{"p.my.env.ticket.created", "p.my.env.ticket.changed.1", "p.my.env.ticket.deleted"}},
		{"pages alone", Redis{Prefix: "p", Pages: true}, false,
			[]string{"p.my.env.wiki.created", "p.my.env.wiki.changed.Sub/Page.Näme", "p.my.env.wiki.deleted"}},
		{"no prefix", Redis{Pages: true}, false,
			[]string{"my.env.wiki.created", "my.env.wiki.changed.Sub/Page.Näme", "my.env.wiki.deleted"}},
		{"private", Redis{Prefix: "p", PrivatePrefix: "q", Pages: true}, true,
			[]string{"q.my.env.wiki.created", "q.my.env.wiki.changed.Sub/Page.Näme", "q.my.env.wiki.deleted"}},
		{"nothing", Redis{Prefix: "p"}, false, nil},
	} {
		if got := channels(c.redis, c.private); !slices.Equal(got, c.want) {
			t.Errorf("%s: channels %q, want %q", c.name, got, c.want)
		}
	}
}

func TestRedisTellsOfBadData(t *testing.T) {
	t.Parallel()
	for _, realm := range []string{publish.Ticket, publish.Wiki, publish.Attachment, publish.Component} {
		e := publish.Event{Seq: 1, Realm: realm, Verb: publish.Created, Data: json.RawMessage(`{"id"`)}
		if list, err := (Redis{Tickets: true, Pages: true, All: true}).Messages(e); err == nil {
			t.Errorf("%s: %v, want an error", realm, list)
		}
	}
}

// Python itself writes the same bytes.
func TestRedisIsWhatPythonWrites(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("python3 is not installed: script/bootstrap installs it")
	}
	list := messages(t, Redis{Tickets: true, Pages: true, All: true, TimeFields: []string{"due"}}, recorded(t))
	c := exec.Command("python3", "-c", "import sys, json\nfor line in sys.stdin: print(json.dumps(json.loads(line)))")
	var bodies []string
	for _, m := range list {
		bodies = append(bodies, string(m.Body))
	}
	c.Stdin = strings.NewReader(strings.Join(bodies, "\n"))
	out, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		if line != bodies[i] {
			t.Errorf("we write   %s\nPython has %s", bodies[i], line)
		}
	}
}

// What is written is ASCII, and reads back as what it was.
func FuzzPythonText(f *testing.F) {
	for _, text := range []string{"", "plain", "\"\\/\b\f\n\r\t\x00\x1f\x7f\u0080é\u2028😀", "\xff\xfe", "a\xc3"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		written := appendPythonText(nil, text)
		if i := bytes.IndexFunc(written, func(r rune) bool { return r < ' ' || r > '~' }); i >= 0 {
			t.Errorf("%q is written as %q, which is not ASCII", text, written)
		}
		var got string
		if err := json.Unmarshal(written, &got); err != nil || got != eachInvalid(text) {
			t.Errorf("%q is written as %s, which reads as %q, %v", text, written, got, err)
		}
	})
}

// eachInvalid has U+FFFD for each byte that is not UTF-8.
func eachInvalid(text string) string { return string([]rune(text)) }

func TestIsoformat(t *testing.T) {
	t.Parallel()
	for micro, want := range map[int64]string{
		1520000000000000: "2018-03-02T14:13:20+00:00",
		1520000000000001: "2018-03-02T14:13:20.000001+00:00",
		1520000000120000: "2018-03-02T14:13:20.120000+00:00",
		0:                "1970-01-01T00:00:00+00:00",
		-1:               "1969-12-31T23:59:59.999999+00:00",
	} {
		if got := isoformat(micro); got != want {
			t.Errorf("isoformat(%d) = %q, want %q", micro, got, want)
		}
	}
}

func TestPythonNestsAndCounts(t *testing.T) {
	t.Parallel()
	text := "x"
	var none *string
	got := appendPython(nil, object{{"a", array{1, int64(-2), nil, none, &text}}, {"b", object{}}, {"c", array{}}})
	if want := `{"a": [1, -2, null, null, "x"], "b": {}, "c": []}`; string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
