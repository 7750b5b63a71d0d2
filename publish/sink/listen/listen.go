// Package listen opens the listeners of the servers that subscribers come to.
package listen

import (
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"sync"
	"time"
)

// At is where a server listens.
type At struct {
	Address   string // HOST:PORT
	Cert, Key string // files of a certificate and its key, for TLS; "" for none
}

// Secure tells whether it is TLS that is spoken there.
func (a At) Secure() bool { return a.Cert != "" }

// Open listens. The protocols are what TLS offers by ALPN. A certificate whose
// file changes is read again.
func (a At) Open(protocols ...string) (net.Listener, error) {
	var secure *tls.Config
	if a.Secure() {
		pair := &certificate{at: a}
		if _, err := pair.get(nil); err != nil {
			return nil, err
		}
		secure = &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: protocols, GetCertificate: pair.get}
	}
	listener, err := net.Listen("tcp", a.Address)
	if err != nil || secure == nil {
		return listener, err
	}
	return tls.NewListener(listener, secure), nil
}

// certificate is read again when its file has changed. It is safe for concurrent
// use.
type certificate struct {
	at At

	mu      sync.Mutex
	pair    *tls.Certificate
	written time.Time
}

// get is the certificate as it is now. A file that cannot be used leaves the old
// one in force.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	info, err := os.Stat(c.at.Cert)
	if err == nil && c.pair != nil && info.ModTime().Equal(c.written) {
		return c.pair, nil
	}
	pair, err := tls.LoadX509KeyPair(c.at.Cert, c.at.Key)
	if err != nil {
		if c.pair != nil {
			return c.pair, nil
		}
		return nil, fmt.Errorf("certificate: %w", err)
	}
	c.pair, c.written = &pair, info.ModTime()
	return c.pair, nil
}
