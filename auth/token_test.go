package auth

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"tracrpc/fault"
)

// tokenMemory keeps tokens in memory.
type tokenMemory struct {
	mu     sync.Mutex
	tokens map[string]Token
	used   map[int]int64
}

func (m *tokenMemory) Token(_ context.Context, hash string) (Token, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	token, found := m.tokens[hash]
	if !found {
		return token, fault.New(fault.NotFound, "There is no such token.")
	}
	return token, nil
}

func (m *tokenMemory) TokensUsed(_ context.Context, times map[int]int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.used = times
	return nil
}

func TestTokens(t *testing.T) {
	var log syncBuffer
	g, server := gate(t, &log)
	store := &tokenMemory{tokens: map[string]Token{}}
	now := time.Unix(1_700_000_000, 0)
	tokens := NewTokens(store, g.Log)
	tokens.now = func() time.Time { return now }
	basicScheme := g.Schemes[0].(*Basic)
	basicScheme.Tokens = tokens
	g.Schemes = append(g.Schemes, NewBearer(tokens, basicScheme.guesses))
	text, hash := NewToken()
	store.tokens[hash] = Token{ID: 7, User: "ann", Expires: now.Add(time.Hour).UnixMicro()}
	other, _ := NewToken()

	for _, c := range []struct{ name, authorization, want string }{
		{"bearer", "Bearer " + text, "ann"},
		{"bearer in another case", "bearer " + text, "ann"},
		{"password", basic("ann:" + text), "ann"},
		{"password of another", basic("user:" + text), ""},
		{"unknown", "Bearer " + other, ""},
		{"cut", "Bearer " + text[:len(text)-1], ""},
		{"without its prefix", "Bearer " + strings.TrimPrefix(text, tokenPrefix), ""},
		{"hash", "Bearer " + hash, ""},
		{"hash with the prefix", "Bearer " + tokenPrefix + hash, ""},
		{"nothing", "Bearer", ""},
		{"user's password", "Bearer user", ""},
		{"user's password still", basic("user:user"), "user"},
	} {
		response, body := ask(t, server.URL+"/login/rpc", "Authorization", c.authorization)
		if c.want == "" && response.StatusCode != http.StatusUnauthorized || c.want != "" && body != c.want {
			t.Errorf("%s: %d %q, want %q", c.name, response.StatusCode, body, c.want)
		}
		if got := response.Header.Values("WWW-Authenticate"); c.want == "" && fmt.Sprint(got) != `[Basic realm="trac"]` {
			t.Errorf("%s: challenges %q, want Basic alone", c.name, got)
		}
	}
	now = now.Add(time.Hour)
	if response, _ := ask(t, server.URL+"/login/rpc", "Authorization", "Bearer "+text); response.StatusCode != http.StatusUnauthorized {
		t.Errorf("expired: %d, want 401", response.StatusCode)
	}
	if strings.Contains(log.String(), text[len(tokenPrefix):]) || strings.Contains(log.String(), hash) {
		t.Errorf("the log has a token:\n%s", log.String())
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	tokens.Keep(ctx)
	if want := now.Add(-time.Hour).UnixMicro(); len(store.used) != 1 || store.used[7] != want {
		t.Errorf("used %v, want token 7 at %d", store.used, want)
	}
	for i := range 2 * maxNoted {
		tokens.note(i, 1)
	}
	if len(tokens.used) > maxNoted {
		t.Errorf("%d uses are kept in mind, want at most %d", len(tokens.used), maxNoted)
	}
}

// TestScope asks what a token may do.
func TestScope(t *testing.T) {
	for _, c := range []struct {
		scope, text string // "" is an error
		may, mayNot string
		reads       bool
	}{
		{"", "write", "ticket.get wiki.putPage", "", false},
		{"write", "write", "ticket.get", "", false},
		{"read", "read", "ticket.get wiki.putPage", "", true},
		{"ticket.*", "ticket.*", "ticket.get ticket.milestone.getAll system.multicall", "wiki.getPage xticket.get", false},
		{"ticket.get, wiki.get*", "ticket.get,wiki.get*", "ticket.get wiki.getPage", "ticket.getActions wiki.putPage", false},
		{"read *.getAll", "read,*.getAll", "ticket.type.getAll", "ticket.get", true},
		{"write,read", "", "", "", false},
		{"delete", "", "", "", false},
		{"ticket.[a-z]*", "", "", "", false},
		{"ticket.get;wiki.get", "", "", "", false},
	} {
		s, err := ParseScope(c.scope)
		if err != nil {
			if c.text != "" {
				t.Errorf("ParseScope(%q): %v", c.scope, err)
			}
			continue
		}
		if s.String() != c.text {
			t.Errorf("ParseScope(%q) = %q, want %q", c.scope, s, c.text)
		}
		who := NewPrincipal("ann", map[Permission]bool{Admin: true}, nil).Within(s)
		for _, method := range strings.Fields(c.may) {
			if !who.MayCall(method) {
				t.Errorf("%q: no %s", c.scope, method)
			}
		}
		for _, method := range strings.Fields(c.mayNot) {
			if who.MayCall(method) {
				t.Errorf("%q: %s", c.scope, method)
			}
		}
		for _, action := range []Permission{"TICKET_MODIFY", "WIKI_ADMIN", Admin} {
			may, err := who.May(t.Context(), action, Resource{})
			if err != nil || may == c.reads || who.Granted(action) == c.reads {
				t.Errorf("%q: %s = %v, %v", c.scope, action, may, err)
			}
		}
		for _, action := range []Permission{"TICKET_VIEW", XMLRPC, "REPORT_SQL_VIEW"} {
			if may, err := who.May(t.Context(), action, Resource{}); err != nil || !may || !who.Granted(action) {
				t.Errorf("%q: %s = %v, %v", c.scope, action, may, err)
			}
		}
	}
}

// allowing is a policy that allows everything.
type allowing struct{}

func (allowing) Check(context.Context, Principal, Permission, Resource) (Decision, error) {
	return Allow, nil
}

func TestPoliciesDoNotWidenAScope(t *testing.T) {
	who := NewPrincipal("ann", nil, []Policy{allowing{}}).Within(Scope{ReadOnly: true})
	may, err := who.May(t.Context(), "TICKET_APPEND", Resource{Realm: "ticket", ID: "1"})
	if may || err != nil {
		t.Errorf("TICKET_APPEND = %v, %v", may, err)
	}
}

func BenchmarkTokens(b *testing.B) {
	text, hash := NewToken()
	tokens := NewTokens(&tokenMemory{tokens: map[string]Token{hash: {User: "ann"}}}, slog.New(slog.NewTextHandler(io.Discard, nil)))
	for b.Loop() {
		if login, err := tokens.login(b.Context(), text); login.Name != "ann" || err != nil {
			b.Fatal(login, err)
		}
	}
}
