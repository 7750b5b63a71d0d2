package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"strings"

	"tracrpc/auth"
	"tracrpc/environment"
	"tracrpc/fault"
)

// permissionAuthor is who changed permissions from the command line, as the
// events of the changes name it.
const permissionAuthor = "tracrpc"

// runPermission lists and changes the permission table of an environment.
func runPermission(ctx context.Context, io streams, args []string) (err error) {
	set := flag.NewFlagSet("permission", flag.ContinueOnError)
	rest, err := parseFlags(set, args, 2, 1000)
	if err != nil {
		return err
	}
	verb, dir, rest := rest[0], rest[1], rest[2:]
	env, err := environment.Open(ctx, dir, slog.New(slog.NewTextHandler(io.err, &slog.HandlerOptions{Level: slog.LevelWarn})))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, env.Close()) }()
	switch {
	case verb == "list" && len(rest) <= 1:
		return listPermissions(ctx, io, env, rest)
	case verb == "add" && len(rest) > 1:
		return addPermissions(ctx, env, rest[0], rest[1:])
	case verb == "remove" && len(rest) > 1:
		return removePermissions(ctx, env, rest[0], rest[1:])
	}
	return fmt.Errorf("permission: want list ENV [SUBJECT], add ENV SUBJECT ACTION... or remove ENV SUBJECT ACTION...; %w", errUsage)
}

// listPermissions prints the table, or the rows of one subject.
func listPermissions(ctx context.Context, io streams, env *environment.Environment, subjects []string) error {
	grants, err := env.DB.Grants(ctx)
	for _, g := range grants {
		if len(subjects) == 0 || subjects[0] == g.Subject {
			fmt.Fprintf(io.out, "%s\t%s\n", g.Subject, g.Action)
		}
	}
	return err
}

// addPermissions grants actions and memberships of groups. What the subject has
// already is no mistake.
func addPermissions(ctx context.Context, env *environment.Environment, subject string, actions []string) error {
	if auth.IsAction(subject) {
		return fmt.Errorf("permission: %q is no name for a user or a group: names in upper case are actions", subject)
	}
	for _, action := range actions {
		if err := checkAction(env.Authority.Actions(), subject, action); err != nil {
			return err
		}
	}
	for _, action := range actions {
		err := env.DB.Grant(ctx, permissionAuthor, auth.Grant{Subject: subject, Action: auth.Permission(action)})
		if err != nil && !fault.Is(err, fault.Invalid) {
			return err
		}
	}
	return nil
}

// checkAction refuses what is neither an action nor a name for a group.
func checkAction(actions auth.Actions, subject, name string) error {
	switch {
	case name == "" || name == subject:
		return fmt.Errorf("permission: %q cannot be a member of %q", subject, name)
	case actions.Has(auth.Permission(name)):
		return nil
	case auth.IsAction(name):
		return fmt.Errorf("permission: there is no action %s%s", name, suggestion(actions, name))
	case actions.Has(auth.Permission(strings.ToUpper(name))):
		return fmt.Errorf("permission: %s would be a group; the action is %s", name, strings.ToUpper(name))
	}
	return nil
}

// suggestion names the action that a mistyped one comes closest to.
func suggestion(actions auth.Actions, name string) string {
	best, least := "", len(name)/2+1
	for _, action := range actions.Names() {
		if d := distance(name, string(action)); d < least {
			best, least = string(action), d
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + best + "?"
}

// distance is how many letters must be changed, added or dropped to make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}

// removePermissions takes away what stands in the table. An action that the
// subject has through a group or a wider action is not there to be taken.
func removePermissions(ctx context.Context, env *environment.Environment, subject string, actions []string) error {
	for _, action := range actions {
		err := env.DB.Revoke(ctx, permissionAuthor, auth.Grant{Subject: subject, Action: auth.Permission(action)})
		if !fault.Is(err, fault.NotFound) {
			if err != nil {
				return err
			}
			continue
		}
		who, failed := env.Authority.Principal(ctx, subject)
		if failed != nil {
			return failed
		}
		if who.Granted(auth.Permission(action)) {
			return fmt.Errorf("permission: %s has %s through a group or a wider action, not by itself", subject, action)
		}
		return fmt.Errorf("permission: %s does not have %s", subject, action)
	}
	return nil
}
