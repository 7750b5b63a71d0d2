package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// tracim is a client of the socket that is TracimDaemon's. When it is killed, it
// forgets what it has in its hands.
type tracim struct {
	ears
	socket, own string

	life   sync.Mutex // held while it begins or ends
	cancel context.CancelFunc
	ended  sync.WaitGroup
	last   int64 // the event of the newest message
}

func startTracim(_ context.Context, dir string, _ *server) (bus, error) {
	return &tracim{socket: filepath.Join(dir, "master.sock"), own: filepath.Join(dir, "own.sock"), cancel: func() {}}, nil
}

func (*tracim) name() string { return "TracimDaemon" }

func (t *tracim) settings() string {
	return "[tracrpc-tracim]\nsocket_path = " + t.socket + "\nuser = admin\n"
}

func (t *tracim) listen(ctx context.Context) {
	t.life.Lock()
	defer t.life.Unlock()
	ctx, t.cancel = context.WithCancel(ctx)
	if err := t.serve(ctx); err != nil {
		fmt.Println("TracimDaemon's client does not listen:", err)
	}
}

// serve listens and registers.
func (t *tracim) serve(ctx context.Context) error {
	if err := os.Remove(t.own); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	listener, err := net.Listen("unix", t.own)
	if err != nil {
		return err
	}
	listener.(*net.UnixListener).SetUnlinkOnClose(false) // a killed one leaves it there
	registered := make(chan struct{}, 1)
	// They end with ctx.
	context.AfterFunc(ctx, func() { listener.Close() })
	t.ended.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			t.read(ctx, conn, registered)
		}
	})
	return await(ctx, "TracimDaemon's client is registered", func() bool {
		t.send(fmt.Sprintf(`{"path":%q,"type":"daemon_client_add","data":{"path":%q,"pid":"1"}}`, t.own, t.own))
		select {
		case <-registered:
			return true
		case <-time.After(200 * time.Millisecond):
			return false
		}
	})
}

// read reads a message.
func (t *tracim) read(ctx context.Context, conn net.Conn, registered chan<- struct{}) {
	defer conn.Close()
	buffer := make([]byte, 4096)
	n, err := conn.Read(buffer)
	if err != nil || ctx.Err() != nil {
		return // it was killed, or the server
	}
	var frame struct {
		Type string
		Data any
	}
	if err := json.Unmarshal(buffer[:n], &frame); err != nil {
		t.hear(-1) // which report finds
		return
	}
	switch frame.Type {
	case "daemon_account_info":
		select {
		case registered <- struct{}{}:
		default:
		}
	case "daemon_ping":
		t.send(fmt.Sprintf(`{"path":%q,"type":"daemon_pong"}`, t.own))
	case "daemon_tracim_event":
		var told struct {
			ID   int64  `json:"event_id"`
			Type string `json:"event_type"`
		}
		if text, is := frame.Data.(string); !is || json.Unmarshal([]byte(text), &told) != nil {
			told.ID = -1
		}
		if told.ID != t.last || !strings.HasSuffix(told.Type, ".comment") { // the second message of one event
			t.hear(told.ID)
		}
		t.last = told.ID
	}
}

// send sends a frame, if anybody listens.
func (t *tracim) send(text string) {
	if conn, err := net.Dial("unix", t.socket); err == nil {
		conn.Write([]byte(text)) // what counts is the answer
		conn.Close()
	}
}

func (t *tracim) kill() error {
	t.life.Lock()
	defer t.life.Unlock()
	t.cancel()
	t.ended.Wait()
	return nil
}

func (t *tracim) revive() error {
	t.listen(context.Background())
	return nil
}

func (t *tracim) close() { t.kill() }
