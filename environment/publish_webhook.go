package environment

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"time"

	"tracrpc/publish"
	"tracrpc/publish/sink/stream"
	"tracrpc/publish/sink/webhook"
)

const webhookSection = "tracrpc-webhook"

// webhookBus sends events to the webhooks that `tracrpc webhook add` has added.
// What [tracrpc-webhook] says counts for all of them:
//
//	allow   inward addresses and networks that they may lead to, none by default
//	tls_ca  file of certificates to trust, instead of the system's
func webhookBus(p *Publisher, e *Environment) (ways, error) {
	var w ways
	for _, hook := range p.webhooks {
		s, err := e.webhookSettings(hook)
		if err != nil {
			return ways{}, err
		}
		user := hook.User
		o := webhook.Options{Note: func(ctx context.Context, since time.Time) error { return e.DB.WebhookFails(ctx, hook.ID, since) }}
		if user != "" {
			o.View = func(ctx context.Context) (publish.View, error) { return p.View(ctx, user) }
		}
		w.outlets = append(w.outlets, publish.Outlet{
			Name: hook.Sink(), Policy: webhook.Policy(), Settings: []any{s, user},
			Open: func() (publish.Sink, error) {
				o := o
				o.Failing = p.failing(hook.ID)
				return webhook.Open(s, o)
			},
		})
	}
	return w, nil
}

// failing is since when a webhook fails, as far as is known.
func (p *Publisher) failing(id int) time.Time {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	e := p.Environment()
	hooks, err := e.DB.Webhooks(ctx)
	if err != nil {
		e.Log.Warn("not known for how long a webhook fails", "webhook", id, "err", err)
	}
	i := slices.IndexFunc(hooks, func(w publish.Webhook) bool { return w.ID == id })
	if i < 0 {
		return time.Time{}
	}
	return hooks[i].Failing
}

func (e *Environment) webhookSettings(hook publish.Webhook) (webhook.Settings, error) {
	s := webhook.Settings{
		Env: e.Name(), URL: hook.URL, Secret: hook.Secret, Former: hook.Former, Until: hook.Until, Events: hook.Events,
		DataRef: "/events", Version: "tracrpc",
	}
	var err error
	if s.Allowed, err = stream.ParsePeers(e.Ini.Get(webhookSection, "allow", "")); err != nil {
		return s, fmt.Errorf("[%s] allow: %w", webhookSection, err)
	}
	if file := e.Ini.Get(webhookSection, "tls_ca", ""); file != "" {
		s.CA = e.confPath(file)
	}
	return s, nil
}

// CheckWebhook finds what is wrong with a webhook that is to be added. Reaches is
// false when its URL names an address that the settings do not let it lead to.
func (e *Environment) CheckWebhook(hook publish.Webhook) (reaches bool, err error) {
	s, err := e.webhookSettings(hook)
	if err != nil {
		return false, err
	}
	if _, err := webhook.Open(s, webhook.Options{}); err != nil {
		return false, err
	}
	u, err := webhook.ParseURL(hook.URL)
	if err != nil {
		return false, err
	}
	return webhook.Permits(u, s.Allowed), nil
}

// TestWebhook sends an event that nobody made, and tells how it was answered.
func (e *Environment) TestWebhook(ctx context.Context, hook publish.Webhook, id string) (status string, err error) {
	s, err := e.webhookSettings(hook)
	if err != nil {
		return "", err
	}
	w, err := webhook.Open(s, webhook.Options{})
	if err != nil {
		return "", err
	}
	defer w.Close() // there is nothing to lose
	return w.Test(ctx, id)
}

// loadWebhooks reads the webhooks again, and tells whether they are others than
// before. Those that cannot be read stay what they were.
func (p *Publisher) loadWebhooks(ctx context.Context) (changed bool) {
	e := p.Environment()
	hooks, err := e.DB.Webhooks(ctx)
	if err != nil {
		if ctx.Err() == nil {
			e.Log.Error("webhooks not read", "err", err)
		}
		return false
	}
	for i := range hooks {
		hooks[i].Failing = time.Time{} // which is no setting
	}
	changed = !reflect.DeepEqual(hooks, p.webhooks)
	p.webhooks = hooks
	return changed
}

// followWebhooks looks for webhooks that others added, changed or removed, until
// ctx ends.
func (p *Publisher) followWebhooks(ctx context.Context) {
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		p.using.Lock()
		if p.loadWebhooks(ctx) {
			p.use(ctx)
		}
		p.using.Unlock()
	}
}
