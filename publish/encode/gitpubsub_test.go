package encode

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tracrpc/publish"
)

func TestGitPubSub(t *testing.T) {
	t.Parallel()
	for name, g := range map[string]GitPubSub{
		"gitpubsub.txt": {BaseURL: "https://trac.example.org/my.env/", TimeFields: []string{"due"}},
		"pypubsub.txt":  {PyPubSub: true},
	} {
		g.IDs = publish.NewIDs("my.env")
		var got bytes.Buffer
		for _, e := range withPosts(t, recorded(t)) {
			e.Private = e.Seq%5 == 0
			line := g.Line(e)
			fmt.Fprintf(&got, "%s\n  %s\n", strings.TrimSpace(JoinPath(line.Segments)+" "+JoinPath(line.Former)), line.Text)
			if line.Cursor != g.IDs.Of(e.Seq) || !json.Valid(line.Text) {
				t.Errorf("event %d is called %s, and its line is %s", e.Seq, line.Cursor, line.Text)
			}
		}
		golden(t, name, got.Bytes())
	}
}

// withPosts adds what others posted, and what nobody understands.
func withPosts(t *testing.T, events []publish.Event) []publish.Event {
	t.Helper()
	when := events[len(events)-1].Time.Add(time.Second)
	add := func(realm, verb, id string, data any) {
		e, err := publish.NewEvent(when, realm, verb, id, "ann", data)
		if err != nil {
			t.Fatal(err)
		}
		e.Seq, e.Env = int64(len(events)+1), events[0].Env
		events = append(events, e)
	}
	add(publish.Post, publish.Created, "/json", publish.Posted{Line: `{"commit":{"files":{},"log":"a\/b"}}`})
	add(publish.Post, publish.Created, "/private/a%20b", publish.Posted{Line: `{ }`})
	add(publish.Post, publish.Created, "/n", publish.Posted{Line: `42`})
	add("robot", "built", "x/y z", []int{1})
	add(publish.Ticket, publish.Created, "7", "no object")
	return events
}

func TestGitPubSubLinesAreShort(t *testing.T) {
	t.Parallel()
	g := GitPubSub{IDs: publish.NewIDs("env"), DataRef: "/events"}
	for _, n := range []int{10, 60 << 10, 64 << 10, 1 << 20} {
		for _, unit := range []string{"x", "\x01", "ä", "😀"} {
			text := strings.Repeat(unit, n/len(unit))
			for _, page := range []publish.PageData{{Name: "Page", Version: 1, Text: text}, {Name: text, Version: 1, Author: text}} {
				e, err := publish.NewEvent(time.Now(), publish.Wiki, publish.Created, page.Name, "ann", page)
				if err != nil {
					t.Fatal(err)
				}
				e.Seq, e.Env = 7, "env"
				checkShort(t, g, e)
			}
		}
	}
}

func checkShort(t *testing.T, g GitPubSub, e publish.Event) {
	t.Helper()
	line, whole := g.Line(e), g.Whole(e)
	var told struct {
		Payload struct {
			ID, Action, DataRef string
			Page                *struct{ Text string }
		} `json:"payload"`
		Cursor string `json:"pubsub_cursor"`
	}
	if err := json.Unmarshal(line.Text, &told); err != nil {
		t.Fatal(err)
	}
	if len(line.Text) > maxLine || !slices.Equal(line.Segments, whole.Segments) || told.Cursor != line.Cursor || told.Payload.Action != "created" {
		t.Errorf("a line of %d bytes, for a whole of %d", len(line.Text), len(whole.Text))
	}
	cut := len(whole.Text) > maxLine
	if want := map[bool]string{true: "/events/" + line.Cursor}[cut]; told.Payload.DataRef != want || (told.Payload.Page == nil) != cut {
		t.Errorf("of %d bytes: dataref %q, want %q", len(whole.Text), told.Payload.DataRef, want)
	}
}

func TestPaths(t *testing.T) {
	t.Parallel()
	for path, want := range map[string][]string{
		"": {}, "/": {}, "//": {}, "a": {"a"}, "/a//b/": {"a", "b"}, "/a%20b/%2f": {"a b", "/"}, "/%": {"%"}, "/%zz/%41": {"%zz", "A"},
	} {
		got := SplitPath(path)
		if !slices.Equal(got, want) {
			t.Errorf("SplitPath(%q) = %q, want %q", path, got, want)
		}
		if again := SplitPath(JoinPath(got)); !slices.Equal(again, got) {
			t.Errorf("%q became %q, and that %q", path, got, again)
		}
	}
}

func TestStillAlive(t *testing.T) {
	t.Parallel()
	if got := string(StillAlive(time.UnixMicro(1795287382857236))); got != `{"stillalive": 1795287382.857236}` {
		t.Errorf("StillAlive = %s", got)
	}
}

func BenchmarkGitPubSub(b *testing.B) {
	g := GitPubSub{IDs: publish.NewIDs("env"), DataRef: "/events"}
	e := recorded(b)[1]
	b.ReportAllocs()
	for b.Loop() {
		g.Line(e)
	}
}
