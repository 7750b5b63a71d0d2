package encode

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"tracrpc/publish"
)

// AMQPMessage is a message for a broker that speaks AMQP: either version, which
// differ in how a message finds its readers.
type AMQPMessage struct {
	ID      string // of this message for ever: whoever sees it twice has it twice
	Type    string // such as TicketStateChange
	Key     string // the routing key of AMQP 0-9-1
	Address string // where it goes in AMQP 1.0
	Private bool
	Time    time.Time
	Headers []AMQPHeader
	Body    []byte // JSON
}

// AMQPHeader is a header of AMQP 0-9-1, or an application property of AMQP 1.0.
// Its value is a string, an int64 or nil.
type AMQPHeader struct {
	Name  string
	Value any
}

// AMQP writes messages in the way of Koji's plugins messagebus and protonmsg: one
// for each field that changed, with a routing key of as many words as its type
// has, and with headers for those who choose by them.
type AMQP struct {
	KeyPrefix            string // of the routing keys; "" for none
	AddressPrefix        string // of the addresses
	PrivateAddressPrefix string // of those of private events
	// ExtraLimit is how long the text of a page or the description of a ticket may
	// be, as JSON, to be in a body; 0 for any length.
	ExtraLimit int
	TimeFields []string // the custom fields that hold times
}

const (
	keyLimit    = 255 // of AMQP's short strings, and of Koji's keys
	headerLimit = 255 // so that all headers fit into one frame; bodies have no limit
)

// note is a message before it is written.
type note struct {
	kind    string   // its type
	words   []string // of the routing key, behind the type
	address string   // behind the environment
	headers object   // behind the type
	change  change
	info    object // all there is to know of what the message is about
	comment any
	more    object // what the body has besides
}

// change is an attribute that has become another.
type change struct{ attribute, before, after any }

// Messages are the messages of an event, in the order in which they are to be
// sent. There are none of changes of permissions, and of what others posted.
func (a AMQP) Messages(e publish.Event) ([]AMQPMessage, error) {
	notes, err := a.notes(e)
	if err != nil {
		return nil, err
	}
	id := publish.NewIDs(e.Env).Of(e.Seq)
	list := make([]AMQPMessage, len(notes))
	for i, n := range notes {
		origin := object{
			{"event_id", id}, {"seq", e.Seq}, {"env", e.Env},
			{"part", int64(i + 1)}, {"parts", int64(len(notes))},
		}
		list[i] = AMQPMessage{
			ID: messageID(id, i), Type: n.kind, Key: a.key(n), Address: a.address(e, n), Private: e.Private, Time: e.Time,
			Headers: n.allHeaders(e, origin), Body: appendPython(nil, n.body(e, origin)),
		}
	}
	return list, nil
}

func (a AMQP) notes(e publish.Event) ([]note, error) {
	switch e.Realm {
	case publish.Ticket:
		return a.ticketNotes(e)
	case publish.Wiki:
		return a.pageNotes(e)
	case publish.Attachment:
		return a.attachmentNotes(e)
	case publish.Component, publish.Version, publish.Milestone, publish.Enum:
		return a.listNotes(e)
	default:
		return nil, nil
	}
}

// messageID is the event's for the first message, and has the part behind it for
// the others.
func messageID(event string, index int) string {
	if index == 0 {
		return event
	}
	return event + "-" + strconv.Itoa(index+1)
}

// key is the routing key. No token has a dot in it, so that a key of some type
// always has the same number of words.
func (a AMQP) key(n note) string {
	var b strings.Builder
	if a.KeyPrefix != "" {
		b.WriteString(a.KeyPrefix + ".")
	}
	b.WriteString(n.kind)
	for _, word := range n.words {
		b.WriteString("." + strings.ReplaceAll(word, ".", "_"))
	}
	return cut(b.String(), keyLimit)
}

// address is where a message goes that chooses no readers by itself.
func (a AMQP) address(e publish.Event, n note) string {
	prefix := a.AddressPrefix
	if e.Private {
		prefix = a.PrivateAddressPrefix
	}
	return prefix + "." + plainWord(e.Env) + "." + strings.ToLower(n.address)
}

// plainWord is a word of an address, in which brokers give dots, stars and the
// like meanings of their own.
func plainWord(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return '_'
	}, text)
}

func (n note) allHeaders(e publish.Event, origin object) []AMQPHeader {
	list := make([]AMQPHeader, 0, len(n.headers)+len(origin)+2)
	add := func(m member) {
		switch v := m.value.(type) {
		case string:
			m.value = cut(v, headerLimit)
		case int:
			m.value = int64(v)
		}
		list = append(list, AMQPHeader{m.name, m.value})
	}
	add(member{"type", n.kind})
	for _, m := range n.headers {
		add(m)
	}
	add(member{"author", e.Author})
	for _, m := range origin {
		add(m)
	}
	return list
}

func (n note) body(e publish.Event, origin object) object {
	o := object{
		{"attribute", n.change.attribute}, {"old", n.change.before}, {"new", n.change.after},
		{"info", n.info}, {"comment", n.comment}, {"author", e.Author}, {"time", moment(e.Time.UnixMicro())},
	}
	o = append(o, n.more...)
	return append(o, origin...)
}

// cut shortens text to so many bytes, and leaves characters whole.
func cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "")
}

// moment is a time in UTC as Koji writes it, or null for none.
func moment(micro int64) any {
	switch {
	case micro == 0:
		return nil
	case micro%1e6 == 0:
		return time.UnixMicro(micro).UTC().Format("2006-01-02 15:04:05")
	default:
		return time.UnixMicro(micro).UTC().Format("2006-01-02 15:04:05.000000")
	}
}

// long appends a text that may be very long, unless it is.
func (a AMQP) long(o object, name, text string) object {
	if value := a.bounded(text); value != nil {
		return append(o, member{name, value})
	}
	return o
}

// bounded is a text that may be very long, or null when it is.
func (a AMQP) bounded(text string) any {
	if a.ExtraLimit > 0 && len(appendPythonText(nil, text)) > a.ExtraLimit {
		return nil
	}
	return text
}
