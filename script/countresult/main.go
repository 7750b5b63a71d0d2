// Command countresult reads the events that `go test -json` writes, prints what
// failed and what was skipped, and ends with a line `N passed, N failed, N skipped`.
// It fails when a test failed, and when there was none.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

func main() {
	total, err := report(os.Stdin, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "countresult:", err)
		os.Exit(1)
	}
	if total.failed > 0 || total.passed == 0 {
		os.Exit(1)
	}
}

// event is a line of `go test -json`; `go doc test2json` and `go help buildjson`
// describe them.
type event struct {
	Action     string
	Package    string
	ImportPath string // of what is built
	Test       string // empty for what concerns the whole package
	Output     string
	Elapsed    float64
}

type counts struct{ passed, failed, skipped int }

// summary is what has been read of the events so far.
type summary struct {
	counts

	failedIn map[string]bool   // packages with a failed test
	output   map[string][]byte // what each unfinished test has printed
}

// report copies what is worth reading from events to w and counts the tests.
func report(events io.Reader, w io.Writer) (counts, error) {
	s := summary{failedIn: map[string]bool{}, output: map[string][]byte{}}
	for lines := bufio.NewReader(events); ; {
		line, err := lines.ReadBytes('\n')
		var e event
		if json.Unmarshal(line, &e) == nil {
			s.add(e, w)
		} else { // the go command's own words
			w.Write(line)
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return s.counts, err
		}
	}
	_, err := fmt.Fprintf(w, "%d passed, %d failed, %d skipped\n", s.passed, s.failed, s.skipped)
	return s.counts, err
}

func (s *summary) add(e event, w io.Writer) {
	name := strings.TrimSpace(e.Package + " " + e.Test)
	switch e.Action {
	case "build-output":
		io.WriteString(w, e.Output)
	case "output":
		s.output[name] = append(s.output[name], e.Output...)
	case "pass":
		if e.Test != "" {
			s.passed++
		} else {
			fmt.Fprintf(w, "ok   %s %.1fs\n", name, e.Elapsed)
		}
		delete(s.output, name)
	case "skip":
		if e.Test != "" {
			s.skipped++
			fmt.Fprintf(w, "SKIP %s\n%s", name, s.output[name])
		}
		delete(s.output, name)
	case "fail":
		// A package that fails without a failed test did not build, or crashed.
		if e.Test != "" || !s.failedIn[e.Package] {
			s.failed++
			fmt.Fprintf(w, "FAIL %s\n%s", name, s.output[name])
		}
		s.failedIn[e.Package] = true
		delete(s.output, name)
	}
}
