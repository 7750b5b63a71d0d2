// Package fault holds the errors that a caller may be told. Whatever is not a
// fault is an internal error: it is logged, and the caller gets a general
// sentence, so nothing leaks by accident. The kinds are those that Trac's
// clients can tell apart; how a kind looks on the wire is each protocol's own
// business (rpc/xmlrpc, rpc/jsonrpc).
package fault

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Kind says what sort of failure a fault is. Protocols map it to their codes.
type Kind uint8

const (
	// Invalid is a broken rule of the domain: Trac's TracError.
	Invalid Kind = iota + 1
	// NotFound is a thing that is not there: Trac's ResourceNotFound.
	NotFound
	// Forbidden is a missing permission: Trac's PermissionError.
	Forbidden
	// BadCall is a call that does not fit the method: the wrong number or type
	// of arguments. In the reference it is any other Python exception.
	BadCall
	// NoMethod is a method name that nobody serves.
	NoMethod
	// NoName is a request without a method name.
	NoName
	// Parse is a request that cannot be read at all.
	Parse
	// TooLarge is a request past a limit of the server.
	TooLarge
	// Internal is what a caller is told when something broke on our side.
	Internal
)

// Error is a fault. Message is the sentence for the caller, worded as Trac
// words it; Title is the heading that Trac shows above it ("Trac Error" where
// it has no other).
type Error struct {
	Kind    Kind
	Title   string
	Message string
}

func (e *Error) Error() string { return e.Message }

// New makes a fault of kind with a formatted message.
func New(kind Kind, format string, args ...any) *Error {
	message := format
	if len(args) > 0 {
		message = fmt.Sprintf(format, clipped(args)...)
	}
	return &Error{Kind: kind, Title: "Trac Error", Message: clip(message)}
}

// maxMessage is how many bytes of a message are told. Only what the caller has
// sent makes one longer, and the caller has that already.
const maxMessage = 8 << 10

// clipped are arguments of a message. Long texts are not written out to be cut off
// after that.
func clipped(args []any) []any {
	for i, arg := range args {
		if text, ok := arg.(string); ok && len(text) > maxMessage {
			args = slices.Clone(args)
			args[i] = clip(text)
		}
	}
	return args
}

func clip(message string) string {
	if len(message) <= maxMessage {
		return message
	}
	return strings.ToValidUTF8(message[:maxMessage], "") + "…"
}

// Titled makes a fault with a heading of its own.
func Titled(kind Kind, title, format string, args ...any) *Error {
	e := New(kind, format, args...)
	e.Title = title
	return e
}

// Of finds the fault in err's chain; nil when err is nil or not for the caller.
func Of(err error) *Error {
	e, _ := errors.AsType[*Error](err)
	return e
}

// Is tells whether err's chain holds a fault of kind.
func Is(err error, kind Kind) bool {
	e := Of(err)
	return e != nil && e.Kind == kind
}
