package amqp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	rabbit "github.com/rabbitmq/amqp091-go"

	"tracrpc/publish"
	"tracrpc/publish/rabbittest"
)

// TestRabbit has one server for all its parts: it takes some seconds to start.
func TestRabbit(t *testing.T) {
	t.Parallel()
	server := startRabbit(t)
	parts := map[string]func(*testing.T, *rabbitServer){
		"topic": topicExchange, "headers": headersExchange, "amqp-consume": amqpConsume, "unwanted": unwantedMessages,
		"held": heldMessages, "queue is full": fullQueue, "too long": longMessage, "private": privateExchange, "again": sameIDs,
		"settings that fail": wrongSettings, "not declared": undeclaredExchange, "TLS": overTLS,
		"AMQP 1.0": protonmsgToRabbit, "AMQP 1.0 over TLS": protonmsgOverTLS,
	}
	t.Run("parts", func(t *testing.T) {
		for name, part := range parts {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				part(t, server)
			})
		}
	})
	t.Run("away", func(t *testing.T) { brokerAway(t, server) })
}

func openMessagebus(t testing.TB, s MessagebusSettings) *Messagebus {
	t.Helper()
	m, err := OpenMessagebus(s, new(atomic.Int64))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

func deliver(t testing.TB, s publish.Sink, events []publish.Event) {
	t.Helper()
	if err := s.Deliver(t.Context(), events); err != nil {
		t.Fatalf("Deliver(%d to %d) = %v", events[0].Seq, events[len(events)-1].Seq, err)
	}
}

func topicExchange(t *testing.T, server *rabbitServer) {
	all := subscribe(t, "pika_subscriber.py", server.URL(), "topic", "topic", "", "trac.event.#")
	page := subscribe(t, "pika_subscriber.py", server.URL(), "topic", "topic", "", "trac.event.*.text.Page")
	other := subscribe(t, "pika_subscriber.py", server.URL(), "topic", "topic", "", "trac.event.*.readonly.*", "trac.event.*.*.Other")
	m := openMessagebus(t, server.messagebus("topic"))
	for _, batch := range [][]publish.Event{pages(1, 500), pages(501, 501), pages(502, 1000)} {
		deliver(t, m, batch)
	}
	if again := all.inOrder(1, 999) + page.inOrder(1, 1000); again > 0 {
		t.Errorf("%d messages came again", again)
	}
	h := all.next()
	if h.Key != "trac.event.WikiStateChange.text.Page" || h.ID != publish.NewIDs("env").Of(1000) || h.Type != "WikiStateChange" ||
		h.ContentType != "application/json" || h.DeliveryMode != 2 || h.Timestamp != 1000 || h.App != "tracrpc" || h.Expiration != "" {
		t.Errorf("heard %+v", h)
	}
	want := map[string]any{"type": "WikiStateChange", "name": "Page", "version": 1000.0, "attribute": "text", "old": "e", "new": "é",
		"author": "ann", "event_id": h.ID, "seq": 1000.0, "env": "env", "part": 1.0, "parts": 1.0}
	if fmt.Sprint(h.Headers) != fmt.Sprint(want) {
		t.Errorf("headers %v, want %v", h.Headers, want)
	}
	if h.Body["new"] != "é" || h.Body["author"] != "ann" || h.Body["seq"] != 1000.0 {
		t.Errorf("body %v", h.Body)
	}
	event := pages(1001, 1001)
	event[0].Data = json.RawMessage(`{"name":"Other","version":1,"text":"t","old_text":"t","old_readonly":false,"readonly":true}`)
	deliver(t, m, event)
	if h := other.next(); h.seq() != 1001 || h.Key != "trac.event.WikiStateChange.readonly.Other" {
		t.Errorf("who wants other pages hears %+v first", h)
	}
}

func headersExchange(t *testing.T, server *rabbitServer) {
	const exchange = "headers-exchange"
	all := subscribe(t, "pika_subscriber.py", server.URL(), exchange, "headers", "",
		`{"x-match": "all", "type": "WikiStateChange", "version": 7}`)
	anyOf := subscribe(t, "pika_subscriber.py", server.URL(), exchange, "headers", "", `{"x-match": "any", "version": 8, "name": "Other"}`)
	s := server.messagebus(exchange)
	s.Type = "headers"
	deliver(t, openMessagebus(t, s), pages(1, 10))
	if h := all.next(); h.seq() != 7 {
		t.Errorf("who wants version 7 hears %+v", h)
	}
	if h := anyOf.next(); h.seq() != 8 {
		t.Errorf("who wants version 8 hears %+v", h)
	}
}

func amqpConsume(t *testing.T, server *rabbitServer) {
	need(t, "sh", "-c", "command -v amqp-consume")
	server.queue(t, "consumed", "amqp-consume", "trac.event.#", nil)
	m := openMessagebus(t, server.messagebus("amqp-consume"))
	deliver(t, m, pages(1, 20))
	s := run(t, exec.Command("amqp-consume", "-u", server.URL(), "-q", "consumed", "--", "sh", "-c", "cat; echo"))
	for want := 1; want <= 20; want++ {
		var body struct{ Seq int }
		if line := s.line(); json.Unmarshal([]byte(line), &body) != nil || body.Seq != want {
			t.Fatalf("heard %s, want event %d", line, want)
		}
	}
	// With a queue of its own, it does not tell when it listens.
	s = run(t, exec.Command("amqp-consume", "-u", server.URL(), "-e", "amqp-consume", "-r", "trac.event.#", "-x", "--", "sh", "-c", "cat; echo"))
	for seq := 21; seq < 1000; seq++ {
		deliver(t, m, pages(seq, seq))
		select {
		case line := <-s.lines:
			if !strings.Contains(line, `"new": "\u00e9"`) {
				t.Errorf("heard %q", line)
			}
			return
		case <-time.After(100 * time.Millisecond):
		}
	}
	t.Error("amqp-consume with a queue of its own hears nothing")
}

func unwantedMessages(t *testing.T, server *rabbitServer) {
	m := openMessagebus(t, server.messagebus("unwanted"))
	deliver(t, m, pages(1, 1000))
	if n := m.unroutable.Swap(0); n != 1000 {
		t.Errorf("%d messages came back, want all 1000", n)
	}
	server.queue(t, "unwanted", "unwanted", "trac.event.#", nil)
	deliver(t, m, pages(1001, 1010))
	if n := m.unroutable.Swap(0); n != 0 {
		t.Errorf("%d messages came back that a queue took", n)
	}
}

func heldMessages(t *testing.T, server *rabbitServer) {
	s := server.messagebus("held")
	s.Hold = true
	m := openMessagebus(t, s)
	for range 2 {
		err := m.Deliver(t.Context(), pages(1, 600))
		if f, ok := errors.AsType[*publish.Failure](err); !errors.Is(err, errUnwanted) || !ok || f.Refused || f.Delivered != 0 {
			t.Fatalf("Deliver to no queue = %v (%+v)", err, f)
		}
	}
	server.queue(t, "held", "held", "trac.event.#", nil)
	deliver(t, m, pages(1, 600))
}

// What a full queue will not have is tried again.
func fullQueue(t *testing.T, server *rabbitServer) {
	server.queue(t, "full", "full", "trac.event.#", rabbit.Table{"x-max-length": int32(3), "x-overflow": "reject-publish"})
	m := openMessagebus(t, server.messagebus("full"))
	deliver(t, m, pages(1, 2))
	// A queue is full only some messages after its length.
	err := m.Deliver(t.Context(), pages(3, 500))
	f, ok := errors.AsType[*publish.Failure](err)
	if !ok || f.Refused || f.Delivered == 0 {
		t.Fatalf("Deliver to a full queue = %v (%+v), want that some arrive", err, f)
	}
	arrived := 2 + f.Delivered
	channel := server.channel(t)
	for seq := 1; seq <= arrived; seq++ {
		message, there, err := channel.Get("full", true)
		if err != nil || !there || message.Headers["seq"] != int64(seq) {
			t.Fatalf("message %d in the queue is %v, %v, %v", seq, message.Headers, there, err)
		}
	}
	if _, err := channel.QueuePurge("full", false); err != nil {
		t.Fatal(err)
	}
	deliver(t, m, pages(arrived+1, arrived+1))
}

// A message that the broker will never take is the event's own fault; which one it
// is, is known when it is alone.
func longMessage(t *testing.T, server *rabbitServer) {
	server.queue(t, "long", "long", "trac.event.#", nil)
	m := openMessagebus(t, server.messagebus("long"))
	events := pages(1, 3)
	events[1].Data = json.RawMessage(`{"name":"Page","version":2,"text":"` + strings.Repeat("x", 200_000) + `"}`)
	for _, c := range []struct {
		events  []publish.Event
		refused bool
	}{{events, false}, {events[1:2], true}} {
		err := m.Deliver(t.Context(), c.events)
		if f, ok := errors.AsType[*publish.Failure](err); !ok || f.Refused != c.refused || f.Delivered > 1 {
			t.Fatalf("Deliver of %d events = %v (%+v), want refused: %v", len(c.events), err, f, c.refused)
		}
	}
	deliver(t, m, events[2:])
}

func privateExchange(t *testing.T, server *rabbitServer) {
	all := subscribe(t, "pika_subscriber.py", server.URL(), "open", "topic", "", "#")
	private := subscribe(t, "pika_subscriber.py", server.URL(), "open.private", "topic", "", "#")
	events := pages(1, 3)
	events[1].Private = true
	deliver(t, openMessagebus(t, server.messagebus("open")), events)
	if first, second, hidden := all.next().seq(), all.next().seq(), private.next().seq(); first != 1 || second != 3 || hidden != 2 {
		t.Errorf("heard %d and %d, and %d in private", first, second, hidden)
	}
}

// What is delivered again has the same IDs.
func sameIDs(t *testing.T, server *rabbitServer) {
	s := subscribe(t, "pika_subscriber.py", server.URL(), "again", "topic", "", "#")
	m := openMessagebus(t, server.messagebus("again"))
	deliver(t, m, pages(1, 2))
	deliver(t, m, pages(1, 2))
	first, second := s.next(), s.next()
	if again := [2]string{s.next().ID, s.next().ID}; again != [2]string{first.ID, second.ID} || first.ID == second.ID {
		t.Errorf("heard %s and %s, then %v", first.ID, second.ID, again)
	}
}

// Settings that do not fit the broker are no event's fault.
func wrongSettings(t *testing.T, server *rabbitServer) {
	server.queue(t, "wrong", "wrong", "#", nil)
	for _, c := range []struct {
		name, want string
		change     func(*MessagebusSettings)
	}{
		{"password", "username or password not allowed", func(s *MessagebusSettings) { s.Password = "guess" }},
		{"virtual host", "vhost none not found", func(s *MessagebusSettings) { s.VHost = "none" }},
		{"kind of exchange", "inequivalent arg 'type'", func(s *MessagebusSettings) { s.Type = "headers" }},
		{"no right to declare", "ACCESS_REFUSED", func(s *MessagebusSettings) { s.User, s.Password = "trac", "trac" }},
		{"no exchange", "no exchange 'none'", func(s *MessagebusSettings) { s.Exchange, s.Declare = "none", false }},
		{"nobody there", "refused", func(s *MessagebusSettings) { s.Port = freePort(t) }},
		{"EXTERNAL without a certificate", "SASL", func(s *MessagebusSettings) { s.Auth = External }},
	} {
		s := server.messagebus("wrong")
		c.change(&s)
		m := openMessagebus(t, s)
		err := m.Deliver(t.Context(), pages(1, 1))
		if f, ok := errors.AsType[*publish.Failure](err); !ok || f.Refused || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: Deliver = %v (%+v), want %q", c.name, err, f, c.want)
		}
		if text := m.String(); strings.Contains(text, "guess") || !strings.HasPrefix(text, "amqp://") {
			t.Errorf("%s: String() = %q", c.name, text)
		}
	}
}

func undeclaredExchange(t *testing.T, server *rabbitServer) {
	heard := subscribe(t, "pika_subscriber.py", server.URL(), "undeclared", "topic", "", "#")
	s := server.messagebus("undeclared")
	s.User, s.Password, s.Declare, s.Persistent, s.TTL = "trac", "trac", false, false, time.Hour
	deliver(t, openMessagebus(t, s), pages(1, 1))
	if h := heard.next(); h.seq() != 1 || h.DeliveryMode != 1 || h.Expiration != "3600000" {
		t.Errorf("heard %+v", h)
	}
}

func overTLS(t *testing.T, server *rabbitServer) {
	s := server.messagebus("tls")
	s.Port, s.TLS = server.tlsPort, server.tls("", "")
	deliver(t, openMessagebus(t, s), pages(1, 1)) // by password
	s.Auth, s.TLS = External, server.tls(server.certs.client, server.certs.clientKey)
	deliver(t, openMessagebus(t, s), pages(2, 2)) // as who is in the certificate
	s.TLS.CA = ""
	if err := openMessagebus(t, s).Deliver(t.Context(), pages(3, 3)); err == nil {
		t.Error("a certificate that nobody trusts was taken")
	}
	s.TLS = server.tls(server.certs.server, server.certs.serverKey)
	if err := openMessagebus(t, s).Deliver(t.Context(), pages(3, 3)); err == nil || !strings.Contains(err.Error(), "not allowed") {
		t.Errorf("Deliver as somebody whom the broker does not know = %v", err)
	}
	s.TLS.Cert = "none.pem"
	if _, err := OpenMessagebus(s, new(atomic.Int64)); err == nil {
		t.Error("OpenMessagebus with a file that is not there succeeded")
	}
}

// brokerAway kills the broker in the middle of a batch, and lets it come back.
func brokerAway(t *testing.T, server *rabbitServer) {
	const all = 5000
	server.queue(t, "away", "away", "trac.event.#", nil)
	m := openMessagebus(t, server.messagebus("away"))
	done := make(chan error, 1)
	go func() { done <- m.Deliver(t.Context(), pages(1, all)) }() // ends when the broker is killed
	channel := server.channel(t)
	for count := 0; count < 300; {
		queue, err := channel.QueueDeclarePassive("away", true, false, false, false, nil)
		if err != nil {
			t.Fatal(err)
		}
		count = queue.Messages
	}
	server.Kill()
	f, ok := errors.AsType[*publish.Failure](<-done)
	if !ok || f.Refused || f.Delivered == 0 {
		t.Fatalf("Deliver to a broker that is killed = %+v, want that some arrived", f)
	}
	for range 2 {
		err := m.Deliver(t.Context(), pages(f.Delivered+1, all))
		if f, ok := errors.AsType[*publish.Failure](err); !ok || f.Refused || f.Delivered != 0 {
			t.Fatalf("Deliver to nobody = %v (%+v)", err, f)
		}
	}
	if err := server.Restart(); err != nil {
		t.Fatal(err)
	}
	deliver(t, m, pages(f.Delivered+1, all))
	s := subscribe(t, "pika_subscriber.py", server.URL(), "away", "topic", "away", "trac.event.#")
	again := s.inOrder(1, all)
	t.Logf("%d arrived before the broker was killed, %d again after it", f.Delivered, again)
}

func TestMessagebusNamesTheBroker(t *testing.T) {
	t.Parallel()
	s := MessagebusSettings{Host: "::1", Port: 5671, VHost: "/", Auth: Plain, User: "me", Password: "secret", Exchange: "trac.events"}
	s.TLS.On = true
	if got, want := openMessagebus(t, s).String(), "amqps://me@[::1]:5671/%2F exchange trac.events"; got != want {
		t.Errorf("String() = %q, want %q", got, want)
	}
}

// A broker that says nothing keeps nobody for long.
func TestMessagebusThatIsSilent(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close() // nobody was accepted
	s := (&rabbitServer{Server: &rabbittest.Server{Port: listener.Addr().(*net.TCPAddr).Port}}).messagebus("silent")
	s.ConnectTimeout = 50 * time.Millisecond
	if err := openMessagebus(t, s).Deliver(t.Context(), pages(1, 1)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Deliver to a silent broker = %v", err)
	}
	s.ConnectTimeout = time.Hour
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := openMessagebus(t, s).Deliver(ctx, pages(1, 1)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Deliver until the context ends = %v", err)
	}
}
