package stream

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"tracrpc/publish"
	"tracrpc/publish/encode"
)

const (
	// liveSlower is how many times less often than others the readers of live
	// messages are told that we are there: Tracim does it each 30 seconds.
	liveSlower = 6
	// liveApart is how long nothing is written to TracimDaemon after each message.
	liveApart = 10 * time.Millisecond
	// liveBlock is how long each message to TracimDaemon is, in bytes on the wire. It
	// takes whatever it has read when it has read all that there is for one message,
	// and stops for ever when that is two; but it never has read more at once than
	// Go's net/http does, which is so much.
	liveBlock = 4096
)

// ServeLive answers with all events as Tracim's live messages, for another listener,
// which knows who called and where.
func (h *Hub) ServeLive(w http.ResponseWriter, r *http.Request, caller Caller) {
	h.count.requests.Add(1)
	switch {
	case r.Method != http.MethodGet:
		w.Header().Set("Allow", "GET")
		http.Error(w, "Subscribe with GET.", http.StatusMethodNotAllowed)
	case !r.ProtoAtLeast(1, 1):
		http.Error(w, "Live messages are only to be had over HTTP/1.1.", http.StatusHTTPVersionNotSupported)
	default:
		h.subscribe(w, r, caller, "/", liveForm(r))
	}
}

// startLive begins after the event with a number, or with what happens from now on.
func (h *Hub) startLive(r *http.Request) (start, error) {
	oldest, newest, err := h.Log.EventRange(r.Context())
	if err != nil {
		return start{}, err
	}
	after, err := strconv.ParseInt(r.URL.Query().Get("after_event_id"), 10, 64)
	switch {
	case err != nil || after <= 0:
		return start{after: newest}, nil
	case after > newest:
		return start{newest, unknown}, nil
	case after < oldest-1:
		return start{oldest - 1, expired}, nil
	}
	return start{after, h.ids.Of(after)}, nil
}

// liveForm is how a client wants live messages: TracimDaemon, which does not say who
// it is, but Go does, in blocks.
func liveForm(r *http.Request) form {
	if strings.HasPrefix(r.UserAgent(), "Go-http-client/") {
		return liveBlocks
	}
	return live
}

// liveMessages are an event as live messages; none when it has nothing to tell.
func (h *Hub) liveMessages(e publish.Event, f form) [][]byte {
	messages, err := encode.Tracim{}.Messages(e)
	if err != nil {
		h.Logger.Error("event not understood, Tracim's readers do not get it", "event", e.Seq, "err", err)
	}
	texts := make([][]byte, len(messages))
	for i, m := range messages {
		texts[i] = f.liveMessage("message", m.Text, 0)
	}
	return texts
}

// liveMessage is a chunk with one message of a kind, behind so many bytes of the
// same block. What fills a block up are blanks at the end of the data, which mean
// nothing.
func (f form) liveMessage(kind string, data []byte, before int) []byte {
	text := append([]byte("event: "+kind+"\ndata: "), data...)
	if f == liveBlocks {
		const around = len("fff\r\n") + len("\n\n") + len("\r\n")
		text = append(text, bytes.Repeat([]byte(" "), max(0, liveBlock-around-before-len(text)))...)
	}
	return f.chunk(append(text, "\n\n"...))
}

// slower is how many times less often than others the subscriber is told that we
// are there.
func (s *subscriber) slower() int {
	if s.form.live() {
		return liveSlower
	}
	return 1
}

// writeApart writes texts, each apart from the next for who needs that.
func (s *subscriber) writeApart(ctx context.Context, texts net.Buffers) error {
	if s.form != liveBlocks {
		return s.writeAll(texts)
	}
	for _, text := range texts {
		if err := s.write(text); err != nil {
			return err
		}
		timer := time.NewTimer(liveApart)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
	}
	return nil
}
