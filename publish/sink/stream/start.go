package stream

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// start is where a subscription begins.
type start struct {
	after  int64
	replay string // what the client is told of it; "" when it asked for nothing old
}

// What the client is told besides the cursor after which it begins.
const (
	earliest = "earliest" // with the oldest event, and none is missing
	expired  = "expired"  // with the oldest event, and those between are gone
	unknown  = "unknown"  // with what happens from now on: nobody knows that cursor
)

// start finds where a request wants to begin: after a cursor, which it had with
// an event, at a time, or now.
func (h *Hub) start(r *http.Request, form form) (start, error) {
	if form.live() {
		return h.startLive(r)
	}
	cursor, since := r.Header.Get("X-Fetch-Since-Cursor"), r.Header.Get("X-Fetch-Since")
	if form.sse() {
		query := r.URL.Query()
		for _, other := range []string{r.Header.Get("Last-Event-ID"), query.Get("after")} {
			if cursor == "" {
				cursor = other
			}
		}
		if since == "" {
			since = query.Get("since")
		}
	}
	oldest, newest, err := h.Log.EventRange(r.Context())
	if err != nil {
		return start{}, err
	}
	switch {
	case cursor == earliest:
		return start{max(oldest-1, 0), earliest}, nil
	case cursor != "":
		return h.afterCursor(cursor, oldest, newest), nil
	case since != "":
		return h.since(r.Context(), since, oldest, newest)
	}
	return start{after: newest}, nil
}

func (h *Hub) afterCursor(cursor string, oldest, newest int64) start {
	after, ok := h.ids.Seq(cursor)
	switch {
	case !ok || after > newest:
		return start{newest, unknown}
	case after < oldest-1:
		return start{oldest - 1, expired}
	}
	return start{after, h.ids.Of(after)}
}

// since begins with a time in seconds since 1970. What is no number means now, as
// it does to GitPubSub.
func (h *Hub) since(ctx context.Context, text string, oldest, newest int64) (start, error) {
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(seconds) {
		return start{after: newest}, nil
	}
	const most = 1 << 40 // seconds, beyond which microseconds would not fit
	micro := int64(max(-most, min(most, seconds)) * 1e6)
	after, err := h.Log.EventsBefore(ctx, time.UnixMicro(micro))
	if err != nil {
		return start{}, err
	}
	if after = max(after, oldest-1, 0); after == max(oldest-1, 0) {
		return start{after, earliest}, nil
	}
	return start{after, h.ids.Of(after)}, nil
}

// head is the head of the answer, with a first sign of life.
func (s *subscriber) head(r *http.Request, from start) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "HTTP/1.%d 200 OK\r\n", min(r.ProtoMinor, 1))
	fmt.Fprintf(&b, "Server: %s\r\nContent-Type: %s\r\n", serverName, s.contentType())
	if s.form.chunked() {
		b.WriteString("Transfer-Encoding: chunked\r\n")
	} else {
		b.WriteString("Connection: close\r\n")
	}
	b.WriteString("Cache-Control: no-store\r\nX-Accel-Buffering: no\r\nX-Content-Type-Options: nosniff\r\n")
	if s.hub.PyPubSub {
		fmt.Fprintf(&b, "X-Subscribers: %d\r\nX-Requests: %d\r\n", s.hub.Stats().Subscribers, s.hub.count.requests.Load())
	}
	if from.replay != "" {
		fmt.Fprintf(&b, "X-Replay-From: %s\r\n", from.replay)
	}
	b.WriteString("\r\n")
	told := s.form.sse() && (from.replay == expired || from.replay == unknown)
	switch {
	case s.form.live():
		b.Write(s.form.liveMessage("stream-open", nil, b.Len()))
	case told:
		b.Write(s.form.chunk([]byte("event: " + from.replay + "\ndata: {}\n\n")))
		fallthrough
	default:
		b.Write(s.alive())
	}
	return b.Bytes()
}

func (s *subscriber) contentType() string {
	switch {
	case s.form.sse() || s.form.live():
		return "text/event-stream"
	case s.hub.PyPubSub:
		return "application/vnd.pypubsub-stream"
	}
	return "application/x-gitpubsub"
}

// oldSchool tells whether a client of PyPubSub's is one that was written for
// svnpubsub.
func oldSchool(r *http.Request) bool { return strings.Contains(r.UserAgent(), "svnwcsub") }
