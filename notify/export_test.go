package notify

import (
	"context"
	"time"

	"tracrpc/notify/mail"
	"tracrpc/ticket"
)

// What tests of the whole package use of its inside.

// SetNow gives a Service a clock.
func (s *Service) SetNow(now func() time.Time) { s.now = now }

// Compose writes the mail of a notice.
func (s *Service) Compose(ctx context.Context, n ticket.Notice) (*mail.Message, error) {
	return s.compose(ctx, n)
}

// ParseSubject checks a template.
func ParseSubject(template string) error {
	_, err := parseSubject(template)
	return err
}

// Wrap breaks a text into lines.
func Wrap(text string, columns int, first, rest string, wide bool) string {
	return wrapper{wide}.wrap(text, columns, first, rest)
}

// Split divides a text where lines may end.
func Split(text string) []string { return split(text) }

// IsSpace tells white space.
func IsSpace(r rune) bool { return isSpace(r) }

// Width is how many columns a text takes.
func Width(text string, wide bool) int { return wrapper{wide}.width(text) }

// MaxWaiting is how many mails a queue takes, MaxBytes how large they may be.
const (
	MaxWaiting = maxWaiting
	MaxBytes   = maxBytes
)

// Put queues a mail that is written already.
func (q *Queue) Put(s mail.Sender, m *mail.Message) { q.PutSized(s, m, 1) }

// PutSized is Put for a mail of a size.
func (q *Queue) PutSized(s mail.Sender, m *mail.Message, size int) {
	q.add(&job{sender: s, message: m, size: size})
}
