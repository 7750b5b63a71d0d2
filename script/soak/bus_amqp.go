package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"tracrpc/publish/rabbittest"
)

// amqpBus is a RabbitMQ, a queue in it that keeps what it has on disk, and who
// reads that.
type amqpBus struct {
	ears
	server *rabbittest.Server
	parts  map[int64]int64 // how many messages of an event have come; only its reader touches it
}

const amqpQueue = "soak"

func startAMQP(_ context.Context, dir string, _ *server) (bus, error) {
	dir = filepath.Join(dir, "rabbitmq")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	server, err := rabbittest.Start(dir, "")
	if errors.Is(err, rabbittest.ErrAbsent) {
		return nil, fmt.Errorf("rabbitmq-server is %w", errAbsent)
	}
	if err != nil {
		return nil, err
	}
	b := &amqpBus{server: server, parts: map[int64]int64{}}
	if err := b.bind(); err != nil {
		server.Close()
		return nil, err
	}
	return b, nil
}

// bind makes the queue.
func (b *amqpBus) bind() error {
	connection, err := amqp.Dial(b.server.URL())
	if err != nil {
		return err
	}
	defer connection.Close() // everything was answered
	channel, err := connection.Channel()
	if err != nil {
		return err
	}
	if err := channel.ExchangeDeclare("trac.events", "topic", true, false, false, false, nil); err != nil {
		return err
	}
	if _, err := channel.QueueDeclare(amqpQueue, true, false, false, false, nil); err != nil {
		return err
	}
	return channel.QueueBind(amqpQueue, "trac.event.#", "trac.events", false, nil)
}

func (*amqpBus) name() string { return "AMQP queue" }

func (b *amqpBus) settings() string {
	return fmt.Sprintf("[broker]\nhost = 127.0.0.1\nport = %d\n", b.server.Port)
}

// listen reads the queue until ctx ends, again whenever the broker is there again.
func (b *amqpBus) listen(ctx context.Context) {
	// Ends with ctx.
	go func() {
		for ctx.Err() == nil {
			_ = b.read(ctx) // the broker is away
			select {
			case <-ctx.Done():
			case <-time.After(100 * time.Millisecond):
			}
		}
	}()
}

// read hears an event when all its messages have come, one after the other.
func (b *amqpBus) read(ctx context.Context) error {
	connection, err := amqp.Dial(b.server.URL())
	if err != nil {
		return err
	}
	defer connection.Close() // it may be closed
	channel, err := connection.Channel()
	if err != nil {
		return err
	}
	if err := channel.Qos(500, 0, false); err != nil {
		return err
	}
	messages, err := channel.ConsumeWithContext(ctx, amqpQueue, "", false, false, false, false, nil)
	if err != nil {
		return err
	}
	for m := range messages {
		seq, _ := m.Headers["seq"].(int64) // 0 is no event's
		part, _ := m.Headers["part"].(int64)
		if part == b.parts[seq]+1 || part == 1 {
			b.parts[seq] = part
		}
		if part == m.Headers["parts"] && b.parts[seq] == part {
			b.hear(seq)
			delete(b.parts, seq)
		}
		if err := m.Ack(false); err != nil {
			return err
		}
	}
	return nil
}

func (b *amqpBus) kill() error {
	b.server.Kill()
	return nil
}

func (b *amqpBus) revive() error { return b.server.Restart() }

func (b *amqpBus) close() { b.server.Close() }
