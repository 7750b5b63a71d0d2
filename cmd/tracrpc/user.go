package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"golang.org/x/term"

	"tracrpc/auth"
	"tracrpc/environment"
)

// runUser adds, changes, removes and lists the users of an environment. A server that
// serves it sees the change by itself.
func runUser(ctx context.Context, io streams, args []string) error {
	set := flag.NewFlagSet("user", flag.ContinueOnError)
	fromStdin := set.Bool("password-stdin", false, "read the password from the standard input")
	rest, err := parseFlags(set, args, 2, 3)
	if err != nil {
		return err
	}
	verb, dir := rest[0], rest[1]
	files, err := environment.UserFiles(dir)
	if err != nil {
		return err
	}
	switch named := len(rest) == 3; {
	case (verb == "add" || verb == "passwd") && named:
		return addUser(ctx, io, files, dir, rest[2], verb == "add", *fromStdin)
	case verb == "remove" && named:
		return removeUser(ctx, io, files, dir, rest[2])
	case verb == "list" && !named:
		return listUsers(io, files)
	}
	return fmt.Errorf("user: want add ENV NAME, passwd ENV NAME, remove ENV NAME or list ENV; %w", errUsage)
}

// addUser gives a user a password, who may be a new one. What somebody has logged
// in to by the old password ends.
func addUser(ctx context.Context, io streams, files auth.UserFiles, dir, name string, fresh, fromStdin bool) error {
	known, err := files.Has(name)
	if err == nil && !known && !fresh {
		return fmt.Errorf("%q: %w", name, auth.ErrNoUser)
	}
	if err != nil {
		return err
	}
	if err := setPassword(ctx, io, files, name, fromStdin); err != nil || !known {
		return err
	}
	return logOut(ctx, io, dir, name, false)
}

// removeUser removes a user, and whatever else the user could log in with.
func removeUser(ctx context.Context, io streams, files auth.UserFiles, dir, name string) (err error) {
	if err := files.Remove(name); err != nil {
		return err
	}
	return logOut(ctx, io, dir, name, true)
}

// logOut ends the sessions of a user, who has no password or another one now, and
// takes back the tokens of one who is gone.
func logOut(ctx context.Context, io streams, dir, name string, gone bool) (err error) {
	env, err := environment.Open(ctx, dir, slog.New(slog.NewTextHandler(io.err, &slog.HandlerOptions{Level: slog.LevelWarn})))
	if err != nil {
		return fmt.Errorf("the password is changed, but sessions and tokens may be left: %w", err)
	}
	defer func() { err = errors.Join(err, env.Close()) }()
	names := []string{name}
	if lower := strings.ToLower(name); lower != name && env.Ini.Bool("trac", "ignore_auth_case", false) {
		names = append(names, lower) // as whom the user has logged in
	}
	tokens := int64(0)
	for _, name := range names {
		if err := env.DB.RemoveCookiesOf(ctx, name); err != nil {
			return err
		}
		if gone {
			n, err := env.DB.RevokeTokensOf(ctx, name)
			if err != nil {
				return err
			}
			tokens += n
		}
	}
	if tokens > 0 {
		fmt.Fprintf(io.err, "tokens revoked: %d\n", tokens)
	}
	return nil
}

func setPassword(ctx context.Context, io streams, files auth.UserFiles, name string, fromStdin bool) error {
	if err := auth.CheckName(name); err != nil {
		return err
	}
	var password string
	var err error
	if fromStdin {
		password, err = firstLine(io.in)
	} else {
		password, err = askPassword(ctx, io)
	}
	if err != nil {
		return err
	}
	return files.Set(name, password)
}

// firstLine is what comes before the first line end, as from a pipe.
func firstLine(in io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(in, 1024)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the password: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}

// askPassword asks for a password twice, without showing it.
func askPassword(ctx context.Context, io streams) (string, error) {
	file, ok := io.in.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return "", errors.New("user: the standard input is not a terminal; give the password with --password-stdin")
	}
	var answers [2]string
	for i, prompt := range []string{"Password: ", "Password again: "} {
		fmt.Fprint(io.err, prompt)
		answer, err := readUnseen(ctx, int(file.Fd()))
		fmt.Fprintln(io.err)
		if err != nil {
			return "", fmt.Errorf("read the password: %w", err)
		}
		answers[i] = answer
	}
	if answers[0] != answers[1] {
		return "", errors.New("user: the two passwords differ; nothing was changed")
	}
	return answers[0], nil
}

// readUnseen reads a line that the terminal does not show. An interrupt ends it.
func readUnseen(ctx context.Context, terminal int) (string, error) {
	before, err := term.GetState(terminal)
	if err != nil {
		return "", err
	}
	type line struct {
		text []byte
		err  error
	}
	read := make(chan line, 1)
	// Ends with the line, or with the program: nothing else stops a read of a
	// terminal.
	go func() {
		text, err := term.ReadPassword(terminal)
		read <- line{text, err}
	}()
	select {
	case l := <-read:
		return string(l.text), l.err
	case <-ctx.Done():
		return "", errors.Join(ctx.Err(), term.Restore(terminal, before))
	}
}

func listUsers(io streams, files auth.UserFiles) error {
	names, err := files.Names(func(line int, user, problem string) {
		fmt.Fprintf(io.err, "%s:%d: %q cannot log in: %s\n", files.Htpasswd, line, user, problem)
	})
	for _, name := range names {
		fmt.Fprintln(io.out, name)
	}
	return err
}
