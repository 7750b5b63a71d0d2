// Package webhook sends events to URLs, as Standard Webhooks has it
// (https://www.standardwebhooks.com, version 1.0.0): each as a POST of JSON that
// is signed, so that the receiver knows whom it is from, and that it is not an
// old one sent again. Only 2xx is success. What fails is tried again by the table
// of Policy; an event has the same ID on each try.
//
// Whoever may add a webhook may name any URL, so connections are made to outward
// addresses only, except for those that the settings allow; redirects are not
// followed, proxies not used, and what a server answers is shown to nobody.
package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"time"

	"tracrpc/publish"
	"tracrpc/publish/encode"
)

const (
	timeout = 15 * time.Second // for all of a request and its answer
	// maxAnswer is how much of an answer is read, so that its connection can be used
	// again; nobody looks at it.
	maxAnswer = 16 << 10
	// patience is after how long without any success a webhook is given up.
	patience = 5 * 24 * time.Hour
)

// Policy is how webhooks are served: the example of a retry schedule in Standard
// Webhooks, ten tries in three days. Fewer events go out at once than to a
// broker, because each is a request of its own.
func Policy() publish.Policy {
	return publish.Policy{Batch: 20, Tries: 10, Waits: []time.Duration{
		5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour,
		20 * time.Hour, 24 * time.Hour,
	}}
}

// Settings are how events go to one webhook. They are plain values.
type Settings struct {
	Env     string // the environment's name
	URL     string
	Secret  publish.Secret
	Former  publish.Secret // also signs, until Until
	Until   time.Time
	Events  []string       // see Filter
	DataRef string         // see encode.Webhook
	Allowed []netip.Prefix // inward addresses that connections may lead to
	CA      string         // file of certificates to trust; "" for the system's
	Version string         // what the program calls itself
}

// Options are what a Webhook needs of the world.
type Options struct {
	// View tells what is to be sent; nil for all that is not private.
	View func(ctx context.Context) (publish.View, error)
	// Failing is since when every try has failed; the zero time when the last did not.
	Failing time.Time
	// Note keeps a new value of Failing. Nil keeps nothing.
	Note func(ctx context.Context, failing time.Time) error

	now func() time.Time
}

// Webhook is a sink that sends events to a URL.
type Webhook struct {
	settings Settings
	options  Options
	url      *url.URL
	keys     []key // of which the second is the former one
	filter   Filter
	encoder  encode.Webhook
	client   *http.Client
}

// Open makes the sink. It connects with the first event.
func Open(s Settings, o Options) (*Webhook, error) {
	w := &Webhook{settings: s, options: o, encoder: encode.Webhook{IDs: publish.NewIDs(s.Env), DataRef: s.DataRef}}
	if w.options.now == nil {
		w.options.now = time.Now
	}
	var err error
	if w.url, err = ParseURL(s.URL); err != nil {
		return nil, err
	}
	if w.filter, err = ParseFilter(s.Events); err != nil {
		return nil, err
	}
	for _, secret := range []publish.Secret{s.Secret, s.Former} {
		if secret == "" && len(w.keys) > 0 {
			break
		}
		k, err := readKey(secret)
		if err != nil {
			return nil, err
		}
		w.keys = append(w.keys, k)
	}
	secure := &tls.Config{MinVersion: tls.VersionTLS12}
	if s.CA != "" {
		if secure.RootCAs, err = readCA(s.CA); err != nil {
			return nil, err
		}
	}
	w.client = newClient(guard{s.Allowed}, secure)
	return w, nil
}

func newClient(g guard, secure *tls.Config) *http.Client {
	return &http.Client{
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext: g.dialer().DialContext, TLSClientConfig: secure, TLSHandshakeTimeout: timeout,
			MaxResponseHeaderBytes: 64 << 10, DisableCompression: true, MaxIdleConns: 1, IdleConnTimeout: time.Minute,
		},
	}
}

func readCA(file string) (*x509.CertPool, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s: no certificate in it", file)
	}
	return pool, nil
}

// ParseURL reads the URL of a webhook. Its errors do not show it.
func ParseURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.Fragment != "" {
		return nil, errors.New("want a URL such as https://HOST/PATH")
	}
	return u, nil
}

// Permits tells whether a URL may be used at all: false when its host is an
// address that connections may not lead to. Names are looked up later, each time.
func Permits(u *url.URL, allowed []netip.Prefix) bool {
	address, err := netip.ParseAddr(u.Hostname())
	return err != nil || guard{allowed}.permits(address)
}

// String is where the events go, without what may be secret in a URL.
func (w *Webhook) String() string { return w.url.Scheme + "://" + w.url.Host + "/..." }

// Close closes the connection.
func (w *Webhook) Close() error {
	w.client.CloseIdleConnections()
	return nil
}

// Deliver sends events, one by one.
func (w *Webhook) Deliver(ctx context.Context, events []publish.Event) error {
	view := publish.View(func(_ context.Context, e publish.Event) (bool, error) { return !e.Private, nil })
	if w.options.View != nil {
		var err error
		if view, err = w.options.View(ctx); err != nil {
			return publish.Partly(0, err)
		}
	}
	for i, e := range events {
		if !w.filter.chooses(e) {
			continue
		}
		may, err := view(ctx, e)
		if err != nil {
			return publish.Partly(i, err)
		}
		if !may {
			continue
		}
		body, err := w.encoder.Body(e)
		if err != nil {
			return publish.Refuse(i, err)
		}
		_, err = w.post(ctx, w.encoder.IDs.Of(e.Seq), body)
		if err != nil && ctx.Err() != nil {
			return publish.Partly(i, ctx.Err())
		}
		if err := w.settle(ctx, i, err); err != nil {
			return err
		}
	}
	return nil
}

// Test sends an event that nobody has made, with an ID of no event, and tells how
// it was answered.
func (w *Webhook) Test(ctx context.Context, id string) (status string, err error) {
	now := w.options.now().UTC()
	e, err := publish.NewEvent(now, "webhook", "test", id, "", map[string]string{"message": "This is a test."})
	if err != nil {
		return "", err
	}
	e.Env = w.settings.Env
	body, err := w.encoder.Body(e)
	if err != nil {
		return "", err
	}
	return w.post(ctx, id, body)
}

// post sends a body. The error is an *answer when the server answered, but not
// with success.
func (w *Webhook) post(ctx context.Context, id string, body []byte) (status string, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url.String(), bytes.NewReader(body))
	if err != nil {
		return "", errors.New("the URL makes no request") // err shows it
	}
	now := w.options.now()
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", w.settings.Version)
	r.Header.Set("Webhook-Id", id)
	r.Header.Set("Webhook-Timestamp", fmt.Sprint(now.Unix()))
	r.Header.Set("Webhook-Signature", w.sign(id, now, body))
	// It is not sent, and says that the request may be repeated on a fresh connection
	// when an idle one turns out to be closed.
	r.Header["X-Idempotency-Key"] = nil
	response, err := w.client.Do(r)
	if err != nil {
		return "", withoutURL(err)
	}
	defer response.Body.Close()                                   // it was read as far as it matters
	io.Copy(io.Discard, io.LimitReader(response.Body, maxAnswer)) // what is in it does not matter
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return "", newAnswer(response, now)
	}
	return fmt.Sprintf("%d %s", response.StatusCode, http.StatusText(response.StatusCode)), nil
}

// sign is the signature of a body: by the secret, and by the former one for as
// long as receivers may not know the new one yet.
func (w *Webhook) sign(id string, now time.Time, body []byte) string {
	text := w.keys[0].sign(id, now, body)
	if len(w.keys) > 1 && now.Before(w.settings.Until) {
		text += " " + w.keys[1].sign(id, now, body)
	}
	return text
}

// withoutURL is an error of the client's that does not show the URL.
func withoutURL(err error) error {
	var shown *url.Error
	if !errors.As(err, &shown) {
		return err
	}
	if shown.Timeout() {
		return fmt.Errorf("no answer within %v", timeout)
	}
	return shown.Err
}
