package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"tracrpc/publish"
	"tracrpc/publish/encode"
)

// TestAMQPSubscribers kills the broker and the server in turn while clients write,
// and compares what real subscribers of both versions find at the end with the log
// of events.
func TestAMQPSubscribers(t *testing.T) {
	t.Parallel()
	need(t, "apt-get install rabbitmq-server", "test", "-x", rabbitProgram)
	need(t, "apt-get install python3-pika python3-qpid-proton", "/usr/bin/python3", "-c", "import pika, proton")
	const crashes, writers, answersBeforeKill = 2, 4, 60
	broker := startRabbit(t)
	broker.bind("topic", "trac.events", "#")
	broker.bind("proton", "amq.topic", "trac.#")
	dir := testEnvironment(t)
	appendTo(t, filepath.Join(dir, "conf", "trac.ini"), fmt.Sprintf(`
[broker]
host = 127.0.0.1
port = %d
urls = amqp://guest:guest@127.0.0.1:%d
topic_prefix = /topic/trac
[tracrpc-events]
lease = 0.5
`, broker.port, broker.port))
	program := buildProgram(t)
	server := startProgram(t, program, dir)
	client := jsonClient{server.address, "admin"}
	id := client.must(t, "ticket.create", "the first", "", map[string]any{})
	for i := range 40 {
		client.must(t, "ticket.update", id, "", map[string]any{"keywords": fmt.Sprint("k", i), "owner": fmt.Sprint(i)})
	}
	broker.stop()
	writeUntilKilled(t, server, 0, writers, answersBeforeKill) // nobody waits for a broker that is away
	server = startProgram(t, program, dir)
	broker.start()
	writeUntilKilled(t, server, 1, writers, answersBeforeKill)
	server = startProgram(t, program, dir)
	client = jsonClient{server.address, "admin"}
	client.must(t, "ticket.create", "the last", "", map[string]any{})

	topic, proton := amqpMessagesOf(t, dir)
	address := fmt.Sprintf("amqp://guest:guest@127.0.0.1:%d", broker.port)
	pika := subscribe(t, testdataOfAMQP("pika_subscriber.py", address+"/%2f", "trac.events", "topic", "topic"), amqpLine)
	pika.check(t, "python3-pika", topic, crashes)
	receiver := subscribe(t, testdataOfAMQP("proton_receiver.py", address, "/amq/queue/proton"), amqpLine)
	receiver.check(t, "python3-qpid-proton", proton, crashes)
	for text, who := range map[string]string{"import json, pika": "pika", "from proton": "proton"} {
		amqpSnippet(t, client, broker, text, who)
	}
	for _, s := range client.must(t, "events.sinks").([]any) {
		if sink := s.(map[string]any); sink["dead"] != 0.0 || sink["missed"] != 0.0 {
			t.Errorf("events.sinks() has %v", sink)
		}
	}
}

// amqpSnippet runs what docs/events.md tells a subscriber to run, and closes a
// ticket.
func amqpSnippet(t *testing.T, client jsonClient, broker *rabbitServer, text, owner string) {
	t.Helper()
	guide, err := os.ReadFile(filepath.Join("..", "..", "docs", "events.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := codeBlocks(string(guide), "python")
	i := slices.IndexFunc(blocks, func(block string) bool { return strings.Contains(block, text) })
	if i < 0 {
		t.Fatalf("docs/events.md has no snippet with %q", text)
	}
	snippet := strings.ReplaceAll(blocks[i], "127.0.0.1:5672", fmt.Sprintf("127.0.0.1:%d", broker.port))
	id := client.must(t, "ticket.create", "of "+owner, "", map[string]any{"owner": owner})
	command := exec.Command("/usr/bin/python3", "-c", snippet)
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	lines := make(chan string)
	// Ends when the program is killed.
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			lines <- s.Text()
		}
	}()
	defer func() {
		command.Process.Kill() // it does not end by itself
		for range lines {
		}
		command.Wait() // says only that it was killed
	}()
	// Whether it listens yet, nobody tells.
	for status := range 100 {
		client.must(t, "ticket.update", id, "", map[string]any{"status": fmt.Sprint(status)})
		select {
		case line := <-lines:
			if !strings.HasPrefix(line, fmt.Sprint(id)+" ") || !strings.Contains(line, " -> ") {
				t.Errorf("%s\nprints %q", snippet, line)
			}
			return
		case <-time.After(300 * time.Millisecond):
		}
	}
	t.Errorf("%s\nprints nothing", snippet)
}

// testdataOfAMQP runs a client of the package that has the sinks.
func testdataOfAMQP(script string, arguments ...string) *exec.Cmd {
	path := filepath.Join("..", "..", "publish", "sink", "amqp", "testdata", script)
	return exec.Command("/usr/bin/python3", append([]string{path}, arguments...)...)
}

// amqpLine reads what the clients print of a message: its ID, and where it was.
func amqpLine(line string) (string, bool) {
	var m struct{ Ready, ID, Key, Address string }
	if err := json.Unmarshal([]byte(line), &m); err != nil {
		return err.Error() + ": " + line, true
	}
	if m.Ready != "" {
		return "subscribed", true
	}
	return m.ID + " " + m.Key + m.Address, true
}

// amqpMessagesOf are the messages that the log of events stands for, as the
// clients of both versions tell of them.
func amqpMessagesOf(t *testing.T, dir string) (topic, proton []string) {
	t.Helper()
	var printed bytes.Buffer
	if err := run(t.Context(), []string{"events", dir}, streams{strings.NewReader(""), &printed, &printed}); err != nil {
		t.Fatalf("events: %v", err)
	}
	format := encode.AMQP{KeyPrefix: "trac.event", AddressPrefix: "/topic/trac"}
	for lines := json.NewDecoder(&printed); lines.More(); {
		var e publish.Event
		if err := lines.Decode(&e); err != nil {
			t.Fatal(err)
		}
		messages, err := format.Messages(e)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range messages {
			topic, proton = append(topic, m.ID+" "+m.Key), append(proton, m.ID+" ")
		}
	}
	return topic, proton
}

// rabbitProgram is RabbitMQ's own, which asks for no user of its own as the one in
// the path does.
const rabbitProgram = "/usr/lib/rabbitmq/bin/rabbitmq-server"

// rabbitServer is a real RabbitMQ with a folder and ports of its own.
type rabbitServer struct {
	t          testing.TB
	dir        string
	port       int
	epmd, dist int // the ports of Erlang's registry and of what it registers
	command    *exec.Cmd
}

func startRabbit(t testing.TB) *rabbitServer {
	t.Helper()
	s := &rabbitServer{t: t, dir: t.TempDir(), port: unusedPort(t), epmd: unusedPort(t), dist: unusedPort(t)}
	for name, text := range map[string]string{
		"plugins":       "[rabbitmq_amqp1_0].\n",
		"rabbitmq.conf": fmt.Sprintf("listeners.tcp.1 = 127.0.0.1:%d\nlog.file = false\nlog.console = true\ndisk_free_limit.absolute = 1MB\n", s.port),
	} {
		if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	registry := exec.Command("epmd", "-port", fmt.Sprint(s.epmd), "-address", "127.0.0.1")
	if err := registry.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		registry.Process.Kill() // it does not end by itself
		registry.Wait()         // says only that it was killed
	})
	s.start()
	t.Cleanup(s.stop)
	return s
}

// start starts it, and waits until it serves.
func (s *rabbitServer) start() {
	s.t.Helper()
	s.command = exec.Command(rabbitProgram)
	s.command.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + s.dir, "LANG=C.UTF-8", "RUNNING_UNDER_SYSTEMD=true", // no shell around it
		fmt.Sprintf("ERL_EPMD_PORT=%d", s.epmd), fmt.Sprintf("RABBITMQ_DIST_PORT=%d", s.dist),
		fmt.Sprintf("RABBITMQ_NODENAME=tracrpc%d@localhost", s.port), "RABBITMQ_CONF_ENV_FILE=/dev/null",
		"RABBITMQ_CONFIG_FILE=" + filepath.Join(s.dir, "rabbitmq.conf"), "RABBITMQ_ENABLED_PLUGINS_FILE=" + filepath.Join(s.dir, "plugins"),
		"RABBITMQ_MNESIA_BASE=" + filepath.Join(s.dir, "data"), "RABBITMQ_LOG_BASE=" + filepath.Join(s.dir, "log"),
		"RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=+sbwt none +sbwtdcpu none +sbwtdio none +S 2:2 +A 4",
	}
	out, err := s.command.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.command.Start(); err != nil {
		s.t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if strings.Contains(lines.Text(), "Server startup complete") {
			go func() { // ends with the server
				for lines.Scan() {
				}
			}()
			return
		}
	}
	s.t.Fatal("rabbitmq-server did not start")
}

func (s *rabbitServer) stop() {
	if s.command != nil {
		s.command.Process.Kill() // it may be gone
		s.command.Wait()         // says only that it was killed
		s.command = nil
	}
}

// bind makes a queue that has what goes to an exchange by a key, and outlives all.
func (s *rabbitServer) bind(queue, exchange, key string) {
	s.t.Helper()
	connection, err := amqp.Dial(fmt.Sprintf("amqp://guest:guest@127.0.0.1:%d/", s.port))
	if err != nil {
		s.t.Fatal(err)
	}
	defer connection.Close() // everything was answered
	channel, err := connection.Channel()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := channel.ExchangeDeclare(exchange, "topic", true, false, false, false, nil); err != nil {
		s.t.Fatal(err)
	}
	if _, err := channel.QueueDeclare(queue, true, false, false, false, nil); err != nil {
		s.t.Fatal(err)
	}
	if err := channel.QueueBind(queue, key, exchange, false, nil); err != nil {
		s.t.Fatal(err)
	}
}

func unusedPort(t testing.TB) int {
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
