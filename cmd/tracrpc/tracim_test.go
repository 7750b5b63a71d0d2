package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tracrpc/publish"
	"tracrpc/publish/encode"
)

// tracimEnvironment is an environment whose events are served on a socket.
func tracimEnvironment(t *testing.T) (dir, socket string) {
	t.Helper()
	dir = testEnvironment(t)
	folder, err := os.MkdirTemp("", "tracim") // a socket must not have a long name
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) }) // nothing is at stake
	socket = filepath.Join(folder, "master.sock")
	appendToIni(t, dir, "[tracrpc-tracim]\nsocket_path = "+socket+"\nuser = admin\n")
	return dir, socket
}

// TestTracimDaemonClients kills the server and a client again and again, and
// compares what the clients hear with the log of events.
func TestTracimDaemonClients(t *testing.T) {
	t.Parallel()
	need(t, "apt-get install python3", "python3", "--version")
	const rounds, writers, answersBeforeKill = 3, 4, 60
	dir, socket := tracimEnvironment(t)
	program := buildProgram(t)
	first := startProgram(t, program, dir)
	script := func(own string) *exec.Cmd {
		return exec.Command("python3", filepath.Join("testdata", "tracim", "subscriber.py"), socket, filepath.Join(filepath.Dir(socket), own))
	}
	awaitSocket(t, socket)
	python := subscribe(t, script("python.sock"), pythonLine)
	sdk := subscribeAsGo(t, socket)
	victim := subscribeAndDie(t, func() *exec.Cmd { return script("victim.sock") })
	first.kill(t)
	for round := range rounds {
		server := startProgram(t, program, dir)
		writeUntilKilled(t, server, round, writers, answersBeforeKill)
	}
	server := startProgram(t, program, dir)
	jsonClient{server.address, "admin"}.must(t, "ticket.create", "the last <&> é", strings.Repeat("\"<", 5000), map[string]any{})
	log := liveMessagesOf(t, dir)
	python.check(t, "Python", log, rounds)
	sdk.check(t, "Go", log, rounds)
	victim.check(t, "a client that is killed", log, 1000)
	awaitNoLag(t, jsonClient{server.address, "admin"}, "python.sock", "go.sock")
}

// awaitNoLag waits until it is written down that clients have had everything.
func awaitNoLag(t *testing.T, client jsonClient, sockets ...string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); len(sockets) > 0; {
		for _, s := range client.must(t, "events.sinks").([]any) {
			sink := s.(map[string]any)
			if strings.HasSuffix(sink["name"].(string), sockets[0]) && sink["lag"] == 0.0 {
				sockets = sockets[1:]
				break
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("%v never come to lag 0: %v", sockets, client.must(t, "events.sinks"))
		}
	}
}

// liveMessagesOf are the live messages that the log of events stands for, but for
// those of the environment's making.
func liveMessagesOf(t *testing.T, dir string) []string {
	t.Helper()
	var printed bytes.Buffer
	if err := run(t.Context(), []string{"events", dir}, streams{strings.NewReader(""), &printed, &printed}); err != nil {
		t.Fatalf("events: %v", err)
	}
	var all []string
	for lines := json.NewDecoder(&printed); lines.More(); {
		var e publish.Event
		if err := lines.Decode(&e); err != nil {
			t.Fatal(err)
		}
		messages, err := encode.Tracim{}.Messages(e)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range messages {
			if e.Realm != publish.Permission {
				all = append(all, string(m.Text))
			}
		}
	}
	return all
}

func awaitSocket(t *testing.T, path string) {
	t.Helper()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(time.Minute)
	for {
		conn, err := net.Dial("unix", path)
		if err == nil {
			conn.Close() // it was only to be there
			return
		}
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatalf("nobody listens on %s: %v", path, err)
		}
	}
}

// sendTracim sends a frame as the Go SDK does; again when the server is being
// started.
func sendTracim(ctx context.Context, socket, text string) error {
	for {
		conn, err := net.Dial("unix", socket)
		if err == nil {
			_, err = conn.Write([]byte(text))
			conn.Close() // what counts is the answer
			return err
		}
		if !errors.Is(err, syscall.ECONNREFUSED) && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// subscribeAsGo subscribes as the Go SDK does: it reads each connection once, in a
// goroutine of its own.
func subscribeAsGo(t *testing.T, socket string) *subscriber {
	t.Helper()
	own := filepath.Join(filepath.Dir(socket), "go.sock")
	listener, err := net.Listen("unix", own)
	if err != nil {
		t.Fatal(err)
	}
	s := &subscriber{heard: make(chan string, 100_000)}
	var reading sync.WaitGroup
	// Ends with the listener.
	reading.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			// Ends when the frame was read.
			reading.Go(func() {
				defer conn.Close()
				s.readAsGo(t, conn, socket, own)
			})
		}
	})
	t.Cleanup(func() { listener.Close(); reading.Wait() })
	if err := sendTracim(t.Context(), socket, fmt.Sprintf(`{"path":%q,"type":"daemon_client_add","data":{"path":%q,"pid":"%d"}}`, own, own, os.Getpid())); err != nil {
		t.Fatal(err)
	}
	if first := s.next(t); first != "subscribed" {
		t.Fatalf("a subscriber hears %q first", first)
	}
	return s
}

func (s *subscriber) readAsGo(t *testing.T, conn net.Conn, socket, own string) {
	buffer := make([]byte, 4096)
	n, err := conn.Read(buffer)
	if err != nil {
		return // the server was killed
	}
	var frame struct {
		Path, Type string
		Data       any
	}
	if err := json.Unmarshal(buffer[:n], &frame); err != nil || frame.Path != socket {
		t.Errorf("frame %q: %v", buffer[:n], err)
		return
	}
	switch frame.Type {
	case encode.TracimPing:
		err = sendTracim(t.Context(), socket, fmt.Sprintf(`{"path":%q,"type":"daemon_pong"}`, own))
	case encode.TracimAccount:
		if _, isText := frame.Data.(map[string]any)["user_id"].(string); !isText {
			t.Errorf("account %v", frame.Data)
		}
		s.heard <- "subscribed"
	case encode.TracimEvent:
		s.heard <- frame.Data.(string)
	}
	if err != nil && t.Context().Err() == nil {
		t.Error(err)
	}
}

// subscribeAndDie subscribes with a program that is killed after every few
// messages, and started again.
func subscribeAndDie(t *testing.T, command func() *exec.Cmd) *subscriber {
	t.Helper()
	s := &subscriber{heard: make(chan string, 100_000)}
	stop := make(chan struct{})
	var running sync.WaitGroup
	// Ends with stop.
	running.Go(func() {
		for life := 0; ; life++ {
			one := subscribeOnce(t, command())
			for n := 0; one != nil && n < 15+life%7; n++ {
				select {
				case text := <-one.lines:
					if text != "subscribed" || life == 0 {
						s.heard <- text
					}
				case <-stop:
					one.kill()
					return
				}
			}
			if one == nil {
				return
			}
			for _, text := range one.kill() {
				if text != "subscribed" || life == 0 {
					s.heard <- text
				}
			}
		}
	})
	t.Cleanup(func() { close(stop); running.Wait() })
	if first := s.next(t); first != "subscribed" {
		t.Fatalf("a subscriber says %q first", first)
	}
	return s
}

// life is a program that prints lines until it is killed.
type life struct {
	command *exec.Cmd
	lines   chan string
	reading sync.WaitGroup
}

func subscribeOnce(t *testing.T, command *exec.Cmd) *life {
	out, err := command.StdoutPipe()
	if err == nil {
		err = command.Start()
	}
	if err != nil {
		t.Error(err)
		return nil
	}
	l := &life{command: command, lines: make(chan string)}
	// Ends when the program does, and what it printed was taken.
	l.reading.Go(func() {
		defer close(l.lines)
		var text []byte
		buffer := make([]byte, 4096)
		for {
			n, err := out.Read(buffer)
			text = append(text, buffer[:n]...)
			for {
				line, rest, whole := bytes.Cut(text, []byte("\n"))
				if !whole {
					break
				}
				l.lines <- string(line)
				text = rest
			}
			if err != nil {
				return
			}
		}
	})
	return l
}

// kill kills the program. It returns what it had printed and nobody had taken.
func (l *life) kill() (lines []string) {
	l.command.Process.Kill() // it does not end by itself
	for line := range l.lines {
		lines = append(lines, line)
	}
	l.reading.Wait()
	l.command.Wait() // says only that it was killed
	return lines
}
