package encode

import (
	"hash/fnv"
	"time"

	"tracrpc/publish"
)

// Tracim writes live messages as Tracim does, for its subscribers and those of
// TracimDaemon: an environment is a workspace, a ticket a thread in it, a page a
// document, a milestone a folder.
type Tracim struct{}

// TracimMessage is a live message: one line of JSON.
type TracimMessage struct {
	Type string // such as content.created.thread
	Text []byte
}

// TracimText is how long a live message may be, in bytes and counted as
// TracimDaemon sends it: as a string in a frame, of which its clients read 4096
// bytes and no more. What is left is for the frame.
const TracimText = TracimFrameSize - 300

// TracimID is the number of something that has only a name with us: of a user, a
// page. It is the same for ever, and none of them is a ticket's.
func TracimID(kind, name string) int {
	if kind == tracimUser && name == "" {
		name = anonymous
	}
	h := fnv.New32a()
	h.Write([]byte(kind + "\x00" + name)) // never fails
	return int(h.Sum32()>>2 | 1<<30)
}

// TracimUserID is the number of a user, of whom "" is anonymous.
func TracimUserID(name string) int { return TracimID(tracimUser, name) }

const (
	tracimUser = "user"
	anonymous  = "anonymous"
)

// Messages are the live messages of an event, which share its number: a ticket
// that is changed and commented on at once has two. Of what others posted there
// are none.
func (t Tracim) Messages(e publish.Event) ([]TracimMessage, error) {
	told, err := t.tell(e)
	if err != nil {
		return nil, err
	}
	messages := make([]TracimMessage, len(told))
	for i, m := range told {
		messages[i] = TracimMessage{Type: m.kind, Text: m.fit(e)}
	}
	return messages, nil
}

// liveMessage is what a live message tells.
type liveMessage struct {
	kind    string
	raw     string // the text of a content, of which the beginning will do
	changes object // the fields that changed; they are left out when there is no room
	// fields are what the message tells within its limits, but for what all tell.
	fields func(l tracimLimits) object
}

// tracimLimits bound the parts of a live message, in bytes.
type tracimLimits struct {
	label, name int
	raw         string
	truncated   bool // the message says that not all of it is there
}

// fit writes a message so that it is short enough: with the whole text, or else
// its beginning; and if there is no room even for that, without the changes, and
// with short names.
func (m liveMessage) fit(e publish.Event) []byte {
	shortened := false
	for _, l := range []tracimLimits{{label: 500, name: 200}, {label: 120, name: 60}, {label: 40, name: 20}} {
		l.truncated = true
		if room := TracimText - tracimWrapped(m.write(e, l, m.changes)); room >= 0 {
			l.raw = fillTracim(m.raw, room)
			l.truncated = shortened || len(l.raw) < len(m.raw)
			return m.write(e, l, m.changes)
		}
		shortened, m.changes = true, nil
	}
	return m.write(e, tracimLimits{label: 10, name: 5, truncated: true}, nil)
}

func (m liveMessage) write(e publish.Event, l tracimLimits, changes object) []byte {
	trac := object{{"env", cut(e.Env, l.name)}, {"realm", e.Realm}, {"verb", e.Verb}, {"id", cut(e.ID, l.label)}}
	if len(changes) > 0 {
		trac = append(trac, member{"changes", changes})
	}
	if l.truncated {
		trac = append(trac, member{"truncated", true})
	}
	fields := append(object{
		{"author", tracimPerson(e.Author, l)}, {"client_token", nil}, {"workspace", tracimWorkspace(e.Env, l)},
	}, m.fields(l)...)
	return plain.append(nil, object{
		{"event_id", e.Seq}, {"event_type", m.kind}, {"created", tracimTime(e.Time)}, {"read", nil},
		{"fields", append(fields, member{"trac", trac})},
	})
}

// tracimTime is a time as Go's readers of RFC 3339 and all others take it.
func tracimTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

func tracimMicro(micro int64, otherwise time.Time) string {
	if micro == 0 {
		return tracimTime(otherwise)
	}
	return tracimTime(time.UnixMicro(micro))
}

// tracimPerson is a user as each message has them. Some readers expect an object
// wherever there may be one.
func tracimPerson(name string, l tracimLimits) object {
	if name == "" {
		name = anonymous
	}
	return object{
		{"user_id", TracimUserID(name)}, {"username", cut(name, l.name)}, {"public_name", cut(name, l.name)},
		{"has_avatar", false}, {"has_cover", false},
	}
}

func tracimUserOf(name, env string, l tracimLimits) object {
	return append(tracimPerson(name, l),
		member{"is_active", true}, member{"is_deleted", false}, member{"workspace_ids", array{TracimID("workspace", env)}})
}

func tracimWorkspace(env string, l tracimLimits) object {
	return object{
		{"workspace_id", TracimID("workspace", env)}, {"slug", slug(cut(env, l.name))}, {"label", cut(env, l.name)},
		{"access_type", "confidential"}, {"is_deleted", false},
	}
}
