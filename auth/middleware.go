package auth

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"tracrpc/fault"
)

// Scheme is one way to say who one is in an Authorization header. It is asked by
// many requests at once.
type Scheme interface {
	// Name is the word that the header begins with.
	Name() string
	// Challenges are the WWW-Authenticate headers that ask for this scheme.
	// refusal is what Authenticate returned, if this scheme was tried.
	Challenges(r *http.Request, refusal error) []string
	// Authenticate finds the user that credentials, the header without the
	// scheme's word, stand for. It returns a *Refusal for credentials that are
	// no good, and any other error when it could not tell.
	Authenticate(r *http.Request, credentials string) (Login, error)
}

// Login is who somebody turned out to be. The zero Login is nobody.
type Login struct {
	Name  string
	Scope Scope  // the part of the user's rights that the credentials carry
	Info  string // the answer's header Authentication-Info; "" for none

	token bool // it was by a token
}

// Refusal is why somebody is not let in: for the log, not for the caller, who is
// told no more than that.
type Refusal struct {
	User       string // as it was claimed; "" when that could not be read
	Reason     string
	RetryAfter time.Duration // set when the credentials were not even looked at

	forbidden bool    // whoever it is: to log in again would not help
	stale     verdict // what is wrong with the nonce, when all else is right
}

func (e *Refusal) Error() string { return e.Reason }

// Gate lets requests through to a handler with their Principal in the context
// (FromContext), and refuses the others. A request with an Authorization header
// must be right about it, wherever it goes. One without is whom its Ambient says,
// or else anonymous, and may then go anywhere but to /login and below. What a page
// of another site has a browser send is refused when somebody is logged in, who
// does not know of it; but not by a token, which no browser adds by itself. The
// Gate sees paths without the environment's prefix. Its fields must not change
// once it is used.
type Gate struct {
	Authority *Authority
	Schemes   []Scheme // in the order in which they are offered
	// Trusted are asked first: what they say counts whatever else is in the request.
	Trusted []Ambient
	// Ambient are asked when there is no Authorization header.
	Ambient []Ambient
	// IgnoreCase makes all names lower case ([trac] ignore_auth_case).
	IgnoreCase bool
	// WriteFault writes the body of a refusal in the request's own protocol, or
	// reports false when the request speaks none.
	WriteFault func(w http.ResponseWriter, r *http.Request, status int, err error) bool
	Log        *slog.Logger
}

// Handler puts the gate before next.
func (g *Gate) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		login, err := g.authenticate(r)
		var who Principal
		if err == nil {
			who, err = g.principal(r, login)
		}
		if err != nil {
			g.refuse(w, r, err)
			return
		}
		if login.Info != "" {
			w.Header().Set("Authentication-Info", login.Info)
		}
		next.ServeHTTP(w, r.WithContext(WithPrincipal(r.Context(), who)))
	})
}

// Identify finds who sent a request, as Handler does, for who answers it without
// one. The error is for Refuse.
func (g *Gate) Identify(r *http.Request) (Principal, error) {
	login, err := g.authenticate(r)
	if err != nil {
		return Principal{}, err
	}
	return g.principal(r, login)
}

// Refuse answers a request whose sender Identify did not find.
func (g *Gate) Refuse(w http.ResponseWriter, r *http.Request, err error) { g.refuse(w, r, err) }

var errNoCredentials = &Refusal{Reason: "no credentials"}

// crossing is an error for what a browser sends on behalf of another site's page.
func crossing(r *http.Request) error { return new(http.CrossOriginProtection).Check(r) }

func (g *Gate) principal(r *http.Request, login Login) (Principal, error) {
	name := login.Name
	if name != "" && !login.token && crossing(r) != nil {
		return Principal{}, &Refusal{User: name, Reason: "sent by a page of another site", forbidden: true}
	}
	if name == "" && (r.URL.Path == "/login" || strings.HasPrefix(r.URL.Path, "/login/")) {
		return Principal{}, errNoCredentials
	}
	if g.IgnoreCase {
		if name = strings.ToLower(name); name == Anonymous || name == authenticated {
			return Principal{}, &Refusal{User: name, Reason: "a name that is everybody's"}
		}
	}
	who, err := g.Authority.Principal(r.Context(), name)
	who = who.Within(login.Scope)
	who.byToken = login.token
	return who, err
}

// authenticate finds who sent the request; nobody when it does not say.
func (g *Gate) authenticate(r *http.Request) (Login, error) {
	if login, err := identify(g.Trusted, r); err != nil || login.Name != "" {
		return login, err
	}
	headers := r.Header["Authorization"]
	if len(headers) == 0 || len(headers) == 1 && headers[0] == "" {
		return identify(g.Ambient, r)
	}
	if len(headers) > 1 {
		return Login{}, &Refusal{Reason: "more than one Authorization header"}
	}
	word, credentials, _ := strings.Cut(headers[0], " ")
	scheme := g.scheme(word)
	if scheme == nil {
		return Login{}, &Refusal{Reason: "unknown scheme"}
	}
	return scheme.Authenticate(r, strings.Trim(credentials, " "))
}

// scheme finds a scheme by its word, whose case does not matter (RFC 9110,
// section 11.1).
func (g *Gate) scheme(word string) Scheme {
	for _, s := range g.Schemes {
		if strings.EqualFold(s.Name(), word) {
			return s
		}
	}
	return nil
}

func (g *Gate) refuse(w http.ResponseWriter, r *http.Request, err error) {
	var refusal *Refusal
	switch {
	case errors.As(err, &refusal):
		g.logRefusal(r, refusal)
	case r.Context().Err() != nil:
		return // nobody is there to be told
	default:
		g.Log.Error("login could not be checked", "path", r.URL.Path, "err", err)
		g.answer(w, r, http.StatusInternalServerError, fault.New(fault.Internal, "The server could not check who you are."))
		return
	}
	if refusal.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(refusal.RetryAfter.Seconds())))
		g.answer(w, r, http.StatusTooManyRequests, fault.New(fault.Forbidden, "Too many login attempts. Try again in a few seconds."))
		return
	}
	if refusal.forbidden {
		g.answer(w, r, http.StatusForbidden, fault.New(fault.Forbidden, "A page of another site may not use your login."))
		return
	}
	var challenges []string
	for _, s := range g.Schemes {
		challenges = append(challenges, s.Challenges(r, err)...)
	}
	w.Header()["WWW-Authenticate"] = challenges // not Www-, for scripts that look for it as it is always written
	g.answer(w, r, http.StatusUnauthorized, fault.New(fault.Forbidden, "Authorization Required: this needs a valid user name and password."))
}

// logRefusal writes the audit line. That somebody came without credentials, or
// with an old nonce, is how most clients begin, and no news.
func (g *Gate) logRefusal(r *http.Request, refusal *Refusal) {
	level := slog.LevelWarn
	if refusal == errNoCredentials || refusal.stale == nonceExpired {
		level = slog.LevelDebug
	}
	g.Log.Log(r.Context(), level, "login refused",
		"address", remoteAddress(r), "path", loggable(r.URL.Path), "user", loggable(refusal.User), "err", refusal.Reason)
}

// loggable is what the log says of a text that anybody may have sent: its
// beginning, and no token, which scripts that know other servers put in the place
// of a name.
func loggable(text string) string {
	if len(text) > maxLogged {
		text = strings.ToValidUTF8(text[:maxLogged], "") + "…"
	}
	before, _, found := strings.Cut(text, tokenPrefix)
	if found {
		return before + tokenPrefix + "…"
	}
	return text
}

// maxLogged is how many bytes of such a text the log has.
const maxLogged = 200

func (g *Gate) answer(w http.ResponseWriter, r *http.Request, status int, err *fault.Error) {
	drain(w, r)
	if g.WriteFault != nil && g.WriteFault(w, r, status, err) {
		return
	}
	http.Error(w, err.Message, status)
}

const (
	maxDrained = 8 << 20
	drainFor   = 10 * time.Second
)

// drain reads what is left of the request, so that a client which sends its
// whole body before it looks at the answer finds the answer, and can go on with
// the same connection. Past a limit the connection is closed instead. Who asked
// to be told beforehand (Expect: 100-continue) has not sent the body yet.
func drain(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Expect") != "" || r.ContentLength > maxDrained {
		w.Header().Set("Connection", "close")
		return
	}
	// Where no deadline can be set, the server's own must do.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(drainFor))
	if n, err := io.Copy(io.Discard, io.LimitReader(r.Body, maxDrained+1)); err != nil || n > maxDrained {
		w.Header().Set("Connection", "close")
	}
}
