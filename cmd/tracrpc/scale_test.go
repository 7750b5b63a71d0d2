package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
)

// costSizes are the numbers of tickets that BenchmarkScale compares, with commas
// between them; script/bench sets it.
const costSizes = "TRACRPC_BENCH_SIZES"

// BenchmarkScale prints what requests cost the server in processor time, by the
// number of tickets there are. The environments are measured by turns, and of
// several rounds the median counts.
func BenchmarkScale(b *testing.B) {
	text := os.Getenv(costSizes)
	if text == "" {
		text = "1000,14000"
	}
	var sizes []int
	var servers []serverProcess
	for size := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(size)
		if err != nil {
			b.Fatalf("%s: %v", costSizes, err)
		}
		dir := benchEnvironment(b)
		seed(b, dir, n)
		shutOutIndex(b, dir)
		sizes, servers = append(sizes, n), append(servers, startTracrpc(b, dir))
	}
	costs := map[string][][]float64{} // by case, of each size all rounds
	for round := range setting(b, costRounds, 3) {
		for i, size := range sizes {
			for _, c := range scaleCases(size) {
				if costs[c.name] == nil {
					costs[c.name] = make([][]float64, len(sizes))
				}
				costs[c.name][i] = append(costs[c.name][i], servers[i].cost(b, c, uint64(round)))
			}
		}
	}
	printScale(os.Stdout, sizes, costs)
}

// shutOutIndex puts a folder where the search index would be: building that from
// a million tickets takes long, and would be counted with the requests.
func shutOutIndex(b *testing.B, dir string) {
	b.Helper()
	if err := os.MkdirAll(filepath.Join(dir, "db", "tracrpc-search.db", "shut out"), 0o700); err != nil {
		b.Fatal(err)
	}
}

// scaleCases are the requests whose cost should grow with the answer, and not with
// the environment, and a query that has to look at every ticket.
func scaleCases(tickets int) []costCase {
	request := func(name, path, method string, values func(id int) []string) costCase {
		return costCase{name: name, path: path, contentType: "text/xml", login: path != "/rpc", calls: 1,
			body: func(random *rand.Rand) string { return xmlBody(method, values(1+random.IntN(tickets))...) }}
	}
	query := func(name, text string) costCase {
		return request(name, "/rpc", "ticket.query", func(int) []string {
			return []string{"<string>" + strings.ReplaceAll(text, "&", "&amp;") + "</string>"}
		})
	}
	return []costCase{
		request("ticket.get", "/rpc", "ticket.get", func(id int) []string { return []string{fmt.Sprintf("<int>%d</int>", id)} }),
		request("ticket.update", "/login/rpc", "ticket.update", func(id int) []string {
			return []string{fmt.Sprintf("<int>%d</int>", id), "<string>A comment</string>"}
		}),
		query("first 100 by id", "order=id"),
		query("first 100 by changetime", "order=changetime&desc=1"),
		query("first 100 by priority", "status!=closed"),
		query("first 100 by milestone", "order=milestone"),
		query("first 100 by owner", "status=new&order=owner"),
		query("page 3 of a component", "component=component1&page=3"),
		query("five clauses", "status=new&type=defect&or&owner=user7&milestone=milestone1&or&status!=closed&component=component1"+
			"&summary~=crash&or&priority=blocker&keywords~=door&or&version=1.0&cc~=joe"),
	}
}

func printScale(out io.Writer, sizes []int, costs map[string][][]float64) {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(table, "server CPU a call, in µs\t")
	for _, size := range sizes {
		fmt.Fprintf(table, "%d tickets\t", size)
	}
	fmt.Fprintln(table)
	for _, c := range scaleCases(1) {
		fmt.Fprintf(table, "%s\t", c.name)
		for _, rounds := range costs[c.name] {
			slices.Sort(rounds)
			fmt.Fprintf(table, "%.0f\t", rounds[len(rounds)/2])
		}
		fmt.Fprintln(table)
	}
	table.Flush()
}
