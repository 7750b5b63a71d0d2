package main

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"text/tabwriter"
	"time"
)

// What BenchmarkCost measures with; script/bench sets them.
const (
	costTickets = "TRACRPC_BENCH_TICKETS" // how many tickets; 5000 unless it says otherwise
	costRounds  = "TRACRPC_BENCH_ROUNDS"  // how often each case is measured; 3 unless it says otherwise
)

// costCase is one kind of request.
type costCase struct {
	name, path, contentType string
	login                   bool
	calls                   int // in one request
	body                    func(random *rand.Rand) string
}

// variants is how many different requests a client sends by turns: enough to hit
// all of a few thousand tickets.
func (c costCase) variants() int { return 32 + 1000/c.calls }

// costConnections is how many clients call at once.
const costConnections = 8

// costSpan is for how long a case is measured in each round. The kernel counts
// a process's time in hundredths of a second.
const costSpan = time.Second

// costLeast is the processor time below which a measurement says little, as when
// the server waited for the disk all the while. It goes on then, a few times.
const (
	costLeast = 250 * time.Millisecond
	costTries = 10
)

// BenchmarkCost prints what a request costs the server in processor time, and how
// many times that is what it costs the baseline. Both are measured by turns in the
// same minute, on the same machine and database, because the time itself depends
// on the machine and on who else uses it.
func BenchmarkCost(b *testing.B) {
	tickets, rounds := setting(b, costTickets, 5000), setting(b, costRounds, 3)
	dir := benchEnvironment(b)
	seed(b, dir, tickets)
	ours, theirs := startTracrpc(b, dir), startBaseline(b, dir)
	bare, cases := costCases(tickets)
	var costs []measured
	for _, c := range cases {
		costs = append(costs, measured{costCase: c, least: math.Inf(1)})
	}
	for round := range rounds {
		for i := range costs {
			c := &costs[i]
			base := theirs.cost(b, bare[c.contentType], uint64(round))
			cost := ours.cost(b, c.costCase, uint64(round))
			c.least = min(c.least, cost)
			c.ratios = append(c.ratios, cost/float64(c.calls)/base)
		}
	}
	printCosts(os.Stdout, costs)
}

// measured is what has been found out about a case. Each ratio is of two
// measurements right after each other.
type measured struct {
	costCase
	least  float64
	ratios []float64
}

func setting(b *testing.B, name string, otherwise int) int {
	b.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		b.Fatalf("%s: %v", name, err)
	}
	return n
}

// benchEnvironment makes an environment that anonymous may call, and bench too.
func benchEnvironment(tb testing.TB) string {
	tb.Helper()
	dir := newEnvironment(tb)
	for _, args := range [][]string{
		{"user", "add", dir, "bench", "--password-stdin"},
		{"permission", "add", dir, "bench", "TRAC_ADMIN"},
		{"permission", "add", dir, "anonymous", "XML_RPC"},
	} {
		if _, err := tracrpc(tb, "bench\n", args...); err != nil {
			tb.Fatal(err)
		}
	}
	return dir
}

// printCosts prints the table: the least time, and the middle ratio.
func printCosts(out io.Writer, costs []measured) {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "request\tserver CPU\ta call\tagainst a bare ticket.get")
	for _, c := range costs {
		slices.Sort(c.ratios)
		fmt.Fprintf(table, "%s\t%.0f µs\t%.1f µs\t%.2f\n", c.name, c.least, c.least/float64(c.calls), c.ratios[len(c.ratios)/2])
	}
	table.Flush()
}

// costCases are what is asked of the baseline, by Content-Type, and of us.
func costCases(tickets int) (bare map[string]costCase, cases []costCase) {
	xml := func(name, path string, calls int, body func(*rand.Rand) string) costCase {
		return costCase{name: name, path: path, contentType: "text/xml", login: path != "/rpc", calls: calls, body: body}
	}
	json := func(name, path string, calls int, body func(*rand.Rand) string) costCase {
		return costCase{name: name, path: path, contentType: "application/json", login: path != "/rpc", calls: calls, body: body}
	}
	id := func(random *rand.Rand) int { return 1 + random.IntN(tickets) }
	getXML := func(random *rand.Rand) string { return xmlBody("ticket.get", "<int>"+fmt.Sprint(id(random))+"</int>") }
	getJSON := func(random *rand.Rand) string {
		return fmt.Sprintf(`{"method": "ticket.get", "params": [%d], "id": 1}`, id(random))
	}
	bare = map[string]costCase{"text/xml": xml("", "/", 1, getXML), "application/json": json("", "/", 1, getJSON)}
	return bare, []costCase{
		xml("ticket.get, XML", "/rpc", 1, getXML),
		json("ticket.get, JSON", "/rpc", 1, getJSON),
		xml("ticket.get, XML, logged in", "/login/rpc", 1, getXML),
		json("ticket.get, JSON, logged in", "/login/rpc", 1, getJSON),
		xml("100 ticket.get in a multicall, XML", "/rpc", 100, func(random *rand.Rand) string {
			return multicallXML(100, func() int { return id(random) })
		}),
		json("100 ticket.get in a multicall, JSON", "/rpc", 100, func(random *rand.Rand) string {
			calls := make([]string, 100)
			for i := range calls {
				calls[i] = getJSON(random)
			}
			return `{"method": "system.multicall", "params": [` + strings.Join(calls, ", ") + `], "id": 1}`
		}),
		xml("ticket.query max=0, a third of all", "/rpc", 1, func(*rand.Rand) string {
			return xmlBody("ticket.query", "<string>status=new&amp;max=0</string>")
		}),
		xml("wiki.getPage, XML", "/rpc", 1, func(*rand.Rand) string { return xmlBody("wiki.getPage", "<string>WikiStart</string>") }),
		xml("ticket.create, XML, logged in", "/login/rpc", 1, func(random *rand.Rand) string {
			return xmlBody("ticket.create", "<string>A new one</string>", "<string>With &lt;text&gt;.</string>")
		}),
		xml("ticket.update, XML, logged in", "/login/rpc", 1, func(random *rand.Rand) string {
			return xmlBody("ticket.update", "<int>"+fmt.Sprint(id(random))+"</int>", "<string>A comment</string>",
				"<struct><member><name>keywords</name><value><string>k"+fmt.Sprint(random.IntN(1e6))+"</string></value></member></struct>")
		}),
	}
}

func xmlBody(method string, values ...string) string {
	body := "<?xml version='1.0'?>\n<methodCall>\n<methodName>" + method + "</methodName>\n<params>\n"
	for _, v := range values {
		body += "<param>\n<value>" + v + "</value>\n</param>\n"
	}
	return body + "</params>\n</methodCall>\n"
}

func multicallXML(n int, id func() int) string {
	var calls strings.Builder
	for range n {
		calls.WriteString("<value><struct>\n<member>\n<name>methodName</name>\n<value><string>ticket.get</string></value>\n</member>\n" +
			"<member>\n<name>params</name>\n<value><array><data>\n<value><int>" + fmt.Sprint(id()) + "</int></value>\n</data></array></value>\n</member>\n</struct></value>\n")
	}
	return xmlBody("system.multicall", "<array><data>\n"+calls.String()+"</data></array>")
}

// serverProcess is a server in a process of its own.
type serverProcess struct {
	pid     int
	address string
}

// startTracrpc builds the program and has it serve an environment.
func startTracrpc(b *testing.B, dir string) serverProcess {
	b.Helper()
	program := filepath.Join(b.TempDir(), "tracrpc")
	if output, err := exec.CommandContext(b.Context(), "go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		b.Fatalf("go build: %v\n%s", err, output)
	}
	command := exec.CommandContext(b.Context(), program, "serve", dir, "--listen", "127.0.0.1:0")
	complaints, err := command.StderrPipe()
	if err != nil {
		b.Fatal(err)
	}
	line := started(b, command, complaints)
	_, address, found := strings.Cut(line, "url=http://")
	if !found {
		b.Fatalf("tracrpc serve says %s", line)
	}
	return serverProcess{command.Process.Pid, strings.TrimSuffix(address, "/")}
}

// startBaseline has this very program serve an environment's database: see TestMain.
func startBaseline(b *testing.B, dir string) serverProcess {
	b.Helper()
	command := exec.CommandContext(b.Context(), os.Args[0])
	command.Env = append(os.Environ(), baselineDatabase+"="+filepath.Join(dir, "db", "trac.db"))
	if _, err := command.StdinPipe(); err != nil { // it serves until this is closed
		b.Fatal(err)
	}
	output, err := command.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	return serverProcess{address: started(b, command, output), pid: command.Process.Pid}
}

// started starts a server and returns the first line it writes that is no warning.
// What it writes after that is thrown away.
func started(b *testing.B, command *exec.Cmd, says io.Reader) string {
	b.Helper()
	if err := command.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		command.Process.Kill() // it may have ended
		command.Wait()
	})
	lines := bufio.NewReader(says)
	line, err := lines.ReadString('\n')
	for err == nil && strings.Contains(line, "level=WARN") {
		line, err = lines.ReadString('\n')
	}
	if err != nil {
		b.Fatalf("%s: %v", command, err)
	}
	// Ends with the server.
	go io.Copy(io.Discard, lines)
	return strings.TrimSpace(line)
}

// cost sends requests of one kind for a while, and is the processor time that one
// takes the server, in microseconds.
func (s serverProcess) cost(b *testing.B, c costCase, round uint64) float64 {
	b.Helper()
	s.load(b, c, round, costSpan/10)
	runtime.GC() // the client's garbage is not to be collected meanwhile
	before := s.processor(b)
	var answered int64
	for again := range uint64(costTries) {
		answered += s.load(b, c, 1000*(again+1)+round, costSpan)
		if s.processor(b)-before >= costLeast {
			break
		}
	}
	return (s.processor(b) - before).Seconds() * 1e6 / float64(answered)
}

// load sends requests over a number of connections for a span of time, and tells
// how many were answered.
func (s serverProcess) load(b *testing.B, c costCase, seed uint64, span time.Duration) int64 {
	b.Helper()
	var answered atomic.Int64
	var clients sync.WaitGroup
	for i := range costConnections {
		// Ends with the span.
		clients.Go(func() {
			random := rand.New(rand.NewPCG(seed, uint64(i)))
			n, err := s.client(c, random, span)
			answered.Add(n)
			if err != nil {
				b.Errorf("%s: %v", c.name, err)
			}
		})
	}
	clients.Wait()
	if answered.Load() == 0 {
		b.Fatalf("%s: nothing was answered", c.name)
	}
	return answered.Load()
}

// client sends requests over one connection for a span of time. It is simpler than
// net/http's, so that it leaves the machine to the server.
func (s serverProcess) client(c costCase, random *rand.Rand, span time.Duration) (answered int64, err error) {
	connection, err := net.Dial("tcp", s.address)
	if err != nil {
		return 0, err
	}
	defer connection.Close()
	requests := make([][]byte, c.variants())
	for i := range requests {
		requests[i] = s.request(c, c.body(random))
	}
	answers := bufio.NewReaderSize(connection, 64<<10)
	for end := time.Now().Add(span); time.Now().Before(end); answered++ {
		if _, err := connection.Write(requests[answered%int64(len(requests))]); err != nil {
			return answered, err
		}
		if err := readAnswer(answers, answered == 0); err != nil {
			return answered, err
		}
	}
	return answered, nil
}

func (s serverProcess) request(c costCase, body string) []byte {
	login := ""
	if c.login {
		login = "Authorization: Basic YmVuY2g6YmVuY2g=\r\n"
	}
	return fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\n%sContent-Length: %d\r\n\r\n%s",
		c.path, s.address, c.contentType, login, len(body), body)
}

// readAnswer reads one answer. It looks into those of a bad status, and into all
// when it is told to, for a fault; other bodies are thrown away.
func readAnswer(from *bufio.Reader, look bool) error {
	answer, err := http.ReadResponse(from, nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode == http.StatusOK && !look {
		_, err := io.Copy(io.Discard, answer.Body)
		return err
	}
	body, err := io.ReadAll(answer.Body)
	failed := answer.StatusCode != http.StatusOK || strings.Contains(string(body), "faultCode") || strings.Contains(string(body), `"code"`)
	if err == nil && failed {
		err = fmt.Errorf("answered %s: %s", answer.Status, body)
	}
	return err
}

// processor is the processor time that a process has taken, in user and system
// mode: proc(5), /proc/PID/stat, fields 14 and 15.
func (s serverProcess) processor(b *testing.B) time.Duration {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.pid))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), ") ") // the name may have spaces
	fields := strings.Fields(rest)
	var ticks int
	for _, field := range fields[11:13] {
		n, err := strconv.Atoi(field)
		if err != nil {
			b.Fatalf("/proc/%d/stat: %v", s.pid, err)
		}
		ticks += n
	}
	return time.Duration(ticks) * (time.Second / 100)
}
