package auth

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/crypto/bcrypt"
)

const (
	mixedLogins  = 1000
	mixedUsers   = 20
	mixedSecrets = "secret" // all of them
)

// mixed is a handler behind a Gate that takes logins of every kind, for users
// u0, u1, ….
type mixed struct {
	handler http.Handler
	files   UserFiles
	digest  map[string]string // a challenge
	token   []string
	cookie  []string
}

func newMixed(t *testing.T) *mixed {
	t.Helper()
	m := &mixed{files: UserFiles{Htpasswd: writeUsers(t, ""), Htdigest: writeUsers(t, ""), Realm: "trac", Cost: bcrypt.MinCost}}
	cookies, tokens := &cookieMemory{}, &tokenMemory{tokens: map[string]Token{}}
	for i := range mixedUsers {
		name := fmt.Sprint("u", i)
		if err := m.files.Set(name, mixedSecrets); err != nil {
			t.Fatal(err)
		}
		text, hash := NewToken()
		tokens.tokens[hash] = Token{ID: i, User: name}
		m.token = append(m.token, text)
		m.cookie = append(m.cookie, fmt.Sprintf("%032x", i))
		if err := cookies.AddCookie(t.Context(), m.cookie[i], name, "", 1<<40, 0); err != nil {
			t.Fatal(err)
		}
	}
	g, _ := gate(t, new(syncBuffer))
	users, err := OpenHtpasswd(m.files.Htpasswd, g.Log)
	if err != nil {
		t.Fatal(err)
	}
	digests, err := OpenHtdigest(m.files.Htdigest, "trac", g.Log)
	if err != nil {
		t.Fatal(err)
	}
	guesses := NewGuesses()
	digest, err := NewDigest(digests, "MD5", DefaultNonceLifetime, guesses)
	if err != nil {
		t.Fatal(err)
	}
	m.digest, _ = parseParams(strings.TrimPrefix(digest.Challenges(nil, nil)[0], "Digest "))
	basic, check := NewBasic("trac", users, guesses), NewTokens(tokens, g.Log)
	basic.Tokens = check
	g.Schemes = []Scheme{digest, basic, NewBearer(check, guesses)}
	g.Ambient = []Ambient{&Sessions{Store: cookies, Log: g.Log, BaseURL: func(*http.Request) string { return "" }}}
	m.handler = g.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("User", FromContext(r.Context()).Name())
	}))
	return m
}

// login sends the login number i: the header with the credentials, and who that
// is; "" when the answer must be a refusal, anonymous when it is nobody.
func (m *mixed) login(i int) (header, value, want string) {
	user := i / 10 % mixedUsers
	name := fmt.Sprint("u", user)
	switch i % 10 {
	case 0, 1:
		return "Authorization", basic(name + ":" + mixedSecrets), name
	case 2:
		return "Authorization", basic(name + ":" + m.token[user]), name
	case 3:
		return "Authorization", "Bearer " + m.token[user], name
	case 4, 5:
		return "Cookie", "trac_auth=" + m.cookie[user], name
	case 6: // one user, one nonce, many counts
		return "Authorization", answer(m.digest, "u0", mixedSecrets, "uri", "/rpc", "nc", fmt.Sprintf("%08x", i/10)), "u0"
	case 7:
		return "Authorization", basic(name + ":wrong"), ""
	case 8:
		return "Authorization", "Bearer " + m.token[user] + "x", ""
	}
	return "Cookie", fmt.Sprintf("trac_auth=%032x", 1<<20+i), Anonymous
}

func (m *mixed) send(ctx context.Context, i int, header, value string) (status int, name string) {
	request := httptest.NewRequest(http.MethodPost, "/rpc", nil).WithContext(ctx)
	request.RemoteAddr = fmt.Sprintf("192.0.%d.%d:5000", 2+i/250, i%250) // or the wrong ones would wait for each other
	request.Header.Set(header, value)
	answer := httptest.NewRecorder()
	m.handler.ServeHTTP(answer, request)
	return answer.Code, answer.Header().Get("User")
}

// TestMixedLogins logs in a thousand times at once, in every way that there is,
// rightly and wrongly, while the files change. Of the answers to one challenge
// that have the same count only one may be let in.
func TestMixedLogins(t *testing.T) {
	m := newMixed(t)
	begin := make(chan struct{})
	var all sync.WaitGroup
	var replays atomic.Int64
	for i := range mixedLogins {
		header, value, want := m.login(i)
		all.Go(func() {
			<-begin
			status, name := m.send(t.Context(), i, header, value)
			if want == "" && status != http.StatusUnauthorized || want != "" && (status != http.StatusOK || name != want) {
				t.Errorf("login %d, %s: %d %q, want %q", i, header, status, name, want)
			}
		})
		if !strings.HasPrefix(value, "Digest") {
			continue
		}
		replay := answer(m.digest, "u0", mixedSecrets, "uri", "/rpc", "nc", fmt.Sprintf("%08x", mixedLogins/10+i/10))
		for range 2 {
			all.Go(func() {
				<-begin
				if status, _ := m.send(t.Context(), i, header, replay); status == http.StatusOK {
					replays.Add(1)
				}
			})
		}
	}
	all.Go(func() {
		<-begin
		for i := range 20 {
			if err := m.files.Set(fmt.Sprint("new", i), mixedSecrets); err != nil {
				t.Error(err)
			}
		}
	})
	close(begin)
	all.Wait()
	if got := replays.Load(); got != mixedLogins/10 {
		t.Errorf("%d of the repeated answers were let in, want %d, which is each once", got, mixedLogins/10)
	}
	if names, err := m.files.Names(func(int, string, string) {}); err != nil || !slices.Contains(names, "new19") || len(names) != mixedUsers+20 {
		t.Errorf("users %q, %v", names, err)
	}
}
