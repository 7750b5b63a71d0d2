package encode

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// TracimFrameSize is how long a frame may be, in bytes: TracimDaemon's clients, and
// the daemon itself, read so much of a connection and no more.
const TracimFrameSize = 4096

// TracimFrame is what TracimDaemon and its clients send each other: each over a
// connection of its own.
type TracimFrame struct {
	Path string          `json:"path"` // the socket of who sends it
	Type string          `json:"type"`
	Data json.RawMessage `json:"data,omitempty"` // JSON; nil for none
}

// The types of frames.
const (
	TracimClientAdd     = "daemon_client_add"       // a client registers
	TracimClientDelete  = "daemon_client_delete"    // a client unregisters
	TracimGetClients    = "daemon_get_clients"      // a client asks for TracimClients
	TracimGetAccount    = "daemon_get_account_info" // a client asks for TracimAccount
	TracimDoRequest     = "daemon_do_request"       // a client asks for TracimRequestResult
	TracimAck           = "daemon_ack"
	TracimPing          = "daemon_ping" // to be answered by TracimPong
	TracimPong          = "daemon_pong"
	TracimRequestResult = "daemon_request_result"
	TracimAccount       = "daemon_account_info"
	TracimClients       = "daemon_clients"
	TracimEvent         = "daemon_tracim_event" // a live message, as a string
	TracimClientAdded   = "daemon_client_added"
	TracimClientDeleted = "daemon_client_deleted"
)

// TracimClient is a client as frames tell of it.
type TracimClient struct {
	Path string `json:"path"`
	PID  string `json:"pid"`
}

var errNoFrame = errors.New("no frame of TracimDaemon's")

// ParseTracimFrame reads a frame: one JSON object and nothing else. Data that is
// null is none.
func ParseTracimFrame(text []byte) (TracimFrame, error) {
	var f TracimFrame
	if len(text) > TracimFrameSize {
		return f, fmt.Errorf("%w: %d bytes", errNoFrame, len(text))
	}
	if err := json.Unmarshal(text, &f); err != nil {
		return TracimFrame{}, fmt.Errorf("%w: %w", errNoFrame, err)
	}
	if f.Type == "" {
		return TracimFrame{}, fmt.Errorf("%w: it has no type", errNoFrame)
	}
	if bytes.Equal(f.Data, []byte("null")) {
		f.Data = nil
	}
	return f, nil
}

// Client reads the data of a frame that is about a client. What is missing there,
// or is no text, is "".
func (f TracimFrame) Client() TracimClient {
	var told struct{ Path, PID any }
	if json.Unmarshal(f.Data, &told) != nil {
		return TracimClient{}
	}
	var c TracimClient
	c.Path, _ = told.Path.(string)
	switch pid := told.PID.(type) {
	case string:
		c.PID = pid
	case float64:
		c.PID = fmt.Sprint(int64(pid))
	}
	return c
}

// Bytes is the frame as TracimDaemon writes it; an error when it is too long for
// those who read it.
func (f TracimFrame) Bytes() ([]byte, error) {
	text, err := json.Marshal(f)
	if err != nil {
		return nil, fmt.Errorf("frame %s: %w", f.Type, err)
	}
	if len(text) > TracimFrameSize {
		return nil, fmt.Errorf("frame %s: %d bytes, and clients read no more than %d", f.Type, len(text), TracimFrameSize)
	}
	return text, nil
}

// NewTracimFrame makes a frame. Data is what marshals to its data; nil for none.
func NewTracimFrame(path, kind string, data any) (TracimFrame, error) {
	f := TracimFrame{Path: path, Type: kind}
	if data == nil {
		return f, nil
	}
	raw, err := json.Marshal(data)
	if err != nil {
		return f, fmt.Errorf("frame %s: %w", kind, err)
	}
	f.Data = raw
	return f, nil
}
