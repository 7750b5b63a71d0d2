package main

import (
	"context"
	"flag"
	"fmt"

	"tracrpc/environment"
)

// runInit makes a fresh environment.
func runInit(ctx context.Context, io streams, args []string) error {
	set := flag.NewFlagSet("init", flag.ContinueOnError)
	name := set.String("name", "", "the project's name")
	rest, err := parseFlags(set, args, 1, 1)
	if err != nil {
		return err
	}
	dir := rest[0]
	if err := environment.Create(ctx, dir, *name); err != nil {
		return err
	}
	fmt.Fprintf(io.out, "Made the environment %[1]s. Next:\n"+
		"  tracrpc user add %[1]s NAME\n"+
		"  tracrpc permission add %[1]s NAME TRAC_ADMIN\n"+
		"  tracrpc serve %[1]s\n", dir)
	return nil
}
