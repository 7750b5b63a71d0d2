package stream

import (
	"context"
	"net/http"
	"strings"
)

// Caller is who sent a request.
type Caller struct {
	Name string // for the log, and as the author of what is posted
	// Meets tells whether the caller has what it takes, as things are now. It is
	// asked for each event that is sent to the caller.
	Meets func(ctx context.Context, needs Needs) (bool, error)
	// Still tells whether the caller would be let in again. It is asked now and
	// then; nil for never.
	Still func(ctx context.Context) (bool, error)
}

// Callers knows who sends requests. It is asked by many at once.
type Callers interface {
	// Caller is who sent a request; false when it is refused, which has been
	// answered then. Below /login it matters who somebody is.
	Caller(w http.ResponseWriter, r *http.Request) (Caller, bool)
}

// isBelow tells whether a path is another, or below it.
func isBelow(path, other string) bool {
	rest, begins := strings.CutPrefix(path, other)
	return begins && (rest == "" || rest[0] == '/')
}
