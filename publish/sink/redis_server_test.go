package sink

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// need skips a test whose program is not installed, or fails it where everything
// is to be.
func need(t testing.TB, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err == nil {
		return
	}
	if os.Getenv("TRACRPC_NEED_CLIENTS") != "" {
		t.Fatalf("%s is not installed: run script/bootstrap", program)
	}
	t.Skipf("%s is not installed: script/bootstrap installs it", program)
}

// redisServer is a real one on a port of its own.
type redisServer struct {
	t       testing.TB
	port    int
	args    []string
	command *exec.Cmd
}

func startRedis(t testing.TB, args ...string) *redisServer {
	t.Helper()
	return startRedisAt(t, "--port", args...)
}

// startRedisTLS starts one that takes TLS alone, from clients with a certificate.
func startRedisTLS(t testing.TB, cert, key string) *redisServer {
	t.Helper()
	return startRedisAt(t, "--tls-port", "--port", "0", "--tls-cert-file", cert, "--tls-key-file", key, "--tls-ca-cert-file", cert)
}

func startRedisAt(t testing.TB, port string, args ...string) *redisServer {
	t.Helper()
	need(t, "redis-server")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &redisServer{t: t, port: listener.Addr().(*net.TCPAddr).Port, args: args}
	s.args = append(s.args, port, strconv.Itoa(s.port))
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	s.start()
	t.Cleanup(s.stop)
	return s
}

// start starts it, and waits until it answers.
func (s *redisServer) start() {
	s.t.Helper()
	args := append([]string{"--bind", "127.0.0.1", "--save", "", "--dir", s.t.TempDir()}, s.args...)
	s.command = exec.Command("redis-server", args...)
	out, err := s.command.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.command.Start(); err != nil {
		s.t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "Ready to accept connections") {
			go func() { // ends with the server
				for lines.Scan() {
				}
			}()
			return
		}
	}
	s.t.Fatal("redis-server did not start")
}

func (s *redisServer) stop() {
	if s.command == nil {
		return
	}
	s.command.Process.Kill() // it may be gone
	s.command.Wait()         // so it says that it was killed
	s.command = nil
}

func (s *redisServer) settings() RedisSettings {
	return RedisSettings{Host: "127.0.0.1", Port: s.port}
}

// message is what a subscriber heard.
type message struct{ channel, body string }

// subscribe hears everything from now on.
func (s *redisServer) subscribe(pattern string) <-chan message {
	s.t.Helper()
	client := redis.NewClient(&redis.Options{Addr: fmt.Sprintf("127.0.0.1:%d", s.port)})
	subscription := client.PSubscribe(context.Background(), pattern)
	if _, err := subscription.ReceiveTimeout(s.t.Context(), 10*time.Second); err != nil {
		s.t.Fatal(err)
	}
	heard := make(chan message, 10000)
	go func() { // ends when the subscription is closed
		defer close(heard)
		for m := range subscription.Channel(redis.WithChannelSize(10000)) {
			heard <- message{m.Channel, m.Payload}
		}
	}()
	s.t.Cleanup(func() {
		subscription.Close() // the server may be gone
		client.Close()
	})
	return heard
}

func hear(t testing.TB, heard <-chan message) message {
	t.Helper()
	select {
	case m := <-heard:
		return m
	case <-time.After(time.Minute):
		t.Fatal("nothing was heard")
		return message{}
	}
}
