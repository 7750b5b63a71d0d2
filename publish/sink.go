package publish

import (
	"context"
	"fmt"
	"time"
)

// Sink is one outward bus: a broker, a socket, somebody's URL. A Relay uses it
// from one goroutine at a time. String names it for logs, without credentials.
type Sink interface {
	fmt.Stringer

	// Deliver hands over events, which are in order, and returns nil when all of
	// them have arrived: what a broker can acknowledge, it has acknowledged. An
	// error that is a *Failure says how far it came and what is to be done; any
	// other error means that all of events are to be delivered again. It returns
	// soon after ctx has ended. The events are not to be changed.
	Deliver(ctx context.Context, events []Event) error

	// Close gives up connections. Deliver is not called again.
	Close() error
}

// Failure is why Deliver did not deliver all of its events.
type Failure struct {
	Delivered int           // how many arrived, from the first on
	Refused   bool          // the next one was refused, and would be again: its turn to be buried comes soon
	Pause     bool          // nobody is there any more: pause the sink until somebody resumes it
	After     time.Duration // do not try again earlier than this; 0 leaves it to the policy
	Err       error         // what happened
}

func (f *Failure) Error() string { return f.Err.Error() }

// Unwrap is what happened.
func (f *Failure) Unwrap() error { return f.Err }

// Refuse is the failure of a sink that delivered some events and cannot ever
// deliver the next.
func Refuse(delivered int, err error) error {
	return &Failure{Delivered: delivered, Refused: true, Err: err}
}

// Partly is the failure of a sink that delivered some events and may deliver the
// others later.
func Partly(delivered int, err error) error { return &Failure{Delivered: delivered, Err: err} }

// Outlet is a sink as the settings describe it.
type Outlet struct {
	// Name is the sink's in its environment. What the sink has had is remembered
	// under it, so another name is another sink.
	Name string
	// Settings are whatever Open makes the sink from, as plain values: the sink is
	// opened anew when they are others than before.
	Settings any
	// From says where a sink begins that was never heard of.
	From Start
	// Policy is how it is served; see Policy for what zeros mean.
	Policy Policy
	// Open makes the sink. It does not wait for a connection: that is for Deliver
	// to make, and to make again. Its error says that the settings are of no use.
	Open func() (Sink, error)
}

// Start is where a sink begins.
type Start int

// Where a sink begins: with what happens from now on, or with the oldest event
// that is kept.
const (
	FromNow Start = iota
	FromOldest
)

// Policy is how a sink is served. Every zero stands for the default.
type Policy struct {
	Batch   int             // the most events of one Deliver; 500
	First   time.Duration   // how long to wait after the first failure; each further one doubles it; 100 ms
	Longest time.Duration   // how long to wait at most; 30 s
	Waits   []time.Duration // when given, how long to wait after each failure, instead of First and Longest
	Refusal int             // how often an event is tried that is refused, before it is buried; 3
	Tries   int             // how often an event is tried that fails otherwise; 0 means for ever
}

func (p Policy) withDefaults() Policy {
	if p.Batch <= 0 {
		p.Batch = 500
	}
	if p.First <= 0 {
		p.First = 100 * time.Millisecond
	}
	if p.Longest <= 0 {
		p.Longest = 30 * time.Second
	}
	if p.Refusal <= 0 {
		p.Refusal = 3
	}
	return p
}

// wait is how long to wait after so many failures in a row. luck is between 0
// and 1, and takes off up to a half, so that many who lost one broker do not all
// come back in the same moment.
func (p Policy) wait(failures int, luck float64) time.Duration {
	full := p.Longest
	if len(p.Waits) > 0 {
		full = p.Waits[min(failures, len(p.Waits))-1]
	} else if shift := failures - 1; shift < 32 && p.First<<shift>>shift == p.First {
		full = min(p.Longest, p.First<<shift)
	}
	return full - time.Duration(luck/2*float64(full))
}

// Audience knows the users to whom events are shown. It is safe for concurrent
// use.
type Audience interface {
	// View tells what a user may see, as things are now; "" is anonymous. It is
	// asked again for each batch of events, because permissions change.
	View(ctx context.Context, user string) (View, error)
	// Login tells whether this is the user's password. The address is the
	// client's, without a port: wrong guesses are slowed by it.
	Login(ctx context.Context, user, password, address string) (bool, error)
}

// View tells whether an event may be seen.
type View func(ctx context.Context, e Event) (bool, error)
