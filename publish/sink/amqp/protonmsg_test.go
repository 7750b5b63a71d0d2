package amqp

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tracrpc/publish"
	"tracrpc/publish/encode"
)

func openProtonmsg(t testing.TB, s ProtonmsgSettings) *Protonmsg {
	t.Helper()
	p, err := OpenProtonmsg(s, new(atomic.Int64))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() }) // the broker may be gone
	return p
}

// miniBroker is one of AMQP 1.0 that prints what it is sent.
func miniBroker(t testing.TB, outcomes ...string) (*subscriber, ProtonmsgSettings) {
	t.Helper()
	s := subscribe(t, "proton_broker.py", outcomes...)
	c := common()
	c.Encode = encode.AMQP{AddressPrefix: "topic://trac", PrivateAddressPrefix: "topic://trac-private"}
	return s, ProtonmsgSettings{Settings: c, URLs: []string{"amqp://127.0.0.1:" + s.ready}}
}

// tickets are events of all sorts about one ticket.
func tickets(t testing.TB, from, to int) []publish.Event {
	t.Helper()
	var list []publish.Event
	for seq := from; seq <= to; seq++ {
		data, err := json.Marshal(publish.TicketData{
			Ticket:  publish.TicketState{ID: 7, Fields: map[string]string{"type": "defect", "status": "closed", "component": "doors"}},
			Fields:  []publish.FieldChange{{Name: "status", Old: "new", New: "closed"}, {Name: "owner", Old: "ann", New: "bob"}},
			Comment: "é", Number: seq,
		})
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, publish.Event{
			Seq: int64(seq), Time: time.Unix(int64(seq), 0), Env: "my.env", Realm: publish.Ticket, Verb: publish.Changed, ID: "7",
			Author: "ann", Data: data,
		})
	}
	return list
}

func TestProtonmsg(t *testing.T) {
	t.Parallel()
	broker, s := miniBroker(t)
	s.TTL = time.Hour
	deliver(t, openProtonmsg(t, s), tickets(t, 1, 300))
	// Three addresses, one order.
	for seq := 1; seq <= 300; seq++ {
		for part, address := range []string{"ticket.closed", "ticket.changed", "ticket.comment"} {
			h := broker.next()
			if h.seq() != seq || h.Headers["part"] != float64(part+1) || h.Address != "topic://trac.my_env."+address {
				t.Fatalf("heard event %d, part %v at %s, want %d, part %d at %s", h.seq(), h.Headers["part"], h.Address, seq, part+1, address)
			}
			if seq == 300 && part == 0 {
				checkStateChange(t, h)
			}
		}
	}
}

func checkStateChange(t *testing.T, h heard) {
	t.Helper()
	id := publish.NewIDs("my.env").Of(300)
	want := map[string]any{
		"type": "TicketStateChange", "id": 7.0, "component": "doors", "parent": nil, "method": "defect", "attribute": "status",
		"old": "new", "new": "closed", "author": "ann", "event_id": id, "seq": 300.0, "env": "my.env", "part": 1.0, "parts": 3.0,
	}
	if fmt.Sprint(h.Headers) != fmt.Sprint(want) {
		t.Errorf("properties %v, want %v", h.Headers, want)
	}
	if h.Kind != "str" || h.Body["new"] != "closed" || h.Body["comment"] != "é" || h.ID != id || !h.Durable || h.TTL != 3600 {
		t.Errorf("heard %+v", h)
	}
}

func TestProtonmsgOutcomes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		outcome        string
		hold           bool
		arrive, refuse bool
		returned       int64
	}{
		{outcome: "accepted", arrive: true},
		{outcome: "released", arrive: true, returned: 5},
		{outcome: "released", hold: true},
		{outcome: "rejected", refuse: true},
		{outcome: "busy"},
	} {
		broker, s := miniBroker(t, "TicketComment="+c.outcome)
		s.Hold = c.hold
		p := openProtonmsg(t, s)
		err := p.Deliver(t.Context(), tickets(t, 1, 5))
		f, failed := errors.AsType[*publish.Failure](err)
		if failed == c.arrive || failed && (f.Refused != c.refuse || f.Delivered != 0) || p.unroutable.Load() != c.returned {
			t.Errorf("%s: Deliver = %v (%+v)", c.outcome, err, f)
		}
		broker.inOrder(1, 1) // it goes on after that
		if c.arrive {
			deliver(t, p, tickets(t, 6, 6))
		}
	}
}

func TestProtonmsgThatIsSilent(t *testing.T) {
	t.Parallel()
	_, s := miniBroker(t, "TicketComment=silent")
	s.SendTimeout = 100 * time.Millisecond
	if err := openProtonmsg(t, s).Deliver(t.Context(), tickets(t, 1, 5)); !errors.Is(err, errSilent) {
		t.Errorf("Deliver to a broker that says nothing = %v", err)
	}
}

// Of several brokers any will do, and when it goes away another.
func TestProtonmsgBrokers(t *testing.T) {
	t.Parallel()
	first, s := miniBroker(t)
	second, s2 := miniBroker(t)
	s.URLs = append(s.URLs, s2.URLs[0], fmt.Sprintf("amqp://127.0.0.1:%d", freePort(t)))
	p := openProtonmsg(t, s)
	deliver(t, p, tickets(t, 1, 1))
	var served, other *subscriber
	select {
	case <-first.lines:
		served, other = first, second
	case <-second.lines:
		served, other = second, first
	case <-time.After(time.Minute):
		t.Fatal("nobody heard anything")
	}
	end(served.command)
	for tries := 0; ; tries++ {
		if err := p.Deliver(t.Context(), tickets(t, 2, 2)); err == nil {
			break
		} else if tries > 3 {
			t.Fatal(err)
		}
	}
	if h := other.next(); h.seq() != 2 {
		t.Errorf("the other broker heard %+v", h)
	}
}

func TestProtonmsgURLs(t *testing.T) {
	t.Parallel()
	for _, urls := range [][]string{nil, {"amqp://user:secret@h:1%"}, {"http://user:secret@host"}, {"host:5672"}} {
		s := ProtonmsgSettings{URLs: urls}
		if p, err := OpenProtonmsg(s, new(atomic.Int64)); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("OpenProtonmsg(%q) = %v, %v", urls, p, err)
		}
	}
	p, err := OpenProtonmsg(ProtonmsgSettings{URLs: []string{"amqps://user:secret@b:5671", "amqp://a"}}, new(atomic.Int64))
	if err != nil || p.String() != "amqp://a amqps://b:5671 " {
		t.Errorf("String() = %q, %v", p, err)
	}
}

// protonmsgToRabbit sends to RabbitMQ's topics.
func protonmsgToRabbit(t *testing.T, server *rabbitServer) {
	s := ProtonmsgSettings{Settings: common(), URLs: []string{fmt.Sprintf("amqp://guest:guest@127.0.0.1:%d", server.Port)}}
	p := openProtonmsg(t, s)
	deliver(t, p, tickets(t, 1, 5)) // nobody listens, which this broker does not tell
	receiver := subscribe(t, "proton_receiver.py", fmt.Sprintf("amqp://guest:guest@127.0.0.1:%d", server.Port), "/topic/trac.my_env.ticket.#")
	deliver(t, p, tickets(t, 6, 205))
	for seq := 6; seq <= 205; seq++ {
		for part := 1; part <= 3; part++ {
			if h := receiver.next(); h.seq() != seq || h.Headers["part"] != float64(part) || h.Kind != "str" {
				t.Fatalf("heard %+v, want event %d, part %d", h, seq, part)
			}
		}
	}
	s.URLs[0] = strings.ReplaceAll(s.URLs[0], "guest@", "guess@")
	wrong := openProtonmsg(t, s)
	if err := wrong.Deliver(t.Context(), tickets(t, 1, 1)); err == nil || strings.Contains(err.Error()+wrong.String(), "guess") {
		t.Errorf("Deliver with a wrong password = %v", err)
	}
}

func protonmsgOverTLS(t *testing.T, server *rabbitServer) {
	s := ProtonmsgSettings{Settings: common(), URLs: []string{fmt.Sprintf("amqps://127.0.0.1:%d", server.tlsPort)}}
	s.TLS = server.tls(server.certs.client, server.certs.clientKey)
	deliver(t, openProtonmsg(t, s), tickets(t, 1, 1))
	s.TLS.CA = ""
	if err := openProtonmsg(t, s).Deliver(t.Context(), tickets(t, 1, 1)); err == nil {
		t.Error("a certificate that nobody trusts was taken")
	}
}
