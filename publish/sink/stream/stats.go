package stream

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"time"
)

// ending is why a subscription ended.
type ending int

const (
	left    ending = iota // the subscriber is gone
	slow                  // it took nothing for too long
	behind                // the next events for it were gone
	revoked               // its password is no good any more
	failed                // we could not go on
	stopped               // the Hub was closed
)

var endings = [...]string{
	left: "left", slow: "slow", behind: "behind", revoked: "revoked", failed: "failed", stopped: "stopped",
}

// Endings are the causes by which a Hub's Attendance tells why somebody left.
func Endings() []string { return endings[:] }

// Stats are numbers for those who watch the server.
type Stats struct {
	Uptime      time.Duration
	Subscribers int              // now
	Connections int64            // that subscribed, so far
	Requests    int64            // so far
	Received    int64            // bytes of what was posted
	Sent        int64            // bytes to subscribers
	Posted      int64            // events that were posted
	Ended       map[string]int64 // subscriptions by why they ended
}

// counters are the numbers that only grow.
type counters struct {
	requests, received, sent, posted atomic.Int64
}

// Stats tells the numbers as they are.
func (h *Hub) Stats() Stats {
	h.mu.Lock()
	subscribers := len(h.subscribers)
	h.mu.Unlock()
	attendance := h.Attendance.Report()
	return Stats{
		Uptime: time.Since(h.began), Subscribers: subscribers, Connections: attendance.Came,
		Requests: h.count.requests.Load(), Received: h.count.received.Load(), Sent: h.count.sent.Load(),
		Posted: h.count.posted.Load(), Ended: attendance.Left,
	}
}

// answerHead tells how it goes. Some names are those that GitPubSub has, some
// those that its documentation has, some PyPubSub's.
func (h *Hub) answerHead(w http.ResponseWriter) {
	stats := h.Stats()
	for name, value := range map[string]int64{
		"X-Uptime": int64(stats.Uptime.Seconds()), "X-Subscribers": int64(stats.Subscribers),
		"X-Total-Connections": stats.Connections, "X-Connections": stats.Connections, "X-Requests": stats.Requests,
		"X-Received": stats.Received, "X-Sent": stats.Sent,
	} {
		w.Header().Set(name, fmt.Sprint(value))
	}
	if h.PyPubSub {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusOK)
}
