package encode

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"tracrpc/publish"
)

// content is one of Tracim's contents. Times are microseconds, 0 for that of the
// event.
type content struct {
	id                int
	kind              string
	label, extension  string
	status, revision  string
	version           int
	author            string // who made it
	assignee          string
	created, modified int64
	parent            int // 0 for none
	parentKind        string
	parentLabel       string
	readonly, deleted bool
	size              *int64 // of a file
}

// fields is the part of a live message that is about a content.
func (c content) fields(e publish.Event) func(tracimLimits) object {
	return func(l tracimLimits) object { return object{{"content", c.object(e, l)}} }
}

func (c content) object(e publish.Event, l tracimLimits) object {
	workspace, label := TracimID("workspace", e.Env), cut(c.label, l.label)
	o := object{
		{"content_id", c.id}, {"content_namespace", "content"}, {"content_type", c.kind}, {"slug", slug(label)}, {"label", label},
		{"parent_id", orNull(c.parent)}, {"workspace_id", workspace}, {"status", c.status}, {"sub_content_types", array{"comment", "file"}},
		{"is_archived", false}, {"is_deleted", c.deleted}, {"is_editable", c.status == "open" && !c.readonly && !c.deleted},
		{"is_template", false}, {"show_in_ui", true}, {"file_extension", c.extension}, {"filename", label + c.extension},
		{"created", tracimMicro(c.created, e.Time)}, {"modified", tracimMicro(c.modified, e.Time)}, {"actives_shares", 0},
		{"current_revision_id", e.Seq}, {"current_revision_type", c.revision}, {"version_number", c.version},
		{"author", tracimPerson(c.author, l)}, {"last_modifier", tracimPerson(e.Author, l)}, {"raw_content", l.raw},
	}
	if c.assignee != "" {
		o = append(o, member{"assignee_id", TracimUserID(c.assignee)})
	} else {
		o = append(o, member{"assignee_id", nil})
	}
	if c.parentKind != "" {
		o = append(o, member{"parent_content_type", c.parentKind}, member{"parent_content_namespace", "content"},
			member{"parent_label", cut(c.parentLabel, l.label)})
	}
	if c.size != nil {
		o = append(o, member{"size", *c.size})
	}
	return o
}

func orNull(number int) any {
	if number == 0 {
		return nil
	}
	return number
}

// slug is a label as it may stand in an address.
func slug(label string) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(label) {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			gap = true
			continue
		}
		if gap && b.Len() > 0 {
			b.WriteByte('-')
		}
		gap = false
		b.WriteRune(r)
	}
	return b.String()
}

// plain is JSON without blanks, in which only what must be escaped is.
var plain = style{comma: ",", colon: ":", text: appendPlainText}

func appendPlainText(b []byte, text string) []byte {
	b = append(b, '"')
	for _, r := range text { // what is no text becomes U+FFFD
		if r < ' ' || r == '"' || r == '\\' {
			b = appendEscape(b, r)
			continue
		}
		b = utf8.AppendRune(b, r)
	}
	return append(b, '"')
}

// tracimWrapped is how long a live message is as a string in a frame, written by
// Go's encoding/json, which TracimDaemon uses, too.
func tracimWrapped(text []byte) int {
	n := 0
	for _, r := range string(text) {
		n += wrappedRune(r)
	}
	return n
}

func wrappedRune(r rune) int {
	switch r {
	case '"', '\\':
		return 2
	case '<', '>', '&', '\u2028', '\u2029':
		return len(`\u0000`)
	}
	return utf8.RuneLen(r)
}

// fillTracim is as much of a text as fits into so many bytes of a frame.
func fillTracim(text string, room int) string {
	var escaped [8]byte
	for i, r := range text {
		if r < ' ' || r == '"' || r == '\\' {
			for _, c := range appendEscape(escaped[:0], r) {
				room -= wrappedRune(rune(c))
			}
		} else {
			room -= wrappedRune(r)
		}
		if room < 0 {
			return text[:i]
		}
	}
	return text
}
