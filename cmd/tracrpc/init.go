package main

import (
	"context"
	"errors"
	"flag"
)

// runInit makes a fresh environment.
func runInit(ctx context.Context, io streams, args []string) error {
	set := flag.NewFlagSet("init", flag.ContinueOnError)
	name := set.String("name", "My Project", "the project's name")
	rest, err := parseFlags(set, args, 1, 1)
	if err != nil {
		return err
	}
	_, _, _, _ = ctx, io, name, rest
	return errors.New("init: not here yet")
}
