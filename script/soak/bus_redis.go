package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

// redisBus is a Redis that writes each command to disk before it answers, and
// the stream in it.
type redisBus struct {
	dir, port string
	command   *exec.Cmd
	client    *redis.Client
}

func startRedis(ctx context.Context, dir string, _ *server) (bus, error) {
	if err := installed("redis-server"); err != nil {
		return nil, err
	}
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	b := &redisBus{dir: filepath.Join(dir, "redis"), port: port, client: redis.NewClient(&redis.Options{Addr: address})}
	if err := os.Mkdir(b.dir, 0o700); err != nil {
		return nil, err
	}
	return b, b.revive()
}

func (*redisBus) name() string           { return "Redis stream" }
func (*redisBus) listen(context.Context) {}

func (b *redisBus) settings() string {
	return fmt.Sprintf(`[components]
tracext.redispub.* = enabled
[redis_client]
host = 127.0.0.1
port = %s
[redispub]
stream = log
stream_length = 10000000
[tracrpc-events]
lease = 1
`, b.port)
}

func (b *redisBus) revive() error {
	b.command = exec.Command("redis-server", "--bind", "127.0.0.1", "--port", b.port, "--dir", b.dir, "--save", "",
		"--appendonly", "yes", "--appendfsync", "always")
	if err := b.command.Start(); err != nil {
		return err
	}
	return await(context.Background(), "Redis answers", func() bool {
		return b.client.Ping(context.Background()).Err() == nil
	})
}

func (b *redisBus) kill() error {
	if err := b.command.Process.Kill(); err != nil {
		return err
	}
	b.command.Wait() // says only that it was killed
	return nil
}

// heard reads the stream from its beginning. An entry's ID begins with the number
// of its event.
func (b *redisBus) heard() []int64 {
	entries, err := b.client.XRange(context.Background(), "log", "-", "+").Result()
	if err != nil {
		fmt.Println("Redis:", err)
	}
	var seqs []int64
	for _, e := range entries {
		number, _, _ := strings.Cut(e.ID, "-")
		seq, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			seq = -1 // which report finds
		}
		seqs = append(seqs, seq)
	}
	return seqs
}

func (b *redisBus) close() {
	b.client.Close()
	b.kill()
}
