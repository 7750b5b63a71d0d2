package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"

	"tracrpc/fault"
)

// Token is what a script shows instead of a user's password. Times are in
// microseconds UTC; 0 for never.
type Token struct {
	ID      int
	User    string
	Scope   Scope
	Note    string
	Created int64
	Expires int64
	Used    int64 // when it last was, give or take a minute
}

// TokenStore is where tokens are kept, by their hashes. It is asked by many
// requests at once.
type TokenStore interface {
	// Token finds a token by its hash; a NotFound fault when there is none.
	Token(ctx context.Context, hash string) (Token, error)
	// TokensUsed notes when tokens, by their IDs, were last used.
	TokensUsed(ctx context.Context, times map[int]int64) error
}

// tokenPrefix is how every token begins, so that it is known for one wherever it
// turns up.
const tokenPrefix = "tracrpc_"

// NewToken makes the text of a token, and the hash that is kept of it.
func NewToken() (text, hash string) {
	var random [32]byte
	rand.Read(random[:]) // never fails (crypto/rand)
	text = tokenPrefix + base64.RawURLEncoding.EncodeToString(random[:])
	return text, hashToken(text)
}

func hashToken(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

const (
	// noteEvery is how often the last uses of tokens are written down.
	noteEvery = time.Minute
	// maxNoted bounds how many there are to write down; more are not.
	maxNoted = 4096
)

// Tokens checks tokens. It is safe for concurrent use.
type Tokens struct {
	store TokenStore
	log   *slog.Logger
	now   func() time.Time

	mu   sync.Mutex
	used map[int]int64
}

// NewTokens makes one that checks the tokens of a store.
func NewTokens(store TokenStore, log *slog.Logger) *Tokens {
	return &Tokens{store: store, log: log, now: time.Now, used: map[int]int64{}}
}

// login finds whom a token stands for; nobody when it is none, or is no longer
// good.
func (t *Tokens) login(ctx context.Context, text string) (Login, error) {
	if t == nil || !strings.HasPrefix(text, tokenPrefix) {
		return Login{}, nil
	}
	token, err := t.store.Token(ctx, hashToken(text))
	if fault.Is(err, fault.NotFound) {
		return Login{}, nil
	}
	if err != nil {
		return Login{}, err
	}
	now := t.now().UnixMicro()
	if token.Expires != 0 && now >= token.Expires {
		return Login{}, nil
	}
	t.note(token.ID, now)
	return Login{Name: token.User, Scope: token.Scope, token: true}, nil
}

func (t *Tokens) note(id int, now int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, known := t.used[id]; known || len(t.used) < maxNoted {
		t.used[id] = now
	}
}

// Keep writes down when tokens were last used, every now and then until ctx
// ends, and once more then.
func (t *Tokens) Keep(ctx context.Context) {
	ticker := time.NewTicker(noteEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			t.write(ctx)
		case <-ctx.Done():
			t.write(context.WithoutCancel(ctx))
			return
		}
	}
}

func (t *Tokens) write(ctx context.Context) {
	t.mu.Lock()
	used := maps.Clone(t.used)
	clear(t.used)
	t.mu.Unlock()
	if len(used) == 0 {
		return
	}
	if err := t.store.TokensUsed(ctx, used); err != nil {
		t.log.Warn("last uses of tokens not written down", "err", err)
	}
}

// Bearer is the scheme that carries tokens (RFC 6750). It is never offered: who
// has a token knows.
type Bearer struct {
	tokens  *Tokens
	guesses *Guesses
}

// NewBearer makes the scheme.
func NewBearer(tokens *Tokens, guesses *Guesses) *Bearer { return &Bearer{tokens, guesses} }

// Name is "Bearer".
func (b *Bearer) Name() string { return "Bearer" }

// Challenges are none.
func (b *Bearer) Challenges(*http.Request, error) []string { return nil }

// Authenticate checks a token. Wrong ones are braked by address.
func (b *Bearer) Authenticate(r *http.Request, credentials string) (Login, error) {
	login, err := b.tokens.login(r.Context(), credentials)
	if err != nil || login.Name != "" {
		return login, err
	}
	const nobody = "a token:" // no user can have this name
	_, err = b.guesses.attempt(r.Context(), nobody, remoteAddress(r), func() (bool, error) { return false, nil })
	switch {
	case err == errTooManyGuesses:
		return Login{}, &Refusal{Reason: err.Error(), RetryAfter: longestWait}
	case err != nil:
		return Login{}, err
	}
	return Login{}, &Refusal{Reason: "a token that is unknown, expired or revoked"}
}
