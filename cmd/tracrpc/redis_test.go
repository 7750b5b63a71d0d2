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
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tracrpc/publish"
	"tracrpc/publish/encode"
)

// TestRedisSubscribers kills the server again and again while clients write and
// real subscribers listen, and compares what they hear with the log of events.
func TestRedisSubscribers(t *testing.T) {
	t.Parallel()
	need(t, "apt-get install redis-server", "redis-server", "--version")
	need(t, "apt-get install redis-tools", "redis-cli", "--version")
	need(t, "apt-get install python3-redis", "/usr/bin/python3", "-c", "import redis")
	const rounds, writers, answersBeforeKill = 3, 6, 80
	port := startRedis(t)
	dir := testEnvironment(t)
	appendTo(t, filepath.Join(dir, "conf", "trac.ini"), fmt.Sprintf(`
[components]
tracext.redispub.* = enabled
[redis_client]
host = 127.0.0.1
port = %d
[redispub]
channels = all
[tracrpc-events]
lease = 0.5
`, port))
	program := buildProgram(t)
	python := subscribe(t, exec.Command("/usr/bin/python3", filepath.Join("testdata", "redis_subscriber.py"), strconv.Itoa(port)), pythonLine)
	cli := subscribe(t, exec.Command("redis-cli", "-p", strconv.Itoa(port), "psubscribe", "trac.*"), cliLine())
	for round := range rounds {
		server := startProgram(t, program, dir)
		writeUntilKilled(t, server, round, writers, answersBeforeKill)
	}
	server := startProgram(t, program, dir)
	client := jsonClient{server.address, "admin"}
	client.must(t, "ticket.create", "the last", "", map[string]any{})
	log := eventsOf(t, dir)
	for name, subscriber := range map[string]*subscriber{"python3-redis": python, "redis-cli": cli} {
		subscriber.check(t, name, log, rounds)
	}
	checkSinkCommands(t, client, python)
}

// writeUntilKilled has clients comment on tickets, each on its own, and kills the
// server in the middle of it.
func writeUntilKilled(t *testing.T, server *process, round, writers, answers int) {
	t.Helper()
	answered := make(chan struct{})
	var writing sync.WaitGroup
	for n := range writers {
		client := jsonClient{server.address, "admin"}
		// Ends when the killed server no longer answers.
		writing.Go(func() {
			id, err := client.call("ticket.create", fmt.Sprintf("%d of %d", n, round), "", map[string]any{})
			for i := 0; err == nil; i++ {
				answered <- struct{}{}
				_, err = client.call("ticket.update", id, fmt.Sprintf("comment %d é", i), map[string]any{"keywords": fmt.Sprint(i)})
			}
		})
	}
	// Ends when the writers have ended.
	go func() { writing.Wait(); close(answered) }()
	count := 0
	for range answered {
		if count++; count == answers {
			server.kill(t)
		}
	}
	if count < answers {
		t.Fatalf("round %d ended after %d answers: the server failed by itself\n%s", round, count, server.log)
	}
}

// eventsOf are the messages that the log of events stands for, in its order.
func eventsOf(t *testing.T, dir string) []string {
	t.Helper()
	var printed bytes.Buffer
	if err := run(t.Context(), []string{"events", dir}, streams{strings.NewReader(""), &printed, &printed}); err != nil {
		t.Fatalf("events: %v", err)
	}
	format := encode.Redis{Prefix: "trac", Tickets: true, Pages: true, All: true}
	var all []string
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
			all = append(all, m.Channel+"\t"+string(m.Body))
		}
	}
	return all
}

// subscriber is a program that prints what it hears.
type subscriber struct {
	heard chan string // a channel, a tab and a message
}

// subscribe starts a subscriber, and waits until it has subscribed. read is given
// each line that it prints, and returns what is complete.
func subscribe(t *testing.T, command *exec.Cmd, read func(line string) (heard string, complete bool)) *subscriber {
	t.Helper()
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	s := &subscriber{heard: make(chan string, 100_000)}
	// Ends when the program does.
	go func() {
		defer close(s.heard)
		lines := bufio.NewScanner(out)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			if heard, complete := read(lines.Text()); complete {
				s.heard <- heard
			}
		}
	}()
	t.Cleanup(func() {
		command.Process.Kill() // it does not end by itself
		command.Wait()         // says only that it was killed
	})
	if first := s.next(t); first != "subscribed" {
		t.Fatalf("a subscriber says %q first", first)
	}
	return s
}

func pythonLine(line string) (string, bool) { return line, true }

// cliLine reads what redis-cli prints: the parts of a message, a line each.
func cliLine() func(line string) (string, bool) {
	var parts []string
	return func(line string) (string, bool) {
		parts = append(parts, line)
		switch {
		case parts[0] == "psubscribe" && len(parts) == 3:
			parts = nil
			return "subscribed", true
		case parts[0] == "pmessage" && len(parts) == 4:
			heard := parts[2] + "\t" + parts[3]
			parts = nil
			return heard, true
		case parts[0] != "psubscribe" && parts[0] != "pmessage":
			parts = nil // an empty line, or a notice
		}
		return "", false
	}
}

func (s *subscriber) next(t *testing.T) string {
	t.Helper()
	select {
	case heard, going := <-s.heard:
		if !going {
			t.Fatal("a subscriber ended by itself")
		}
		return heard
	case <-time.After(2 * time.Minute):
		t.Fatal("a subscriber hears nothing")
	}
	return ""
}

// check compares what was heard with the log: everything is there, what comes for
// the first time comes in order, and only a crash makes something come again.
func (s *subscriber) check(t *testing.T, name string, log []string, crashes int) {
	t.Helper()
	const perCrash = 1000 // the relay's bound
	next, repeated := 0, 0
	for next < len(log) {
		heard := s.next(t)
		switch {
		case heard == log[next]:
			next++
		case slices.Contains(log[:next], heard):
			repeated++
		default:
			t.Fatalf("%s: message %d is\n%s\nwant\n%s", name, next+1, heard, log[next])
		}
	}
	if repeated > crashes*perCrash {
		t.Errorf("%s: %d messages came again after %d crashes", name, repeated, crashes)
	}
	t.Logf("%s: %d messages, and %d again", name, len(log), repeated)
}

// checkSinkCommands pauses the sink, and lets it go on and back.
func checkSinkCommands(t *testing.T, client jsonClient, heard *subscriber) {
	t.Helper()
	client.must(t, "events.pause", "redispub")
	client.must(t, "wiki.putPage", "Paused", "text", map[string]any{})
	// How far it is, is written down twice a second.
	for deadline := time.Now().Add(2 * time.Minute); ; {
		sinks := client.must(t, "events.sinks").([]any)
		s := sinks[0].(map[string]any)
		if len(sinks) == 1 && s["paused"] != nil && s["lag"] == 1.0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("events.sinks() = %v, want one that is paused and lags by one", sinks)
		}
	}
	client.must(t, "events.resume", "redispub")
	page := heard.next(t)
	if !strings.HasPrefix(page, "trac.env.wiki.created\t") {
		t.Errorf("after the pause came %s", page)
	}
	newest := client.must(t, "events.list", 0, 1).(map[string]any)["newest"].(float64)
	client.must(t, "events.rewind", "redispub", newest-1)
	if again := heard.next(t); again != page {
		t.Errorf("after rewinding came %s, want %s again", again, page)
	}
}

// startRedis starts a Redis server, and returns its port.
func startRedis(t testing.TB) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	command := exec.Command("redis-server", "--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--save", "", "--dir", t.TempDir())
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		command.Process.Kill() // it does not end by itself
		command.Wait()         // says only that it was killed
	})
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if strings.Contains(lines.Text(), "Ready to accept connections") {
			return port
		}
	}
	t.Fatal("redis-server did not start")
	return 0
}

// appendTo adds text to a file.
func appendTo(t testing.TB, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
