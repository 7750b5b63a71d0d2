package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"tracrpc/auth"
	"tracrpc/environment"
	"tracrpc/publish/sink/stream"
	"tracrpc/rpc"
	"tracrpc/rpc/api"
)

const (
	// settingsAge is for how long the settings of an environment are taken to be
	// what they were, before the file is looked at again.
	settingsAge = time.Second
	// settingsEvery is how often it is looked at when nobody calls.
	settingsEvery = 5 * time.Second
)

// mounted serves one environment at one or two prefixes, and begins to serve it
// with its new settings when its trac.ini has changed.
type mounted struct {
	config    config
	guard     *guard
	log       *slog.Logger
	prefixes  []string
	publisher *environment.Publisher
	hub       *stream.Hub // of who takes events beside the API
	now       func() time.Time
	current   atomic.Pointer[generation]

	mu      sync.Mutex
	checked time.Time
	logins  logins
}

// generation is an environment with the settings of one moment, and a handler
// for each prefix.
type generation struct {
	env        *environment.Environment
	schemes    []auth.Scheme
	handlers   map[string]http.Handler
	streamGate *auth.Gate // of the event stream's own listener
}

func newMounted(ctx context.Context, env *environment.Environment, prefixes []string, g *guard) (*mounted, error) {
	m := &mounted{config: g.config, guard: g, log: env.Log, prefixes: prefixes, now: time.Now}
	first, err := m.generation(env)
	if err != nil {
		return nil, err
	}
	m.current.Store(first)
	m.checked = m.now()
	m.publisher = environment.NewPublisher(ctx, env, m.login)
	m.publisher.Callers = streamCallers{m}
	settings, err := env.StreamSettings()
	if err != nil {
		settings = stream.Settings{Env: env.Name()} // the publisher has logged what is wrong
	}
	m.hub = m.publisher.NewHub("events", settings, nil)
	return m, nil
}

// generation makes the handlers of an environment.
func (m *mounted) generation(env *environment.Environment) (*generation, error) {
	registry, err := rpc.NewRegistry(m.log, api.Methods(env)...)
	if err != nil {
		return nil, err
	}
	if err := m.logins.follow(m, env); err != nil {
		return nil, err
	}
	g := &generation{env: env, schemes: m.logins.schemes, handlers: map[string]http.Handler{}}
	ignoreCase := env.Ini.Bool("trac", "ignore_auth_case", false)
	g.streamGate = &auth.Gate{Authority: env.Authority, Schemes: m.logins.schemes, Log: m.log, IgnoreCase: ignoreCase}
	env.Renderer.Room = func(ctx context.Context, size int) error { return rpc.MeterOf(ctx).KeepMarkup(ctx, size) }
	for _, prefix := range m.prefixes {
		h, err := rpc.NewHandler(rpc.Options{
			Registry: registry, Protocols: protocols(m.config.Limits), Prefix: prefix, Log: m.log,
			Limits: m.config.Limits, Memory: m.guard.memory, Reached: m.guard.requests,
			Docs: rpc.Docs{Project: env.Project(), Namespaces: api.Namespaces(), Render: renderHelp(env)},
		})
		if err != nil {
			return nil, err
		}
		sessions := m.sessions(env, prefix, h)
		tracim := newTracimDoor(m, sessions)
		gate := &auth.Gate{
			Authority: env.Authority, Schemes: m.logins.schemes, WriteFault: h.Refuse, Log: m.log,
			Trusted: m.config.trusted(), Ambient: append(m.config.ambient(), sessions, tracim.sessions),
			IgnoreCase: ignoreCase,
		}
		tracim.gate = gate
		g.handlers[prefix] = http.StripPrefix(prefix, gate.Handler(m.withEvents(gate, tracim.handler(env, sessions.Handler(h)))))
	}
	return g, nil
}

// renderHelp makes HTML of the wiki text in help texts.
func renderHelp(env *environment.Environment) func(context.Context, rpc.Caller, string) (string, error) {
	return func(ctx context.Context, c rpc.Caller, text string) (string, error) {
		return env.Renderer.HTML(ctx, c.Who, c.BaseURL, auth.Resource{}, text)
	}
}

// login tells whether this is a user's password, for those who do not come over
// HTTP. Passwords that are kept for Digest alone are nobody's.
func (m *mounted) login(ctx context.Context, user, password, address string) (bool, error) {
	for _, scheme := range m.current.Load().schemes {
		if basic, is := scheme.(*auth.Basic); is {
			return basic.Check(ctx, user, password, address)
		}
	}
	return false, nil
}

// followSettings looks for new settings also when nobody calls, until ctx ends.
func (m *mounted) followSettings(ctx context.Context) {
	ticker := time.NewTicker(settingsEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			m.refresh(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// at is the handler at a prefix.
func (m *mounted) at(prefix string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.refresh(r.Context())
		m.current.Load().handlers[prefix].ServeHTTP(w, r)
	})
}

// refresh reads the settings again when they have changed. Settings that cannot
// be used are logged, and the old ones stay in force.
func (m *mounted) refresh(ctx context.Context) {
	if !m.mu.TryLock() {
		return
	}
	defer m.mu.Unlock()
	now := m.now()
	if now.Sub(m.checked) < settingsAge {
		return
	}
	m.checked = now
	old := m.current.Load()
	if !old.env.Ini.Stale() {
		return
	}
	env, err := old.env.Reload()
	if err == nil {
		var g *generation
		if g, err = m.generation(env); err == nil {
			m.current.Store(g)
			m.publisher.Use(context.WithoutCancel(ctx), env)
			m.log.InfoContext(ctx, "settings read again")
			return
		}
	}
	m.log.ErrorContext(ctx, "settings not usable, the old ones stay", "err", fmt.Errorf("trac.ini: %w", err))
}
