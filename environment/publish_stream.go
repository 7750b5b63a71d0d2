package environment

import (
	"context"
	"fmt"
	"strings"

	"tracrpc/auth"
	"tracrpc/publish"
	"tracrpc/publish/sink/listen"
	"tracrpc/publish/sink/stream"
)

const (
	streamSection = "tracrpc-stream"
	streamName    = "stream"
	streamPort    = "2069" // GitPubSub's and PyPubSub's
)

// streamSettings are what the section [tracrpc-stream] says.
type streamSettings struct {
	stream.Settings
	listen.At
}

// streamBus reads how events are served to subscribers over HTTP, in
// [tracrpc-stream]:
//
//	listen              HOST:PORT to listen on, or "enabled" for 127.0.0.1:2069; none by default. A host alone or
//	                    :PORT alone will do. Where it is missing, GitPubSub's [Server] port counts.
//	tls_certificate     file of a certificate, for TLS; tls_key is that of its key, if it is in another
//	dialect             gitpubsub, or pypubsub where it behaves in another way
//	compat              prefix: paths match by their first characters, as with GitPubSub, and not by segments
//	trusted_peers       addresses and networks that may post, 127.0.0.0/8 and ::1 by default. Where it is missing,
//	                    GitPubSub's [Clients] trustedPeers counts.
//	max_post_size       the longest line that may be posted, 102400 bytes by default
//	max_subscribers     how many there may be at once, 10000 by default
//	post_permission     what it takes to see what others posted, CHANGESET_VIEW by default
//	private_permission  the same for what was posted to /private and below, TRAC_ADMIN by default
func streamBus(p *Publisher, e *Environment) (ways, error) {
	s, err := e.streamSettings()
	if err != nil || s.Address == "" {
		return ways{}, err
	}
	serve := func(ctx context.Context) error {
		return stream.Serve(ctx, p.NewHub(streamName, s.Settings, p.Callers), s.At)
	}
	return ways{servers: []publish.Server{{Name: streamName, Settings: s, Serve: serve}}}, nil
}

// NewHub makes a hub of this environment's events, which has a name for those who
// watch it. The caller closes it.
func (p *Publisher) NewHub(name string, s stream.Settings, callers stream.Callers) *stream.Hub {
	e := p.current.Load()
	return stream.NewHub(s, stream.Options{
		Feed: p.Feed, Log: e.DB, Logger: e.Log, Callers: callers,
		Attendance: p.Attendance(name, stream.Endings()...),
		Needs:      func(event publish.Event) stream.Needs { return p.current.Load().EventNeeds(event) },
		Open:       p.StreamCaller(auth.Principal{}, nil).Meets,
	})
}

// StreamCaller is somebody as a hub of this environment's knows them: with their
// permissions as they are whenever it asks, within the scope that they came with.
func (p *Publisher) StreamCaller(who auth.Principal, still func(context.Context) (bool, error)) stream.Caller {
	name, scope := who.Name(), who.Scope()
	return stream.Caller{Name: name, Still: still, Meets: func(ctx context.Context, needs stream.Needs) (bool, error) {
		now, err := p.current.Load().Authority.Principal(ctx, name)
		if err != nil {
			return false, err
		}
		return Meets(ctx, now.Within(scope), needs.([]Need))
	}}
}

// StreamSettings are how this environment's events are served, but for where.
func (e *Environment) StreamSettings() (stream.Settings, error) {
	s, err := e.streamSettings()
	return s.Settings, err
}

func (e *Environment) streamSettings() (s streamSettings, err error) {
	get := func(option, otherwise string) string { return e.Ini.Get(streamSection, option, otherwise) }
	s.Env, s.BaseURL, s.TimeFields = e.Name(), e.Ini.Get("trac", "base_url", ""), e.timeFields()
	s.MaxPost, s.Most = e.Ini.Int(streamSection, "max_post_size", 100<<10), e.Ini.Int(streamSection, "max_subscribers", 10000)
	if s.Address, err = e.streamAddress(); err != nil {
		return s, err
	}
	s.Cert, s.Key = e.certificate(streamSection)
	if s.PyPubSub, err = oneOf("dialect", get("dialect", "gitpubsub"), "pypubsub", "gitpubsub"); err != nil {
		return s, err
	}
	if s.Prefix, err = oneOf("compat", get("compat", ""), "prefix", ""); err != nil {
		return s, err
	}
	trusted := get("trusted_peers", e.Ini.Get("Clients", "trustedPeers", "127.0.0.0/8 ::1"))
	if s.Trusted, err = stream.ParsePeers(trusted); err != nil {
		return s, fmt.Errorf("[%s] trusted_peers: %w", streamSection, err)
	}
	return s, e.checkStreamPermissions()
}

// oneOf tells which of two words an option has.
func oneOf(option, word, yes, no string) (bool, error) {
	switch strings.ToLower(word) {
	case yes:
		return true, nil
	case no:
		return false, nil
	}
	return false, fmt.Errorf("[%s] %s: want %q or %q, got %q", streamSection, option, yes, no, word)
}

// streamAddress is the address to listen on; "" for none.
func (e *Environment) streamAddress() (string, error) {
	listen := e.Ini.Get(streamSection, "listen", "")
	if port := e.Ini.Get("Server", "port", ""); port != "" && !e.Ini.Has(streamSection, "listen") {
		listen = ":" + port
	}
	return listenAddress(streamSection, listen, streamPort)
}

// streamPermissions are what it takes to see what others posted: to /private and
// below, and elsewhere.
func (e *Environment) streamPermissions() (public, private auth.Permission) {
	return auth.Permission(e.Ini.Get(streamSection, "post_permission", "CHANGESET_VIEW")),
		auth.Permission(e.Ini.Get(streamSection, "private_permission", string(auth.Admin)))
}

// checkStreamPermissions finds a permission that there is not.
func (e *Environment) checkStreamPermissions() error {
	public, private := e.streamPermissions()
	for _, p := range []auth.Permission{public, private} {
		if !e.Authority.Actions().Has(p) {
			return fmt.Errorf("[%s]: there is no permission %s", streamSection, p)
		}
	}
	return nil
}
