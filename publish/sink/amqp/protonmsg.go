package amqp

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	proton "github.com/Azure/go-amqp"

	"tracrpc/publish/encode"
)

// ProtonmsgSettings are how events go to topics.
type ProtonmsgSettings struct {
	Settings
	// URLs are those of brokers, any of which will do. Who logs in is in the URL or
	// else in the certificate.
	URLs []string
}

// Protonmsg sends to topics of a broker that speaks AMQP 1.0. Of several brokers
// it takes the first, in an order of its own, that takes everything.
type Protonmsg struct {
	carrier
	settings ProtonmsgSettings
	brokers  []*url.URL // the next one to be tried is the first
}

// OpenProtonmsg makes the sink. It connects with the first event, and counts the
// messages that the broker gave back, as some do with those nobody wants.
func OpenProtonmsg(s ProtonmsgSettings, unroutable *atomic.Int64) (*Protonmsg, error) {
	p := &Protonmsg{settings: s}
	for i, text := range s.URLs {
		u, err := url.Parse(text)
		if err != nil || u.Host == "" || u.Scheme != "amqp" && u.Scheme != "amqps" {
			// The text may have a password in it.
			return nil, fmt.Errorf("protonmsg: URL %d is not one like amqps://host:5671", i+1)
		}
		p.brokers = append(p.brokers, u)
	}
	if len(p.brokers) == 0 {
		return nil, errors.New("protonmsg: no URL of a broker")
	}
	if _, err := s.TLS.Config(); err != nil {
		return nil, fmt.Errorf("protonmsg: %w", err)
	}
	rand.Shuffle(len(p.brokers), func(i, j int) { p.brokers[i], p.brokers[j] = p.brokers[j], p.brokers[i] })
	p.carrier = carrier{settings: s.Settings, dial: p.connectToAny, unroutable: unroutable}
	return p, nil
}

// String is the brokers' URLs, without users and passwords.
func (p *Protonmsg) String() string {
	var list []string
	for _, u := range p.brokers {
		list = append(list, u.Scheme+"://"+u.Host)
	}
	slices.Sort(list)
	return strings.Join(list, " ") + " " + p.settings.Encode.AddressPrefix
}

// connectToAny connects to the first broker that lets it. Whatever happens then,
// the next time it begins with the one behind.
func (p *Protonmsg) connectToAny(ctx context.Context) (link, error) {
	var failures []error
	for range p.brokers {
		broker := p.brokers[0]
		p.brokers = append(p.brokers[1:], broker)
		l, err := p.connectTo(ctx, broker)
		if err == nil {
			return l, nil
		}
		failures = append(failures, fmt.Errorf("%s: %w", broker.Host, err))
	}
	return nil, errors.Join(failures...)
}

// writeTimeout is how long one write may take, also the one that says good-bye.
const writeTimeout = 10 * time.Second

func (p *Protonmsg) connectTo(ctx context.Context, broker *url.URL) (link, error) {
	ctx, cancel := context.WithTimeout(ctx, p.settings.ConnectTimeout)
	defer cancel()
	options := &proton.ConnOptions{Properties: map[string]any{"product": "tracrpc"}, WriteTimeout: writeTimeout}
	options.SASLType = proton.SASLTypeAnonymous() // but for a URL with a user in it
	if p.settings.TLS.Cert != "" {
		options.SASLType = proton.SASLTypeExternal("")
	}
	var err error
	if options.TLSConfig, err = p.settings.secure(broker.Hostname()); err != nil {
		return nil, err
	}
	connection, err := proton.Dial(ctx, broker.String(), options)
	if err != nil {
		return nil, err
	}
	session, err := connection.NewSession(ctx, nil)
	if err != nil {
		_ = connection.Close() // nothing was sent on it
		return nil, err
	}
	return &topics{p.settings, connection, session, map[string]*proton.Sender{}}, nil
}

// topics is a link to topics.
type topics struct {
	settings   ProtonmsgSettings
	connection *proton.Conn
	session    *proton.Session
	senders    map[string]*proton.Sender // by address
}

// sendersLimit is how many addresses one connection is used for. There are never
// so many, but for somebody who invents statuses.
const sendersLimit = 200

func (s *topics) ready() bool {
	select {
	case <-s.connection.Done():
		return false
	default:
		return len(s.senders) < sendersLimit
	}
}

func (s *topics) hangUp() error { return s.connection.Close() }

// send hands a message to the sender for its address. It returns when the message
// is written to the connection, so that messages stay in order, whichever
// senders they take.
func (s *topics) send(ctx context.Context, m encode.AMQPMessage) (receipt, error) {
	sender, there := s.senders[m.Address]
	if !there {
		var err error
		if sender, err = s.session.NewSender(ctx, m.Address, nil); err != nil {
			return nil, fmt.Errorf("send to %s: %w", m.Address, err)
		}
		s.senders[m.Address] = sender
	}
	r, err := sender.SendWithReceipt(ctx, s.message(m), nil)
	if err != nil {
		return nil, blame(err)
	}
	return disposition{r}, nil
}

// message is what Koji's plugin sends, and what it does not: an ID, a time, and
// that it should be kept.
func (s *topics) message(m encode.AMQPMessage) *proton.Message {
	properties := make(map[string]any, len(m.Headers))
	for _, h := range m.Headers {
		properties[h.Name] = h.Value
	}
	return &proton.Message{
		Header:                &proton.MessageHeader{Durable: s.settings.Persistent, Priority: 4, TTL: s.settings.TTL},
		Properties:            &proton.MessageProperties{MessageID: m.ID, CreationTime: &m.Time},
		ApplicationProperties: properties,
		Value:                 string(m.Body),
	}
}

// disposition is what the broker does with a message.
type disposition struct{ proton.SendReceipt }

func (d disposition) wait(ctx context.Context) error {
	state, err := d.Wait(ctx)
	if err != nil {
		return err
	}
	switch state := state.(type) {
	case *proton.StateAccepted:
		return nil
	case *proton.StateReleased, *proton.StateModified:
		return errUnwanted
	case *proton.StateRejected:
		if state.Error != nil {
			return blame(state.Error)
		}
	}
	return fmt.Errorf("the broker did not take the message: %v", state)
}

// blame tells errors that are the message's own fault.
func blame(err error) error {
	if e, is := errors.AsType[*proton.Error](err); is {
		switch e.Condition {
		case proton.ErrCondMessageSizeExceeded, proton.ErrCondDecodeError, proton.ErrCondInvalidField,
			proton.ErrCondNotImplemented, proton.ErrCondPreconditionFailed:
			return refusal{err}
		}
	}
	return err
}
