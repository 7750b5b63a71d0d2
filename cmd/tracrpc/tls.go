package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"tracrpc/auth"
)

// clientCerts are what a client's certificate may be for.
var clientCerts = map[string]tls.ClientAuthType{
	"login":         tls.VerifyClientCertIfGiven,
	"required":      tls.RequireAndVerifyClientCert,
	"with-password": tls.RequireAndVerifyClientCert,
}

// clientNames are where a certificate may have the user's name.
var clientNames = map[string]func(*x509.Certificate) string{
	"cn":    auth.CommonName,
	"email": auth.EmailAddress,
}

func (c config) checkTLS() error {
	_, purpose := clientCerts[c.ClientCert]
	_, name := clientNames[c.ClientName]
	switch {
	case (c.TLSCert == "") != (c.TLSKey == ""):
		return errors.New("serve: --tls-cert and --tls-key want each other")
	case c.ClientCA != "" && c.TLSCert == "":
		return errors.New("serve: --client-ca wants --tls-cert and --tls-key")
	case !purpose:
		return fmt.Errorf("serve: --client-cert %q: want login, required or with-password", c.ClientCert)
	case c.ClientCert != "login" && c.ClientCA == "":
		return errors.New("serve: --client-cert wants --client-ca")
	case !name:
		return fmt.Errorf("serve: --client-name %q: want cn or email", c.ClientName)
	}
	return nil
}

// ambient are the ways to know users that count when no password is sent.
func (c config) ambient() []auth.Ambient {
	if c.ClientCA == "" || c.ClientCert == "with-password" {
		return nil
	}
	return []auth.Ambient{auth.Certificates{Name: clientNames[c.ClientName]}}
}

// certificates are the files of TLS, read again when they have changed. Files
// that cannot be used are logged, and what they said before stays in force. It
// is safe for concurrent use.
type certificates struct {
	config config
	log    *slog.Logger
	now    func() time.Time

	mu      sync.Mutex
	current *tls.Config
	stamp   [3]fileStamp
	checked time.Time
}

// fileStamp tells one state of a file from another.
type fileStamp struct {
	size int64
	time time.Time
}

// newTLS is the configuration of a server that follows its files.
func newTLS(c config, log *slog.Logger) (*tls.Config, error) {
	files := &certificates{config: c, log: log, now: time.Now}
	files.stamp, files.checked = files.stamps(), files.now()
	var err error
	if files.current, err = files.read(); err != nil {
		return nil, err
	}
	outer := files.current.Clone()
	outer.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) { return files.latest(), nil }
	return outer, nil
}

// filesAge is for how long the files are taken to be what they were.
const filesAge = time.Second

// latest is what the files say now, or did when they could last be used.
func (f *certificates) latest() *tls.Config {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	if now.Sub(f.checked) < filesAge {
		return f.current
	}
	f.checked = now
	stamp := f.stamps()
	if stamp == f.stamp {
		return f.current
	}
	f.stamp = stamp
	fresh, err := f.read()
	if err != nil {
		f.log.Error("certificates not usable, the old ones stay", "err", err)
		return f.current
	}
	f.log.Info("certificates read again")
	f.current = fresh
	return f.current
}

func (f *certificates) stamps() (stamps [3]fileStamp) {
	for i, path := range []string{f.config.TLSCert, f.config.TLSKey, f.config.ClientCA} {
		if info, err := os.Stat(path); err == nil {
			stamps[i] = fileStamp{info.Size(), info.ModTime()}
		}
	}
	return stamps
}

func (f *certificates) read() (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(f.config.TLSCert, f.config.TLSKey)
	if err != nil {
		return nil, fmt.Errorf("--tls-cert and --tls-key: %w", err)
	}
	made := &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}
	if f.config.HTTP2 {
		made.NextProtos = []string{"h2", "http/1.1"}
	}
	if f.config.ClientCA == "" {
		return made, nil
	}
	text, err := os.ReadFile(f.config.ClientCA)
	if err != nil {
		return nil, fmt.Errorf("--client-ca: %w", err)
	}
	made.ClientCAs = x509.NewCertPool()
	if !made.ClientCAs.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("--client-ca: %s has no certificates", f.config.ClientCA)
	}
	made.ClientAuth = clientCerts[f.config.ClientCert]
	made.SessionTicketsDisabled = true // or a resumed session would outlive a change of the file
	return made, nil
}
