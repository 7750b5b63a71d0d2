package amqp

import (
	"bufio"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	rabbit "github.com/rabbitmq/amqp091-go"

	"tracrpc/publish/encode"
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

// rabbitProgram is RabbitMQ's own, which asks for no user of its own as the one in
// the path does.
const rabbitProgram = "/usr/lib/rabbitmq/bin/rabbitmq-server"

// rabbitServer is a real RabbitMQ with a folder, ports and users of its own:
// guest, trac (who may not declare exchanges) and client (by certificate).
type rabbitServer struct {
	t               testing.TB
	dir             string
	port, tlsPort   int
	certs           certificates
	epmd            int // the port of Erlang's registry
	distribution    int
	registry, serve *exec.Cmd
}

func startRabbit(t testing.TB) *rabbitServer {
	t.Helper()
	need(t, "test", "-x", rabbitProgram)
	s := &rabbitServer{t: t, dir: t.TempDir(), port: freePort(t), tlsPort: freePort(t), epmd: freePort(t), distribution: freePort(t)}
	s.certs = makeCertificates(t, s.dir)
	s.write("enabled_plugins", "[rabbitmq_amqp1_0,rabbitmq_auth_mechanism_ssl].\n")
	s.write("definitions.json", definitions())
	s.write("rabbitmq.conf", fmt.Sprintf(`
listeners.tcp.1 = 127.0.0.1:%d
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
log.file = false
log.console = true
log.console.level = info
disk_free_limit.absolute = 1MB
vm_memory_high_watermark.absolute = 4GB
max_message_size = 100000
`, s.port, s.tlsPort, s.certs.ca, s.certs.server, s.certs.serverKey, filepath.Join(s.dir, "definitions.json")))
	s.registry = exec.Command("epmd", "-port", fmt.Sprint(s.epmd), "-address", "127.0.0.1")
	if err := s.registry.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { end(s.registry) })
	s.start()
	t.Cleanup(s.stop)
	return s
}

func (s *rabbitServer) write(name, text string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// definitions are the users and what they may do.
func definitions() string {
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
	return string(text)
}

// start starts it, and waits until it serves.
func (s *rabbitServer) start() {
	s.t.Helper()
	s.serve = exec.Command(rabbitProgram)
	s.serve.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + s.dir, "LANG=C.UTF-8", "RUNNING_UNDER_SYSTEMD=true", // no shell around it
		fmt.Sprintf("ERL_EPMD_PORT=%d", s.epmd), fmt.Sprintf("RABBITMQ_DIST_PORT=%d", s.distribution),
		fmt.Sprintf("RABBITMQ_NODENAME=tracrpc%d@localhost", s.port),
		"RABBITMQ_CONF_ENV_FILE=/dev/null", "RABBITMQ_CONFIG_FILE=" + filepath.Join(s.dir, "rabbitmq.conf"),
		"RABBITMQ_ENABLED_PLUGINS_FILE=" + filepath.Join(s.dir, "enabled_plugins"),
		"RABBITMQ_MNESIA_BASE=" + filepath.Join(s.dir, "data"), "RABBITMQ_LOG_BASE=" + filepath.Join(s.dir, "log"),
		"RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=+sbwt none +sbwtdcpu none +sbwtdio none +S 2:2 +A 4",
	}
	out, err := s.serve.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	s.serve.Stderr = s.serve.Stdout
	if err := s.serve.Start(); err != nil {
		s.t.Fatal(err)
	}
	var said []string
	for lines := bufio.NewScanner(out); lines.Scan(); {
		said = append(said, lines.Text())
		if strings.Contains(lines.Text(), "Server startup complete") {
			go func() { // ends with the server
				for lines.Scan() {
				}
			}()
			return
		}
	}
	s.t.Fatalf("rabbitmq-server did not start:\n%s", strings.Join(said, "\n"))
}

// stop kills it. What it said is on disk, is there when it starts again.
func (s *rabbitServer) stop() {
	if s.serve != nil {
		end(s.serve)
		s.serve = nil
	}
}

// end kills a program, which says no more than that it was.
func end(command *exec.Cmd) {
	_ = command.Process.Kill()
	_ = command.Wait()
}

func freePort(t testing.TB) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	return listener.Addr().(*net.TCPAddr).Port
}

// url is where clients find it.
func (s *rabbitServer) url() string {
	return fmt.Sprintf("amqp://guest:guest@127.0.0.1:%d/%%2f", s.port)
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
		Settings: common(), Host: "127.0.0.1", Port: s.port, VHost: "/", Auth: Plain, User: "guest", Password: "guest", Exchange: exchange, PrivateExchange: exchange + ".private",
		Type: "topic", Durable: true, Declare: true,
	}
}

func (s *rabbitServer) tls(cert, key string) sink.TLS {
	return sink.TLS{On: true, CA: s.certs.ca, Cert: cert, Key: key}
}

// channel is a client's.
func (s *rabbitServer) channel(t testing.TB) *rabbit.Channel {
	t.Helper()
	connection, err := rabbit.Dial(s.url())
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
