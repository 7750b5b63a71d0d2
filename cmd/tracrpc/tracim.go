package main

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"

	"tracrpc/auth"
	"tracrpc/environment"
	"tracrpc/fault"
	"tracrpc/publish/encode"
)

// The URLs of Tracim's API by which TracimDaemon attaches to us, as if we were
// Tracim: it is told the environment's URL with /api behind it.
const (
	tracimPath    = "/api/"
	tracimLogin   = tracimPath + "auth/login"
	tracimUsers   = tracimPath + "users/"
	tracimLive    = "/live_messages"
	tracimCookie  = "session_key"
	tracimMaxBody = 64 << 10
)

// tracimDoor serves these URLs beside the API.
type tracimDoor struct {
	mounted  *mounted
	gate     *auth.Gate // that stands before it
	sessions auth.OtherSessions
}

func newTracimDoor(m *mounted, sessions *auth.Sessions) *tracimDoor {
	return &tracimDoor{mounted: m, sessions: auth.OtherSessions{Sessions: sessions, Cookie: tracimCookie, Path: tracimPath}}
}

// handler answers at these URLs, unless [tracrpc-tracim] live_messages forbids it,
// and leaves the rest to next.
func (d *tracimDoor) handler(env *environment.Environment, next http.Handler) http.Handler {
	if !env.Ini.Bool("tracrpc-tracim", "live_messages", true) {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rest, isUser := strings.CutPrefix(r.URL.Path, tracimUsers)
		id, isLive := strings.CutSuffix(rest, tracimLive)
		switch {
		case r.URL.Path == tracimLogin:
			d.login(w, r)
		case isUser && isLive:
			d.live(w, r, id)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// login logs in whoever knows a name and a password, by the gate's own ways, and
// answers with the number of the user and a cookie. What Tracim calls a user's
// e-mail address may be the name.
func (d *tracimDoor) login(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", "POST")
		tracimError(w, http.StatusMethodNotAllowed, "Log in with POST.")
		return
	}
	if err := new(http.CrossOriginProtection).Check(r); err != nil {
		tracimError(w, http.StatusForbidden, "A page of another site logs nobody in.")
		return
	}
	var told struct{ Email, Username, Password string }
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, tracimMaxBody))
	if err == nil {
		err = json.Unmarshal(body, &told)
	}
	name := cmp.Or(told.Username, told.Email)
	if err != nil || name == "" || strings.Contains(name, ":") {
		tracimError(w, http.StatusBadRequest, "Want a JSON object with username, or email, and password.")
		return
	}
	asked := r.Clone(r.Context())
	asked.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(name+":"+told.Password)))
	who, err := d.gate.Identify(asked)
	if err != nil {
		d.gate.Refuse(w, asked, err)
		return
	}
	if err := d.sessions.Begin(w, r, who); err != nil {
		d.failed(w, err)
		return
	}
	writeTracim(w, http.StatusOK, struct {
		UserID     int    `json:"user_id"`
		Username   string `json:"username"`
		PublicName string `json:"public_name"`
		Email      string `json:"email"`
		IsActive   bool   `json:"is_active"`
		IsDeleted  bool   `json:"is_deleted"`
	}{encode.TracimUserID(who.Name()), who.Name(), who.Name(), told.Email, true, false})
}

// live answers with the live messages of the user who asks for his own.
func (d *tracimDoor) live(w http.ResponseWriter, r *http.Request, id string) {
	who := auth.FromContext(r.Context())
	if id != strconv.Itoa(encode.TracimUserID(who.Name())) {
		status := http.StatusForbidden
		if !who.Authenticated() {
			status = http.StatusUnauthorized
		}
		tracimError(w, status, "These are somebody else's live messages.")
		return
	}
	if caller, ok := d.mounted.mayStream(w, r, d.gate, who); ok {
		d.mounted.hub.ServeLive(w, r, caller)
	}
}

func (d *tracimDoor) failed(w http.ResponseWriter, err error) {
	if refused := fault.Of(err); refused != nil {
		tracimError(w, http.StatusForbidden, refused.Error())
		return
	}
	d.mounted.log.Error("login for live messages not kept", "err", err)
	tracimError(w, http.StatusInternalServerError, "The server could not keep who you are.")
}

// tracimError answers with an error as Tracim's API does.
func tracimError(w http.ResponseWriter, status int, text string) {
	writeTracim(w, status, struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	}{1000 + status, text})
}

func writeTracim(w http.ResponseWriter, status int, answer any) {
	text, err := json.Marshal(answer)
	if err != nil {
		text, status = []byte("{}"), http.StatusInternalServerError
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	w.Write(text) // a client that is gone needs no error
}
