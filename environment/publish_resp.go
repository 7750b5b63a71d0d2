package environment

import (
	"context"

	"tracrpc/publish"
	"tracrpc/publish/sink/listen"
	"tracrpc/publish/sink/resp"
)

const (
	respSection = "tracrpc-resp"
	respName    = "resp"
	respPort    = "6379" // Redis'
)

// respSettings are what the section [tracrpc-resp] says.
type respSettings struct {
	resp.Settings
	listen.At
}

// respBus reads how redispub's channels are served to subscribers who need no
// Redis server for it, in [tracrpc-resp]:
//
//	listen           HOST:PORT to listen on, or "enabled" for 127.0.0.1:6379; none by default. A host alone or :PORT
//	                 alone will do.
//	tls_certificate  file of a certificate, for TLS; tls_key is that of its key, if it is in another
//	max_connections  how many there may be at once, 10000 by default
//
// What is published, and on which channels, is as [redispub] says, and the
// switches of redispub's streams in [components]; where neither is on, both are.
func respBus(p *Publisher, e *Environment) (ways, error) {
	address, err := e.respAddress()
	if err != nil || address == "" {
		return ways{}, err
	}
	s := respSettings{At: listen.At{Address: address}}
	s.Cert, s.Key = e.certificate(respSection)
	s.Most = e.Ini.Int(respSection, "max_connections", 10000)
	if s.Encode, err = e.redisEncoding(); err != nil {
		return ways{}, err
	}
	if !s.Encode.Tickets && !s.Encode.Pages {
		s.Encode.Tickets, s.Encode.Pages = true, true
	}
	serve := func(ctx context.Context) error {
		return resp.New(s.Settings, resp.Options{
			Feed: p.Feed, Audience: p, Logger: p.Environment().Log, Private: p.markPrivate,
			Attendance: p.Attendance(respName, resp.Endings()...),
		}).Serve(ctx, s.At)
	}
	return ways{servers: []publish.Server{{Name: respName, Settings: s, Serve: serve}}}, nil
}

func (e *Environment) respAddress() (string, error) {
	return listenAddress(respSection, e.Ini.Get(respSection, "listen", ""), respPort)
}
