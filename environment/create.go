package environment

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"tracrpc/store"
)

// The wiki pages that a fresh environment begins with, one file a page.
//
//go:embed pages
var startPages embed.FS

// The folders of an environment (trac/env.py, Environment.create). Trac makes
// files/attachments with the first attachment.
var folders = []string{"conf", "db", "files/attachments", "htdocs", "log", "plugins", "templates"}

const readme = `This folder is a Trac environment: the database in db, attached files in
files, the settings in conf/trac.ini. It is served by tracrpc and by Trac.
`

// settings is the trac.ini of a fresh environment. Whatever it leaves out has
// Trac's default. The workflow is Trac's own; Trac reads it from here alone.
const settings = `# The settings of this environment. Trac describes its own at
# https://trac.edgewall.org/wiki/TracIni; sections that begin with tracrpc are
# read by tracrpc only.

[project]

[trac]
database = sqlite:db/trac.db

[notification-subscriber]
always_notify_cc = CarbonCopySubscriber
always_notify_previous_updater = TicketPreviousUpdatersSubscriber
always_notify_updater = TicketUpdaterSubscriber

[ticket-workflow]
create = <none> -> new
create.default = 1
create_and_assign = <none> -> assigned
create_and_assign.label = assign
create_and_assign.operations = may_set_owner
create_and_assign.permissions = TICKET_MODIFY
accept = new,assigned,accepted,reopened -> accepted
accept.operations = set_owner_to_self
accept.permissions = TICKET_MODIFY
leave = * -> *
leave.default = 1
leave.operations = leave_status
reassign = new,assigned,accepted,reopened -> assigned
reassign.operations = set_owner
reassign.permissions = TICKET_MODIFY
resolve = new,assigned,accepted,reopened -> closed
resolve.operations = set_resolution
resolve.permissions = TICKET_MODIFY
reopen = closed -> reopened
reopen.operations = del_resolution
reopen.permissions = TICKET_CREATE
`

// Create makes an environment in dir, which must not exist or be empty, for a
// project called name; "" names it after the folder. When something fails,
// nothing is left behind.
func Create(ctx context.Context, dir, name string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	made, err := makeEmpty(dir)
	if err != nil {
		return err
	}
	if name = strings.TrimSpace(name); name == "" {
		name = filepath.Base(dir)
	}
	if err := furnish(ctx, dir, name); err != nil {
		return errors.Join(fmt.Errorf("create environment %s: %w", dir, err), empty(dir, made))
	}
	return nil
}

// makeEmpty makes sure that dir is an empty folder, and tells whether it had to
// be made.
func makeEmpty(dir string) (made bool, err error) {
	err = os.Mkdir(dir, 0o755)
	if err == nil {
		return true, nil
	}
	if !errors.Is(err, fs.ErrExist) {
		return false, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return false, err
	}
	if len(entries) > 0 {
		return false, fmt.Errorf("%s is not empty: name a folder that does not exist", dir)
	}
	return false, nil
}

// furnish fills the empty folder dir.
func furnish(ctx context.Context, dir, name string) error {
	for _, folder := range folders {
		// The database has login cookies, and tickets that not everybody may view.
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o750); err != nil {
			return err
		}
	}
	// The settings may come to hold passwords of other services.
	ini := filepath.Join(dir, "conf", "trac.ini")
	if err := os.WriteFile(ini, []byte(settings), 0o600); err != nil {
		return err
	}
	if err := SetOption(ini, "project", "name", name); err != nil {
		return err
	}
	pages, err := readStartPages()
	if err != nil {
		return err
	}
	if err := store.Create(ctx, "sqlite:"+filepath.Join(dir, "db", "trac.db"), pages...); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "README"), []byte(readme), 0o644); err != nil {
		return err
	}
	// Last, because this file is what makes a folder an environment.
	return os.WriteFile(filepath.Join(dir, "VERSION"), []byte("Trac Environment Version 1\n"), 0o644)
}

func readStartPages() ([]store.StartPage, error) {
	entries, err := startPages.ReadDir("pages")
	if err != nil {
		return nil, err
	}
	var pages []store.StartPage
	for _, entry := range entries {
		text, err := startPages.ReadFile("pages/" + entry.Name())
		if err != nil {
			return nil, err
		}
		pages = append(pages, store.StartPage{Name: entry.Name(), Text: string(text)})
	}
	return pages, nil
}

// empty takes away what furnish left in dir, and dir itself if it was made.
func empty(dir string, made bool) error {
	if made {
		return os.RemoveAll(dir)
	}
	entries, err := os.ReadDir(dir)
	for _, entry := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, entry.Name())))
	}
	return err
}
