package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"tracrpc/auth"
	"tracrpc/environment"
)

// tokenFlags are the flags of `tracrpc token`.
type tokenFlags struct {
	expires, scope, note string
}

// runToken makes, lists and revokes tokens. A server that serves the environment
// sees the change by itself.
func runToken(ctx context.Context, io streams, args []string) (err error) {
	set := flag.NewFlagSet("token", flag.ContinueOnError)
	var f tokenFlags
	set.StringVar(&f.expires, "expires", "", "a day such as 2027-01-31, or for how long: 90d, 12h")
	set.StringVar(&f.scope, "scope", "write", "read, write, or patterns of methods")
	set.StringVar(&f.note, "note", "", "what the token is for")
	rest, err := parseFlags(set, args, 2, 3)
	if err != nil {
		return err
	}
	env, err := environment.Open(ctx, rest[1], slog.New(slog.NewTextHandler(io.err, &slog.HandlerOptions{Level: slog.LevelWarn})))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, env.Close()) }()
	switch verb := rest[0]; {
	case verb == "create" && len(rest) == 3:
		return createToken(ctx, io, env, rest[2], f)
	case verb == "list":
		return listTokens(ctx, io, env, rest[2:])
	case verb == "revoke" && len(rest) == 3:
		return revokeToken(ctx, env, rest[2])
	}
	return fmt.Errorf("token: want create ENV USER, list ENV [USER] or revoke ENV NUMBER; %w", errUsage)
}

// createToken prints a new token, which is kept nowhere.
func createToken(ctx context.Context, io streams, env *environment.Environment, user string, f tokenFlags) error {
	if err := auth.CheckName(user); err != nil {
		return err
	}
	scope, err := auth.ParseScope(f.scope)
	if err != nil {
		return fmt.Errorf("token: %w", err)
	}
	now := time.Now()
	expires, err := readExpiry(f.expires, now)
	if err != nil {
		return fmt.Errorf("token: %w", err)
	}
	if has, err := env.UserFiles().Has(user); err == nil && !has {
		fmt.Fprintf(io.err, "%s has no password here; the token stands for the name all the same\n", user)
	}
	text, hash := auth.NewToken()
	_, err = env.DB.AddToken(ctx, hash, auth.Token{User: user, Scope: scope, Note: f.note, Created: now.UnixMicro(), Expires: expires})
	if err == nil {
		fmt.Fprintln(io.out, text)
	}
	return err
}

// readExpiry is when a token ends, in microseconds; 0 for never.
func readExpiry(text string, now time.Time) (int64, error) {
	if text == "" {
		return 0, nil
	}
	end, err := time.ParseInLocation(time.DateOnly, text, time.Local)
	if err == nil {
		end = end.AddDate(0, 0, 1) // good on that day, too
	} else if days, isDays := strings.CutSuffix(text, "d"); isDays {
		var n int
		n, err = strconv.Atoi(days)
		end = now.AddDate(0, 0, min(n, 1_000_000))
	} else {
		var wait time.Duration
		wait, err = time.ParseDuration(text)
		end = now.Add(wait)
	}
	if err != nil || !end.After(now) {
		return 0, fmt.Errorf("--expires %q: want a day to come, such as 2027-01-31, or a time such as 90d or 12h", text)
	}
	return end.UnixMicro(), nil
}

// listTokens prints tokens, or those of one user: never the tokens themselves,
// which nobody knows.
func listTokens(ctx context.Context, io streams, env *environment.Environment, users []string) error {
	tokens, err := env.DB.Tokens(ctx)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(io.out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(table, "NUMBER\tUSER\tSCOPE\tCREATED\tEXPIRES\tUSED\tNOTE")
	for _, t := range tokens {
		if len(users) == 0 || users[0] == t.User {
			fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\t%s\t%s\n", t.ID, t.User, t.Scope, moment(t.Created), moment(t.Expires), moment(t.Used), t.Note)
		}
	}
	return table.Flush()
}

func moment(micros int64) string {
	if micros == 0 {
		return "never"
	}
	return time.UnixMicro(micros).Format("2006-01-02 15:04")
}

func revokeToken(ctx context.Context, env *environment.Environment, number string) error {
	id, err := strconv.Atoi(number)
	if err != nil {
		return fmt.Errorf("token: %q is no number; tracrpc token list shows them", number)
	}
	return env.DB.RevokeToken(ctx, id)
}
