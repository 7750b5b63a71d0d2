package amqp

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	rabbit "github.com/rabbitmq/amqp091-go"

	"tracrpc/publish/encode"
)

// The ways to log in.
const (
	Plain    = "PLAIN"
	External = "EXTERNAL" // by the client's certificate
)

// MessagebusSettings are how events go to an exchange.
type MessagebusSettings struct {
	Settings
	Host      string
	Port      int
	VHost     string
	Auth      string // Plain or External
	User      string
	Password  string
	Heartbeat time.Duration // less than a second leaves it to the broker

	Exchange        string
	PrivateExchange string // of private events
	Type            string // of the exchanges: topic or headers
	Durable         bool
	Declare         bool // make the exchanges if they are not there
}

// Messagebus publishes on an exchange of a broker that speaks AMQP 0-9-1. Every
// message has a routing key and headers, whichever the exchange chooses queues by.
type Messagebus struct {
	carrier
	settings MessagebusSettings
}

// OpenMessagebus makes the sink. It connects with the first event, and counts the
// messages that no queue took.
func OpenMessagebus(s MessagebusSettings, unroutable *atomic.Int64) (*Messagebus, error) {
	if _, err := s.TLS.Config(); err != nil {
		return nil, fmt.Errorf("messagebus: %w", err)
	}
	m := &Messagebus{settings: s}
	m.carrier = carrier{settings: s.Settings, dial: m.connectTo, unroutable: unroutable}
	return m, nil
}

// String is the broker's URL, without the password, and the exchange.
func (m *Messagebus) String() string {
	s := m.settings
	u := url.URL{
		Scheme: "amqp", Host: net.JoinHostPort(s.Host, strconv.Itoa(s.Port)),
		Path: "/" + s.VHost, RawPath: "/" + url.PathEscape(s.VHost),
	}
	if s.TLS.On {
		u.Scheme = "amqps"
	}
	if s.Auth == Plain {
		u.User = url.User(s.User)
	}
	return u.String() + " exchange " + s.Exchange
}

// channel is a link to an exchange.
type channel struct {
	*rabbit.Channel
	settings   MessagebusSettings
	socket     net.Conn
	connection *rabbit.Connection
	closed     chan *rabbit.Error
	returns    chan rabbit.Return
	unwanted   map[string]bool // IDs of messages that came back
	declared   map[string]bool // exchanges
}

func (m *Messagebus) connectTo(ctx context.Context) (link, error) {
	ctx, cancel := context.WithTimeout(ctx, m.settings.ConnectTimeout)
	defer cancel()
	s := m.settings
	secure, err := s.secure(s.Host) // anew, because certificates are renewed
	if err != nil {
		return nil, err
	}
	var socket net.Conn
	socket, err = (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(s.Host, strconv.Itoa(s.Port)))
	if err != nil {
		return nil, err
	}
	if secure != nil {
		socket = tls.Client(socket, secure)
	}
	c := &channel{settings: s, socket: socket, unwanted: map[string]bool{}, declared: map[string]bool{}}
	// The client takes no context: its calls fail when the connection does.
	defer c.attend(ctx)()
	if err := c.open(); err != nil {
		_ = socket.Close() // nothing was sent on it
		return nil, cmp.Or(context.Cause(ctx), err)
	}
	return c, nil
}

// attend closes the connection when ctx ends, until the function is called that
// it returns.
func (c *channel) attend(ctx context.Context) (leave func() bool) {
	return context.AfterFunc(ctx, func() { _ = c.socket.Close() })
}

// open logs in, and has the broker confirm what it takes.
func (c *channel) open() (err error) {
	var auth rabbit.Authentication = &rabbit.PlainAuth{Username: c.settings.User, Password: c.settings.Password}
	if c.settings.Auth == External {
		auth = &rabbit.ExternalAuth{}
	}
	c.connection, err = rabbit.Open(c.socket, rabbit.Config{
		SASL: []rabbit.Authentication{auth}, Vhost: c.settings.VHost, Heartbeat: c.settings.Heartbeat, Locale: "en_US",
		Properties: rabbit.Table{"product": "tracrpc", "connection_name": "tracrpc"},
	})
	if err != nil {
		return err
	}
	if c.Channel, err = c.connection.Channel(); err != nil {
		return err
	}
	c.closed = c.NotifyClose(make(chan *rabbit.Error, 1))
	// What comes back comes before the word on it, so no more than a window can
	// come before it is taken from here.
	c.returns = c.NotifyReturn(make(chan rabbit.Return, window))
	return c.Confirm(false)
}

func (c *channel) ready() bool { return !c.IsClosed() }

func (c *channel) hangUp() error {
	const patience = time.Second
	err := c.connection.CloseDeadline(time.Now().Add(patience))
	return errors.Join(ignoreClosed(err), ignoreClosed(c.socket.Close()))
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) || errors.Is(err, rabbit.ErrClosed) {
		return nil
	}
	return err
}

func (c *channel) send(ctx context.Context, m encode.AMQPMessage) (receipt, error) {
	defer c.attend(ctx)()
	exchange := c.settings.Exchange
	if m.Private {
		exchange = c.settings.PrivateExchange
	}
	if err := c.declare(exchange); err != nil {
		return nil, err
	}
	word, err := c.PublishWithDeferredConfirm(exchange, m.Key, true, false, c.publishing(m))
	if err != nil {
		return nil, err
	}
	return confirmation{c, word, m.ID}, nil
}

func (c *channel) declare(exchange string) error {
	if !c.settings.Declare || c.declared[exchange] {
		return nil
	}
	if err := c.ExchangeDeclare(exchange, c.settings.Type, c.settings.Durable, false, false, false, nil); err != nil {
		return fmt.Errorf("declare exchange %s: %w", exchange, err)
	}
	c.declared[exchange] = true
	return nil
}

func (c *channel) publishing(m encode.AMQPMessage) rabbit.Publishing {
	headers := make(rabbit.Table, len(m.Headers))
	for _, h := range m.Headers {
		headers[h.Name] = h.Value
	}
	p := rabbit.Publishing{
		Headers: headers, ContentType: "application/json", ContentEncoding: "utf-8", MessageId: m.ID, Timestamp: m.Time,
		Type: m.Type, AppId: "tracrpc", DeliveryMode: rabbit.Transient, Body: m.Body,
	}
	if c.settings.Persistent {
		p.DeliveryMode = rabbit.Persistent
	}
	if c.settings.TTL > 0 {
		p.Expiration = strconv.FormatInt(c.settings.TTL.Milliseconds(), 10)
	}
	return p
}

// confirmation is the broker's word on a message.
type confirmation struct {
	channel *channel
	word    *rabbit.DeferredConfirmation
	id      string
}

func (w confirmation) wait(ctx context.Context) error {
	acked, err := w.word.WaitContext(ctx)
	switch {
	case err != nil:
		return err
	case !acked:
		return w.channel.failure()
	}
	w.channel.takeReturns()
	if w.channel.unwanted[w.id] {
		delete(w.channel.unwanted, w.id)
		return errUnwanted
	}
	return nil
}

// takeReturns notes the messages that have come back.
func (c *channel) takeReturns() {
	for {
		select {
		case r, open := <-c.returns:
			if !open {
				return
			}
			c.unwanted[r.MessageId] = true
		default:
			return
		}
	}
}

// failure is why a message was not taken: the broker did not want it, or the
// channel was closed.
func (c *channel) failure() error {
	if !c.IsClosed() {
		return errors.New("the broker did not take the message")
	}
	select {
	case why := <-c.closed:
		switch {
		case why == nil:
			return rabbit.ErrClosed
		case why.Code == rabbit.PreconditionFailed: // it is too long, say
			return suspicion{why}
		}
		return why
	default:
		return rabbit.ErrClosed
	}
}
