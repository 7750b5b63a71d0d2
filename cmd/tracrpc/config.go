package main

import (
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"time"

	"tracrpc/rpc"
)

// config is everything that `tracrpc serve` can be told on its command line. What
// belongs to one environment stands in that environment's trac.ini.
type config struct {
	// Environments are the absolute paths of the folders to serve. One is served at / and at /NAME/,
	// several each at /NAME/, where NAME is the folder's name.
	Environments []string
	// Listen is the TCP address to listen on; port 0 picks a free one.
	Listen string
	// Metrics is a TCP address at which Prometheus finds /metrics; empty means
	// nowhere. Everybody who reaches it may read.
	Metrics string
	// Htpasswd is the file of users and password hashes; empty means each
	// environment's [tracrpc-auth] htpasswd, or its conf/users.htpasswd.
	Htpasswd string
	// Htdigest is the file of users for Digest; empty means each environment's
	// [tracrpc-auth] htdigest. Naming one offers Digest.
	Htdigest string
	// Realm is what the login challenge calls this server; empty means each
	// environment's [tracrpc-auth] realm, or "trac".
	Realm string
	// TLSCert and TLSKey are the files of the certificate (with those that signed it,
	// if any) and its key, in PEM. With them the server speaks TLS. They are read
	// again when they change.
	TLSCert, TLSKey string
	// ClientCA is a file of certificates, in PEM, whose owners sign certificates of
	// clients.
	ClientCA string
	// ClientCert says what a certificate of a client is for: "login" logs its holder
	// in, if there is one; "required" does, and there must be one; "with-password"
	// must be there, too, but who is logged in is said by the password.
	ClientCert string
	// ClientName says where a certificate has the user's name: "cn", the common name
	// of its subject, or "email", its only address.
	ClientName string
	// HTTP2 offers HTTP/2 to clients who speak TLS. No known client of the API needs
	// it.
	HTTP2 bool
	// TrustedProxies are the addresses of proxies whose headers X-Forwarded-For,
	// X-Forwarded-Proto and X-Forwarded-Host are believed.
	TrustedProxies prefixes
	// RemoteUserHeader is the header in which trusted proxies say who is logged in.
	RemoteUserHeader string
	// Limits bound what a request may ask for, and all of them together.
	Limits rpc.Limits
	// MaxHeader is how many bytes of headers a request may have.
	MaxHeader int
	// HeaderTimeout is how long a client may take to send its headers, and
	// IdleTimeout how long it may keep a connection without a request.
	HeaderTimeout, IdleTimeout time.Duration
	// BodyTimeout and AnswerTimeout are how long a client may take to send a body,
	// and to read an answer; and one second more for each MinRate bytes.
	BodyTimeout, AnswerTimeout time.Duration
	MinRate                    int64
	// MaxConnections is how many connections may be open. One more closes the one
	// that has been without a request for the longest time.
	MaxConnections int
	// MaxRequests is how many requests are worked on at the same time, and
	// MaxRequestsEach how many of one address. The others wait for QueueTimeout.
	MaxRequests, MaxRequestsEach int
	QueueTimeout                 time.Duration
	// LogLevel is the least level that is logged: debug, info, warn or error.
	LogLevel slog.Level
	// StopAfter is how long a stop waits for calls in flight.
	StopAfter time.Duration
}

func defaultConfig() config {
	return config{
		Listen:     "127.0.0.1:8000",
		ClientCert: "login",
		ClientName: "cn",
		LogLevel:   slog.LevelInfo,
		StopAfter:  30 * time.Second,

		Limits: rpc.DefaultLimits(), MaxHeader: 64 << 10,
		HeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		BodyTimeout: 30 * time.Second, AnswerTimeout: 30 * time.Second, MinRate: 16 << 10,
		MaxConnections: 2000, MaxRequests: 256, MaxRequestsEach: 32, QueueTimeout: 30 * time.Second,
	}
}

// flags are the flags of `tracrpc serve`, which write into c.
func (c *config) flags() *flag.FlagSet {
	set := flag.NewFlagSet("serve", flag.ContinueOnError)
	set.StringVar(&c.Listen, "listen", c.Listen, "address to listen on")
	set.StringVar(&c.Metrics, "metrics", c.Metrics, "address of /metrics, for Prometheus")
	set.StringVar(&c.Htpasswd, "htpasswd", c.Htpasswd, "file of users and password hashes")
	set.StringVar(&c.Htdigest, "htdigest", c.Htdigest, "file of users for Digest, which offers it")
	set.StringVar(&c.Realm, "realm", c.Realm, "name in the login challenge")
	set.StringVar(&c.TLSCert, "tls-cert", c.TLSCert, "certificate, for TLS")
	set.StringVar(&c.TLSKey, "tls-key", c.TLSKey, "key of the certificate")
	set.StringVar(&c.ClientCA, "client-ca", c.ClientCA, "certificates of who signs clients' certificates")
	set.StringVar(&c.ClientCert, "client-cert", c.ClientCert, "login, required or with-password")
	set.StringVar(&c.ClientName, "client-name", c.ClientName, "where certificates have the user's name: cn or email")
	set.BoolVar(&c.HTTP2, "http2", c.HTTP2, "offer HTTP/2")
	set.Var(&c.TrustedProxies, "trusted-proxy", "addresses of proxies to believe, with commas between them")
	set.StringVar(&c.RemoteUserHeader, "remote-user-header", c.RemoteUserHeader, "header in which trusted proxies name the user")
	c.limitFlags(set)
	set.TextVar(&c.LogLevel, "log-level", c.LogLevel, "debug, info, warn or error")
	set.DurationVar(&c.StopAfter, "stop-after", c.StopAfter, "how long a stop waits for calls in flight")
	return set
}

// readConfig reads the arguments of `tracrpc serve` and checks them wholly.
func readConfig(args []string) (config, error) {
	c := defaultConfig()
	var err error
	if c.Environments, err = parseFlags(c.flags(), args, 1, 1000); err != nil {
		return c, err
	}
	for i, dir := range c.Environments {
		if c.Environments[i], err = filepath.Abs(dir); err != nil {
			return c, err
		}
	}
	c.Limits.Memory = max(c.Limits.Memory, 3*c.Limits.Body) // or the largest body would never find enough
	return c, c.check()
}

func (c config) check() error {
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		return fmt.Errorf("serve: --listen %q: want HOST:PORT", c.Listen)
	}
	if err := c.checkLimits(); err != nil {
		return err
	}
	if err := c.checkTLS(); err != nil {
		return err
	}
	if c.RemoteUserHeader != "" && len(c.TrustedProxies) == 0 {
		return errors.New("serve: --remote-user-header wants --trusted-proxy: from whom shall the header be believed?")
	}
	if c.RemoteUserHeader != "" && c.TrustedProxies.everybody() {
		return errors.New("serve: --trusted-proxy trusts every address, so with --remote-user-header anybody could be any user")
	}
	seen := map[string]string{}
	for _, dir := range c.Environments {
		name := filepath.Base(dir)
		if other, twice := seen[name]; twice {
			return fmt.Errorf("serve: %s and %s would both be served at /%s/", other, dir, name)
		}
		seen[name] = dir
	}
	return nil
}
