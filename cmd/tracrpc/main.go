// Command tracrpc serves the RPC API of Trac from a Trac environment, without
// Trac. `tracrpc help` lists its commands.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "tracrpc:", err)
		os.Exit(1)
	}
}

// streams are what a command reads and writes besides its files.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// command is one subcommand. Its run is given the arguments after its name.
type command struct {
	name    string
	usage   string // the arguments
	summary string // one line
	run     func(ctx context.Context, io streams, args []string) error
}

func commands() []command {
	return []command{
		{"init", "ENV [--name NAME]", "make a fresh environment in the folder ENV", runInit},
		{"serve", "ENV... [--listen 127.0.0.1:8000]", "serve environments until stopped", runServe},
		{"user", "add|passwd|remove|list ENV [NAME] [--password-stdin]", "change or list who may log in", runUser},
		{"token", "create|list|revoke ENV [USER|NUMBER] [--expires 90d] [--scope read|write|METHODS] [--note TEXT]",
			"make, list or take back tokens, which scripts log in with", runToken},
		{"permission", "list|add|remove ENV [SUBJECT ACTION...]", "change or list what users and groups may do", runPermission},
		{"call", "[--user NAME[:PASSWORD]] URL METHOD [JSON-ARGUMENT...]", "make a call, and print the answer as JSON", runCall},
		{"events", "ENV|URL [--after N|CURSOR] [--follow] [--user NAME[:PASSWORD]]",
			"print the events of an environment, or of a server's stream, one JSON object a line", runEvents},
		{"wiki", "render FILE|- [--env ENV] [--user NAME] [--on wiki:PAGE] [--base URL] [--as html|comment|line|outline|text] [--page]",
			"render wiki text as HTML, as a page of an environment or by itself", runWiki},
		{"webhook", "add|list|test|remove|rotate ENV [URL|NUMBER] [--events KINDS] [--user NAME] [--note TEXT] [--overlap 24h]",
			"send events to URLs, signed as Standard Webhooks has it", runWebhook},
		{"sink", "list|pause|resume|rewind|skip|requeue|purge|remove ENV [SINK] [NUMBER]",
			"see how far buses are, and change that", runSink},
		{"post-receive", "[URL] [OLD NEW REF]", "tell an event stream of the commits that git has received; a hook", runPostReceive},
	}
}

// errUsage is what a command returns when its arguments make no sense and it has
// said so.
var errUsage = errors.New("see: tracrpc help")

func run(ctx context.Context, args []string, io streams) error {
	if len(args) == 0 || args[0] == "help" || args[0] == "--help" || args[0] == "-h" {
		printUsage(io.out)
		return nil
	}
	for _, c := range commands() {
		if c.name == args[0] {
			return c.run(ctx, io, args[1:])
		}
	}
	return fmt.Errorf("there is no command %q; %w", args[0], errUsage)
}

func printUsage(w io.Writer) {
	fmt.Fprint(w, "tracrpc serves the RPC API of Trac from a Trac environment, without Trac.\n\nusage:\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  tracrpc %s %s\n      %s\n", c.name, c.usage, c.summary)
	}
}
