package auth

import (
	"context"
	"encoding/base64"
	"net"
	"net/http"
	"strings"
	"unicode"
)

// maxCredentials bounds the credentials in a header, in bytes; some hashes take
// time that grows with the square of a password's length.
const maxCredentials = 1024

// Basic is HTTP's Basic authentication (RFC 7617) against an htpasswd file.
type Basic struct {
	// OnlyForUsers makes no challenge while the file has no users, which is for
	// when another scheme makes one.
	OnlyForUsers bool
	// Tokens, when set, are taken for passwords of their users.
	Tokens *Tokens

	realm   string
	users   *Htpasswd
	guesses *Guesses
}

// NewBasic makes the scheme. The realm is what the challenge calls this server.
func NewBasic(realm string, users *Htpasswd, guesses *Guesses) *Basic {
	return &Basic{realm: realm, users: users, guesses: guesses}
}

// Name is "Basic".
func (b *Basic) Name() string { return "Basic" }

// Challenges are Trac's own challenge, with nothing but the realm in it.
func (b *Basic) Challenges(*http.Request, error) []string {
	if b.OnlyForUsers && b.users.Empty() {
		return nil
	}
	return []string{`Basic realm="` + quotedRealm.Replace(b.realm) + `"`}
}

var quotedRealm = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\r", "", "\n", "")

// Authenticate checks a name and a password, or a token in its place.
func (b *Basic) Authenticate(r *http.Request, credentials string) (Login, error) {
	name, password, ok := parseBasic(credentials)
	if !ok {
		return Login{}, &Refusal{Reason: "malformed credentials"}
	}
	login, err := b.Tokens.login(r.Context(), password)
	if err != nil || login.Name == name {
		return login, err
	}
	right, err := b.Check(r.Context(), name, password, remoteAddress(r))
	if err == errTooManyGuesses {
		return Login{}, &Refusal{User: name, Reason: err.Error(), RetryAfter: longestWait}
	}
	if err != nil {
		return Login{}, err
	}
	if !right {
		return Login{}, &Refusal{User: name, Reason: wrongPassword}
	}
	return Login{Name: name}, nil
}

// wrongPassword is all that the log says: which of the two is wrong is nobody's
// business.
const wrongPassword = "wrong user name or password"

// Check tells whether this is a user's password. Wrong guesses are slowed by the
// user and the address of the client; too many at once are an error.
func (b *Basic) Check(ctx context.Context, name, password, address string) (bool, error) {
	if b.users.Remembers(name, password) {
		return true, nil
	}
	return b.guesses.attempt(ctx, name, address, func() (bool, error) { return b.users.Verify(ctx, name, password) })
}

// parseBasic decodes the credentials. What is not UTF-8 is taken for Latin-1, as
// old clients send it. Control characters are not allowed (RFC 7617, section 2).
func parseBasic(credentials string) (name, password string, ok bool) {
	if base64.StdEncoding.DecodedLen(len(credentials)) > maxCredentials {
		return "", "", false
	}
	text, err := base64.StdEncoding.DecodeString(credentials)
	if err != nil {
		return "", "", false
	}
	name, password, ok = strings.Cut(asUTF8(string(text)), ":")
	if !ok || name == "" || strings.ContainsFunc(name, unicode.IsControl) || strings.ContainsFunc(password, unicode.IsControl) {
		return "", "", false
	}
	return name, password, true
}

func remoteAddress(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
