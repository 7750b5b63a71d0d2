package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"

	"tracrpc/environment"
	"tracrpc/rpc"
	"tracrpc/rpc/jsonrpc"
	"tracrpc/rpc/xmlrpc"
)

// protocols are the ways to call. Adding one here serves it.
func protocols(limits rpc.Limits) []rpc.Protocol {
	return []rpc.Protocol{xmlrpc.Protocol(limits), jsonrpc.Protocol(limits)}
}

// runServe serves environments until ctx ends.
func runServe(ctx context.Context, std streams, args []string) (err error) {
	c, err := readConfig(args)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(std.err, &slog.HandlerOptions{Level: c.LogLevel}))
	g := newGuard(c, log)
	g.limitMemory()
	mux := http.NewServeMux()
	var publishers []*environment.Publisher
	for _, dir := range c.Environments {
		var env *environment.Environment
		if env, err = environment.Open(ctx, dir, log); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, env.Close()) }()
		m, err := mount(ctx, mux, env, g)
		if err != nil {
			return fmt.Errorf("serve %s: %w", dir, err)
		}
		publishers = append(publishers, m.publisher)
		defer background(ctx, env, m)()
	}
	if len(c.Environments) > 1 {
		mux.Handle("/{$}", index(c))
	}
	stopMetrics, err := serveMetrics(ctx, publishers, g)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stopMetrics()) }()
	listener, url, err := listen(c, log)
	if err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	log.Info("listening", "url", url)
	return serveHTTP(ctx, listener, mux, g)
}

// listen opens the address to listen on. The URL is that of what is served there.
func listen(c config, log *slog.Logger) (listener net.Listener, url string, err error) {
	var withTLS *tls.Config
	if c.TLSCert != "" {
		if withTLS, err = newTLS(c, log); err != nil {
			return nil, "", err
		}
	}
	if listener, err = net.Listen("tcp", c.Listen); err != nil {
		return nil, "", err
	}
	listener = countedListener{listener}
	url = listener.Addr().String() + "/"
	if withTLS != nil {
		return tls.NewListener(listener, withTLS), "https://" + url, nil
	}
	if address, ok := addressOf(listener.Addr().String()); ok && !address.IsLoopback() && len(c.TrustedProxies) == 0 {
		log.Warn("passwords can be overheard: this is neither TLS, nor behind a proxy, nor for this machine alone", "address", address)
	}
	return listener, "http://" + url, nil
}

// background begins what an environment does beside answering calls; what it
// returns ends that, and waits for the end. It goes on while calls that were in
// flight are answered.
func background(ctx context.Context, env *environment.Environment, m *mounted) (stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var running sync.WaitGroup
	// They end with ctx; stop waits for them.
	running.Go(func() { env.KeepSearchIndex(ctx) })
	running.Go(func() { env.Tokens.Keep(ctx) })
	running.Go(func() { m.publisher.Run(ctx) })
	running.Go(func() { m.followSettings(ctx) })
	return func() {
		m.hub.Close()
		cancel()
		running.Wait()
	}
}

// mount puts an environment's handlers at its paths.
func mount(ctx context.Context, mux *http.ServeMux, env *environment.Environment, g *guard) (*mounted, error) {
	prefixes := []string{"/" + env.Name()}
	if len(g.config.Environments) == 1 {
		prefixes = append(prefixes, "")
	}
	m, err := newMounted(ctx, env, prefixes, g)
	if err != nil {
		return nil, err
	}
	for _, prefix := range prefixes {
		mux.Handle(prefix+"/", m.at(prefix))
	}
	return m, nil
}

// index is the page at the root where several environments are served: where
// each of them is. It names no more than the paths.
func index(c config) http.Handler {
	var page strings.Builder
	page.WriteString("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Environments</title></head><body><ul>\n")
	for _, dir := range c.Environments {
		name := filepath.Base(dir)
		fmt.Fprintf(&page, "<li><a href=\"/%s/rpc\">%s</a></li>\n", url.PathEscape(name), html.EscapeString(name))
	}
	page.WriteString("</ul></body></html>\n")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html;charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'")
		io.WriteString(w, page.String()) // a browser that is gone needs no error
	})
}

// serveHTTP serves until ctx ends, then stops taking calls and waits for those in
// flight.
func serveHTTP(ctx context.Context, listener net.Listener, handler http.Handler, g *guard) error {
	server := g.server(handler)
	served := make(chan error, 1)
	// Ends when the listener is closed, by Shutdown at the latest.
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	g.log.Info("stopping")
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), g.config.StopAfter)
	defer cancel()
	if err := server.Shutdown(stopping); err != nil {
		return fmt.Errorf("stop: calls were still in flight: %w", err)
	}
	return nil
}
