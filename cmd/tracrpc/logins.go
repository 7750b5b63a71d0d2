package main

import (
	"cmp"
	"errors"
	"time"

	"tracrpc/auth"
	"tracrpc/environment"
	"tracrpc/rpc"
)

// logins are the ways to log in to one environment. They outlive a change of the
// settings that has nothing to do with them, and with them what they remember of
// right and wrong passwords.
type logins struct {
	settings loginSettings
	schemes  []auth.Scheme // the strongest first
}

// loginSettings are the settings of logins: those of the command line, or else
// those of [tracrpc-auth].
type loginSettings struct {
	// Htpasswd and Htdigest are the files of users, and Realm what the challenges
	// call this server.
	Htpasswd, Htdigest, Realm string
	// Basic offers Basic authentication.
	Basic bool
	// Digest offers Digest. It is off unless somebody asks for it or names a file:
	// `tracrpc user add` always writes one, but a client that is offered Digest
	// takes it, and then needs a realm and a path that no proxy has changed.
	Digest bool
	// Algorithms are those that Digest offers; empty means what the file has.
	Algorithms string
	// NonceLifetime is how long a challenge of Digest may be answered.
	NonceLifetime time.Duration
}

func readLoginSettings(c config, env *environment.Environment) loginSettings {
	files := env.UserFiles()
	named := c.Htdigest != "" || env.Ini.Has("tracrpc-auth", "htdigest")
	return loginSettings{
		Htpasswd:      cmp.Or(c.Htpasswd, files.Htpasswd),
		Htdigest:      cmp.Or(c.Htdigest, files.Htdigest),
		Realm:         cmp.Or(c.Realm, files.Realm),
		Basic:         env.Ini.Bool("tracrpc-auth", "basic", true),
		Digest:        env.Ini.Bool("tracrpc-auth", "digest", named),
		Algorithms:    files.Algorithms,
		NonceLifetime: time.Duration(env.Ini.Int("tracrpc-auth", "nonce_lifetime", int(auth.DefaultNonceLifetime/time.Second))) * time.Second,
	}
}

// follow makes the ways to log in anew if the settings have changed.
func (l *logins) follow(m *mounted, env *environment.Environment) error {
	s := readLoginSettings(m.config, env)
	if s == l.settings {
		return nil
	}
	if !s.Basic && !s.Digest {
		return errors.New("[tracrpc-auth] has neither basic nor digest enabled, so nobody could log in")
	}
	guesses := auth.NewGuesses()
	var schemes []auth.Scheme
	if s.Digest {
		users, err := auth.OpenHtdigest(s.Htdigest, s.Realm, m.log)
		if err != nil {
			return err
		}
		digest, err := auth.NewDigest(users, s.Algorithms, s.NonceLifetime, guesses)
		if err != nil {
			return err
		}
		schemes = append(schemes, digest)
	}
	if s.Basic {
		users, err := auth.OpenHtpasswd(s.Htpasswd, m.log)
		if err != nil {
			return err
		}
		basic := auth.NewBasic(s.Realm, users, guesses)
		basic.OnlyForUsers, basic.Tokens = s.Digest, env.Tokens
		schemes = append(schemes, basic)
	}
	schemes = append(schemes, auth.NewBearer(env.Tokens, guesses))
	*l = logins{s, schemes}
	return nil
}

// sessions are the logins by cookie at one prefix. Their settings are Trac's.
func (m *mounted) sessions(env *environment.Environment, prefix string, h *rpc.Handler) *auth.Sessions {
	ini := env.Ini
	return &auth.Sessions{
		Store: env.DB, Log: m.log, BaseURL: h.BaseURL, Home: "/rpc",
		CheckAddress: ini.Bool("trac", "check_auth_ip", false),
		Path:         cmp.Or(ini.Get("trac", "auth_cookie_path", ""), prefix, "/"),
		Domain:       ini.Get("trac", "auth_cookie_domain", ""),
		Lifetime:     time.Duration(ini.Int("trac", "auth_cookie_lifetime", 0)) * time.Second,
		Secure:       ini.Bool("trac", "secure_cookies", false),
	}
}
