package main

import (
	"errors"
	"io"
	"net/http"
	"os"
	"time"
)

// pace is how slow a client may be.
type pace struct {
	// Start is for how long a client may take to begin with, whether it sends or
	// reads.
	Start time.Duration
	// Rate is how many bytes a second it must then manage, on the whole.
	Rate int64
}

// until is by when n bytes must have passed that began to do so at start.
func (p pace) until(start time.Time, n int64) time.Time {
	if p.Rate <= 0 {
		return time.Time{}
	}
	return start.Add(p.Start + time.Duration(float64(n)/float64(p.Rate)*float64(time.Second)))
}

// paced gives up on clients that send their bodies or read their answers slower
// than the pace. Slow readers are told to reached; whoever reads the body sees that
// it is slow.
func paced(next http.Handler, body, answer pace, reached func(limit string)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		sent := &pacedBody{ReadCloser: r.Body, pace: body, control: control}
		if r.Body != nil && r.Body != http.NoBody {
			r.Body = sent
			defer func() { sent.leave(answer) }()
		}
		next.ServeHTTP(&pacedWriter{ResponseWriter: w, pace: answer, control: control, reached: reached}, r)
	})
}

// pacedBody is a request's body that must come in time.
type pacedBody struct {
	io.ReadCloser
	pace    pace
	control *http.ResponseController
	began   time.Time
	read    int64
	ended   bool
	broken  bool
}

func (b *pacedBody) Read(p []byte) (int, error) {
	if b.began.IsZero() {
		b.began = time.Now()
	}
	b.deadline(b.pace.until(b.began, b.read))
	n, err := b.ReadCloser.Read(p)
	b.read += int64(n)
	if err == io.EOF {
		// The connection is watched while the call is made, which may take its time.
		b.deadline(time.Time{})
		b.ended = true
	} else if err != nil {
		b.broken = true
	}
	return n, err
}

// leave is for what the handler has left of the body: the server reads some of it
// before it sends the answer. For what has come too slowly already it does not wait.
func (b *pacedBody) leave(answer pace) {
	if b.ended || b.broken {
		return
	}
	now := time.Now()
	b.deadline(now.Add(b.pace.Start))
	_ = b.control.SetWriteDeadline(now.Add(b.pace.Start + answer.Start)) // as there, it may not be possible
}

// deadline is for a body that has not ended yet. Where none can be set, as in
// tests, there is no connection either.
func (b *pacedBody) deadline(t time.Time) {
	if !b.ended {
		_ = b.control.SetReadDeadline(t)
	}
}

// pacedWriter writes an answer that must be read in time.
type pacedWriter struct {
	http.ResponseWriter
	pace    pace
	control *http.ResponseController
	reached func(limit string)
}

// Unwrap is for http.ResponseController.
func (w *pacedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *pacedWriter) Write(p []byte) (int, error) {
	_ = w.control.SetWriteDeadline(w.pace.until(time.Now(), int64(len(p))))
	n, err := w.ResponseWriter.Write(p)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		w.reached("answer-timeout")
	}
	return n, err
}

func (w *pacedWriter) WriteHeader(status int) {
	_ = w.control.SetWriteDeadline(w.pace.until(time.Now(), 0))
	w.ResponseWriter.WriteHeader(status)
}
