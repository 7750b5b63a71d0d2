package main

import (
	"flag"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"time"
)

// config is everything that `tracrpc serve` can be told on its command line. What
// belongs to one environment stands in that environment's trac.ini.
type config struct {
	// Environments are the absolute paths of the folders to serve. One is served at / and at /NAME/,
	// several each at /NAME/, where NAME is the folder's name.
	Environments []string
	// Listen is the TCP address to listen on; port 0 picks a free one.
	Listen string
	// Htpasswd is the file of users and password hashes; empty means each
	// environment's [tracrpc-auth] htpasswd, or its conf/users.htpasswd.
	Htpasswd string
	// Htdigest is the file of users for Digest; empty means each environment's
	// [tracrpc-auth] htdigest. Naming one offers Digest.
	Htdigest string
	// Realm is what the login challenge calls this server; empty means each
	// environment's [tracrpc-auth] realm, or "trac".
	Realm string
	// MaxBody is the largest request body, in bytes.
	MaxBody int64
	// LogLevel is the least level that is logged: debug, info, warn or error.
	LogLevel slog.Level
	// StopAfter is how long a stop waits for calls in flight.
	StopAfter time.Duration
}

func defaultConfig() config {
	return config{
		Listen:    "127.0.0.1:8000",
		MaxBody:   100 << 20,
		LogLevel:  slog.LevelInfo,
		StopAfter: 30 * time.Second,
	}
}

// flags are the flags of `tracrpc serve`, which write into c.
func (c *config) flags() *flag.FlagSet {
	set := flag.NewFlagSet("serve", flag.ContinueOnError)
	set.StringVar(&c.Listen, "listen", c.Listen, "address to listen on")
	set.StringVar(&c.Htpasswd, "htpasswd", c.Htpasswd, "file of users and password hashes")
	set.StringVar(&c.Htdigest, "htdigest", c.Htdigest, "file of users for Digest, which offers it")
	set.StringVar(&c.Realm, "realm", c.Realm, "name in the login challenge")
	set.Int64Var(&c.MaxBody, "max-body", c.MaxBody, "largest request body in bytes")
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
	return c, c.check()
}

func (c config) check() error {
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		return fmt.Errorf("serve: --listen %q: want HOST:PORT", c.Listen)
	}
	if c.MaxBody < 1 {
		return fmt.Errorf("serve: --max-body %d: want a number of bytes above 0", c.MaxBody)
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
