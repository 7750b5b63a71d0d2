package main

import (
	"os/exec"
	"strconv"
	"testing"
)

// seed fills an environment with tickets that have three comments each.
func seed(tb testing.TB, dir string, tickets int) {
	tb.Helper()
	command := exec.CommandContext(tb.Context(), "go", "run", "../../script/generate", dir, "--tickets", strconv.Itoa(tickets))
	if output, err := command.CombinedOutput(); err != nil {
		tb.Fatalf("%s: %v\n%s", command, err, output)
	}
}
