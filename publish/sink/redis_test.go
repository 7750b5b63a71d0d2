package sink

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"tracrpc/publish"
	"tracrpc/publish/encode"
)

// pages are events of one page, from one number to another.
func pages(from, to int) []publish.Event {
	var list []publish.Event
	for seq := from; seq <= to; seq++ {
		list = append(list, publish.Event{
			Seq: int64(seq), Time: time.Unix(int64(seq), 0), Env: "env", Realm: publish.Wiki, Verb: publish.Changed, ID: "Page",
			Data: json.RawMessage(fmt.Sprintf(`{"name":"Page","version":%d,"text":"é"}`, seq)),
		})
	}
	return list
}

func openRedis(t *testing.T, s RedisSettings) *Redis {
	t.Helper()
	s.Encode = encode.Redis{Prefix: "trac", Pages: true}
	r, err := OpenRedis(s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func version(t *testing.T, m message) int {
	t.Helper()
	var page struct{ Version int }
	if err := json.Unmarshal([]byte(m.body), &page); err != nil {
		t.Fatal(err)
	}
	return page.Version
}

func TestRedisPublishesInOrder(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	heard := server.subscribe("trac.*")
	r := openRedis(t, server.settings())
	for _, batch := range [][]publish.Event{pages(1, 500), pages(501, 501), pages(502, 1000)} {
		if err := r.Deliver(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
	}
	for want := 1; want <= 1000; want++ {
		m := hear(t, heard)
		if got := version(t, m); got != want || m.channel != "trac.env.wiki.changed.Page" {
			t.Fatalf("heard %d on %s, want %d", got, m.channel, want)
		}
	}
}

func TestRedisThatIsAway(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	r := openRedis(t, server.settings())
	if err := r.Deliver(t.Context(), pages(1, 2)); err != nil {
		t.Fatal(err)
	}
	server.stop()
	for range 3 {
		err := r.Deliver(t.Context(), pages(3, 9))
		if f, ok := errors.AsType[*publish.Failure](err); err == nil || ok && (f.Refused || f.Delivered > 0) {
			t.Fatalf("Deliver to nobody = %v, want an error after which all is tried again", err)
		}
	}
	server.start()
	heard := server.subscribe("trac.*")
	if err := r.Deliver(t.Context(), pages(3, 9)); err != nil {
		t.Fatalf("Deliver after the restart = %v", err)
	}
	if got := version(t, hear(t, heard)); got != 3 {
		t.Errorf("heard %d first, want 3", got)
	}
}

func TestRedisRefusesWhatItCannotWrite(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	heard := server.subscribe("*")
	events := pages(1, 3)
	events[1].Data = json.RawMessage(`{`)
	err := openRedis(t, server.settings()).Deliver(t.Context(), events)
	f, ok := errors.AsType[*publish.Failure](err)
	if !ok || !f.Refused || f.Delivered != 1 || version(t, hear(t, heard)) != 1 {
		t.Errorf("Deliver = %v (%+v), want a refusal of the second", err, f)
	}
}

func TestRedisStream(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	s := server.settings()
	s.Stream, s.StreamLength = "trac.events", 1000
	r := openRedis(t, s)
	// The second time is what follows a crash, or a rewind.
	for _, batch := range [][]publish.Event{pages(1, 5), pages(3, 8)} {
		if err := r.Deliver(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
	}
	client := redis.NewClient(&redis.Options{Addr: fmt.Sprintf("127.0.0.1:%d", server.port)})
	defer client.Close() // it was only read
	entries, err := client.XRange(t.Context(), "trac.events", "-", "+").Result()
	if err != nil || len(entries) != 8 {
		t.Fatalf("the stream has %d entries, %v, want 8", len(entries), err)
	}
	for i, e := range entries {
		body := fmt.Sprint(e.Values["data"])
		if want := fmt.Sprintf("%d-1", i+1); e.ID != want || version(t, message{body: body}) != i+1 || e.Values["channel"] != "trac.env.wiki.changed.Page" {
			t.Errorf("entry %d is %+v", i+1, e)
		}
	}
}

func TestRedisUserAndSocket(t *testing.T) {
	t.Parallel()
	socket := filepath.Join(t.TempDir(), "redis.sock")
	server := startRedis(t, "--unixsocket", socket,
		"--user", "default", "off", "--user", "trac", "on", ">secret", "&trac.*", "+publish", "+hello", "+client", "+select")
	for _, c := range []struct {
		name, user, password, want string
	}{
		{"right", "trac", "secret", ""},
		{"wrong password", "trac", "guess", "WRONGPASS"},
		{"nobody", "", "", "NOAUTH"},
	} {
		s := server.settings()
		s.Socket, s.User, s.Password = socket, c.user, c.password
		r := openRedis(t, s)
		err := r.Deliver(t.Context(), pages(1, 1))
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: Deliver = %v, want %q", c.name, err, c.want)
		}
		if f, ok := errors.AsType[*publish.Failure](err); ok && f.Refused {
			t.Errorf("%s: the event is blamed for it", c.name)
		}
		if text := r.String(); strings.Contains(text, "secret") || !strings.HasPrefix(text, "unix://") {
			t.Errorf("String() = %q", text)
		}
	}
}

func TestRedisTLS(t *testing.T) {
	t.Parallel()
	cert, key := certificate(t)
	server := startRedisTLS(t, cert, key)
	s := server.settings()
	s.TLS = TLS{On: true, CA: cert, Cert: cert, Key: key}
	if err := openRedis(t, s).Deliver(t.Context(), pages(1, 1)); err != nil {
		t.Errorf("Deliver over TLS = %v", err)
	}
	s.TLS.CA = ""
	if err := openRedis(t, s).Deliver(t.Context(), pages(1, 1)); err == nil {
		t.Error("a certificate that nobody trusts was taken")
	}
	s.TLS.CA = filepath.Join(t.TempDir(), "none.pem")
	if _, err := OpenRedis(s); err == nil {
		t.Error("OpenRedis with a file that is not there succeeded")
	}
}

// certificate makes one for 127.0.0.1 that vouches for itself.
func certificate(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: keyDER}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}
