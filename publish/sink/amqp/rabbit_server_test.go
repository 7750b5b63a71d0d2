package amqp

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	rabbit "github.com/rabbitmq/amqp091-go"

	"tracrpc/publish/encode"
	"tracrpc/publish/rabbittest"
	"tracrpc/publish/sink"
)

// need skips a test whose program is not installed, or fails it where everything
// is to be.
func need(t testing.TB, program string, arguments ...string) {
	t.Helper()
	if _, err := exec.LookPath(program); err == nil && exec.Command(program, arguments...).Run() == nil {
		return
	}
	if os.Getenv("TRACRPC_NEED_CLIENTS") != "" {
		t.Fatalf("%s %s does not run: run script/bootstrap", program, arguments)
	}
	t.Skipf("%s %s does not run: script/bootstrap installs it", program, arguments)
}

// rabbitServer is a real RabbitMQ, also with TLS, and with users of its own: guest,
// trac (who may not declare exchanges) and client (by certificate).
type rabbitServer struct {
	*rabbittest.Server
	tlsPort int
	certs   certificates
}

func startRabbit(t testing.TB) *rabbitServer {
	t.Helper()
	dir := t.TempDir()
	s := &rabbitServer{tlsPort: freePort(t), certs: makeCertificates(t, dir)}
	users := filepath.Join(dir, "definitions.json")
	if err := os.WriteFile(users, definitions(), 0o600); err != nil {
		t.Fatal(err)
	}
	var err error
	s.Server, err = rabbittest.Start(dir, fmt.Sprintf(`
listeners.ssl.1 = 127.0.0.1:%d
ssl_options.cacertfile = %s
ssl_options.certfile = %s
ssl_options.keyfile = %s
ssl_options.verify = verify_peer
ssl_options.fail_if_no_peer_cert = false
ssl_cert_login_from = common_name
auth_mechanisms.1 = PLAIN
auth_mechanisms.2 = EXTERNAL
load_definitions = %s
max_message_size = 100000
`, s.tlsPort, s.certs.ca, s.certs.server, s.certs.serverKey, users))
	switch {
	case errors.Is(err, rabbittest.ErrAbsent) && os.Getenv("TRACRPC_NEED_CLIENTS") == "":
		t.Skipf("%v: script/bootstrap installs it", err)
	case err != nil:
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// definitions are the users and what they may do.
func definitions() []byte {
	type object = map[string]any
	user := func(name string) object {
		hash := sha256.Sum256([]byte("salt" + name)) // every user's password is the name
		return object{"name": name, "password_hash": base64.StdEncoding.EncodeToString(append([]byte("salt"), hash[:]...)),
			"hashing_algorithm": "rabbit_password_hashing_sha256", "tags": ""}
	}
	may := func(name, vhost, configure string) object {
		return object{"user": name, "vhost": vhost, "configure": configure, "write": ".*", "read": ".*"}
	}
	text, err := json.Marshal(object{
		"users":  []object{user("guest"), user("trac"), user("client")},
		"vhosts": []object{{"name": "/"}, {"name": "other"}},
		"permissions": []object{
			may("guest", "/", ".*"), may("guest", "other", ".*"), may("trac", "/", "^$"), may("client", "/", ".*"),
		},
	})
	if err != nil {
		panic(err) // they are plain values
	}
	return text
}

// end kills a program, which says no more than that it was.
func end(command *exec.Cmd) {
	_ = command.Process.Kill()
	_ = command.Wait()
}

func freePort(t testing.TB) int {
	t.Helper()
	port, err := rabbittest.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// common are settings for both versions.
func common() Settings {
	return Settings{
		ConnectTimeout: time.Minute, SendTimeout: time.Minute, Persistent: true,
		Encode: encode.AMQP{KeyPrefix: "trac.event", AddressPrefix: "/topic/trac", PrivateAddressPrefix: "/topic/trac-private"},
	}
}

func (s *rabbitServer) messagebus(exchange string) MessagebusSettings {
	return MessagebusSettings{
		Settings: common(), Host: "127.0.0.1", Port: s.Port, VHost: "/", Auth: Plain, User: "guest", Password: "guest", Exchange: exchange, PrivateExchange: exchange + ".private",
		Type: "topic", Durable: true, Declare: true,
	}
}

func (s *rabbitServer) tls(cert, key string) sink.TLS {
	return sink.TLS{On: true, CA: s.certs.ca, Cert: cert, Key: key}
}

// channel is a client's.
func (s *rabbitServer) channel(t testing.TB) *rabbit.Channel {
	t.Helper()
	connection, err := rabbit.Dial(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() }) // the server may be gone
	c, err := connection.Channel()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// queue makes one that outlives everything, and has what goes to the exchange.
func (s *rabbitServer) queue(t testing.TB, name, exchange, key string, arguments rabbit.Table) {
	t.Helper()
	c := s.channel(t)
	if err := c.ExchangeDeclare(exchange, "topic", true, false, false, false, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := c.QueueDeclare(name, true, false, false, false, arguments); err != nil {
		t.Fatal(err)
	}
	if err := c.QueueBind(name, key, exchange, false, nil); err != nil {
		t.Fatal(err)
	}
}
