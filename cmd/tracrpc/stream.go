package main

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"tracrpc/auth"
	"tracrpc/publish/sink/stream"
)

// streamCallers knows who comes to the listener of the event stream, which has the
// logins of the API, but for cookies and for what a proxy or TLS says there.
type streamCallers struct {
	mounted *mounted
}

// Caller is who sent a request.
func (c streamCallers) Caller(w http.ResponseWriter, r *http.Request) (stream.Caller, bool) {
	m := c.mounted
	m.refresh(r.Context())
	gate := m.current.Load().streamGate
	who, err := gate.Identify(r)
	if err != nil {
		gate.Refuse(w, r, err)
		return stream.Caller{}, false
	}
	return m.streamCaller(w, r, gate, who)
}

// eventsMethod is the method whose callers a token that is for certain methods
// only must be for: the stream tells what it tells.
const eventsMethod = "events.list"

// streamCaller is who sent a request, as the stream knows them.
func (m *mounted) streamCaller(w http.ResponseWriter, r *http.Request, gate *auth.Gate, who auth.Principal) (stream.Caller, bool) {
	if !who.MayCall(eventsMethod) {
		http.Error(w, "This token is not for "+eventsMethod+".", http.StatusForbidden)
		return stream.Caller{}, false
	}
	return m.publisher.StreamCaller(who, still(r, gate, who.Name())), true
}

// still tells whether a request would be let in again. A Digest is good for one
// request only.
func still(r *http.Request, gate *auth.Gate, name string) func(context.Context) (bool, error) {
	if scheme, _, _ := strings.Cut(r.Header.Get("Authorization"), " "); strings.EqualFold(scheme, "Digest") {
		return nil
	}
	return func(ctx context.Context) (bool, error) {
		who, err := gate.Identify(r.WithContext(ctx))
		var refusal *auth.Refusal
		if errors.As(err, &refusal) && refusal.RetryAfter == 0 {
			return false, nil
		}
		return err == nil && who.Name() == name, err
	}
}

// withEvents serves Server-Sent Events at /events and /login/events beside the
// API, and each single event below, to whoever may call the API at all.
func (m *mounted) withEvents(gate *auth.Gate, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !stream.IsEvents(r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		if caller, ok := m.mayStream(w, r, gate, auth.FromContext(r.Context())); ok {
			m.hub.ServeEvents(w, r, caller, r.URL.Path)
		}
	})
}

// mayStream is who sent a request, as the stream knows them; false when they may
// not call the API at all, which has been answered then.
func (m *mounted) mayStream(w http.ResponseWriter, r *http.Request, gate *auth.Gate, who auth.Principal) (stream.Caller, bool) {
	may, err := who.May(r.Context(), auth.XMLRPC, auth.Resource{})
	switch {
	case err != nil:
		m.log.Error("permissions not read", "err", err)
		http.Error(w, "The server could not check what you may do.", http.StatusInternalServerError)
	case !may:
		http.Error(w, auth.Forbidden(auth.XMLRPC, auth.Resource{}).Error(), http.StatusForbidden)
	default:
		return m.streamCaller(w, r, gate, who)
	}
	return stream.Caller{}, false
}
