package notify_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tracrpc/notify"
	"tracrpc/notify/mail"
)

// server answers each mail as it is told to, and notes when which came.
type server struct {
	answer func(n int, m *mail.Message) error

	mu   sync.Mutex
	sent []string
	n    int
}

func (s *server) String() string { return "smtp://server" }

func (s *server) Send(ctx context.Context, m *mail.Message) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n++
	s.sent = append(s.sent, m.Text+" to "+strings.Join(m.Recipients, ","))
	if s.answer == nil {
		return ctx.Err()
	}
	return s.answer(s.n, m)
}

// attempts is how many mails came.
func (s *server) attempts() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.n
}

func (s *server) got() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.sent, "; ")
}

// later is the failure of a server that takes nothing for now.
func later(m *mail.Message) error {
	return &mail.Failure{Later: m.Recipients, Err: errors.New("450 later")}
}

func message(text string) *mail.Message {
	return &mail.Message{Text: text, Recipients: []string{"ann", "bob"}}
}

// logged is a log that may be read while it is written.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func newQueue() (*notify.Queue, *logged) {
	log := &logged{}
	return notify.NewQueue(slog.New(slog.NewTextHandler(log, nil))), log
}

func TestQueueSends(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q, log := newQueue()
		s := &server{}
		q.Put(s, message("one"))
		q.Put(s, message("two"))
		synctest.Wait()
		q.Put(s, message("three"))
		if err := q.Close(); err != nil {
			t.Fatal(err)
		}
		if got := s.got(); got != "one to ann,bob; two to ann,bob; three to ann,bob" {
			t.Errorf("sent %s", got)
		}
		q.Put(s, message("too late"))
		if !strings.Contains(log.String(), "mail dropped") || q.Dropped() != 1 {
			t.Errorf("after the end: dropped %d, log %s", q.Dropped(), log)
		}
	})
}

func TestQueueTriesAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q, log := newQueue()
		s := &server{answer: func(n int, m *mail.Message) error {
			switch n {
			case 1:
				return &mail.Failure{Later: m.Recipients[1:], Err: errors.New("450 greylisted")}
			case 3:
				return &mail.Failure{Refused: m.Recipients, Err: errors.New("550 unknown")}
			}
			return nil
		}}
		q.Put(s, message("one"))
		q.Put(s, message("two"))
		synctest.Wait()
		if got := s.got(); got != "one to ann,bob; two to ann,bob" {
			t.Errorf("at first: %s; a mail that must wait must not hold up others", got)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := s.got(); got != "one to ann,bob; two to ann,bob; one to bob" {
			t.Errorf("after a minute: %s", got)
		}
		if text := log.String(); !strings.Contains(text, "mail not sent yet") || !strings.Contains(text, "mail refused") {
			t.Errorf("log %s", text)
		}
		if err := q.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestQueueGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q, log := newQueue()
		s := &server{answer: func(_ int, m *mail.Message) error { return later(m) }}
		q.Put(s, message("one"))
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		if s.attempts() != 7 || !strings.Contains(log.String(), "mail given up") {
			t.Errorf("%d attempts, log %s", s.attempts(), log)
		}
		if err := q.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestQueueWaitsForServer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q, _ := newQueue()
		var back atomic.Bool
		s := &server{answer: func(_ int, m *mail.Message) error {
			if !back.Load() {
				return &mail.Failure{Later: m.Recipients, Unreachable: true, Err: errors.New("connection refused")}
			}
			return nil
		}}
		for range 100 {
			q.Put(s, message("m"))
		}
		synctest.Wait()
		if s.attempts() != 1 {
			t.Errorf("%d attempts while the server is away, want one for all", s.attempts())
		}
		back.Store(true)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if s.attempts() != 101 {
			t.Errorf("%d attempts, want 101", s.attempts())
		}
		if err := q.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestQueueIsBounded(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ mails, size, want int }{
		"number": {notify.MaxWaiting + 10, 1, 10},
		"size":   {10, notify.MaxBytes / 4, 6},
		"giant":  {2, notify.MaxBytes * 2, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				q, log := newQueue()
				s := &server{answer: func(_ int, m *mail.Message) error { return later(m) }}
				for range c.mails {
					q.PutSized(s, message("m"), c.size)
				}
				if q.Dropped() != c.want || strings.Count(log.String(), "level=WARN msg=\"mail dropped") != c.want {
					t.Errorf("dropped %d, want %d; log %.1000s", q.Dropped(), c.want, log)
				}
				if err := q.Close(); err != nil {
					t.Fatal(err)
				}
			})
		})
	}
}

func TestQueueCloses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q, log := newQueue()
		s := &server{answer: func(n int, m *mail.Message) error {
			if n == 1 {
				return later(m)
			}
			return nil
		}}
		q.Put(s, message("one"))
		synctest.Wait()
		if err := q.Close(); err != nil {
			t.Fatal(err)
		}
		if got := s.got(); got != "one to ann,bob; one to ann,bob" {
			t.Errorf("sent %s, want a last attempt; log %s", got, log)
		}
	})
}

// stuck is a server that does not answer until the caller has had enough.
type stuck struct{}

func (stuck) String() string { return "smtp://stuck" }

func (stuck) Send(ctx context.Context, m *mail.Message) error {
	<-ctx.Done()
	return &mail.Failure{Later: m.Recipients, Unreachable: true, Err: ctx.Err()}
}

func TestQueueClosesInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q, log := newQueue()
		for range 3 {
			q.Put(stuck{}, message("m"))
		}
		begin := time.Now()
		if err := q.Close(); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begin); took != 10*time.Second || !strings.Contains(log.String(), "mails=3") {
			t.Errorf("took %v of the test's clock, log %s", took, log)
		}
	})
}

func TestQueueClosesWithoutServer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q, log := newQueue()
		s := &server{answer: func(_ int, m *mail.Message) error {
			return &mail.Failure{Later: m.Recipients, Unreachable: true, Err: errors.New("connection refused")}
		}}
		for range 100 {
			q.Put(s, message("m"))
		}
		synctest.Wait()
		if err := q.Close(); err != nil {
			t.Fatal(err)
		}
		if s.attempts() != 2 || !strings.Contains(log.String(), "mails=100") {
			t.Errorf("%d attempts, want one before the end and one for all at it; log %s", s.attempts(), log)
		}
	})
}

func TestBrokenMailIsLostAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q, log := newQueue()
		s := &server{answer: func(n int, _ *mail.Message) error {
			if n == 1 {
				panic("a bug")
			}
			return nil
		}}
		q.Put(s, message("one"))
		q.Put(s, message("two"))
		if err := q.Close(); err != nil {
			t.Fatal(err)
		}
		if s.attempts() != 2 || !strings.Contains(log.String(), "mail not written") {
			t.Errorf("sent %s, log %s", s.got(), log)
		}
	})
}
