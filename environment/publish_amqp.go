package environment

import (
	"fmt"
	"strings"
	"time"

	"tracrpc/publish"
	"tracrpc/publish/encode"
	"tracrpc/publish/sink/amqp"
)

// messagebusBus reads the settings of Koji's plugin messagebus, and further
// options of our own in the same sections. Both of Koji's plugins have a section
// [broker]; with a host in it, this is the one that is meant.
func messagebusBus(p *Publisher, e *Environment) (ways, error) {
	if e.Ini.Get("broker", "host", "") == "" || e.brokerIsTest() {
		return ways{}, nil
	}
	s, err := e.messagebus()
	if err != nil {
		return ways{}, err
	}
	const name = "messagebus"
	unroutable := p.Unroutable(name)
	return ways{outlets: []publish.Outlet{{
		Name: name, Settings: s,
		Open: func() (publish.Sink, error) { return amqp.OpenMessagebus(s, unroutable) },
	}}}, nil
}

// protonmsgBus reads the settings of Koji's plugin protonmsg, which has urls in
// the section [broker].
func protonmsgBus(p *Publisher, e *Environment) (ways, error) {
	if e.Ini.Get("broker", "urls", "") == "" || e.brokerIsTest() {
		return ways{}, nil
	}
	s, err := e.protonmsg()
	if err != nil {
		return ways{}, err
	}
	const name = "protonmsg"
	unroutable := p.Unroutable(name)
	return ways{outlets: []publish.Outlet{{
		Name: name, Settings: s,
		Policy: publish.Policy{Batch: e.Ini.Int("queue", "batch_size", 100)},
		Open:   func() (publish.Sink, error) { return amqp.OpenProtonmsg(s, unroutable) },
	}}}, nil
}

// brokerIsTest tells whether the broker of the settings is not to be talked to.
func (e *Environment) brokerIsTest() bool { return e.Ini.Bool("broker", "test_mode", false) }

// messagebus reads what the plugin of this name has in messagebus.conf.
func (e *Environment) messagebus() (amqp.MessagebusSettings, error) {
	s := amqp.MessagebusSettings{
		Auth:            strings.ToUpper(e.Ini.Get("broker", "auth", amqp.Plain)),
		User:            e.Ini.Get("broker", "username", "guest"),
		Password:        e.Ini.Get("broker", "password", "guest"),
		Host:            e.Ini.Get("broker", "host", ""),
		VHost:           e.Ini.Get("broker", "vhost", "/"),
		Heartbeat:       e.seconds("broker", "heartbeat", 60),
		Exchange:        e.Ini.Get("exchange", "name", "trac.events"),
		PrivateExchange: e.Ini.Get("exchange", "private_name", "trac.private"),
		Type:            e.Ini.Get("exchange", "type", "topic"),
		Durable:         e.Ini.Bool("exchange", "durable", true),
		Declare:         e.Ini.Bool("exchange", "declare", true),
	}
	if s.Type != "topic" && s.Type != "headers" {
		return s, fmt.Errorf("[exchange] type: want topic or headers, got %q", s.Type)
	}
	if s.Auth != amqp.Plain && s.Auth != amqp.External {
		return s, fmt.Errorf("[broker] auth: want PLAIN or EXTERNAL, got %q", s.Auth)
	}
	secure := e.Ini.Bool("broker", "ssl", e.Ini.Int("broker", "port", 5671) == 5671)
	s.Port = e.Ini.Int("broker", "port", 5672)
	if !e.Ini.Has("broker", "port") && secure {
		s.Port = 5671
	}
	timeout := e.seconds("broker", "timeout", 60)
	var err error
	s.Settings, err = e.amqpSettings(secure)
	s.ConnectTimeout, s.SendTimeout = timeout, timeout
	s.Encode.KeyPrefix = e.Ini.Get("topic", "prefix", "trac.event")
	return s, err
}

// protonmsg reads what the plugin of this name has in protonmsg.conf. Its queue is
// the log of events, which neither forgets nor overtakes.
func (e *Environment) protonmsg() (amqp.ProtonmsgSettings, error) {
	s := amqp.ProtonmsgSettings{URLs: strings.Fields(e.Ini.Get("broker", "urls", ""))}
	secure := false
	for _, text := range s.URLs {
		secure = secure || strings.HasPrefix(text, "amqps:")
	}
	var err error
	s.Settings, err = e.amqpSettings(secure)
	s.ConnectTimeout, s.SendTimeout = e.seconds("broker", "connect_timeout", 10), e.seconds("broker", "send_timeout", 60)
	prefix := e.Ini.Get("broker", "topic_prefix", "trac")
	s.Encode.AddressPrefix = topicAddress(prefix)
	s.Encode.PrivateAddressPrefix = topicAddress(e.Ini.Get("broker", "private_topic_prefix", prefix+"-private"))
	return s, err
}

// topicAddress is a prefix as brokers want it: ActiveMQ has topic:// before its
// topics, which is also what one without anything gets, and RabbitMQ /topic/.
func topicAddress(prefix string) string {
	if strings.HasPrefix(prefix, "/") || strings.HasPrefix(prefix, "topic://") {
		return prefix
	}
	return "topic://" + prefix
}

// amqpSettings reads what both plugins may have.
func (e *Environment) amqpSettings(secure bool) (amqp.Settings, error) {
	limit := e.Ini.Int("message", "extra_limit", 0)
	s := amqp.Settings{
		TLS:        e.tlsSettings("broker"),
		Persistent: e.Ini.Bool("message", "persistent", true),
		TTL:        e.seconds("message", "ttl", 0),
		Encode:     encode.AMQP{ExtraLimit: max(limit, -limit), TimeFields: e.timeFields()},
	}
	s.TLS.On = secure
	if path := e.Ini.Get("broker", "cacert", ""); path != "" {
		s.TLS.CA = e.confPath(path)
	}
	if path := e.Ini.Get("broker", "cert", ""); path != "" {
		s.TLS.Cert = e.confPath(path)
	}
	switch unwanted := e.Ini.Get("message", "unroutable", "count"); unwanted {
	case "count":
	case "wait":
		s.Hold = true
	default:
		return s, fmt.Errorf("[message] unroutable: want count or wait, got %q", unwanted)
	}
	return s, nil
}

// seconds reads a time that may have a fraction. One of 0 is as good as none.
func (e *Environment) seconds(section, option string, otherwise float64) time.Duration {
	number := e.Ini.Float(section, option, otherwise)
	if number <= 0 {
		number = otherwise
	}
	return time.Duration(number * float64(time.Second))
}
