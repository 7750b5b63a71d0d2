package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"
)

// browser is a Chromium with one page, driven over its DevTools protocol
// (https://chromedevtools.github.io/devtools-protocol/) through a pair of pipes.
// It is for one goroutine.
type browser struct {
	t       *testing.T
	in      *os.File
	answers <-chan devtoolsMessage
	id      int
	session string
	events  []devtoolsMessage // what the page did so far
}

// devtoolsMessage is an answer, which has an ID, or an event, which has a Method.
type devtoolsMessage struct {
	ID     int
	Method string
	Params json.RawMessage
	Result json.RawMessage
	Error  *struct{ Message string }
}

// newBrowser starts Chromium, which ends with the test.
func newBrowser(t *testing.T) *browser {
	t.Helper()
	need(t, "apt-get install chromium", "chromium", "--version")
	theirIn, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	out, theirOut, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
		"--user-data-dir="+t.TempDir(), "--remote-debugging-pipe", "about:blank")
	command.ExtraFiles = []*os.File{theirIn, theirOut} // the numbers 3 and 4 that Chromium expects
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	theirIn.Close() // Chromium has its own
	theirOut.Close()
	b := &browser{t: t, in: in, answers: readMessages(out)}
	t.Cleanup(func() {
		b.session = ""
		b.do("Browser.close", nil)
		command.Wait() // how it ended does not matter
		in.Close()
	})
	b.attach()
	return b
}

// readMessages reads messages, which end with a zero byte.
func readMessages(out *os.File) <-chan devtoolsMessage {
	messages := make(chan devtoolsMessage, 1000)
	// Ends when Chromium does.
	go func() {
		defer close(messages)
		defer out.Close()
		for lines := bufio.NewReader(out); ; {
			line, err := lines.ReadBytes(0)
			if err != nil {
				return
			}
			var m devtoolsMessage
			if json.Unmarshal(line[:len(line)-1], &m) == nil {
				messages <- m
			}
		}
	}()
	return messages
}

// attach opens a page to which the next commands go.
func (b *browser) attach() {
	b.t.Helper()
	var target struct{ TargetID string }
	b.read(b.do("Target.createTarget", map[string]any{"url": "about:blank"}), &target)
	var session struct{ SessionID string }
	b.read(b.do("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}), &session)
	b.session = session.SessionID
	for _, domain := range []string{"Page", "Network", "Runtime", "Log"} {
		b.do(domain+".enable", nil)
	}
}

// do sends a command and returns its result.
func (b *browser) do(method string, params map[string]any) json.RawMessage {
	b.t.Helper()
	b.id++
	command := map[string]any{"id": b.id, "method": method, "params": params}
	if params == nil {
		command["params"] = map[string]any{}
	}
	if b.session != "" {
		command["sessionId"] = b.session
	}
	text, err := json.Marshal(command)
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.in.Write(append(text, 0)); err != nil {
		b.t.Fatalf("%s: %v", method, err)
	}
	answer := b.next(method, func(m devtoolsMessage) bool { return m.ID == b.id })
	if answer.Error != nil {
		b.t.Fatalf("%s: %s", method, answer.Error.Message)
	}
	return answer.Result
}

// next waits for a message and keeps the events before it.
func (b *browser) next(what string, wanted func(devtoolsMessage) bool) devtoolsMessage {
	b.t.Helper()
	late := time.After(time.Minute)
	for {
		select {
		case m, open := <-b.answers:
			if !open {
				b.t.Fatalf("%s: Chromium has ended", what)
			}
			if m.ID == 0 {
				b.events = append(b.events, m)
			}
			if wanted(m) {
				return m
			}
		case <-late:
			b.t.Fatalf("%s: no answer from Chromium", what)
		}
	}
}

func (b *browser) read(result json.RawMessage, into any) {
	b.t.Helper()
	if err := json.Unmarshal(result, into); err != nil {
		b.t.Fatalf("%s: %v", result, err)
	}
}

// open loads a page and waits until it and all that belongs to it are there.
func (b *browser) open(url string) {
	b.t.Helper()
	b.do("Page.navigate", map[string]any{"url": url})
	b.next("load "+url, func(m devtoolsMessage) bool { return m.Method == "Page.loadEventFired" })
}

// eval reads the value of a JavaScript expression.
func (b *browser) eval(expression string, into any) {
	b.t.Helper()
	var answer struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails *struct{ Text string }
	}
	b.read(b.do("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true}), &answer)
	if answer.ExceptionDetails != nil {
		b.t.Fatalf("%s: %s", expression, answer.ExceptionDetails.Text)
	}
	b.read(answer.Result.Value, into)
}

// seen tells which addresses were asked for, and of what the page and the browser
// complained.
func (b *browser) seen() (requests, complaints []string) {
	b.t.Helper()
	for _, e := range b.events {
		switch e.Method {
		case "Network.requestWillBeSent":
			var sent struct{ Request struct{ URL string } }
			b.read(e.Params, &sent)
			requests = append(requests, sent.Request.URL)
		case "Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled":
			complaints = append(complaints, fmt.Sprintf("%s %s", e.Method, e.Params))
		}
	}
	return requests, complaints
}
