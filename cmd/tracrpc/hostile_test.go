package main

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// hostile is something that no honest client sends.
type hostile struct {
	name string
	// send writes it to a fresh connection. A write that fails is no concern: the
	// server may have had enough.
	send func(c net.Conn)
	// want is how the first answer begins: "200 fault", "400", "closed" (without an
	// answer), or two of these with | between them. Of "all ...", it is the statuses
	// of all answers until the end of the connection; "deaf" reads none, until the
	// server has had enough.
	want string
}

// maxResident is what the server may ever take in memory.
const maxResident = 200 << 20

// hangs is when a test gives up waiting: no limit of the server is as long.
const hangs = 2 * time.Minute

// TestHostile sends everything there is to a server with the limits that it has
// by default, but for its patience, and looks whether it answers within them,
// stays within its memory and serves an honest client after each.
func TestHostile(t *testing.T) {
	t.Parallel()
	dir := testEnvironment(t)
	runCommand(t, "", "permission", "add", dir, "anonymous", "XML_RPC")
	server := startProgram(t, buildProgram(t), dir, "--metrics", "127.0.0.1:0",
		"--header-timeout", "2s", "--body-timeout", "2s", "--answer-timeout", "2s", "--idle-timeout", "3s",
		"--min-rate", "1000000")
	groups := map[string][]hostile{
		"entities": hostileEntities(), "characters": hostileCharacters(), "XML": hostileXML(), "JSON": hostileJSON(),
		"sizes": hostileSizes(), "gzip": hostileGzip(t), "multicalls": hostileMulticalls(), "targets": hostileTargets(), "logins": hostileLogins(),
		"queries": hostileQueries(), "texts": hostileTexts(), "attachments": hostileAttachments(),
	}
	slow := slices.Concat(hostileSlowness(), hostileHTTP(), hostileLengths(), hostileSmuggling())
	cases := len(slow) + len(hostileAnswers())
	var slowly sync.WaitGroup
	// Ends when the server has had enough of all of them; it is waited for below.
	slowly.Go(func() { sendAll(t, server, slow, 40) })
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		cases += len(groups[name])
		atATime := 8
		if name == "sizes" {
			atATime = 2 // more of them would wait for each other's memory
		}
		t.Run(name, func(t *testing.T) { sendAll(t, server, groups[name], atATime) })
	}
	t.Run("answers", func(t *testing.T) { sendAll(t, server, hostileAnswers(), 1) })
	slowly.Wait()
	if cases < 300 {
		t.Errorf("%d cases, want at least 300", cases)
	}
	t.Run("crowd", func(t *testing.T) { crowdOf(t, server, 600) })
	t.Run("idlers", func(t *testing.T) { idlersOf(t, server, 2500) })
	honest(t, server, "it all")
	onlyAttachments(t, dir)
	limitsReached(t, server)
	t.Logf("%d cases; the server took %d MiB", cases, peakMemory(t, server)>>20)
}

// sendAll sends the cases of a group, some at a time.
func sendAll(t *testing.T, server *process, group []hostile, atATime int) {
	places := make(chan struct{}, atATime)
	var all sync.WaitGroup
	for _, c := range group {
		places <- struct{}{}
		all.Go(func() {
			defer func() { <-places }()
			if got := provoke(t, server, c); !c.wants(got) {
				t.Errorf("%s: %.200s, want %s", c.name, got, c.want)
			}
			honest(t, server, c.name)
			if peak := peakMemory(t, server); peak > maxResident {
				t.Errorf("%s: the server took %d MiB, want at most %d", c.name, peak>>20, maxResident>>20)
			}
		})
	}
	all.Wait()
}

// wants tells whether an answer is one that is wanted.
func (c hostile) wants(got string) bool {
	for want := range strings.SplitSeq(c.want, "|") {
		if want != "" && strings.HasPrefix(got, want) {
			return true
		}
	}
	return false
}

// provoke sends one case, and is the beginning of the answer: its status, and
// what stands in a fault, or "closed".
func provoke(t *testing.T, server *process, c hostile) string {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(server.address, "http://"))
	if err != nil {
		t.Errorf("%s: %v", c.name, err)
		return "no connection"
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(hangs))
	if c.want == "deaf" {
		c.send(conn)
		return "deaf"
	}
	// Ends with what there is to send, or with the connection.
	go c.send(conn)
	answers := bufio.NewReader(conn)
	if strings.HasPrefix(c.want, "all ") {
		return statuses(answers)
	}
	response, err := http.ReadResponse(answers, nil)
	if err, ok := err.(net.Error); ok && err.Timeout() {
		return "the server does not answer"
	}
	if err != nil {
		return "closed " + err.Error()
	}
	body, err := io.ReadAll(response.Body)
	if err, ok := err.(net.Error); ok && err.Timeout() {
		return "the answer does not end"
	}
	answer := string(body)
	if response.StatusCode == http.StatusOK && (strings.Contains(answer, "<fault>") || strings.Contains(answer, `"JSONRPCError"`) ||
		strings.Contains(answer, `"error": {`)) {
		return "200 fault " + answer
	}
	return strconv.Itoa(response.StatusCode) + " " + answer
}

// statuses are those of all answers on a connection.
func statuses(answers *bufio.Reader) string {
	all := "all "
	for {
		response, err := http.ReadResponse(answers, nil)
		if err, ok := err.(net.Error); ok && err.Timeout() {
			return all + "and then nothing"
		}
		if err != nil {
			return all + "end"
		}
		all += strconv.Itoa(response.StatusCode) + " "
		if _, err := io.Copy(io.Discard, response.Body); err != nil {
			return all + "cut"
		}
	}
}

// honest makes a call as everybody does, after something else.
func honest(t *testing.T, server *process, after string) {
	t.Helper()
	for _, user := range []string{"admin", "user"} {
		if _, err := (jsonClient{server.address, user}).call("system.getAPIVersion"); err != nil {
			t.Errorf("an honest call after %s: %v\n%s", after, err, server.log)
		}
	}
}

// limitsReached reads which limits the server says that were reached: all that a
// request can come to on its own.
func limitsReached(t *testing.T, server *process) {
	t.Helper()
	where := regexp.MustCompile(`msg=metrics .*url=(\S+)`).FindStringSubmatch(server.log.String())
	if where == nil {
		t.Fatalf("the log does not say where the metrics are:\n%s", server.log)
	}
	response, err := http.Get(where[1])
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() // it is read
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, limit := range []string{
		"max-body", "max-depth", "max-values", "max-calls", "max-nesting", "max-answer", "max-memory", "max-header", "header-timeout", "body-timeout", "answer-timeout",
		"idle-timeout", "max-connections",
	} {
		if !regexp.MustCompile(`tracrpc_limit_reached_total\{limit="` + limit + `"\} [1-9]`).Match(text) {
			t.Errorf("the metrics do not say that %s was reached:\n%s", limit, text)
		}
	}
}

// peakMemory is the most memory that the server ever had, in bytes.
func peakMemory(t *testing.T, server *process) int64 {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", server.command.Process.Pid))
	if err != nil {
		t.Skipf("no /proc to read the server's memory from: %v", err)
	}
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	var kilobytes int64
	if _, err := fmt.Sscan(rest, &kilobytes); err != nil {
		t.Fatal(err)
	}
	return kilobytes << 10
}

// crowdOf makes calls all at the same time, each on a connection of its own. All
// are answered: those that must wait do.
func crowdOf(t *testing.T, server *process, n int) {
	c := hostile{send: raw(post("/rpc", "text/xml", versionCall)), want: "200"}
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			if got := provoke(t, server, c); !strings.HasPrefix(got, "200") {
				t.Errorf("%.100s, want 200", got)
			}
		})
	}
	all.Wait()
}

// idlersOf opens connections that never say anything, and then calls: the oldest
// of them make room.
func idlersOf(t *testing.T, server *process, n int) {
	for range n {
		conn, err := net.Dial("tcp", strings.TrimPrefix(server.address, "http://"))
		if err != nil {
			t.Fatalf("%v", err)
		}
		defer conn.Close()
	}
	last := hostile{name: "a connection after the idlers", send: raw(post("/rpc", "text/xml", versionCall))}
	if got := provoke(t, server, last); !strings.HasPrefix(got, "200 <?xml") {
		t.Errorf("%s: %.200s", last.name, got)
	}
	honest(t, server, "idlers")
}

// raw sends bytes as they are.
func raw(text string) func(net.Conn) {
	return func(c net.Conn) { io.WriteString(c, text) } // whoever does not want it all hangs up
}

// post is a whole request.
func post(path, contentType, body string, headers ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n", path, contentType, len(body))
	for _, header := range headers {
		b.WriteString(header + "\r\n")
	}
	return b.String() + "\r\n" + body
}

// xmlCase and jsonCase are cases of whole bodies.
func xmlCase(name, body, want string) hostile {
	return hostile{"XML, " + name, raw(post("/rpc", "text/xml", body)), want}
}

func jsonCase(name, body, want string) hostile {
	return hostile{"JSON, " + name, raw(post("/rpc", "application/json", body)), want}
}

// echo is a call with one argument, which must be a string to be answered well.
func echo(value string) string {
	return "<methodCall><methodName>system.methodHelp</methodName><params><param>" + value + "</param></params></methodCall>"
}

func jsonEcho(value string) string {
	return `{"method": "system.methodHelp", "params": [` + value + `], "id": 1}`
}

// asAdmin is a header.
var asAdmin = "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("admin:admin"))

func repeat(text string, n int) string { return strings.Repeat(text, n) }

// nested is n openings, something, and as many closings.
func nested(open, inside, end string, n int) string { return repeat(open, n) + inside + repeat(end, n) }
