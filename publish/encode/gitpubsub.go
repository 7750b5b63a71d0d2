package encode

import (
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"tracrpc/publish"
)

// GitPubSub writes lines for the subscribers of GitPubSub and of PyPubSub, its
// successor. Tracker events stand in "payload", where clients of PyPubSub look,
// and bring along what PyPubSub adds to everything.
type GitPubSub struct {
	IDs        publish.IDs // of the environment's events
	BaseURL    string      // of Trac's pages, for links; "" for none
	TimeFields []string    // the custom fields that hold times
	// PyPubSub adds PyPubSub's members also to what others posted, which GitPubSub
	// hands on as it came.
	PyPubSub bool
	// DataRef is the path below which each event is to be had by its cursor.
	DataRef string
}

// GitPubSubLine is an event as subscribers get it.
type GitPubSubLine struct {
	Segments []string // of the path, without "private"
	Former   []string // of another path that it is found by, such as that before a renaming; nil for none
	Cursor   string
	Text     []byte // JSON, without the end of the line
}

// Private is the first segment of the path of what not everybody may see.
const Private = "private"

// maxLine is how long a line may be, in bytes: clients give up at a few hundred
// kilobytes. An event that is longer tells where it is to be had.
const maxLine = 64 << 10

// Line is the line of an event.
func (g GitPubSub) Line(e publish.Event) GitPubSubLine {
	if e.Realm == publish.Post {
		return g.posted(e)
	}
	t := g.tell(e)
	line := g.line(e, t, t.body)
	if len(line.Text) <= maxLine {
		return line
	}
	short := append(t.short(), member{"dataref", g.DataRef + "/" + line.Cursor})
	line.Text = g.line(e, t, short).Text
	if len(line.Text) > maxLine { // such is its name
		t.place = t.place[:1]
		line.Text = g.line(e, t, short).Text
	}
	return line
}

// Whole is the line of an event, however long it is.
func (g GitPubSub) Whole(e publish.Event) GitPubSubLine {
	if e.Realm == publish.Post {
		return g.posted(e)
	}
	t := g.tell(e)
	return g.line(e, t, t.body)
}

func (g GitPubSub) line(e publish.Event, t telling, payload object) GitPubSubLine {
	line := GitPubSubLine{Segments: append([]string{"trac", e.Env}, t.place...), Cursor: g.IDs.Of(e.Seq)}
	if t.former != nil {
		line.Former = append([]string{"trac", e.Env}, t.former...)
	}
	path := line.Segments
	if e.Private {
		path = append([]string{Private}, path...)
	}
	line.Text = appendPython(nil, append(object{{"payload", payload}}, g.server(e, line, JoinPath(path))...))
	return line
}

// server is what PyPubSub adds to an event.
func (g GitPubSub) server(e publish.Event, line GitPubSubLine, path string) object {
	topics := make(array, len(line.Segments))
	for i, s := range line.Segments {
		topics[i] = s
	}
	return object{
		{"pubsub_timestamp", float64(e.Time.UnixMicro()) / 1e6},
		{"pubsub_topics", topics},
		{"pubsub_path", path},
		{"pubsub_cursor", line.Cursor},
	}
}

// posted is what somebody posted.
func (g GitPubSub) posted(e publish.Event) GitPubSubLine {
	var data publish.Posted
	if err := json.Unmarshal(e.Data, &data); err != nil || data.Line == "" {
		data.Line = "{}" // nobody can have posted that
	}
	line := GitPubSubLine{Segments: SplitPath(e.ID), Cursor: g.IDs.Of(e.Seq), Text: []byte(data.Line)}
	if len(line.Segments) > 0 && line.Segments[0] == Private {
		line.Segments, line.Former = line.Segments[1:], line.Segments
	}
	members, isObject := strings.CutPrefix(data.Line, "{")
	if !g.PyPubSub || !isObject {
		return line
	}
	members = strings.TrimSpace(strings.TrimSuffix(members, "}"))
	line.Text = append([]byte{'{'}, members...)
	if members != "" {
		line.Text = append(line.Text, ", "...)
	}
	server := appendPython(nil, g.server(e, line, e.ID))
	line.Text = append(line.Text, server[1:]...)
	return line
}

// SplitPath takes a path apart: what stands between its slashes, decoded. What
// cannot be decoded stands for itself, and empty segments are passed over.
func SplitPath(path string) []string {
	segments := []string{}
	for part := range strings.SplitSeq(path, "/") {
		if part == "" {
			continue
		}
		if decoded, err := url.PathUnescape(part); err == nil {
			part = decoded
		}
		segments = append(segments, part)
	}
	return segments
}

// JoinPath is the path of segments, encoded so that it can stand in a request.
func JoinPath(segments []string) string {
	var b strings.Builder
	for _, s := range segments {
		b.WriteByte('/')
		b.WriteString(url.PathEscape(s))
	}
	return b.String()
}

// splitName is a name as segments of a path: the pages below a page lie below it.
func splitName(name string) []string {
	return strings.FieldsFunc(name, func(r rune) bool { return r == '/' })
}

// StillAlive is the line that tells subscribers that the server is there.
func StillAlive(now time.Time) []byte {
	return appendPython(nil, object{{"stillalive", float64(now.UnixMicro()) / 1e6}})
}
