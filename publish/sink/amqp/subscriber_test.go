package amqp

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"tracrpc/publish"
)

// pages are events of one page, from one number to another.
func pages(from, to int) []publish.Event {
	var list []publish.Event
	for seq := from; seq <= to; seq++ {
		list = append(list, publish.Event{
			Seq: int64(seq), Time: time.Unix(int64(seq), 0), Env: "env", Realm: publish.Wiki, Verb: publish.Changed, ID: "Page",
			Author: "ann",
			Data:   json.RawMessage(fmt.Sprintf(`{"name":"Page","version":%d,"old_version":%d,"text":"é","old_text":"e"}`, seq, seq-1)),
		})
	}
	return list
}

// heard is what a subscriber prints of a message.
type heard struct {
	Ready                        string
	Key, Address, ID, Type, Kind string
	Headers                      map[string]any
	ContentType                  string `json:"content_type"`
	DeliveryMode                 int    `json:"delivery_mode"`
	Timestamp                    int64
	Expiration, App, Outcome     string
	Redelivered, Durable         bool
	TTL                          float64
	Body                         map[string]any
}

// seq is the number of the event.
func (h heard) seq() int {
	n, _ := h.Headers["seq"].(float64) // 0 is no event's
	return int(n)
}

// subscriber is a program that prints what it hears.
type subscriber struct {
	t       testing.TB
	command *exec.Cmd
	lines   chan string
	ready   string
}

// subscribe starts a subscriber of testdata, and waits until it listens.
func subscribe(t testing.TB, script string, arguments ...string) *subscriber {
	t.Helper()
	need(t, "/usr/bin/python3", "-c", "import pika, proton")
	s := run(t, exec.Command("/usr/bin/python3", append([]string{filepath.Join("testdata", script)}, arguments...)...))
	if s.ready = s.next().Ready; s.ready == "" {
		t.Fatalf("%s does not say that it is ready", script)
	}
	return s
}

// run starts a program that prints a line for each message.
func run(t testing.TB, command *exec.Cmd) *subscriber {
	t.Helper()
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	command.Stderr = os.Stderr
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { end(command) })
	s := &subscriber{t: t, command: command, lines: make(chan string, 100_000)}
	// Ends when the program does.
	go func() {
		defer close(s.lines)
		lines := bufio.NewScanner(out)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			s.lines <- lines.Text()
		}
	}()
	return s
}

func (s *subscriber) line() string {
	s.t.Helper()
	select {
	case line, going := <-s.lines:
		if !going {
			s.t.Fatal("a subscriber ended by itself")
		}
		return line
	case <-time.After(2 * time.Minute):
		s.t.Fatal("a subscriber hears nothing")
	}
	return ""
}

func (s *subscriber) next() heard {
	s.t.Helper()
	var h heard
	if line := s.line(); json.Unmarshal([]byte(line), &h) != nil {
		s.t.Fatalf("a subscriber prints %s", line)
	}
	return h
}

// inOrder hears the events from one number to another, in order; those that come
// again are counted.
func (s *subscriber) inOrder(from, to int) (again int) {
	s.t.Helper()
	ids := map[string]int{}
	for want := from; want <= to; {
		h := s.next()
		seq, known := ids[h.ID]
		switch {
		case h.seq() == want:
			ids[h.ID] = want
			want++
		case known && seq == h.seq():
			again++
		default:
			s.t.Fatalf("heard event %d (%s), want %d", h.seq(), h.ID, want)
		}
	}
	return again
}

// certificates are those of somebody who vouches for a server and for a client.
type certificates struct {
	ca, server, serverKey, client, clientKey string
}

func makeCertificates(t testing.TB, dir string) certificates {
	t.Helper()
	authority := template("authority")
	authority.IsCA, authority.BasicConstraintsValid, authority.KeyUsage = true, true, x509.KeyUsageCertSign
	key := newKey(t)
	sign := func(name string, c *x509.Certificate, k *ecdsa.PrivateKey) (cert, keyFile string) {
		der, err := x509.CreateCertificate(rand.Reader, c, authority, &k.PublicKey, key)
		if err != nil {
			t.Fatal(err)
		}
		private, err := x509.MarshalPKCS8PrivateKey(k)
		if err != nil {
			t.Fatal(err)
		}
		cert, keyFile = filepath.Join(dir, name+".pem"), filepath.Join(dir, name+".key")
		for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: private}} {
			if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return cert, keyFile
	}
	var all certificates
	all.ca, _ = sign("ca", authority, key)
	all.server, all.serverKey = sign("server", template("localhost"), newKey(t))
	all.client, all.clientKey = sign("client", template("client"), newKey(t))
	return all
}

func template(name string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}
