package store

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// crashVariable names the database that a child process writes to until it is
// killed.
const crashVariable = "TRACRPC_CRASH_DATABASE"

// A child process writes and says so after each answer. It is killed in the
// middle, again and again: everything that was answered must be there.
func TestKillLosesNothingThatWasAnswered(t *testing.T) {
	if url := os.Getenv(crashVariable); url != "" {
		writeUntilKilled(t, url)
		return
	}
	t.Parallel()
	url := "sqlite:" + filepath.Join(t.TempDir(), "trac.db")
	if err := Create(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	answered := map[string]bool{}
	for round := range 5 {
		before := len(answered)
		killAfter(t, url, 100+150*round, answered)
		if len(answered) == before {
			t.Fatalf("round %d: the child wrote nothing", round)
		}
		checkAnswered(t, url, answered)
	}
}

func writeUntilKilled(t *testing.T, url string) {
	db := openTestDB(t, url)
	var all sync.WaitGroup
	for w := range 8 {
		all.Go(func() { // until the process is killed
			for i := 0; ; i++ {
				name := fmt.Sprintf("%d-%d-%d", os.Getpid(), w, i)
				err := db.write(t.Context(), func(x *tx) error {
					if err := note(t, name)(x); err != nil {
						return err
					}
					if i%5 == 4 {
						return fmt.Errorf("every fifth fails")
					}
					return nil
				})
				if err == nil {
					os.Stdout.WriteString("answered " + name + "\n")
				}
			}
		})
	}
	all.Wait()
}

// killAfter starts the child and kills it after so many answers. It notes all
// that the child said.
func killAfter(t *testing.T, url string, count int, answered map[string]bool) {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestKillLosesNothingThatWasAnswered$")
	child.Env = append(os.Environ(), crashVariable+"="+url)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	read := bufio.NewReader(out)
	for n := 0; ; n++ {
		if n == count {
			if err := child.Process.Kill(); err != nil {
				t.Error(err)
			}
		}
		line, err := read.ReadString('\n')
		if err != nil {
			break // what is cut off was not said
		}
		if name, found := strings.CutPrefix(line, "answered "); found {
			answered[strings.TrimSpace(name)] = true
		}
	}
	child.Wait() // it was killed, and says so
}

func checkAnswered(t *testing.T, url string, answered map[string]bool) {
	t.Helper()
	db, err := Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if got := lines(t, db.readers, `PRAGMA integrity_check`); got[0] != "ok" {
		t.Fatalf("integrity_check: %s", strings.Join(got, "; "))
	}
	kept := map[string]bool{}
	for _, name := range strings.Fields(notes(t, db)) { // which checks the events, too
		kept[name] = true
		if i, err := strconv.Atoi(name[strings.LastIndexByte(name, '-')+1:]); err != nil || i%5 == 4 {
			t.Errorf("%s is there, and had failed", name)
		}
	}
	for name := range answered {
		if !kept[name] {
			t.Errorf("%s was answered and is gone", name)
		}
	}
}
