package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"
)

const (
	// silence is for how long nothing at all may come before the connection is
	// taken for dead: the server tells every 5 seconds that it is there.
	silence = 20 * time.Second
	// longestLine is the longest line of a stream that is read.
	longestLine = 1 << 20

	firstRetry   = time.Second
	longestRetry = 30 * time.Second
)

// follower prints the events of a server's stream, and comes back to it whenever
// the connection ends, behind the last event that it had.
type follower struct {
	url   string
	login *url.Userinfo
	io    streams
	after string // the cursor of the last event; "" begins with what happens from now on
	heard bool   // something has come over the present connection
}

// followStream prints the events of a stream until ctx ends.
func followStream(ctx context.Context, std streams, target, user string, fromStdin bool, after string) error {
	address, login, err := readStreamURL(target, user)
	if err != nil {
		return err
	}
	if login, err = withPassword(ctx, std, login, fromStdin); err != nil {
		return fmt.Errorf("events: %w", err)
	}
	if after == "0" {
		after = "earliest"
	}
	f := &follower{url: address, login: login, io: std, after: after}
	once, wait := false, firstRetry
	for {
		err := f.connect(ctx)
		if ctx.Err() != nil {
			return nil
		}
		var final *refusedError
		if errors.As(err, &final) || !once && !f.heard {
			return fmt.Errorf("events: %w", err)
		}
		if f.heard {
			once, wait = true, firstRetry
		}
		fmt.Fprintf(std.err, "tracrpc: events: %v; trying again in %v\n", err, wait)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil
		}
		wait = min(2*wait, longestRetry)
	}
}

// readStreamURL makes the address of a stream of a URL: of that of an environment,
// of its RPC page, or of a path on the stream's own listener.
func readStreamURL(target, user string) (address string, login *url.Userinfo, err error) {
	u, err := url.Parse(target)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", nil, errors.New("events: want a URL such as http://localhost:8000/")
	}
	login, u.User = u.User, nil
	if name, password, given := strings.Cut(user, ":"); given {
		login = url.UserPassword(name, password)
	} else if user != "" {
		login = url.User(name)
	}
	switch {
	case u.Path == "" || strings.HasSuffix(u.Path, "/"):
		u = u.JoinPath("events")
	case path.Base(u.Path) == "rpc" || path.Base(u.Path) == "xmlrpc":
		u = u.JoinPath("..", "events")
	}
	return u.String(), login, nil
}

// refusedError is an answer that trying again would not change.
type refusedError struct {
	status, text string
}

func (e *refusedError) Error() string {
	return fmt.Sprintf("the server answers %s: %s", e.status, e.text)
}

// connect prints what comes over one connection. It returns when that ends, with
// the reason.
func (f *follower) connect(ctx context.Context) error {
	f.heard = false
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	dead := time.AfterFunc(silence, func() { cancel(fmt.Errorf("nothing was heard for %v", silence)) })
	defer dead.Stop()
	response, err := f.ask(ctx)
	if err != nil {
		return cmpCause(ctx, err)
	}
	defer response.Body.Close() // it has been read, or is of no use
	if response.StatusCode != http.StatusOK {
		return refusal(response)
	}
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, longestLine)
	var e streamEvent
	for lines.Scan() {
		dead.Reset(silence)
		f.heard = true
		if !e.add(lines.Text()) {
			continue
		}
		if err := f.print(e); err != nil {
			return err
		}
		e = streamEvent{}
	}
	if err := lines.Err(); err != nil {
		return cmpCause(ctx, err)
	}
	return errors.New("the stream ended")
}

// cmpCause is why a context was cancelled, if it was, or else the error.
func cmpCause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

func (f *follower) ask(ctx context.Context) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, f.url, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "text/event-stream")
	if f.after != "" {
		r.Header.Set("Last-Event-ID", f.after)
	}
	if f.login != nil {
		password, _ := f.login.Password()
		r.SetBasicAuth(f.login.Username(), password)
	}
	return http.DefaultClient.Do(r)
}

// refusal is the error for an answer that is no stream.
func refusal(response *http.Response) error {
	text, err := io.ReadAll(io.LimitReader(response.Body, 500))
	if err != nil {
		return err
	}
	refused := &refusedError{response.Status, strings.TrimSpace(string(text))}
	if response.StatusCode >= http.StatusInternalServerError || response.StatusCode == http.StatusTooManyRequests {
		return errors.New(refused.Error())
	}
	return refused
}

// print prints an event, or says what the server says of the stream itself.
func (f *follower) print(e streamEvent) error {
	switch e.kind {
	case "":
		if _, err := fmt.Fprintln(f.io.out, e.data); err != nil {
			return err
		}
	case "expired":
		fmt.Fprintln(f.io.err, "tracrpc: events: some that came after the last one are no longer kept")
	case "unknown":
		fmt.Fprintln(f.io.err, "tracrpc: events: the server does not know the cursor, and begins with what happens now")
	}
	if e.id != "" {
		f.after = e.id
	}
	return nil
}

// streamEvent is one of Server-Sent Events, as far as it was read.
type streamEvent struct {
	kind, id, data string
}

// add takes in a line; true when it ends an event.
func (e *streamEvent) add(line string) bool {
	if line == "" {
		return e.data != ""
	}
	name, value, _ := strings.Cut(line, ":")
	value = strings.TrimPrefix(value, " ")
	switch name {
	case "event":
		e.kind = value
	case "id":
		e.id = value
	case "data":
		if e.data != "" {
			e.data += "\n"
		}
		e.data += value
	}
	return false
}
