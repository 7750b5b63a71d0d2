package encode

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"tracrpc/publish"
)

func TestWebhook(t *testing.T) {
	t.Parallel()
	w := Webhook{IDs: publish.NewIDs("my.env"), DataRef: "/events"}
	var all bytes.Buffer
	for _, e := range recorded(t) {
		text, err := w.Body(e)
		if err != nil {
			t.Fatalf("event %d: %v", e.Seq, err)
		}
		var back publish.Event
		if err := json.Unmarshal(text, &back); err != nil || back.Seq != e.Seq || !back.Time.Equal(e.Time) || back.ID != e.ID || len(text) > WebhookMost {
			t.Errorf("event %d is read as %+v, %v", e.Seq, back, err)
		}
		all.Write(append(text, '\n'))
	}
	golden(t, "webhook.jsonl", all.Bytes())
}

func TestWebhookIsShort(t *testing.T) {
	t.Parallel()
	w := Webhook{IDs: publish.NewIDs("my.env"), DataRef: "/events"}
	e := publish.Event{Seq: 7, Env: "my.env", Realm: publish.Wiki, Verb: publish.Changed, ID: "P", Author: "a"}
	fits := 0
	for _, size := range []int{10, WebhookMost - 200, WebhookMost - 20, WebhookMost, 10 * WebhookMost} {
		e.Data = json.RawMessage(`{"text":"` + strings.Repeat("x", size) + `"}`)
		text, err := w.Body(e)
		if err != nil || len(text) > WebhookMost || !json.Valid(text) {
			t.Errorf("%d bytes of text: a body of %d, %v", size, len(text), err)
		}
		if bytes.Contains(text, []byte("xxx")) {
			fits++
		} else if !bytes.Contains(text, []byte(`"data":null,"dataref":"/events/`+w.IDs.Of(7)+`"`)) {
			t.Errorf("%d bytes of text: %s", size, text)
		}
	}
	if fits != 2 {
		t.Errorf("%d bodies are whole, want 2", fits)
	}
	e.ID = strings.Repeat("x", WebhookMost)
	if text, err := w.Body(e); err == nil {
		t.Errorf("a body of %d bytes", len(text))
	}
}
