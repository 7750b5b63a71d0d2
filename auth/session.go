package auth

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"tracrpc/fault"
)

// CookieStore is where login cookies are kept: Trac's table auth_cookie. Times
// are in seconds.
type CookieStore interface {
	// CookieUser finds the user of a cookie that is no older than since, and that
	// was given to address unless that is ""; a NotFound fault when there is none.
	CookieUser(ctx context.Context, cookie, address string, since int64) (string, error)
	// AddCookie keeps a cookie, and removes those that are older than before.
	AddCookie(ctx context.Context, cookie, user, address string, now, before int64) error
	RemoveCookie(ctx context.Context, cookie string) error
}

// cookieAge is for how long a login lasts (trac/web/auth.py, LoginModule).
const cookieAge = 10 * 24 * time.Hour

const cookieName = "trac_auth"

// Sessions are Trac's logins by cookie: GET /login, by whatever way to log in
// there is, sets one, which then counts everywhere but below /login, and /logout
// ends it. Trac on the same database takes the same cookies. The fields must not
// change once it is used.
type Sessions struct {
	Store CookieStore
	Log   *slog.Logger
	// CheckAddress binds a cookie to the address that it was given to ([trac]
	// check_auth_ip).
	CheckAddress bool
	// Path and Domain are the cookie's; Lifetime is how long a browser keeps it, 0
	// until it ends; Secure keeps it to TLS, as a login by TLS does anyway ([trac]
	// auth_cookie_path, auth_cookie_domain, auth_cookie_lifetime, secure_cookies).
	Path, Domain string
	Lifetime     time.Duration
	Secure       bool
	// BaseURL is the environment's URL as the client sees it, and Home where
	// whoever comes from nowhere is sent.
	BaseURL func(*http.Request) string
	Home    string
}

// Identify finds the user of a request's cookie.
func (s *Sessions) Identify(r *http.Request) (Login, error) {
	cookie := cookieOf(r, cookieName)
	if cookie == "" || r.URL.Path == "/login" || strings.HasPrefix(r.URL.Path, "/login/") {
		return Login{}, nil
	}
	user, err := s.user(r, cookie)
	return Login{Name: user}, err
}

// cookieOf is the request's cookie of a name; "" when there is none that Trac could
// have set.
func cookieOf(r *http.Request, name string) string {
	cookie, err := r.Cookie(name)
	if err != nil || len(cookie.Value) < 16 || len(cookie.Value) > 64 || strings.Trim(cookie.Value, "0123456789abcdef") != "" {
		return ""
	}
	return cookie.Value
}

func (s *Sessions) user(r *http.Request, cookie string) (string, error) {
	address := ""
	if s.CheckAddress {
		address = remoteAddress(r)
	}
	user, err := s.Store.CookieUser(r.Context(), cookie, address, time.Now().Add(-cookieAge).Unix())
	if fault.Is(err, fault.NotFound) {
		return "", nil
	}
	return user, err
}

// Handler answers /login and /logout, and leaves the rest to next. The Gate
// stands before it.
func (s *Sessions) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var err error
		switch strings.TrimSuffix(r.URL.Path, "/") {
		case "/login":
			err = s.login(w, r)
		case "/logout":
			err = s.logout(w, r)
		default:
			next.ServeHTTP(w, r)
			return
		}
		switch {
		case err == nil:
			s.redirect(w, r)
		case fault.Of(err) != nil:
			http.Error(w, err.Error(), http.StatusForbidden)
		default:
			s.Log.Error("login cookies could not be changed", "path", r.URL.Path, "err", err)
			http.Error(w, "The server could not keep who you are.", http.StatusInternalServerError)
		}
	})
}

// login sets a cookie for who has logged in, unless there is one already. A token
// is no way to get one: it would outlive the token. A link on another site's page,
// which may have a name and a password in it, logs nobody in as somebody else.
func (s *Sessions) login(w http.ResponseWriter, r *http.Request) error {
	who := FromContext(r.Context())
	if err := who.mayHaveCookie(); err != nil {
		return err
	}
	cookie := cookieOf(r, cookieName)
	if cookie != "" {
		user, err := s.user(r, cookie)
		if err != nil {
			return err
		}
		if user != "" && user != who.Name() && crossingPage(r) {
			return nil
		}
		if user != who.Name() {
			cookie = ""
		}
	}
	if cookie == "" {
		var err error
		if cookie, err = s.begin(r, who); err != nil {
			return err
		}
	}
	http.SetCookie(w, s.cookie(r, cookie, int(s.Lifetime/time.Second)))
	return nil
}

func (p Principal) mayHaveCookie() error {
	if p.byToken {
		return fault.New(fault.Forbidden, "A token cannot be traded for a login cookie.")
	}
	return nil
}

// begin begins a session, and returns the cookie's value.
func (s *Sessions) begin(r *http.Request, who Principal) (cookie string, err error) {
	var random [16]byte
	rand.Read(random[:]) // never fails (crypto/rand)
	cookie = hex.EncodeToString(random[:])
	now := time.Now()
	return cookie, s.Store.AddCookie(r.Context(), cookie, who.Name(), remoteAddress(r), now.Unix(), now.Add(-cookieAge).Unix())
}

// logout ends the session of the request's cookie. A link on another site's page
// ends none.
func (s *Sessions) logout(w http.ResponseWriter, r *http.Request) error {
	cookie := cookieOf(r, cookieName)
	if cookie == "" || crossingPage(r) {
		return nil
	}
	if err := s.Store.RemoveCookie(r.Context(), cookie); err != nil {
		return err
	}
	http.SetCookie(w, s.cookie(r, "", -1))
	return nil
}

// crossingPage tells whether another site's page has led here, by a link too: a
// GET, which crossing lets through, is not harmless at these paths.
func crossingPage(r *http.Request) bool {
	asked := *r
	asked.Method = http.MethodPost
	return crossing(&asked) != nil
}

func (s *Sessions) cookie(r *http.Request, value string, age int) *http.Cookie {
	return &http.Cookie{
		Name: cookieName, Value: value, Path: s.Path, Domain: s.Domain, MaxAge: age,
		Secure: s.Secure || strings.HasPrefix(s.BaseURL(r), "https:"), HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}

// redirect sends a browser back to the page of this environment that it came
// from, or to Home.
func (s *Sessions) redirect(w http.ResponseWriter, r *http.Request) {
	base := s.BaseURL(r)
	target := base + s.Home
	back := r.URL.Query().Get("referer")
	if back == "" {
		back = r.Header.Get("Referer")
	}
	if isPage(base, back) {
		target = back
	}
	drain(w, r)
	status := http.StatusFound
	if r.Method == http.MethodPost {
		status = http.StatusSeeOther
	}
	w.Header().Set("Location", target)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
}

// isPage tells whether a URL is of a page below another URL, by any way to read
// it, and not one of a login.
func isPage(base, back string) bool {
	u, err := url.Parse(back)
	if err != nil || u.User != nil {
		return false
	}
	page, below := strings.CutPrefix(u.Scheme+"://"+u.Host+u.Path, base)
	if !below || !strings.HasPrefix(page, "/") || path.Clean(page) != strings.TrimSuffix(page, "/") || strings.Contains(page, `\`) {
		return false
	}
	first, _, _ := strings.Cut(page[1:], "/")
	return first != "login" && first != "logout"
}
