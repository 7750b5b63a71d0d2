package encode

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"tracrpc/publish"
)

// WebhookMost is how long the body of a webhook may be, in bytes.
const WebhookMost = 64 << 10

// Webhook writes the bodies of webhooks: an event as the log has it, with what
// Standard Webhooks wants every body to have. One that would be too long goes
// without its data, and says where it is to be had.
type Webhook struct {
	IDs     publish.IDs
	DataRef string // the path below which a server has single events, by their IDs
}

// webhookBody is an event with its type and timestamp.
type webhookBody struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"`
	publish.Event
	DataRef string `json:"dataref,omitempty"`
}

// Body is the body for an event.
func (w Webhook) Body(e publish.Event) ([]byte, error) {
	b := webhookBody{Type: WebhookType(e), Timestamp: e.Time, Event: e}
	text, err := compactJSON(b)
	if err != nil || len(text) <= WebhookMost {
		return text, err
	}
	b.Data, b.DataRef = nil, w.DataRef+"/"+w.IDs.Of(e.Seq)
	if text, err = compactJSON(b); err == nil && len(text) > WebhookMost {
		err = fmt.Errorf("event %d has %d bytes without its data", e.Seq, len(text))
	}
	return text, err
}

// WebhookType is what a webhook calls an event, such as ticket.changed.
func WebhookType(e publish.Event) string { return e.Realm + "." + e.Verb }

// compactJSON is JSON in UTF-8, with nothing escaped that need not be.
func compactJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}
