package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tracrpc/publish"
)

// TestKill kills the server while clients write, several times, and looks
// whether everything that was answered is there.
func TestKill(t *testing.T) {
	t.Parallel()
	const rounds, writers, answersBeforeKill = 4, 6, 60
	program := buildProgram(t)
	dir := testEnvironment(t)
	var kept []promise
	for round := range rounds {
		server := startProgram(t, program, dir)
		verify(t, server.address, kept)
		answered := make(chan promise)
		var writing sync.WaitGroup
		for n := range writers {
			w := &writer{client: jsonClient{server.address, "admin"}, name: fmt.Sprintf("r%dw%d", round, n)}
			// Ends when the killed server no longer answers.
			writing.Go(func() {
				var refused jsonFault
				if err := w.write(answered); errors.As(err, &refused) {
					t.Errorf("%s: %v", w.name, refused)
				}
			})
		}
		// Ends when the writers have ended.
		go func() { writing.Wait(); close(answered) }()
		inRound := 0
		for p := range answered {
			kept = append(kept, p)
			if inRound++; inRound == answersBeforeKill {
				server.kill(t)
			}
		}
		if inRound < answersBeforeKill {
			t.Fatalf("round %d ended after %d answers: the server failed by itself\n%s", round, inRound, server.log)
		}
	}
	server := startProgram(t, program, dir)
	verify(t, server.address, kept)
	verifyAttachments(t, jsonClient{server.address, "admin"})
	verifyEvents(t, jsonClient{server.address, "admin"}, dir)
}

// promise is something that the server has answered, and so must keep.
type promise struct {
	method    string
	arguments []any
	holds     func(answer any) bool
}

// writer makes a ticket, a comment, an attachment and a page, again and again.
type writer struct {
	client jsonClient
	name   string
}

// write sends a promise for each answer and ends with the error of the first call
// that fails.
func (w *writer) write(answered chan<- promise) error {
	for n := 0; ; n++ {
		text := fmt.Sprintf("%s-%d", w.name, n)
		created, err := w.client.call("ticket.create", text, "description", map[string]any{})
		if err != nil {
			return err
		}
		id := created.(float64)
		answered <- promise{"ticket.get", []any{id}, func(a any) bool {
			return a.([]any)[3].(map[string]any)["summary"] == text
		}}
		if _, err := w.client.call("ticket.update", id, text, map[string]any{"keywords": text}); err != nil {
			return err
		}
		answered <- promise{"ticket.changeLog", []any{id}, func(a any) bool {
			log := fmt.Sprint(a)
			return strings.Contains(log, "comment 1 "+text+" ") && strings.Contains(log, "keywords  "+text+" ")
		}}
		data := attachmentData(id)
		if _, err := w.client.call("ticket.putAttachment", id, text, "d", data); err != nil {
			return err
		}
		answered <- promise{"ticket.getAttachment", []any{id, text}, func(a any) bool { return sameBinary(a, data) }}
		if _, err := w.client.call("wiki.putPage", text, text, map[string]any{}); err != nil {
			return err
		}
		answered <- promise{"wiki.getPage", []any{text}, func(a any) bool { return a == text }}
	}
}

// attachmentData is the file that is attached to a ticket: a few pages of bytes
// that no other ticket has.
func attachmentData(id float64) map[string]any {
	random := rand.NewChaCha8([32]byte{byte(id), byte(int(id) >> 8)})
	data := make([]byte, 20_000)
	random.Read(data) // never fails
	return map[string]any{"__jsonclass__": []any{"binary", base64.StdEncoding.EncodeToString(data)}}
}

// sameBinary compares two binaries of JSON-RPC, whose texts may have line breaks.
func sameBinary(a, b any) bool {
	text := func(v any) string { return strings.ReplaceAll(fmt.Sprint(v), "\n", "") }
	return text(a) == text(b)
}

// verify asks for everything that was promised.
func verify(t *testing.T, address string, kept []promise) {
	t.Helper()
	client := jsonClient{address, "admin"}
	for _, p := range kept {
		answer, err := client.call(p.method, p.arguments...)
		if err != nil || !p.holds(answer) {
			t.Errorf("after the kill, %s(%v) = %.200v, %v", p.method, p.arguments, answer, err)
		}
	}
}

// verifyAttachments reads every file that a ticket says it has: a write that was
// not answered may be there or not, but not in part.
func verifyAttachments(t *testing.T, client jsonClient) {
	t.Helper()
	for _, id := range client.must(t, "ticket.query", "max=0").([]any) {
		for _, row := range client.must(t, "ticket.listAttachments", id).([]any) {
			name := row.([]any)[0]
			if !sameBinary(client.must(t, "ticket.getAttachment", id, name), attachmentData(id.(float64))) {
				t.Errorf("attachment %v of ticket %v is not what was sent", name, id)
			}
		}
	}
}

// verifyEvents compares the events with what is there: numbers without gaps, and
// one event for each ticket, and none for a ticket that is not there.
func verifyEvents(t *testing.T, client jsonClient, dir string) {
	t.Helper()
	var printed bytes.Buffer
	if err := run(t.Context(), []string{"events", dir}, streams{strings.NewReader(""), &printed, &printed}); err != nil {
		t.Fatalf("events: %v", err)
	}
	created := map[string]int{}
	lines := json.NewDecoder(&printed)
	for seq := int64(1); lines.More(); seq++ {
		var e publish.Event
		if err := lines.Decode(&e); err != nil {
			t.Fatal(err)
		}
		if e.Seq != seq {
			t.Fatalf("event %d follows event %d", e.Seq, seq-1)
		}
		if e.Realm == publish.Ticket && e.Verb == publish.Created {
			created[e.ID]++
		}
	}
	tickets := client.must(t, "ticket.query", "max=0").([]any)
	for _, id := range tickets {
		if n := created[fmt.Sprint(id)]; n != 1 {
			t.Errorf("ticket %v has %d events that say it was made", id, n)
		}
	}
	if len(created) != len(tickets) {
		t.Errorf("%d tickets are said to have been made, %d are there", len(created), len(tickets))
	}
}

// buildProgram builds the program as it is shipped.
func buildProgram(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "tracrpc")
	build := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-tags=sqlite_fts5", "-o", program, ".")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, output)
	}
	return program
}

// process is a running server.
type process struct {
	address string
	command *exec.Cmd
	log     *serverLog
}

// startProgram starts the program's server; it is killed at the end of the test
// unless it has been before.
func startProgram(t *testing.T, program, dir string, flags ...string) *process {
	t.Helper()
	p := &process{
		command: exec.Command(program, append([]string{"serve", dir, "--listen", "127.0.0.1:0"}, flags...)...),
		log:     &serverLog{address: make(chan string, 1)},
	}
	p.command.Stderr = p.log
	if err := p.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if p.command.ProcessState == nil {
			p.kill(t)
		}
	})
	select {
	case p.address = <-p.log.address:
	case <-time.After(time.Minute):
		t.Fatalf("the server does not say that it listens:\n%s", p.log)
	}
	return p
}

// kill ends the process at once, as SIGKILL or a power cut does.
func (p *process) kill(t *testing.T) {
	t.Helper()
	if err := p.command.Process.Kill(); err != nil {
		t.Error(err)
	}
	p.command.Wait() // says only that it was killed
}
