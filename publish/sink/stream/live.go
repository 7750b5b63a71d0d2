package stream

import (
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
	// liveApart is how long nothing is written to TracimDaemon after each message. It
	// takes what has come in the meantime for one message, and stops for ever when
	// that is two.
	liveApart = 25 * time.Millisecond
	// livePiece is how much TracimDaemon reads at once. It takes a message of just so
	// much, or a multiple of it, for the beginning of a longer one.
	livePiece = 1024
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
		h.subscribe(w, r, caller, "/", live)
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

// liveMessages are an event as live messages; none when it has nothing to tell.
func (h *Hub) liveMessages(e publish.Event) [][]byte {
	messages, err := encode.Tracim{}.Messages(e)
	if err != nil {
		h.Logger.Error("event not understood, Tracim's readers do not get it", "event", e.Seq, "err", err)
	}
	texts := make([][]byte, len(messages))
	for i, m := range messages {
		texts[i] = liveMessage("message", m.Text)
	}
	return texts
}

// liveMessage is a chunk with one message of a kind.
func liveMessage(kind string, data []byte) []byte {
	text := append([]byte("event: "+kind+"\ndata: "), data...)
	if (len(text)+len("\n\n"))%livePiece == 0 {
		text = append(text, ' ')
	}
	return live.chunk(append(text, "\n\n"...))
}

// liveGap is how long to wait after each message to whoever sends a request:
// TracimDaemon does not say who it is, but Go does.
func liveGap(r *http.Request, f form) time.Duration {
	if f == live && strings.HasPrefix(r.UserAgent(), "Go-http-client/") {
		return liveApart
	}
	return 0
}

// slower is how many times less often than others the subscriber is told that we
// are there.
func (s *subscriber) slower() int {
	if s.form == live {
		return liveSlower
	}
	return 1
}

// writeApart writes texts, each apart from the next for who needs that.
func (s *subscriber) writeApart(ctx context.Context, texts net.Buffers) error {
	if s.gap == 0 {
		return s.writeAll(texts)
	}
	for _, text := range texts {
		if err := s.write(text); err != nil {
			return err
		}
		timer := time.NewTimer(s.gap)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
	}
	return nil
}
