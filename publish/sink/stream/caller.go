package stream

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
)

// Caller is who sent a request.
type Caller struct {
	Name string // "" is anonymous
	// Still tells whether it still is. It is asked now and then; nil for never.
	Still func(ctx context.Context) (bool, error)
}

// ErrUnauthorized is the error for who is not whom he says to be, or does not say
// it where he must.
var ErrUnauthorized = errors.New("a valid user name and password are needed")

// Callers knows who sends requests.
type Callers interface {
	// Caller is who sent a request; ErrUnauthorized refuses it.
	Caller(r *http.Request) (Caller, error)
	// Challenge is the WWW-Authenticate header of a refusal.
	Challenge() string
}

// Basic knows callers by HTTP's Basic authentication.
type Basic struct {
	Realm string // what the challenge calls this server
	// Login finds the name of who has a name and a password, as the rest of the
	// program calls him; false when they are wrong.
	Login func(ctx context.Context, user, password, address string) (name string, right bool, err error)
}

// Caller is who sent a request: anonymous when it does not say and is not for
// /login or below.
func (b Basic) Caller(r *http.Request) (Caller, error) {
	if len(r.Header["Authorization"]) == 0 {
		if isBelow(r.URL.Path, loginPath) {
			return Caller{}, ErrUnauthorized
		}
		return Caller{}, nil
	}
	user, password, ok := r.BasicAuth()
	if !ok || user == "" {
		return Caller{}, ErrUnauthorized
	}
	address, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		address = r.RemoteAddr
	}
	name, right, err := b.Login(r.Context(), user, password, address)
	if err != nil {
		return Caller{}, err
	}
	if !right {
		return Caller{}, ErrUnauthorized
	}
	return Caller{Name: name, Still: func(ctx context.Context) (bool, error) {
		_, right, err := b.Login(ctx, user, password, address)
		return right, err
	}}, nil
}

// Challenge asks for a name and a password.
func (b Basic) Challenge() string {
	return `Basic realm="` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\r", "", "\n", "").Replace(b.Realm) + `"`
}

// caller is who sent a request; when it is refused, that is answered already.
func (h *Hub) caller(w http.ResponseWriter, r *http.Request) (Caller, bool) {
	caller, err := h.Callers.Caller(r)
	switch {
	case err == nil:
		return caller, true
	case errors.Is(err, ErrUnauthorized):
		w.Header()["WWW-Authenticate"] = []string{h.Callers.Challenge()}
		http.Error(w, "This needs a valid user name and password.", http.StatusUnauthorized)
	default:
		h.Logger.Warn("login of a subscriber not checked", "err", err)
		w.Header().Set("Retry-After", "10")
		http.Error(w, "The server could not check who you are. Try again in a few seconds.", http.StatusServiceUnavailable)
	}
	return Caller{}, false
}

// isBelow tells whether a path is another, or below it.
func isBelow(path, other string) bool {
	rest, begins := strings.CutPrefix(path, other)
	return begins && (rest == "" || rest[0] == '/')
}
