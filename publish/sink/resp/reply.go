package resp

import (
	"strconv"
	"strings"
)

// reply writes answers in the version of the protocol that the client speaks: 2,
// or 3 after HELLO 3.
type reply struct {
	version int
	text    []byte
}

func (r *reply) header(kind byte, n int) {
	r.text = append(r.text, kind)
	r.text = strconv.AppendInt(r.text, int64(n), 10)
	r.text = append(r.text, "\r\n"...)
}

func (r *reply) array(n int)   { r.header('*', n) }
func (r *reply) integer(n int) { r.header(':', n) }

// push begins what the client has not asked for, or what answers a subscription.
func (r *reply) push(n int) {
	if r.version >= 3 {
		r.header('>', n)
	} else {
		r.array(n)
	}
}

// pairs begins so many pairs of a name and a value.
func (r *reply) pairs(n int) {
	if r.version >= 3 {
		r.header('%', n)
	} else {
		r.array(2 * n)
	}
}

func (r *reply) null() {
	if r.version >= 3 {
		r.text = append(r.text, "_\r\n"...)
	} else {
		r.text = append(r.text, "$-1\r\n"...)
	}
}

func (r *reply) bulk(text string) {
	r.header('$', len(text))
	r.text = append(append(r.text, text...), "\r\n"...)
}

func (r *reply) bytes(text []byte) {
	r.header('$', len(text))
	r.text = append(append(r.text, text...), "\r\n"...)
}

// simple writes a text of ours that has no line's end in it.
func (r *reply) simple(text string) {
	r.text = append(append(append(r.text, '+'), text...), "\r\n"...)
}

// fail writes an error. Its first word tells clients of what kind it is.
func (r *reply) fail(text string) {
	r.text = append(append(append(r.text, '-'), oneLine.Replace(text)...), "\r\n"...)
}

var oneLine = strings.NewReplacer("\r", " ", "\n", " ")
