package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// conformance is the folder of recorded answers; its README says what is in it.
const conformance = "../../testdata/conformance"

// floor is how many of the cases of a file must at least conform. A change that
// makes more of them conform raises it.
type floor struct {
	file  string
	cases int
}

func caseFloors() []floor {
	return []floor{
		{"attachments", 109},
		{"auth", 74},
		{"create", 117},
		{"enums", 115},
		{"models", 176},
		{"protocol", 182},
		{"search", 90},
		{"system", 109},
		{"tickets", 165},
		{"update", 220},
		{"wiki", 239}, // all but the two that want wiki.listLinks to answer nothing
	}
}

func workflowFloors() []floor {
	return []floor{{"owner", 204}, {"restrict", 26}, {"review", 262}}
}

// queryFloor is for each of the two protocols.
const queryFloor = 327

func TestConformance(t *testing.T) {
	t.Parallel()
	needPython(t)
	for _, f := range caseFloors() {
		t.Run(f.file, func(t *testing.T) {
			t.Parallel()
			address := serveTest(t, testEnvironment(t))
			check(t, f.cases, "rpccheck/run.py", "--url", address, "--cases", "cases/"+f.file+".jsonl")
		})
	}
}

// TestConformanceOfQueries asks for tickets of today, this week and this month
// among others: when the day ends while it asks, it begins again.
func TestConformanceOfQueries(t *testing.T) {
	t.Parallel()
	needPython(t)
	protocols := []string{"json", "xml"}
	answers := queryAnswers(t, protocols)
	for answers.day != today() {
		answers = queryAnswers(t, protocols)
	}
	for _, protocol := range protocols {
		t.Run(protocol, func(t *testing.T) { answers.of[protocol].judge(t, queryFloor) })
	}
}

func today() string { return time.Now().UTC().Format(time.DateOnly) }

// dated are what the runner said of each protocol, and the day on which the
// tickets were made.
type dated struct {
	day string
	of  map[string]verdict
}

func queryAnswers(t *testing.T, protocols []string) dated {
	t.Helper()
	answers := dated{today(), map[string]verdict{}}
	address := serveTest(t, testEnvironment(t))
	if output, err := python(t, "query/run_query.py", "--url", address, "--load"); err != nil {
		t.Fatalf("load: %v\n%s", err, output)
	}
	for _, protocol := range protocols {
		answers.of[protocol] = ask(t, "query/run_query.py", "--url", address, "--protocol", protocol)
	}
	return answers
}

func TestConformanceOfWorkflows(t *testing.T) {
	t.Parallel()
	needPython(t)
	for _, f := range workflowFloors() {
		t.Run(f.file, func(t *testing.T) {
			t.Parallel()
			dir := testEnvironment(t)
			layOver(t, filepath.Join(dir, "conf", "trac.ini"), filepath.Join(conformance, "workflow", f.file+".ini"))
			address := serveTest(t, dir)
			check(t, f.cases, "rpccheck/run.py", "--url", address, "--cases", "workflow/"+f.file+".jsonl")
		})
	}
}

// TestConformanceRunner tests what decides whether a case conforms.
func TestConformanceRunner(t *testing.T) {
	t.Parallel()
	needPython(t)
	if output, err := python(t, "rpccheck/test_rpccheck.py"); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
}

// layOver adds the options of a fragment to the settings. A workflow of the
// fragment's own replaces the one that is there, which is the last section.
func layOver(t *testing.T, settings, fragment string) {
	t.Helper()
	text, err := os.ReadFile(settings)
	if err != nil {
		t.Fatal(err)
	}
	over, err := os.ReadFile(fragment)
	if err != nil {
		t.Fatal(err)
	}
	const workflow = "[ticket-workflow]\n"
	if strings.Contains(string(over), workflow) {
		before, _, found := strings.Cut(string(text), workflow)
		if !found {
			t.Fatalf("%s has no %s", settings, workflow)
		}
		text = []byte(before)
	}
	if err := os.WriteFile(settings, slices.Concat(text, []byte("\n"), over), 0o600); err != nil {
		t.Fatal(err)
	}
}

func needPython(t *testing.T) {
	t.Helper()
	need(t, "apt-get install python3", "python3", "--version")
}

// python runs one of the Python programs of the conformance folder.
func python(t *testing.T, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, "python3", args...)
	command.Dir = conformance
	command.Env = clientEnvironment()
	output, err := command.CombinedOutput()
	return string(output), err
}

// conforming is the last line of the runners.
var conforming = regexp.MustCompile(`(?m)^conformance: (\d+) of (\d+) (cases|queries)\n\z`)

// verdict is what a runner said.
type verdict struct {
	runner, output string
	err            error
}

func ask(t *testing.T, args ...string) verdict {
	t.Helper()
	output, err := python(t, args...)
	return verdict{args[0], output, err}
}

// check runs a runner and judges what it says.
func check(t *testing.T, floor int, args ...string) {
	t.Helper()
	ask(t, args...).judge(t, floor)
}

// judge logs the mismatches, and fails the test when fewer cases conform than the
// floor says.
func (v verdict) judge(t *testing.T, floor int) {
	t.Helper()
	output := v.output
	var status *exec.ExitError
	match := conforming.FindStringSubmatch(output)
	if match == nil || v.err != nil && !errors.As(v.err, &status) {
		t.Fatalf("%s: %v\n%s", v.runner, v.err, output)
	}
	passed, _ := strconv.Atoi(match[1]) // the pattern leaves only digits
	t.Logf("%d of %s conform\n%s", passed, match[2], mismatches(output))
	switch {
	case passed < floor:
		t.Errorf("%d of %s conform, want at least %d", passed, match[2], floor)
	case passed > floor:
		t.Logf("%d conform, more than the floor of %d: raise the floor", passed, floor)
	}
}

// mismatches sorts the lines of a runner into groups, the largest first, and
// shows a few lines of each. A line begins with the name of its case, which is
// the group's name, a slash, and more.
func mismatches(output string) string {
	const shown = 3
	groups := map[string][]string{}
	seen := map[string]bool{}
	for line := range strings.Lines(output) {
		name, _, _ := strings.Cut(line, " ")
		group, _, found := strings.Cut(name, "/")
		if !found || seen[name] {
			continue
		}
		seen[name] = true
		groups[group] = append(groups[group], line)
	}
	names := slices.SortedFunc(maps.Keys(groups), func(a, b string) int {
		return cmp.Or(len(groups[b])-len(groups[a]), strings.Compare(a, b))
	})
	var text strings.Builder
	for _, name := range names {
		lines := groups[name]
		fmt.Fprintf(&text, "%s: %d\n  %s", name, len(lines), strings.Join(lines[:min(shown, len(lines))], "  "))
	}
	return text.String()
}
