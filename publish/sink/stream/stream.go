// Package stream serves the events of an environment to whoever connects: as
// GitPubSub's stream of chunks, in PyPubSub's dialect of it, as the records of
// Subversion's svnpubsub, and as Server-Sent Events for browsers. It takes what
// others post to be published beside, such as commits. Whoever connects reads the
// log at his own pace, from where he left off or from now on, and sees what he
// may view at that moment.
//
// No subscriber has a queue of his own: there is one log, and each is somewhere
// in it. What a subscriber holds in memory is the few lines that are being
// written to him. Who takes nothing for a while is disconnected, and may come
// back with the cursor of the last event he had.
package stream

import (
	"context"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"tracrpc/publish"
	"tracrpc/publish/encode"
)

// Settings are how events are served. They are plain values.
type Settings struct {
	Env        string   // the environment's name
	BaseURL    string   // of Trac's pages, for links; "" for none
	TimeFields []string // the custom fields that hold times

	PyPubSub bool           // behave like PyPubSub where it and GitPubSub differ
	Prefix   bool           // paths match by their first characters, as with GitPubSub, and not by segments
	Trusted  []netip.Prefix // who may post
	MaxPost  int            // the longest line that may be posted, in bytes; 0 for 100 KiB
	Most     int            // how many subscribers there may be at once; 0 for 10,000
}

// Log is the events of the environment. It is safe for concurrent use.
type Log interface {
	// Events lists the events after the one numbered after, at most limit.
	Events(ctx context.Context, after int64, limit int) ([]publish.Event, error)
	// EventRange is the numbers of the oldest and the newest event that are kept.
	EventRange(ctx context.Context) (oldest, newest int64, err error)
	// EventsBefore is the number after which all events come that are not older
	// than when.
	EventsBefore(ctx context.Context, when time.Time) (after int64, err error)
	// AddEvent writes an event that others posted; when it returns, it is kept.
	AddEvent(ctx context.Context, e publish.Event) error
}

// Needs is what it takes to see an event. Nothing here looks into it.
type Needs any

// Options are what a Hub needs of the world.
type Options struct {
	Feed   *publish.Feed
	Log    Log
	Logger *slog.Logger
	// Needs tells what it takes to see an event. It is asked once for all.
	Needs func(e publish.Event) Needs
	// Open tells whether everybody meets the needs, as things are now.
	Open func(ctx context.Context, needs Needs) (bool, error)
	// Callers knows who sends requests.
	Callers Callers
	// Attendance counts the subscribers; nil for one of the Hub's own.
	Attendance *publish.Attendance

	Alive    time.Duration // how often to tell subscribers that we are there; 5 s
	Patience time.Duration // how long a subscriber may take nothing; 10 s
}

// Hub serves the subscribers of an environment. It is an http.Handler, and safe
// for concurrent use.
type Hub struct {
	Settings
	Options
	ids      publish.IDs
	encoder  encode.GitPubSub
	began    time.Time
	recent   publish.Shared[*message]
	catching chan struct{} // a place for each who may read the database at once
	count    counters

	mu          sync.Mutex
	closed      bool
	subscribers map[*subscriber]struct{}
	running     sync.WaitGroup // the requests that HTTP no longer knows of
}

// catchingUp is how many subscribers at once may read old events from the
// database, so that many who come back do not keep callers waiting.
const catchingUp = 4

// NewHub makes a Hub. The caller closes it.
func NewHub(s Settings, o Options) *Hub {
	if s.MaxPost <= 0 {
		s.MaxPost = 100 << 10
	}
	if s.Most <= 0 {
		s.Most = 10000
	}
	if o.Alive <= 0 {
		o.Alive = 5 * time.Second
	}
	if o.Patience <= 0 {
		o.Patience = 10 * time.Second
	}
	if o.Attendance == nil {
		o.Attendance = publish.NewAttendance(Endings()...)
	}
	ids := publish.NewIDs(s.Env)
	return &Hub{
		Settings: s, Options: o, ids: ids,
		encoder: encode.GitPubSub{
			IDs: ids, BaseURL: s.BaseURL, TimeFields: s.TimeFields, PyPubSub: s.PyPubSub, DataRef: eventsPath,
		},
		began: time.Now(), catching: make(chan struct{}, catchingUp), subscribers: map[*subscriber]struct{}{},
	}
}

// add lets a subscriber in; false when there is no room, or the Hub is closed.
func (h *Hub) add(s *subscriber) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || len(h.subscribers) >= h.Most {
		return false
	}
	h.subscribers[s] = struct{}{}
	h.running.Add(1)
	return true
}

func (h *Hub) remove(s *subscriber) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.subscribers, s)
	h.running.Done()
}

// enter lets in a publisher who is to be waited for when the Hub closes; false
// when that has begun.
func (h *Hub) enter() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.closed {
		h.running.Add(1)
	}
	return !h.closed
}

// Close ends all subscriptions and waits until they have ended. Nobody can
// subscribe any more.
func (h *Hub) Close() {
	h.mu.Lock()
	h.closed = true
	for s := range h.subscribers {
		s.stop()
	}
	h.mu.Unlock()
	h.running.Wait()
}
