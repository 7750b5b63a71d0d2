// Command generate fills an environment without tickets with as many as are
// wanted, always the same for the same seed:
//
//	go run -tags sqlite_fts5 ./script/generate ENV --tickets 1000000 [--seed 42]
//
// The benchmarks use it. Each ticket has three comments.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"

	"tracrpc/environment"
)

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) (err error) {
	flags := flag.NewFlagSet("generate", flag.ContinueOnError)
	tickets := flags.Int("tickets", 5000, "how many")
	seed := flags.Uint64("seed", 42, "another seed makes other tickets")
	if len(args) == 0 {
		return errors.New("which environment?")
	}
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	env, err := environment.Open(ctx, args[0], slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, env.Close()) }()
	return env.DB.Load(ctx, generated(*tickets, *seed))
}
