package stream

import (
	"context"
	"net/http"
	"strings"
)

const (
	// serverName is what the answers say that they come from.
	serverName = "tracrpc"
	// eventsPath is where browsers find everything as Server-Sent Events, and below
	// it each single event by its cursor.
	eventsPath = "/events"
	// loginPath is where it matters who somebody is. What is below it is otherwise
	// the same as without it.
	loginPath = "/login"
)

// ServeHTTP answers subscribers, publishers and those who ask how it goes.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.count.requests.Add(1)
	w.Header().Set("Server", serverName)
	if r.Method == http.MethodHead {
		h.answerHead(w)
		return
	}
	if r.Method == http.MethodPost || r.Method == http.MethodPut {
		// A publisher may hang up as soon as he has sent his line.
		r = r.WithContext(context.WithoutCancel(r.Context()))
	}
	caller, ok := h.Callers.Caller(w, r)
	if !ok {
		return
	}
	path := requestPath(r)
	switch r.Method {
	case http.MethodGet:
		h.get(w, r, caller, path)
	case http.MethodPost, http.MethodPut:
		h.post(w, r, caller, path)
	default:
		w.Header().Set("Allow", "GET, HEAD, POST, PUT")
		http.Error(w, "Subscribe with GET, publish with POST or PUT.", http.StatusBadRequest)
	}
}

// requestPath is the path of a request as it was sent, without the query.
func requestPath(r *http.Request) string {
	path := r.RequestURI
	if !strings.HasPrefix(path, "/") {
		path = r.URL.EscapedPath() // a proxy may be given the whole URL
	}
	path, _, _ = strings.Cut(path, "?")
	if isBelow(path, loginPath) {
		path = path[len(loginPath):]
	}
	return path
}

func (h *Hub) get(w http.ResponseWriter, r *http.Request, caller Caller, path string) {
	id, single := strings.CutPrefix(path, eventsPath+"/")
	switch {
	case path == eventsPath:
		h.subscribe(w, r, caller, "/", h.form(r, true))
	case single:
		h.one(w, r, caller, id)
	default:
		h.subscribe(w, r, caller, path, h.form(r, strings.Contains(r.Header.Get("Accept"), "text/event-stream")))
	}
}

// IsEvents tells whether a path is /events or below, perhaps behind /login: what
// ServeEvents serves.
func IsEvents(path string) bool {
	if isBelow(path, loginPath) {
		path = path[len(loginPath):]
	}
	return isBelow(path, eventsPath)
}

// ServeEvents answers GET of /events and below for another listener, which knows
// who called and where.
func (h *Hub) ServeEvents(w http.ResponseWriter, r *http.Request, caller Caller, path string) {
	h.count.requests.Add(1)
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", "GET")
		http.Error(w, "Subscribe with GET.", http.StatusMethodNotAllowed)
		return
	}
	h.get(w, r, caller, strings.TrimPrefix(path, loginPath))
}

// one answers with a single event, whole. One that the user may not see is not
// there.
func (h *Hub) one(w http.ResponseWriter, r *http.Request, caller Caller, id string) {
	line, err := h.whole(r, caller, id)
	if err != nil {
		h.Logger.Error("event not read", "err", err)
		http.Error(w, "The server could not read the event.", http.StatusInternalServerError)
		return
	}
	if line == nil {
		http.Error(w, "There is no such event, or not any more.", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "private, no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Write(append(line, '\n')) // a client that is gone needs no error
}

// whole is the line of an event; nil when it is not there for this caller.
func (h *Hub) whole(r *http.Request, caller Caller, id string) ([]byte, error) {
	seq, ok := h.ids.Seq(id)
	if !ok || seq == 0 {
		return nil, nil
	}
	events, err := h.Log.Events(r.Context(), seq-1, 1)
	if err != nil || len(events) == 0 || events[0].Seq != seq {
		return nil, err
	}
	e := events[0]
	e.Env = h.Env
	needs := h.Needs(e)
	if may, err := caller.Meets(r.Context(), needs); err != nil || !may {
		return nil, err
	}
	e.Private = h.hides(r.Context(), needs)
	return h.encoder.Whole(e).Text, nil
}
