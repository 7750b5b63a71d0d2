package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"tracrpc/auth"
	"tracrpc/environment"
	"tracrpc/wiki/render"
)

// wikiFlags say how `tracrpc wiki render` renders a text.
type wikiFlags struct {
	env, user string
	base, on  string
	as        string
	page      bool
}

// runWiki renders a file of wiki text, as a page of an environment or by itself.
func runWiki(ctx context.Context, io streams, args []string) (err error) {
	set := flag.NewFlagSet("wiki", flag.ContinueOnError)
	var f wikiFlags
	set.StringVar(&f.env, "env", "", "the environment whose pages and tickets the links lead to")
	set.StringVar(&f.user, "user", "", "who reads it; with --env, whoever may see everything if empty")
	set.StringVar(&f.base, "base", "", "the address that links begin with")
	set.StringVar(&f.on, "on", "wiki:WikiStart", "the resource that the text belongs to")
	set.StringVar(&f.as, "as", "html", "html, comment, line, outline or text")
	set.BoolVar(&f.page, "page", false, "write a whole HTML document")
	rest, err := parseFlags(set, args, 2, 2)
	if err != nil {
		return err
	}
	if rest[0] != "render" {
		return fmt.Errorf("wiki: there is no %q, only render; %w", rest[0], errUsage)
	}
	text, err := readText(io, rest[1])
	if err != nil {
		return err
	}
	r, who, done, err := openRenderer(ctx, io, f)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	out, err := renderAs(ctx, r, who, f, text)
	if err != nil {
		return fmt.Errorf("render %s: %w", rest[1], err)
	}
	_, err = fmt.Fprintln(io.out, strings.TrimSuffix(out, "\n"))
	return err
}

// readText reads a file, or the standard input if its name is a dash.
func readText(s streams, name string) (string, error) {
	if name == "-" {
		text, err := io.ReadAll(s.in)
		return string(text), err
	}
	text, err := os.ReadFile(name)
	return string(text), err
}

// openRenderer makes a renderer: that of an environment, or one for which nothing
// exists that a link could lead to. The caller calls done.
func openRenderer(ctx context.Context, io streams, f wikiFlags) (*render.Renderer, auth.Principal, func() error, error) {
	everything := auth.NewPrincipal("admin", map[auth.Permission]bool{"TRAC_ADMIN": true}, nil)
	if f.env == "" {
		return render.New(render.Options{}), everything, func() error { return nil }, nil
	}
	env, err := environment.Open(ctx, f.env, slog.New(slog.NewTextHandler(io.err, &slog.HandlerOptions{Level: slog.LevelWarn})))
	if err != nil {
		return nil, auth.Principal{}, nil, err
	}
	if f.user == "" {
		return env.Renderer, everything, env.Close, nil
	}
	who, err := env.Authority.Principal(ctx, f.user)
	if err != nil {
		return nil, auth.Principal{}, nil, errors.Join(err, env.Close())
	}
	return env.Renderer, who, env.Close, nil
}

// renderAs renders a text in the way that the flags ask for.
func renderAs(ctx context.Context, r *render.Renderer, who auth.Principal, f wikiFlags, text string) (out string, err error) {
	base := strings.TrimSuffix(f.base, "/")
	realm, id, _ := strings.Cut(f.on, ":")
	on := auth.Resource{Realm: realm, ID: id}
	switch f.as {
	case "html":
		out, err = r.HTML(ctx, who, base, on, text)
	case "comment":
		out, err = r.Comment(ctx, who, base, on, text)
	case "line":
		out, err = r.OneLine(ctx, who, base, on, text, false)
	case "outline":
		out, err = r.Outline(ctx, who, base, on, text)
	case "text":
		return r.Plain(ctx, text)
	default:
		return "", fmt.Errorf("--as is html, comment, line, outline or text, not %q; %w", f.as, errUsage)
	}
	if f.page && err == nil {
		out = "<!DOCTYPE html>\n<html>\n<head><meta charset=\"utf-8\"></head>\n<body>\n" + out + "</body>\n</html>\n"
	}
	return out, err
}
