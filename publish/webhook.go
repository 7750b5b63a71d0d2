package publish

import (
	"fmt"
	"time"
)

// Webhook is a URL that events are sent to, as it is kept with the environment.
type Webhook struct {
	ID      int
	URL     string // whoever knows it may be able to post there: it is not for logs
	Secret  Secret // that requests are signed with
	Former  Secret // the one before, which also signs them until Until; "" for none
	Until   time.Time
	Events  []string // what is sent: REALM.VERB, where * stands for any; none stands for all
	User    string   // only what this user may view is sent; "" for what goes to any bus
	Note    string
	Created time.Time
	Failing time.Time // since when every try has failed; the zero time when the last did not
}

// Sink is the name of the sink that a webhook is.
func (w Webhook) Sink() string { return fmt.Sprintf("webhook-%d", w.ID) }

// Secret is a key. It does not print itself.
type Secret string

// String tells nothing.
func (s Secret) String() string { return "(secret)" }

// GoString tells nothing.
func (s Secret) GoString() string { return s.String() }

// MarshalText tells nothing.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
