// Package mail makes mails of one text and hands them to an SMTP server or to a
// sendmail program. It knows nothing of what they tell, and does not try again:
// its errors say whether somebody should.
package mail

import (
	"context"
	"fmt"
	"strings"
)

// Message is a mail with one plain text. Senders only read it.
type Message struct {
	Sender     string   // where failures are told; "" for nowhere
	Recipients []string // who gets it, whatever the header says
	Header     []Field  // in this order, after the ones that describe the content
	Text       string
	Encoding   Encoding
}

// Field is a field of a header: an unstructured text, or a list of addresses
// when there are any.
type Field struct {
	Name      string
	Value     string
	Addresses []Address
}

// Address is somebody's address, with their name or without. Both are used as
// they are: Usable tells whether an address is fit for that.
type Address struct {
	Name string
	Addr string
}

// Usable tells whether an address can stand in a header and in a command of
// SMTP: it is of ASCII, and without any character that would end it.
func Usable(addr string) bool {
	return addr != "" && !strings.ContainsFunc(addr, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`<>()[]",;:\`, r)
	})
}

// Sender hands messages to whoever delivers them. Implementations are safe for
// concurrent use.
type Sender interface {
	fmt.Stringer // says where to, without passwords
	// Send hands over m. A *Failure tells who did not get it, and whether it is
	// worth trying again.
	Send(ctx context.Context, m *Message) error
}

// Failure is the error of a message that not everybody got.
type Failure struct {
	Later       []string // who may get it if it is sent once more
	Refused     []string // who will not get it
	Unreachable bool     // nobody was there to take any message
	Err         error
}

// Error says why.
func (f *Failure) Error() string { return f.Err.Error() }

// Unwrap is what went wrong.
func (f *Failure) Unwrap() error { return f.Err }

// Secret is a password. It does not show itself when it is printed or logged.
type Secret struct{ text string }

// NewSecret keeps a text as a secret.
func NewSecret(text string) Secret { return Secret{text} }

// String hides the secret.
func (Secret) String() string { return "(hidden)" }

// GoString hides the secret.
func (s Secret) GoString() string { return s.String() }
