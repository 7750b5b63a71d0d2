package stream

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

// Listen is where a Hub is served.
type Listen struct {
	Address   string // HOST:PORT
	Cert, Key string // files of a certificate and its key, for TLS; "" for none
}

const (
	headerPatience = 20 * time.Second // how long a request may take to be told
	stopPatience   = 5 * time.Second  // how long an answer may take when the server stops
)

// Serve serves a Hub until ctx ends, and closes it.
func Serve(ctx context.Context, h *Hub, l Listen) error {
	defer h.Close()
	listener, url, err := l.open()
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler: h, ReadHeaderTimeout: headerPatience, IdleTimeout: headerPatience, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(h.Logger.Handler(), slog.LevelDebug),
	}
	// HTTP/2 has no chunks, which some subscribers take one by one.
	server.Protocols = new(http.Protocols)
	server.Protocols.SetHTTP1(true)
	h.Logger.Info("event stream listening", "url", url)
	served := make(chan error, 1)
	// Ends when the listener is closed, by Shutdown at the latest.
	go func() { served <- server.Serve(listener) }()
	select {
	case err = <-served:
		return fmt.Errorf("serve events: %w", err)
	case <-ctx.Done():
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopPatience)
	defer cancel()
	if err := server.Shutdown(stopping); err != nil {
		err = errors.Join(err, server.Close())
		h.Logger.Warn("event stream did not stop in time", "err", err)
	}
	<-served
	return nil
}

// open opens the listener; the URL is that of what is served there.
func (l Listen) open() (net.Listener, string, error) {
	var secure *tls.Config
	if l.Cert != "" {
		pair := &certificate{listen: l}
		if _, err := pair.get(nil); err != nil {
			return nil, "", err
		}
		secure = &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}, GetCertificate: pair.get}
	}
	listener, err := net.Listen("tcp", l.Address)
	if err != nil {
		return nil, "", fmt.Errorf("serve events: %w", err)
	}
	if secure == nil {
		return listener, "http://" + listener.Addr().String() + "/", nil
	}
	return tls.NewListener(listener, secure), "https://" + listener.Addr().String() + "/", nil
}

// certificate is read again when its file has changed. It is safe for concurrent
// use.
type certificate struct {
	listen Listen

	mu      sync.Mutex
	pair    *tls.Certificate
	written time.Time
}

// get is the certificate as it is now. A file that cannot be used leaves the old
// one in force.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	info, err := os.Stat(c.listen.Cert)
	if err == nil && c.pair != nil && info.ModTime().Equal(c.written) {
		return c.pair, nil
	}
	pair, err := tls.LoadX509KeyPair(c.listen.Cert, c.listen.Key)
	if err != nil {
		if c.pair != nil {
			return c.pair, nil
		}
		return nil, fmt.Errorf("certificate of the event stream: %w", err)
	}
	c.pair, c.written = &pair, info.ModTime()
	return c.pair, nil
}
