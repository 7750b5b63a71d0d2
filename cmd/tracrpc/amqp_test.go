package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
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
	"tracrpc/publish/rabbittest"
)

// TestAMQPSubscribers kills the broker and the server in turn while clients write,
// and compares what real subscribers of both versions find at the end with the log
// of events.
func TestAMQPSubscribers(t *testing.T) {
	t.Parallel()
	need(t, "apt-get install python3-pika python3-qpid-proton", "/usr/bin/python3", "-c", "import pika, proton")
	const crashes, writers, answersBeforeKill = 2, 4, 60
	broker := startRabbit(t)
	bindQueue(t, broker, "topic", "trac.events", "#")
	bindQueue(t, broker, "proton", "amq.topic", "trac.#")
	dir := testEnvironment(t)
	appendTo(t, filepath.Join(dir, "conf", "trac.ini"), fmt.Sprintf(`
[broker]
host = 127.0.0.1
port = %d
urls = amqp://guest:guest@127.0.0.1:%d
topic_prefix = /topic/trac
[tracrpc-events]
lease = 0.5
`, broker.Port, broker.Port))
	program := buildProgram(t)
	server := startProgram(t, program, dir)
	client := jsonClient{server.address, "admin"}
	id := client.must(t, "ticket.create", "the first", "", map[string]any{})
	for i := range 40 {
		client.must(t, "ticket.update", id, "", map[string]any{"keywords": fmt.Sprint("k", i), "owner": fmt.Sprint(i)})
	}
	broker.Kill()
	writeUntilKilled(t, server, 0, writers, answersBeforeKill) // nobody waits for a broker that is away
	server = startProgram(t, program, dir)
	if err := broker.Restart(); err != nil {
		t.Fatal(err)
	}
	writeUntilKilled(t, server, 1, writers, answersBeforeKill)
	server = startProgram(t, program, dir)
	client = jsonClient{server.address, "admin"}
	client.must(t, "ticket.create", "the last", "", map[string]any{})

	topic, proton := amqpMessagesOf(t, dir)
	address := fmt.Sprintf("amqp://guest:guest@127.0.0.1:%d", broker.Port)
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
func amqpSnippet(t *testing.T, client jsonClient, broker *rabbittest.Server, text, owner string) {
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
	snippet := strings.ReplaceAll(blocks[i], "127.0.0.1:5672", fmt.Sprintf("127.0.0.1:%d", broker.Port))
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

func startRabbit(t testing.TB) *rabbittest.Server {
	t.Helper()
	s, err := rabbittest.Start(t.TempDir(), "")
	switch {
	case errors.Is(err, rabbittest.ErrAbsent) && os.Getenv("TRACRPC_NEED_CLIENTS") == "":
		t.Skipf("%v: script/bootstrap installs it", err)
	case err != nil:
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// bindQueue makes a queue that has what goes to an exchange by a key, and outlives all.
func bindQueue(t testing.TB, s *rabbittest.Server, queue, exchange, key string) {
	t.Helper()
	connection, err := amqp.Dial(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close() // everything was answered
	channel, err := connection.Channel()
	if err != nil {
		t.Fatal(err)
	}
	if err := channel.ExchangeDeclare(exchange, "topic", true, false, false, false, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := channel.QueueDeclare(queue, true, false, false, false, nil); err != nil {
		t.Fatal(err)
	}
	if err := channel.QueueBind(queue, key, exchange, false, nil); err != nil {
		t.Fatal(err)
	}
}
