package environment

import (
	"fmt"
	"strings"

	"tracrpc/publish"
	"tracrpc/publish/encode"
	"tracrpc/publish/sink"
)

// redisBus reads the settings of tracext-redispub, the plugin for Trac: the
// switches in [components], [redis_client] and [redispub], and further options
// of our own in the same sections.
func redisBus(_ *Publisher, e *Environment) (ways, error) {
	encoding, err := e.redisEncoding()
	if err != nil || !encoding.Tickets && !encoding.Pages {
		return ways{}, err
	}
	if !e.componentEnabled("tracext.redispub.redis.RedisClient") {
		if address, err := e.respAddress(); err == nil && address != "" {
			return ways{}, nil // subscribers come to us
		}
		return ways{}, fmt.Errorf("[components] tracext.redispub.redis.redisclient must be enabled for the other parts of redispub")
	}
	s := e.redisClient()
	s.Encode = encoding
	s.Stream = e.Ini.Get("redispub", "stream", "")
	s.StreamLength = int64(e.Ini.Int("redispub", "stream_length", 100_000))
	return ways{outlets: []publish.Outlet{{
		Name: "redispub", Settings: s,
		Open: func() (publish.Sink, error) { return sink.OpenRedis(s) },
	}}}, nil
}

// redisEncoding is what is published for subscribers of redispub's channels, and
// on which.
func (e *Environment) redisEncoding() (encode.Redis, error) {
	r := encode.Redis{
		Prefix:     e.Ini.Get("redispub", "channel_prefix", "trac"),
		Tickets:    e.componentEnabled("tracext.redispub.ticket.RedisTicketStream"),
		Pages:      e.componentEnabled("tracext.redispub.wiki.RedisWikiStream"),
		TimeFields: e.timeFields(),
	}
	r.PrivatePrefix = e.Ini.Get("redispub", "private_prefix", strings.TrimPrefix(r.Prefix+"-private", "-"))
	switch channels := e.Ini.Get("redispub", "channels", "compat"); channels {
	case "compat":
	case "all":
		r.All = true
	default:
		return r, fmt.Errorf("[redispub] channels: want compat or all, got %q", channels)
	}
	return r, nil
}

// redisClient reads [redis_client]. User name and TLS are ours.
func (e *Environment) redisClient() sink.RedisSettings {
	const section = "redis_client"
	s := sink.RedisSettings{
		Host:     e.Ini.Get(section, "host", "localhost"),
		Port:     e.Ini.Int(section, "port", 6379),
		DB:       e.Ini.Int(section, "db", 0),
		User:     e.Ini.Get(section, "username", ""),
		Password: e.Ini.Get(section, "password", ""),
		TLS:      e.tlsSettings(section),
	}
	if path := e.Ini.Get(section, "unix_socket_path", ""); path != "" {
		s.Socket = e.confPath(path)
	}
	return s
}
