package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"tracrpc/environment"
	"tracrpc/fault"
	"tracrpc/publish"
	"tracrpc/publish/sink/webhook"
)

// webhookFlags are the flags of `tracrpc webhook`.
type webhookFlags struct {
	events, user, note string
	asymmetric         bool
	secretStdin        bool
	overlap            time.Duration
}

// runWebhook adds, lists, tests, changes and removes webhooks. A server that
// serves the environment sees the change by itself.
func runWebhook(ctx context.Context, io streams, args []string) (err error) {
	set := flag.NewFlagSet("webhook", flag.ContinueOnError)
	var f webhookFlags
	set.StringVar(&f.events, "events", "", "what to send, such as ticket.*,wiki.created; everything by default")
	set.StringVar(&f.user, "user", "", "send only what this user may view, or anonymous")
	set.StringVar(&f.note, "note", "", "what the webhook is for")
	set.BoolVar(&f.asymmetric, "ed25519", false, "sign with a private key, of which the receiver gets the public one")
	set.BoolVar(&f.secretStdin, "secret-stdin", false, "read the secret from the standard input, instead of making one")
	set.DurationVar(&f.overlap, "overlap", 24*time.Hour, "for how long the former secret signs, too")
	rest, err := parseFlags(set, args, 2, 3)
	if err != nil {
		return err
	}
	env, err := environment.Open(ctx, rest[1], slog.New(slog.NewTextHandler(io.err, &slog.HandlerOptions{Level: slog.LevelWarn})))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, env.Close()) }()
	verb, rest := rest[0], rest[2:]
	switch {
	case verb == "add" && len(rest) == 1:
		return addWebhook(ctx, io, env, rest[0], f)
	case verb == "list" && len(rest) == 0:
		return listWebhooks(ctx, io, env)
	case len(rest) == 1 && slices.Contains([]string{"test", "remove", "rotate"}, verb):
		hook, err := findWebhook(ctx, env, rest[0])
		if err != nil {
			return err
		}
		return changeWebhook(ctx, io, env, verb, hook, f)
	}
	return fmt.Errorf("webhook: want add ENV URL, list ENV, or test, remove or rotate ENV NUMBER; %w", errUsage)
}

// addWebhook adds a webhook, and prints what its receiver needs to check
// signatures.
func addWebhook(ctx context.Context, io streams, env *environment.Environment, url string, f webhookFlags) error {
	secret, err := f.secret(io.in, f.asymmetric)
	if err != nil {
		return err
	}
	words := strings.FieldsFunc(f.events, func(r rune) bool { return r == ',' || r == ' ' })
	hook := publish.Webhook{URL: url, Secret: secret, Events: words, User: f.user, Note: f.note, Created: time.Now()}
	reaches, err := env.CheckWebhook(hook)
	if err != nil {
		return fmt.Errorf("webhook: %w", err)
	}
	if hook.ID, err = env.DB.AddWebhook(ctx, hook); err != nil {
		return err
	}
	if !reaches {
		fmt.Fprintln(io.err, "nothing is sent there: it is an inward address, which [tracrpc-webhook] allow does not have")
	}
	if strings.HasPrefix(url, "http:") {
		fmt.Fprintln(io.err, "whoever is in between can read what is sent to an http: URL")
	}
	return printSecret(io, hook.ID, secret)
}

// secret is a fresh one, or that which is read.
func (f webhookFlags) secret(in io.Reader, isAsymmetric bool) (publish.Secret, error) {
	if !f.secretStdin {
		return webhook.NewSecret(isAsymmetric), nil
	}
	text, err := io.ReadAll(io.LimitReader(in, 1024))
	return publish.Secret(strings.TrimSpace(string(text))), err
}

// printSecret prints a webhook's number, and its secret or public key.
func printSecret(io streams, id int, secret publish.Secret) error {
	text, err := webhook.ForReceiver(secret)
	if err == nil {
		_, err = fmt.Fprintf(io.out, "webhook %d\n%s\n", id, text)
	}
	return err
}

func findWebhook(ctx context.Context, env *environment.Environment, number string) (publish.Webhook, error) {
	hooks, err := env.DB.Webhooks(ctx)
	if err != nil {
		return publish.Webhook{}, err
	}
	id, err := strconv.Atoi(number)
	i := slices.IndexFunc(hooks, func(w publish.Webhook) bool { return w.ID == id })
	if err != nil || i < 0 {
		return publish.Webhook{}, fault.New(fault.NotFound, "There is no webhook %s; tracrpc webhook list shows them.", number)
	}
	return hooks[i], nil
}

func changeWebhook(ctx context.Context, io streams, env *environment.Environment, verb string, hook publish.Webhook, f webhookFlags) error {
	switch verb {
	case "remove":
		return env.DB.RemoveWebhook(ctx, hook.ID)
	case "rotate":
		secret, err := f.secret(io.in, webhook.IsAsymmetric(hook.Secret))
		if err != nil {
			return err
		}
		next := hook
		next.Secret = secret
		if _, err := env.CheckWebhook(next); err != nil {
			return fmt.Errorf("webhook: %w", err)
		}
		if err := env.DB.RotateWebhook(ctx, hook.ID, secret, time.Now().Add(f.overlap)); err != nil {
			return err
		}
		return printSecret(io, hook.ID, secret)
	default:
		status, err := env.TestWebhook(ctx, hook, fmt.Sprintf("test-%016x", rand.Uint64()))
		if err != nil {
			return fmt.Errorf("webhook %d: %w", hook.ID, err)
		}
		fmt.Fprintln(io.out, status)
		return nil
	}
}

// listWebhooks prints webhooks and how they go, without their secrets.
func listWebhooks(ctx context.Context, io streams, env *environment.Environment) error {
	hooks, err := env.DB.Webhooks(ctx)
	if err != nil {
		return err
	}
	reports, err := env.SinkReports(ctx)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(io.out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(table, "NUMBER\tURL\tEVENTS\tUSER\tLAG\tDEAD\tSTATE\tNOTE")
	for _, w := range hooks {
		var r environment.SinkReport
		if i := slices.IndexFunc(reports, func(r environment.SinkReport) bool { return r.Name == w.Sink() }); i >= 0 {
			r = reports[i]
		}
		shown := w.URL
		if u, err := webhook.ParseURL(w.URL); err == nil {
			shown = u.Redacted()
		}
		events := strings.Join(w.Events, ",")
		if events == "" {
			events = "*"
		}
		fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%d\t%d\t%s\t%s\n", w.ID, shown, events, w.User, r.Lag, r.Dead, sinkState(r), w.Note)
	}
	return table.Flush()
}
