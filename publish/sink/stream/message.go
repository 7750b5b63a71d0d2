package stream

import (
	"context"
	"strconv"
	"sync"

	"tracrpc/publish"
	"tracrpc/publish/encode"
)

// message is an event as all subscribers share it: encoded once, and framed once
// for each form.
type message struct {
	id     string
	needs  Needs
	paths  [][]string // the segments of the paths by which it may be asked for
	line   []byte
	event  publish.Event
	frames [forms]framed
}

// framed is a message in one form.
type framed struct {
	once sync.Once
	text [][]byte
}

// form is how lines are put on a connection.
type form int

const (
	chunkedCRLF form = iota // GitPubSub over HTTP/1.1: each line is one chunk
	chunkedLF               // PyPubSub
	chunkedNUL              // PyPubSub for those who expect what svnpubsub sends
	plainNUL                // HTTP/1.0: svnpubsub
	chunkedSSE              // Server-Sent Events
	plainSSE                // the same over HTTP/1.0
	live                    // Tracim's live messages
	liveBlocks              // the same for TracimDaemon
	forms
)

func (f form) chunked() bool { return f != plainNUL && f != plainSSE }
func (f form) sse() bool     { return f == chunkedSSE || f == plainSSE }

func (f form) live() bool { return f == live || f == liveBlocks }

// frame puts a line into its form. The id is for Server-Sent Events.
func (f form) frame(id string, line []byte) []byte {
	text := make([]byte, 0, len(line)+80)
	if f.sse() {
		text = append(append(append(text, "id: "...), id...), "\ndata: "...)
	}
	text = append(text, line...)
	switch f {
	case chunkedCRLF:
		text = append(text, "\r\n"...)
	case chunkedLF:
		text = append(text, '\n')
	case chunkedNUL, plainNUL:
		text = append(text, "\n\x00"...)
	case chunkedSSE, plainSSE:
		text = append(text, "\n\n"...)
	}
	return f.chunk(text)
}

// chunk makes one chunk of a text, where there are chunks.
func (f form) chunk(text []byte) []byte {
	if !f.chunked() {
		return text
	}
	chunk := make([]byte, 0, len(text)+20)
	chunk = strconv.AppendInt(chunk, int64(len(text)), 16)
	chunk = append(append(chunk, "\r\n"...), text...)
	return append(chunk, "\r\n"...)
}

// in is the message in a form: what is to be written, one after the other.
func (h *Hub) in(m *message, f form) [][]byte {
	framed := &m.frames[f]
	framed.once.Do(func() {
		if f.live() {
			framed.text = h.liveMessages(m.event, f)
		} else {
			framed.text = [][]byte{f.frame(m.id, m.line)}
		}
	})
	return framed.text
}

// message is the message of an event.
func (h *Hub) message(ctx context.Context, e publish.Event) *message {
	return h.recent.Of(e, func(e publish.Event) *message { return h.newMessage(ctx, e) })
}

func (h *Hub) newMessage(ctx context.Context, e publish.Event) *message {
	m := &message{needs: h.Needs(e)}
	e.Private = h.hides(ctx, m.needs)
	line := h.encoder.Line(e)
	m.id, m.line, m.event = line.Cursor, line.Text, e
	for _, segments := range [][]string{line.Segments, line.Former} {
		if segments == nil {
			continue
		}
		m.paths = append(m.paths, segments)
		if e.Private {
			m.paths = append(m.paths, append([]string{encode.Private}, segments...))
		}
	}
	return m
}

// hides tells whether there are people who may not see what has these needs. When
// that cannot be told, there are.
func (h *Hub) hides(ctx context.Context, needs Needs) bool {
	open, err := h.Open(context.WithoutCancel(ctx), needs)
	return err != nil || !open
}
