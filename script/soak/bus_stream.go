package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"tracrpc/publish"
)

// stream is a subscriber of the HTTP stream, who comes back by its cursor. It
// dies with the server.
type stream struct {
	ears
	address string
	cancel  context.CancelFunc
	ended   sync.WaitGroup
}

func startStream(_ context.Context, _ string, s *server) (bus, error) {
	return &stream{address: s.stream, cancel: func() {}}, nil
}

func (*stream) name() string       { return "HTTP stream" }
func (*stream) kill() error        { return nil }
func (*stream) revive() error      { return nil }
func (s *stream) settings() string { return "[tracrpc-stream]\nlisten = " + s.address + "\n" }

func (s *stream) listen(ctx context.Context) {
	ctx, s.cancel = context.WithCancel(ctx)
	// Ends with ctx.
	s.ended.Go(func() {
		cursor := "earliest"
		for ctx.Err() == nil {
			s.follow(ctx, &cursor)
			select {
			case <-ctx.Done():
			case <-time.After(50 * time.Millisecond):
			}
		}
	})
}

// follow reads until the stream ends.
func (s *stream) follow(ctx context.Context, cursor *string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.address+"/", nil)
	if err != nil {
		return err
	}
	request.Header.Set("X-Fetch-Since-Cursor", *cursor)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	ids := publish.NewIDs(environmentName)
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var event struct {
			Cursor string `json:"pubsub_cursor"`
		}
		if err := json.Unmarshal(lines.Bytes(), &event); err != nil {
			return err // cut off in the middle
		}
		if event.Cursor == "" {
			continue // stillalive
		}
		seq, known := ids.Seq(event.Cursor)
		if !known {
			seq = -1 // which report finds
		}
		s.hear(seq)
		*cursor = event.Cursor
	}
	return lines.Err()
}

func (s *stream) close() {
	s.cancel()
	s.ended.Wait()
}

// stalled are subscribers who read nothing.
type stalled []net.Conn

func stall(address string, count int) *stalled {
	var all stalled
	for range count {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			fmt.Println("a stalled subscriber is missing:", err)
			continue
		}
		_, err = fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: x\r\nX-Fetch-Since-Cursor: earliest\r\n\r\n")
		if err != nil {
			fmt.Println("a stalled subscriber is missing:", errors.Join(err, conn.Close()))
			continue
		}
		all = append(all, conn)
	}
	return &all
}

func (s *stalled) close() {
	for _, conn := range *s {
		conn.Close()
	}
}
