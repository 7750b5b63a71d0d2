package storetest

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tracrpc/fault"
	"tracrpc/publish"
)

func testWebhooks(t *testing.T, url string) {
	db := Open(t, url)
	ctx := t.Context()
	if err := db.AddEvent(ctx, publish.Event{Time: time.Unix(1, 0), Realm: publish.Post, Verb: publish.Created, Data: []byte(`{}`)}); err != nil {
		t.Fatal(err)
	}
	one := publish.Webhook{
		URL: "https://example.org/ü?x=1", Secret: "whsec_1", Events: []string{"ticket.*", "wiki.created"}, User: "anonymous", Note: "a note",
		Created: time.UnixMicro(5).UTC(),
	}
	two := publish.Webhook{URL: "https://example.org/", Secret: "whsk_2", Created: time.UnixMicro(6).UTC()}
	for _, w := range []*publish.Webhook{&one, &two} {
		var err error
		if w.ID, err = db.AddWebhook(ctx, *w); err != nil {
			t.Fatal(err)
		}
		if s := sink(t, db, w.Sink()); s.Cursor != 1 {
			t.Errorf("the sink begins at %d, want 1", s.Cursor)
		}
	}
	want := func(list ...publish.Webhook) {
		t.Helper()
		got, err := db.Webhooks(ctx)
		plain := cmp.Transformer("plain", func(s publish.Secret) []byte { return []byte(s) })
		words := cmp.Transformer("words", func(list []string) string { return strings.Join(list, " ") })
		if diff := cmp.Diff(list, got, plain, words); err != nil || diff != "" {
			t.Errorf("Webhooks: %v\n%s", err, diff)
		}
	}
	want(one, two)
	one.Former, one.Secret, one.Until = one.Secret, "whsec_3", time.UnixMicro(9).UTC()
	two.Failing = time.UnixMicro(7).UTC()
	if err := db.RotateWebhook(ctx, one.ID, one.Secret, one.Until); err != nil {
		t.Fatal(err)
	}
	if err := db.WebhookFails(ctx, two.ID, two.Failing); err != nil {
		t.Fatal(err)
	}
	want(one, two)
	if err := db.WebhookFails(ctx, two.ID, time.Time{}); err != nil {
		t.Fatal(err)
	}
	two.Failing = time.Time{}
	if err := db.Bury(ctx, publish.DeadLetter{Sink: two.Sink(), Event: publish.Event{Seq: 1, Data: []byte(`{}`)}}); err != nil {
		t.Fatal(err)
	}
	if err := db.RemoveWebhook(ctx, two.ID); err != nil {
		t.Fatal(err)
	}
	want(one)
	if _, found, err := db.Sink(ctx, two.Sink()); found || err != nil {
		t.Errorf("the sink of a webhook that is gone: %v, %v", found, err)
	}
	if dead, err := db.DeadLetters(ctx, two.Sink(), 0, 10); len(dead) != 0 || err != nil {
		t.Errorf("its dead letters: %v, %v", dead, err)
	}
	for name, err := range map[string]error{
		"remove": db.RemoveWebhook(ctx, two.ID), "rotate": db.RotateWebhook(ctx, two.ID, "", one.Until), "fails": db.WebhookFails(ctx, two.ID, one.Until),
	} {
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("%s of no webhook: %v, want NotFound", name, err)
		}
	}
	two.ID = 0
	if id, err := db.AddWebhook(ctx, two); err != nil || id <= one.ID+1 {
		t.Errorf("a new webhook has the ID %d, %v, which another had", id, err)
	}
}
