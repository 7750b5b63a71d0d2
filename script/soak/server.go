package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// environmentName is the name of the environment, which the IDs of its events
// depend on.
const environmentName = "soak"

// deadline ends what hangs.
const deadline = 3 * time.Minute

// server is the program under test, at the same addresses after each kill.
type server struct {
	program, env string
	api, stream  string // HOST:PORT
	command      *exec.Cmd
	peak         int64 // MB
}

// build builds the program and makes an environment that anonymous may write to.
func (s *server) build(ctx context.Context) error {
	for _, words := range [][]string{
		{"go", "build", "-buildvcs=false", "-tags=sqlite_fts5", "-o", s.program, "./cmd/tracrpc"},
		{s.program, "init", s.env, "--name", environmentName},
		{s.program, "permission", "add", s.env, "anonymous", "TRAC_ADMIN"},
	} {
		if output, err := exec.CommandContext(ctx, words[0], words[1:]...).CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w: %s", strings.Join(words, " "), err, output)
		}
	}
	var err error
	if s.api, err = freeAddress(); err != nil {
		return err
	}
	s.stream, err = freeAddress()
	return err
}

// set appends settings to trac.ini.
func (s *server) set(settings string) error {
	f, err := os.OpenFile(filepath.Join(s.env, "conf", "trac.ini"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString("\n" + settings)
	return errors.Join(err, f.Close())
}

// start starts the server and waits until it answers.
func (s *server) start(ctx context.Context) error {
	s.command = exec.Command(s.program, "serve", s.env, "--listen", s.api)
	var log bytes.Buffer
	s.command.Stderr = &log
	if err := s.command.Start(); err != nil {
		return err
	}
	err := await(ctx, "the server answers", func() bool {
		response, err := http.Get("http://" + s.api + "/")
		if err != nil {
			return false
		}
		response.Body.Close()
		return true
	})
	if err != nil {
		return fmt.Errorf("%w\n%s", err, log.Bytes())
	}
	return nil
}

// kill ends the server as SIGKILL does.
func (s *server) kill() {
	s.peak = max(s.peak, s.memory())
	s.command.Process.Kill()
	s.command.Wait() // says only that it was killed
}

// memory is the most that the server needed, in MB.
func (s *server) memory() int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.command.Process.Pid))
	if err != nil {
		return s.peak
	}
	for line := range strings.Lines(string(status)) {
		if words := strings.Fields(line); len(words) == 3 && words[0] == "VmHWM:" {
			kilobytes, _ := strconv.ParseInt(words[1], 10, 64)
			return max(s.peak, kilobytes>>10)
		}
	}
	return s.peak
}

// entry is an event of the log.
type entry struct {
	Seq                   int64
	Realm, Verb, ID, Time string
}

// log reads the log of events.
func (s *server) log(ctx context.Context) ([]entry, error) {
	output, err := exec.CommandContext(ctx, s.program, "events", s.env).Output()
	if err != nil {
		return nil, err
	}
	var log []entry
	lines := bufio.NewScanner(bytes.NewReader(output))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e entry
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return nil, err
		}
		log = append(log, e)
	}
	return log, lines.Err()
}

// freeAddress is one that nothing listens at.
func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

// await asks again and again until it is so.
func await(ctx context.Context, what string, so func() bool) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	for !so() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("waited too long: %s", what)
		}
	}
	return nil
}
