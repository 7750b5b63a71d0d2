package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// BenchmarkEventCost prints what the event of a change adds to what the change
// costs the server: the processor time of ticket.create and ticket.update as a
// multiple of that in an environment whose outbox takes nothing. Both are
// measured by turns, and the middle ratio counts.
func BenchmarkEventCost(b *testing.B) {
	need(b, "apt-get install sqlite3", "sqlite3", "--version")
	tickets := setting(b, costTickets, 5000)
	rounds := setting(b, costRounds, 3)
	with, without := benchEnvironment(b), benchEnvironment(b)
	for _, dir := range []string{with, without} {
		seed(b, dir, tickets)
	}
	silence := exec.CommandContext(b.Context(), "sqlite3", filepath.Join(without, "db", "trac.db"),
		"CREATE TRIGGER silence BEFORE INSERT ON tracrpc_outbox BEGIN SELECT RAISE(IGNORE); END")
	if output, err := silence.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, output)
	}
	events, silent := startTracrpc(b, with), startTracrpc(b, without)
	_, cases := costCases(tickets)
	for _, c := range cases[len(cases)-2:] {
		var ratios []float64
		for round := range rounds {
			base := silent.cost(b, c, uint64(round))
			ratios = append(ratios, events.cost(b, c, uint64(round))/base)
		}
		slices.Sort(ratios)
		fmt.Fprintf(os.Stdout, "%s: %.2f times what it costs without its event\n", c.name, ratios[len(ratios)/2])
	}
}
