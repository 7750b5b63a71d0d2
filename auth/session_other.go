package auth

import (
	"net/http"
	"strings"
	"time"
)

// OtherSessions are Sessions under another name of the cookie, for programs that
// log in in a way of their own. It counts at Path and below alone.
type OtherSessions struct {
	*Sessions
	Cookie, Path string
}

// Identify finds the user of a request's cookie.
func (o OtherSessions) Identify(r *http.Request) (Login, error) {
	if !strings.HasPrefix(r.URL.Path, o.Path) {
		return Login{}, nil
	}
	cookie := cookieOf(r, o.Cookie)
	if cookie == "" {
		return Login{}, nil
	}
	user, err := o.user(r, cookie)
	return Login{Name: user}, err
}

// Begin sets a cookie for somebody who has just logged in. A Forbidden fault says
// that they may have none.
func (o OtherSessions) Begin(w http.ResponseWriter, r *http.Request, who Principal) error {
	if err := who.mayHaveCookie(); err != nil {
		return err
	}
	value, err := o.begin(r, who)
	if err != nil {
		return err
	}
	cookie := o.cookie(r, value, 0)
	cookie.Name, cookie.Expires = o.Cookie, time.Now().Add(cookieAge)
	http.SetCookie(w, cookie)
	return nil
}
