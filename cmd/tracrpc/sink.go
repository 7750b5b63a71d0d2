package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"strconv"
	"text/tabwriter"

	"tracrpc/environment"
	"tracrpc/fault"
)

// sinkVerbs are what can be done to a sink. Those that count things return how
// many there were.
var sinkVerbs = map[string]struct {
	number bool // whether a number is needed; else it is 0 where there is none
	does   string
	do     func(ctx context.Context, env *environment.Environment, sink string, n int64) (count int64, err error)
}{
	"pause": {do: func(ctx context.Context, env *environment.Environment, sink string, _ int64) (int64, error) {
		return -1, env.DB.PauseSink(ctx, sink)
	}},
	"resume": {do: func(ctx context.Context, env *environment.Environment, sink string, _ int64) (int64, error) {
		return -1, env.DB.ResumeSink(ctx, sink)
	}},
	"rewind": {number: true, do: func(ctx context.Context, env *environment.Environment, sink string, n int64) (int64, error) {
		return -1, env.DB.MoveSink(ctx, sink, n)
	}},
	"skip": {does: "skipped", do: func(ctx context.Context, env *environment.Environment, sink string, n int64) (int64, error) {
		return env.SkipEvents(ctx, sink, max(n, 1))
	}},
	"requeue": {does: "to be tried once more", do: func(ctx context.Context, env *environment.Environment, sink string, n int64) (int64, error) {
		return env.DB.Requeue(ctx, sink, n)
	}},
	"purge": {does: "forgotten", do: func(ctx context.Context, env *environment.Environment, sink string, n int64) (int64, error) {
		return env.DB.Purge(ctx, sink, n)
	}},
	"remove": {do: func(ctx context.Context, env *environment.Environment, sink string, _ int64) (int64, error) {
		return -1, env.DB.RemoveSink(ctx, sink)
	}},
}

// runSink lists sinks and changes them. A server that serves the environment goes
// by the change at once.
func runSink(ctx context.Context, io streams, args []string) (err error) {
	rest, err := parseFlags(flag.NewFlagSet("sink", flag.ContinueOnError), args, 2, 4)
	if err != nil {
		return err
	}
	verb, known := sinkVerbs[rest[0]]
	if list := rest[0] == "list" && len(rest) == 2; !list && (!known || len(rest) < 3 || verb.number && len(rest) < 4) {
		return fmt.Errorf("sink: want list ENV, or pause, resume, rewind, skip, requeue, purge or remove ENV SINK [NUMBER]; %w", errUsage)
	}
	number := int64(0)
	if len(rest) == 4 {
		if number, err = strconv.ParseInt(rest[3], 10, 64); err != nil || number < 0 {
			return fmt.Errorf("sink: %q is no number", rest[3])
		}
	}
	env, err := environment.Open(ctx, rest[1], slog.New(slog.NewTextHandler(io.err, &slog.HandlerOptions{Level: slog.LevelWarn})))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, env.Close()) }()
	if !known {
		return listSinks(ctx, io, env)
	}
	_, found, err := env.DB.Sink(ctx, rest[2])
	if err != nil {
		return err
	}
	if !found {
		return fault.New(fault.NotFound, "There is no sink %s; tracrpc sink list shows them.", rest[2])
	}
	count, err := verb.do(ctx, env, rest[2], number)
	if err == nil && count >= 0 {
		fmt.Fprintf(io.out, "%d events %s\n", count, verb.does)
	}
	return err
}

func listSinks(ctx context.Context, io streams, env *environment.Environment) error {
	reports, err := env.SinkReports(ctx)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(io.out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(table, "SINK\tCURSOR\tLAG\tPUBLISHED\tFAILED\tMISSED\tDEAD\tSTATE")
	for _, r := range reports {
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%s\n", r.Name, r.Cursor, r.Lag, r.Published, r.Failed, r.Missed, r.Dead, sinkState(r))
	}
	return table.Flush()
}

// sinkState is how a sink goes, in words.
func sinkState(r environment.SinkReport) string {
	state := "ok"
	switch {
	case !r.Paused.IsZero():
		state = "paused since " + moment(r.Paused.UnixMicro())
	case r.Error != "":
		state = "fails"
	case r.Owner == "":
		state = "not served"
	}
	if r.Error != "" {
		state += ": " + r.Error
	}
	return state
}
