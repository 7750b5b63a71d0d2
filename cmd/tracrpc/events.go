package main

import (
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"tracrpc/environment"
)

// followEvery is how often a follower looks for events that another process, the
// server, wrote.
const followEvery = 200 * time.Millisecond

// runEvents prints the events of an environment, one JSON object a line: those in
// a folder, or those that a server streams.
func runEvents(ctx context.Context, io streams, args []string) error {
	set := flag.NewFlagSet("events", flag.ContinueOnError)
	after := set.String("after", "", "print only the events after this one: a number, or a cursor for a URL")
	follow := set.Bool("follow", false, "go on with events as they come; with a URL always")
	user := set.String("user", "", "NAME or NAME:PASSWORD to log in with, for a URL")
	fromStdin := set.Bool("password-stdin", false, "read the password from the standard input")
	rest, err := parseFlags(set, args, 1, 1)
	if err != nil {
		return err
	}
	if strings.Contains(rest[0], "://") {
		return followStream(ctx, io, rest[0], *user, *fromStdin, *after)
	}
	number, err := strconv.ParseInt(cmp.Or(*after, "0"), 10, 64)
	if err != nil {
		return fmt.Errorf("events: --after %q: want the number of an event", *after)
	}
	return readEvents(ctx, io, rest[0], number, *follow)
}

// readEvents prints the events in an environment's folder.
func readEvents(ctx context.Context, io streams, dir string, after int64, follow bool) error {
	env, err := environment.Open(ctx, dir, slog.New(slog.NewTextHandler(io.err, nil)))
	if err != nil {
		return err
	}
	defer env.Close() // it was only read
	ticker := time.NewTicker(followEvery)
	defer ticker.Stop()
	for {
		last, err := printEvents(ctx, env, after, io.out)
		if err != nil {
			return endOf(ctx, err)
		}
		after = last
		if !follow {
			return nil
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// endOf is nil for an error that only says that the command was stopped.
func endOf(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// printEvents prints all events after a number and returns the last one's.
func printEvents(ctx context.Context, env *environment.Environment, after int64, out io.Writer) (int64, error) {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for {
		events, err := env.DB.Events(ctx, after, 1000)
		if err != nil || len(events) == 0 {
			return after, err
		}
		for _, e := range events {
			e.Env = env.Name()
			if err := encoder.Encode(e); err != nil {
				return after, err
			}
			after = e.Seq
		}
	}
}
