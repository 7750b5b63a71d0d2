package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"tracrpc/notify/mail"
)

const (
	maxWaiting = 1000     // mails in the queue
	maxBytes   = 64 << 20 // of memory that they keep

	// stopWithin is how long Close waits for what is queued.
	stopWithin = 10 * time.Second
)

// pauses are between the attempts to send a mail, after each that failed for the
// time being.
var pauses = []time.Duration{5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour}

// Queue sends mails one after the other, so that nobody waits for a mail server.
// When it is full, further mails are dropped and counted. It lives in memory: what
// a stopped process could not send is lost, and logged.
type Queue struct {
	log     *slog.Logger
	wake    chan struct{} // the queue has changed
	working sync.WaitGroup

	mu      sync.Mutex
	jobs    []*job
	bytes   int
	abandon context.CancelFunc // ends the attempt in progress; nil while nobody works
	closing bool
	resting time.Time // the server is not to be tried before
	dropped int       // mails that the queue had no room for
}

// job is a mail on its way.
type job struct {
	ticket  int
	size    int
	sender  mail.Sender
	compose func(context.Context) (*mail.Message, error)
	message *mail.Message // once it is composed
	failed  int           // attempts
	due     time.Time     // of the next attempt
}

// NewQueue makes an empty queue. The caller closes it.
func NewQueue(log *slog.Logger) *Queue {
	return &Queue{log: log, wake: make(chan struct{}, 1)}
}

// Dropped is how many mails there was no room for so far.
func (q *Queue) Dropped() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.dropped
}

// Close gives everything that is queued one more chance, for a while, and then
// gives it up.
func (q *Queue) Close() error {
	q.mu.Lock()
	q.closing = true
	abandon := q.abandon
	q.mu.Unlock()
	if abandon != nil {
		defer time.AfterFunc(stopWithin, abandon).Stop()
	}
	q.nudge()
	q.working.Wait()
	return nil
}

// nudge wakes whoever works, without waiting for them.
func (q *Queue) nudge() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// add takes a job, or drops it when there is no room.
func (q *Queue) add(j *job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closing || len(q.jobs) >= maxWaiting || len(q.jobs) > 0 && q.bytes+j.size > maxBytes {
		q.dropped++
		q.log.Warn("mail dropped, the queue takes no more", "ticket", j.ticket, "waiting", len(q.jobs), "dropped", q.dropped)
		return
	}
	q.jobs, q.bytes = append(q.jobs, j), q.bytes+j.size
	if q.abandon == nil {
		ctx, cancel := context.WithCancel(context.Background())
		q.abandon = cancel
		// Ends when the queue is empty; Close sees to that, and waits for it.
		q.working.Go(func() { q.work(ctx) })
	}
	q.nudge()
}

// work sends what is in the queue until there is nothing left.
func (q *Queue) work(ctx context.Context) {
	for {
		j, wait := q.next()
		switch {
		case j != nil:
			q.attempt(ctx, j)
		case wait == 0:
			return
		default:
			q.sleep(wait)
		}
	}
}

// sleep waits for a time, or until the queue changes.
func (q *Queue) sleep(wait time.Duration) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-q.wake:
	}
}

// next is the job to do now; else how long to wait for one, 0 when there is none.
func (q *Queue) next() (*job, time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.jobs) == 0 {
		q.abandon()
		q.abandon = nil
		return nil, 0
	}
	first := slices.MinFunc(q.jobs, func(a, b *job) int { return a.due.Compare(b.due) })
	due := first.due
	if due.Before(q.resting) {
		due = q.resting
	}
	if wait := time.Until(due); wait > 0 && !q.closing {
		return nil, wait
	}
	return first, 0
}

// attempt tries to do a job.
func (q *Queue) attempt(ctx context.Context, j *job) {
	err := j.do(ctx)
	var missed *mail.Failure
	switch {
	case err == nil:
		q.log.Debug("mail sent", "ticket", j.ticket)
		q.finish(j)
		return
	case ctx.Err() != nil:
		q.giveUp(err)
		return
	case !errors.As(err, &missed):
		q.log.Error("mail not written", "ticket", j.ticket, "err", err)
		q.finish(j)
		return
	}
	if missed.Unreachable && q.isClosing() {
		q.giveUp(err)
		return
	}
	if len(missed.Refused) > 0 {
		q.log.Error("mail refused", "ticket", j.ticket, "server", j.sender.String(), "to", missed.Refused, "err", err)
	}
	if len(missed.Later) == 0 {
		q.finish(j)
		return
	}
	rest := *j.message
	rest.Recipients = missed.Later
	j.message = &rest
	q.postpone(j, missed)
}

// do makes one attempt to send the mail, which it writes first. A mail that
// breaks us is lost alone: the server goes on.
func (j *job) do(ctx context.Context) (err error) {
	defer func() {
		if broken := recover(); broken != nil {
			err = fmt.Errorf("panic: %v\n%s", broken, debug.Stack())
		}
	}()
	if j.message == nil {
		m, err := j.compose(ctx)
		if err != nil || m == nil {
			return err
		}
		j.message, j.compose = m, nil
	}
	return j.sender.Send(ctx, j.message)
}

// finish takes a job out of the queue.
func (q *Queue) finish(j *job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.remove(j)
	q.resting = time.Time{}
}

func (q *Queue) remove(j *job) {
	q.jobs = slices.DeleteFunc(q.jobs, func(other *job) bool { return other == j })
	q.bytes -= j.size
}

// postpone puts a job off, or gives it up after the last attempt. While the
// server cannot be reached, no other job is tried either.
func (q *Queue) postpone(j *job, why *mail.Failure) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if j.failed == len(pauses) || q.closing {
		q.log.Error("mail given up", "ticket", j.ticket, "server", j.sender.String(), "to", why.Later, "err", why)
		q.remove(j)
		return
	}
	pause := pauses[j.failed]
	j.failed++
	j.due = time.Now().Add(pause)
	if why.Unreachable {
		q.resting = j.due
	}
	q.log.Warn("mail not sent yet", "ticket", j.ticket, "server", j.sender.String(), "again", pause, "err", why)
}

// isClosing tells whether Close waits.
func (q *Queue) isClosing() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.closing
}

// giveUp empties the queue: Close waits no longer, or nobody takes a mail.
func (q *Queue) giveUp(why error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.log.Error("mails given up at the stop", "mails", len(q.jobs), "err", why)
	q.jobs, q.bytes = nil, 0
}
