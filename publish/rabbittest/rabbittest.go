// Package rabbittest starts a RabbitMQ of one's own, for those who test what
// brokers do when they are killed.
package rabbittest

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// program is RabbitMQ's own: the one in the path would run as a user of its own.
const program = "/usr/lib/rabbitmq/bin/rabbitmq-server"

// ErrAbsent says that RabbitMQ is not installed.
var ErrAbsent = errors.New("rabbitmq-server is not installed")

// Server is a RabbitMQ with a folder and ports of its own, which speaks AMQP 1.0,
// too. Its user is guest.
type Server struct {
	Port int // for AMQP without TLS

	environment        []string
	registry, instance *exec.Cmd
}

// Start starts a server in an empty folder, and waits until it serves. The
// settings are further lines of rabbitmq.conf.
func Start(dir, settings string) (*Server, error) {
	if _, err := os.Stat(program); err != nil {
		return nil, ErrAbsent
	}
	var ports [3]int
	for i := range ports {
		var err error
		if ports[i], err = FreePort(); err != nil {
			return nil, err
		}
	}
	s := &Server{Port: ports[0], environment: environment(dir, ports)}
	for name, text := range map[string]string{
		"plugins": "[rabbitmq_amqp1_0,rabbitmq_auth_mechanism_ssl].\n",
		"rabbitmq.conf": fmt.Sprintf("listeners.tcp.1 = 127.0.0.1:%d\n", s.Port) +
			"log.file = false\nlog.console = true\nlog.console.level = info\ndisk_free_limit.absolute = 1MB\n" + settings,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return nil, err
		}
	}
	s.registry = exec.Command("epmd", "-port", fmt.Sprint(ports[1]), "-address", "127.0.0.1")
	if err := s.registry.Start(); err != nil {
		return nil, err
	}
	if err := s.Restart(); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// environment keeps a server away from all others, and from what the machine has
// for its own. The ports are AMQP's, that of Erlang's registry, and that of what
// is registered.
func environment(dir string, ports [3]int) []string {
	in := func(name string) string { return filepath.Join(dir, name) }
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "LANG=C.UTF-8",
		"RUNNING_UNDER_SYSTEMD=true", // so that there is no shell around it
		fmt.Sprintf("RABBITMQ_NODENAME=tracrpc%d@localhost", ports[0]),
		fmt.Sprintf("ERL_EPMD_PORT=%d", ports[1]), fmt.Sprintf("RABBITMQ_DIST_PORT=%d", ports[2]),
		"RABBITMQ_CONF_ENV_FILE=/dev/null", "RABBITMQ_CONFIG_FILE=" + in("rabbitmq.conf"), "RABBITMQ_ENABLED_PLUGINS_FILE=" + in("plugins"),
		"RABBITMQ_MNESIA_BASE=" + in("data"), "RABBITMQ_LOG_BASE=" + in("log"),
		"RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=+sbwt none +sbwtdcpu none +sbwtdio none +S 2:2 +A 4", // it shares the machine
	}
}

// Restart starts the server again after Kill, with what was on disk, and waits
// until it serves.
func (s *Server) Restart() error {
	s.instance = exec.Command(program)
	s.instance.Env = s.environment
	out, err := s.instance.StdoutPipe()
	if err != nil {
		return err
	}
	s.instance.Stderr = s.instance.Stdout
	if err := s.instance.Start(); err != nil {
		return err
	}
	var said []string
	for lines := bufio.NewScanner(out); lines.Scan(); {
		said = append(said, lines.Text())
		if strings.Contains(lines.Text(), "Server startup complete") {
			// Ends with the server.
			go func() {
				for lines.Scan() {
				}
			}()
			return nil
		}
	}
	s.Kill()
	return fmt.Errorf("rabbitmq-server did not start:\n%s", strings.Join(said, "\n"))
}

// Kill ends the server as SIGKILL or a power cut does.
func (s *Server) Kill() {
	end(s.instance)
	s.instance = nil
}

// Close ends the server for good.
func (s *Server) Close() {
	s.Kill()
	end(s.registry)
}

// end kills a program, which says no more than that it was.
func end(command *exec.Cmd) {
	if command != nil {
		_ = command.Process.Kill()
		_ = command.Wait()
	}
}

// URL is where clients find the server.
func (s *Server) URL() string { return fmt.Sprintf("amqp://guest:guest@127.0.0.1:%d/%%2f", s.Port) }

// FreePort is a port that nobody uses.
func FreePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return listener.Addr().(*net.TCPAddr).Port, listener.Close()
}
