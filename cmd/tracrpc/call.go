package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"strings"

	"github.com/kolo/xmlrpc"
	"golang.org/x/term"
)

// runCall makes one call and prints what it answers as JSON. A fault is an error.
func runCall(ctx context.Context, io streams, args []string) error {
	set := flag.NewFlagSet("call", flag.ContinueOnError)
	user := set.String("user", "", "NAME or NAME:PASSWORD to log in with")
	fromStdin := set.Bool("password-stdin", false, "read the password from the standard input")
	target, method, rest, err := parseCall(set, args)
	if err != nil {
		return err
	}
	address, login, err := readTarget(target, *user)
	if err != nil {
		return err
	}
	if login, err = withPassword(ctx, io, login, *fromStdin); err != nil {
		return err
	}
	params, err := readArguments(rest)
	if err != nil {
		return err
	}
	client, err := xmlrpc.NewClient(address, transport{ctx, login})
	if err != nil {
		return fmt.Errorf("call: %w", err)
	}
	defer client.Close() // everything has been read
	var result any
	if err := client.Call(method, params, &result); err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	return printJSON(io.out, readable(result))
}

// parseCall reads the flags, the URL and the method's name. What follows is for
// the method, with or without dashes.
func parseCall(set *flag.FlagSet, args []string) (target, method string, rest []string, err error) {
	set.SetOutput(io.Discard)
	var words []string
	for len(words) < 2 {
		if err := set.Parse(args); err != nil {
			return "", "", nil, fmt.Errorf("call: %w; %w", err, errUsage)
		}
		if set.NArg() == 0 {
			return "", "", nil, fmt.Errorf("call: want URL METHOD [JSON-ARGUMENT...]; %w", errUsage)
		}
		words = append(words, set.Arg(0))
		args = set.Args()[1:]
	}
	return words[0], words[1], args, nil
}

// readTarget makes the address to call of a URL: that of an environment, or that
// of its RPC page. It has no password in it any more; login is nil for nobody.
func readTarget(target, user string) (address string, login *url.Userinfo, err error) {
	u, err := url.Parse(target)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", nil, errors.New("call: the first argument is a URL, such as http://localhost:8000/")
	}
	login, u.User = u.User, nil
	if user != "" {
		name, password, given := strings.Cut(user, ":")
		login = url.User(name)
		if given {
			login = url.UserPassword(name, password)
		}
	}
	switch path.Base(u.Path) {
	case "rpc", "xmlrpc":
	default:
		page := "rpc"
		if login != nil {
			page = "login/rpc"
		}
		u = u.JoinPath(page)
	}
	return u.String(), login, nil
}

// withPassword asks for a password when there is a name and no password yet.
func withPassword(ctx context.Context, io streams, login *url.Userinfo, fromStdin bool) (*url.Userinfo, error) {
	if login == nil {
		return nil, nil
	}
	if _, given := login.Password(); given {
		return login, nil
	}
	if fromStdin {
		password, err := firstLine(io.in)
		return url.UserPassword(login.Username(), password), err
	}
	file, ok := io.in.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return nil, errors.New("the standard input is not a terminal; give the password with --password-stdin")
	}
	fmt.Fprint(io.err, "Password: ")
	password, err := readUnseen(ctx, int(file.Fd()))
	fmt.Fprintln(io.err)
	return url.UserPassword(login.Username(), password), err
}

// transport logs in, and says what is wrong with answers that are no XML-RPC. The
// context is that of the one call it is made for.
type transport struct {
	ctx   context.Context
	login *url.Userinfo
}

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(t.ctx)
	if t.login != nil {
		password, _ := t.login.Password()
		r.SetBasicAuth(t.login.Username(), password)
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || response.StatusCode == http.StatusOK {
		return response, err
	}
	response.Body.Close() // it is not read
	if response.StatusCode == http.StatusUnauthorized {
		return nil, errors.New("wrong user name or password")
	}
	return nil, fmt.Errorf("the server answers %s", response.Status)
}

func printJSON(out io.Writer, v any) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}
