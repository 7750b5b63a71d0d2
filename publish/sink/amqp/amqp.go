// Package amqp is the sinks for brokers that speak AMQP, in the way of Koji's
// plugins: Messagebus publishes on an exchange by AMQP 0-9-1, as RabbitMQ has it,
// and Protonmsg sends to topics by AMQP 1.0. The versions are two protocols that
// have little but the name in common; what the sinks have in common is here.
package amqp

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"sync/atomic"
	"time"

	"tracrpc/publish"
	"tracrpc/publish/encode"
	"tracrpc/publish/sink"
)

// Settings are what both sinks are told.
type Settings struct {
	TLS sink.TLS

	ConnectTimeout time.Duration
	SendTimeout    time.Duration // how long the broker may be silent while messages wait for its word

	Persistent bool          // let the broker keep messages on disk
	TTL        time.Duration // after which the broker may drop a message; 0 for never
	// Hold is for messages that no queue takes: to try until one does. Otherwise
	// they are counted, and have arrived.
	Hold bool

	Encode encode.AMQP
}

// window is how many messages may wait for the broker's word at a time.
const window = 256

var (
	errUnwanted = errors.New("no queue takes the message")
	errSilent   = errors.New("the broker says nothing")
)

// link is a connection on which messages are sent, one after the other.
type link interface {
	// send hands a message over. It may take the time that ctx gives.
	send(ctx context.Context, m encode.AMQPMessage) (receipt, error)
	// ready tells whether messages may be sent.
	ready() bool
	hangUp() error
}

// receipt is what the broker will say about a message.
type receipt interface {
	// wait returns nil when the broker has taken the message, errUnwanted when it
	// found nobody to give it to, a refusal when it will never take it, and any
	// other error when it may later.
	wait(ctx context.Context) error
}

// refusal is an error that is a message's own fault, suspicion one that is the
// fault of a message that is on its way, whichever that is.
type (
	refusal   struct{ error }
	suspicion struct{ error }
)

// carrier sends events over a link, which it makes when it needs one.
type carrier struct {
	settings   Settings
	dial       func(context.Context) (link, error)
	link       link
	unroutable *atomic.Int64 // counts the messages that no queue took
}

// Deliver sends the messages of events, and waits until the broker has taken them.
func (c *carrier) Deliver(ctx context.Context, events []publish.Event) error {
	delivered, err := c.deliver(ctx, events)
	if err == nil {
		return nil
	}
	_, refused := errors.AsType[refusal](err)
	_, suspected := errors.AsType[suspicion](err)
	if refused || suspected && len(events) == 1 {
		return publish.Refuse(delivered, err)
	}
	return publish.Partly(delivered, err)
}

func (c *carrier) deliver(ctx context.Context, events []publish.Event) (delivered int, err error) {
	if c.link != nil && !c.link.ready() {
		c.drop()
	}
	if c.link == nil {
		if c.link, err = c.dial(ctx); err != nil {
			return 0, err
		}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	silence := time.AfterFunc(c.settings.SendTimeout, func() { cancel(errSilent) })
	defer silence.Stop()
	f := flight{carrier: c, heard: func() { silence.Reset(c.settings.SendTimeout) }}
	err = f.carry(ctx, events)
	if err != nil {
		c.drop() // what is still on its way is not waited for
	}
	if errors.Is(context.Cause(ctx), errSilent) {
		err = errSilent
	}
	return f.settled, err
}

// drop gives up the link. That its end is not a clean one tells nothing new.
func (c *carrier) drop() {
	if c.link != nil {
		_ = c.link.hangUp()
		c.link = nil
	}
}

// Close closes the connection.
func (c *carrier) Close() error {
	if c.link == nil {
		return nil
	}
	return c.link.hangUp()
}

// flight is the messages that are on their way.
type flight struct {
	*carrier
	heard   func() // is called when the broker says something
	waiting []sent // oldest first
	settled int    // how many events have arrived, from the first on
}

// sent is a message, and which of the events it is about.
type sent struct {
	event   int
	receipt receipt
}

// carry sends all messages of events and waits for the broker's word on each.
func (f *flight) carry(ctx context.Context, events []publish.Event) error {
	for i, e := range events {
		messages, err := f.settings.Encode.Messages(e)
		if err != nil {
			return cmp.Or(f.land(ctx, i, 0), error(refusal{err}))
		}
		for _, m := range messages {
			if err := f.land(ctx, i, window-1); err != nil {
				return err
			}
			r, err := f.link.send(ctx, m)
			if err != nil {
				return cmp.Or(f.land(ctx, i, 0), err) // the broker may have taken those before it
			}
			f.waiting = append(f.waiting, sent{i, r})
		}
	}
	return f.land(ctx, len(events), 0)
}

// land waits until at most so many messages are on their way. All those of the
// first events have been sent.
func (f *flight) land(ctx context.Context, events, most int) error {
	for len(f.waiting) > most {
		next := f.waiting[0]
		f.settled = next.event
		switch err := next.receipt.wait(ctx); {
		case errors.Is(err, errUnwanted) && !f.settings.Hold:
			f.unroutable.Add(1)
		case err != nil:
			return err
		}
		f.heard()
		f.waiting = f.waiting[1:]
	}
	if len(f.waiting) == 0 {
		f.settled = events
	}
	return nil
}

// secure is the settings of TLS for a host; nil for none.
func (s Settings) secure(host string) (*tls.Config, error) {
	c, err := s.TLS.Config()
	if c != nil && c.ServerName == "" {
		c.ServerName = host
	}
	return c, err
}
