package webhook

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"tracrpc/publish"
)

const (
	// throttle is how long to wait at least when a server says that it has too much
	// to do, but not for how long.
	throttle = time.Minute
	// longestAfter bounds what a server may ask for by Retry-After.
	longestAfter = 24 * time.Hour
)

// answer is one that is no success.
type answer struct {
	status int
	after  time.Duration // not to be asked again earlier
}

func (a *answer) Error() string {
	text := fmt.Sprintf("answered with %d %s", a.status, http.StatusText(a.status))
	if a.status >= 300 && a.status <= 399 {
		text += ", and redirects are not followed"
	}
	return text
}

// Some statuses say more than that it did not work.
var (
	busy    = []int{http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout}
	refused = []int{http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity}
)

func newAnswer(r *http.Response, now time.Time) *answer {
	a := &answer{status: r.StatusCode}
	if slices.Contains(busy, a.status) {
		a.after = throttle
	}
	text := r.Header.Get("Retry-After")
	if seconds, err := strconv.Atoi(text); err == nil && seconds >= 0 {
		a.after = time.Duration(min(seconds, int(longestAfter/time.Second))) * time.Second
	} else if when, err := http.ParseTime(text); err == nil {
		a.after = min(max(when.Sub(now), 0), longestAfter)
	}
	return a
}

// settle notes how a try went, and makes of its error what the relay is to do.
func (w *Webhook) settle(ctx context.Context, delivered int, err error) error {
	if err == nil {
		return w.note(ctx, delivered+1, time.Time{})
	}
	f := &publish.Failure{Delivered: delivered, Err: err}
	now := w.options.now().UTC()
	since := w.options.Failing
	var a *answer
	switch errors.As(err, &a); {
	case a != nil && a.status == http.StatusGone:
		f.Pause, since = true, time.Time{}
		f.Err = fmt.Errorf("%w: the receiver wants no more", err)
	case since.IsZero():
		since = now
	case now.Sub(since) >= patience:
		f.Err = fmt.Errorf("%w: nothing has arrived since %s", err, since.Format(time.RFC3339))
		f.Pause, since = true, time.Time{}
	}
	if a != nil {
		f.After, f.Refused = a.after, slices.Contains(refused, a.status)
	}
	if err := w.note(ctx, delivered, since); err != nil {
		return err
	}
	return f
}

// note keeps since when every try has failed, if that is another time than
// before.
func (w *Webhook) note(ctx context.Context, delivered int, since time.Time) error {
	if since.Equal(w.options.Failing) {
		return nil
	}
	if w.options.Note != nil {
		if err := w.options.Note(ctx, since); err != nil {
			return publish.Partly(delivered, err)
		}
	}
	w.options.Failing = since
	return nil
}
