package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
)

// parseFlags reads flags that may stand before, between and after the other
// arguments, and returns those. min and max bound how many there are.
func parseFlags(set *flag.FlagSet, args []string, min, max int) ([]string, error) {
	set.SetOutput(io.Discard)
	var rest []string
	for {
		if err := set.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return nil, errUsage
			}
			return nil, fmt.Errorf("%s: %w; %w", set.Name(), err, errUsage)
		}
		if set.NArg() == 0 {
			break
		}
		rest = append(rest, set.Arg(0))
		args = set.Args()[1:]
	}
	if len(rest) < min || len(rest) > max {
		return nil, fmt.Errorf("%s: takes %d to %d arguments besides flags, not %d; %w", set.Name(), min, max, len(rest), errUsage)
	}
	return rest, nil
}
