package encode

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"tracrpc/publish"
)

func TestTracim(t *testing.T) {
	t.Parallel()
	var got bytes.Buffer
	for _, e := range recorded(t) {
		messages, err := Tracim{}.Messages(e)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range messages {
			fmt.Fprintf(&got, "%s\n  %s\n", m.Type, m.Text)
			checkLive(t, e, m)
		}
	}
	golden(t, "tracim.txt", got.Bytes())
}

// live is what readers of live messages look at; those that fall over null find
// objects.
type live struct {
	EventID   int64     `json:"event_id"`
	EventType string    `json:"event_type"`
	Created   time.Time `json:"created"`
	Fields    struct {
		Author, Workspace map[string]any
		Content           *struct {
			ID           int64  `json:"content_id"`
			Label, Raw   string `json:"-"`
			RawContent   string `json:"raw_content"`
			Author       map[string]any
			LastModifier map[string]any `json:"last_modifier"`
		}
		Trac struct{ Truncated bool }
	}
}

func checkLive(t *testing.T, e publish.Event, m TracimMessage) live {
	t.Helper()
	var l live
	if err := json.Unmarshal(m.Text, &l); err != nil {
		t.Fatalf("%s: %v", m.Text, err)
	}
	if l.EventID != e.Seq || l.EventType != m.Type || !l.Created.Equal(e.Time.Truncate(time.Second)) {
		t.Errorf("event %d, %s of %v: %s", e.Seq, m.Type, e.Time, m.Text)
	}
	if l.Fields.Author["username"] == nil || l.Fields.Workspace["label"] == nil {
		t.Errorf("%s has no author or workspace", m.Text)
	}
	if c := l.Fields.Content; c != nil && (c.Author["username"] == nil || c.LastModifier["username"] == nil || c.ID == 0) {
		t.Errorf("%s has no author, no last_modifier or no number", m.Text)
	}
	if bytes.ContainsAny(m.Text, "\r\n") || !utf8.Valid(m.Text) {
		t.Errorf("%q is no line", m.Text)
	}
	if n := wrapped(t, m.Text); n > TracimFrameSize {
		t.Errorf("a frame of %d bytes", n)
	}
	return l
}

// wrapped is how long TracimDaemon's frame about a live message is, with a long
// name of its socket.
func wrapped(t *testing.T, text []byte) int {
	t.Helper()
	data, err := json.Marshal(string(text))
	if err != nil {
		t.Fatal(err)
	}
	if want := len(data) - len(`""`); tracimWrapped(text) != want {
		t.Errorf("tracimWrapped = %d, want %d", tracimWrapped(text), want)
	}
	return len(data) + len(`{"path":"","type":"daemon_tracim_event","data":}`) + 2*107
}

// However long everything is, a frame is not; and nothing is left out without
// need.
func TestTracimFits(t *testing.T) {
	t.Parallel()
	for _, unit := range []string{"x", "\"", "\x01", "<&>", "ä", "😀", "\u2028", "\xff", "\n"} {
		for _, n := range []int{1, 100, 1000, 1300, 1600, 2000, 3000, 10_000} {
			text := strings.Repeat(unit, n)
			for _, short := range []bool{true, false} {
				name := text
				if short {
					name = "short"
				}
				d := publish.TicketData{Ticket: publish.TicketState{ID: 7, Fields: map[string]string{
					"summary": name, "description": text, "owner": name, "reporter": name, "milestone": name,
				}}, Fields: []publish.FieldChange{{Name: "description", Old: name, New: text}}, Comment: text}
				e, err := publish.NewEvent(time.Now(), publish.Ticket, publish.Changed, "7", name, d)
				if err != nil {
					t.Fatal(err)
				}
				e.Seq, e.Env = 1<<40, name
				checkFits(t, e, text, short)
			}
		}
	}
}

func checkFits(t *testing.T, e publish.Event, text string, short bool) {
	t.Helper()
	messages, err := Tracim{}.Messages(e)
	if err != nil || len(messages) != 2 {
		t.Fatalf("%d messages, %v", len(messages), err)
	}
	whole := strings.ToValidUTF8(text, "\ufffd")
	if len(text) > 0 && text[0] == 0xff {
		whole = strings.Repeat("\ufffd", len(text))
	}
	for _, m := range messages {
		l := checkLive(t, e, m)
		raw := l.Fields.Content.RawContent
		if !strings.HasPrefix(whole, raw) || !l.Fields.Trac.Truncated && raw != whole {
			t.Errorf("%.40q, %d bytes of %d: truncated %v", raw, len(raw), len(whole), l.Fields.Trac.Truncated)
		}
		if left := TracimText - tracimWrapped(m.Text); short && raw != whole && left > 40 {
			t.Errorf("%d bytes are left free", left)
		}
	}
}

func TestTracimSaysNothingOfPosts(t *testing.T) {
	t.Parallel()
	for _, e := range withPosts(t, recorded(t)) {
		messages, err := Tracim{}.Messages(e)
		switch {
		case e.Realm == publish.Post || e.Realm == "robot":
			if len(messages) > 0 || err != nil {
				t.Errorf("a post became %v, %v", messages, err)
			}
		case string(e.Data) == `"no object"`:
			if err == nil {
				t.Error("what nobody understands became a message")
			}
		case err != nil || len(messages) == 0:
			t.Errorf("event %d, %s %s: %d messages, %v", e.Seq, e.Realm, e.Verb, len(messages), err)
		}
	}
}

func TestTracimFrames(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]TracimClient{
		`{"path":"/a","type":"daemon_client_add","data":{"path":"/a","pid":"12"}}`:        {"/a", "12"},
		`{"path": "/a", "type": "daemon_client_add", "data": {"path": "/b", "pid": 12}}`:  {"/b", "12"},
		`{"path":"/a","type":"daemon_client_add","data":null}`:                            {},
		`{"path":"/a","type":"daemon_client_add"}`:                                        {},
		`{"path":"/a","type":"daemon_client_add","data":"x"}`:                             {},
		`{"path":"/a","type":"daemon_client_add","data":{"path":["/a"],"pid":{"x":[]}}}`:  {},
		"\n{\"type\":\"x\",\"data\":{\"path\":\"/a\\u0000b\",\"pid\":\"\"},\"more\":1}\n": {"/a\x00b", ""},
	} {
		f, err := ParseTracimFrame([]byte(text))
		if got := f.Client(); err != nil || got != want {
			t.Errorf("%s is about %+v, %v, want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "{", "[]", "null", `"x"`, "{}", `{"type":1}`, `{"type":"x"} {}`, `{"type":"x"`, `{"path":7,"type":"x"}`,
		`{"type":"` + strings.Repeat("x", TracimFrameSize) + `"}`, strings.Repeat("[", TracimFrameSize)} {
		if f, err := ParseTracimFrame([]byte(text)); err == nil {
			t.Errorf("%.40q is the frame %+v, want none", text, f)
		}
	}
	long, err := NewTracimFrame("/a", TracimEvent, strings.Repeat("<", TracimFrameSize/6))
	if err != nil {
		t.Fatal(err)
	}
	if text, err := long.Bytes(); err == nil {
		t.Errorf("a frame of %d bytes", len(text))
	}
}

func FuzzTracimFrame(f *testing.F) {
	f.Add([]byte(`{"path":"/a","type":"daemon_client_add","data":{"path":"/a","pid":"12"}}`))
	f.Add([]byte(`{"path":"/a","type":"daemon_pong","data":null}`))
	f.Add([]byte(`{"type":"x","data":"<\u2028\ud800"}`))
	f.Add([]byte("{\"type\":\"\xff\"}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		frame, err := ParseTracimFrame(text)
		if err != nil {
			if frame.Path != "" || frame.Type != "" || frame.Data != nil {
				t.Errorf("%q is refused, and yet %+v", text, frame)
			}
			return
		}
		client := frame.Client()
		again, err := frame.Bytes()
		if err != nil {
			return // written more safely, it is too long
		}
		second, err := ParseTracimFrame(again)
		if err != nil || second.Path != frame.Path || second.Type != frame.Type || second.Client() != client {
			t.Errorf("%q was written as %q, and read as %+v, %v", text, again, second, err)
		}
	})
}

func BenchmarkTracim(b *testing.B) {
	e := recorded(b)[1]
	b.ReportAllocs()
	for b.Loop() {
		if _, err := (Tracim{}).Messages(e); err != nil {
			b.Fatal(err)
		}
	}
}
