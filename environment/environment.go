// Package environment opens a Trac environment: the folder with VERSION,
// conf/trac.ini, db/trac.db and files/attachments. It reads the configuration,
// joins the store with the services, and hands them to whoever serves them. It
// is the only package that knows all of them, and it knows neither RPC nor HTTP.
package environment

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"tracrpc/attachment"
	"tracrpc/auth"
	"tracrpc/notify"
	"tracrpc/search"
	"tracrpc/store"
	"tracrpc/ticket"
	"tracrpc/wiki"
	"tracrpc/wiki/render"
)

// Environment is an opened environment with the settings that it had when it was
// opened. It is safe for concurrent use and never changes; Reload makes the next
// one when the settings do.
type Environment struct {
	Dir string // the folder's absolute path
	Log *slog.Logger
	Ini *Ini
	DB  *store.DB

	Authority   *auth.Authority
	Tokens      *auth.Tokens
	Tickets     *ticket.Service
	Lists       ticket.Lists
	Wiki        *wiki.Service
	Attachments *attachment.Service
	Search      *search.Service
	Renderer    *render.Renderer

	mails *notify.Queue
}

// Open opens the environment in dir, which Trac or Create made. The caller
// closes it.
func Open(ctx context.Context, dir string, log *slog.Logger) (*Environment, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if err := checkVersion(dir); err != nil {
		return nil, err
	}
	e := &Environment{Dir: dir, Log: log.With("env", filepath.Base(dir))}
	if e.Ini, err = readSettings(dir); err != nil {
		return nil, err
	}
	if e.DB, err = store.Open(ctx, e.database()); err != nil {
		return nil, fmt.Errorf("open environment %s: %w", dir, err)
	}
	e.Tokens = auth.NewTokens(e.DB, e.Log)
	e.Attachments = e.openAttachments(ctx)
	e.Lists = ticket.NewLists(e.DB.Lists(), e.Attachments)
	e.Wiki = wiki.New(e.DB, e.Attachments)
	e.Search = e.openSearch()
	e.mails = notify.NewQueue(e.Log)
	if err := e.configure(); err != nil {
		return nil, errors.Join(err, e.DB.Close())
	}
	return e, nil
}

// Reload is the environment with its settings read again. It shares the database
// with e, so one of the two is to be closed.
func (e *Environment) Reload() (*Environment, error) {
	next := *e
	var err error
	if next.Ini, err = readSettings(e.Dir); err != nil {
		return nil, err
	}
	return &next, next.configure()
}

func readSettings(dir string) (*Ini, error) {
	ini, err := ReadIni(filepath.Join(dir, "conf", "trac.ini"))
	if err != nil {
		return nil, fmt.Errorf("open environment %s: %w", dir, err)
	}
	return ini, nil
}

// configure makes what depends on the settings.
func (e *Environment) configure() error {
	var err error
	if e.Authority, err = e.makeAuthority(); err != nil {
		return fmt.Errorf("open environment %s: %w", e.Dir, err)
	}
	notifier, err := e.makeNotifier()
	if err != nil {
		return fmt.Errorf("open environment %s: %w", e.Dir, err)
	}
	e.Tickets = e.makeTickets(notifier)
	e.Renderer = e.makeRenderer()
	e.Attachments.SetLargest(int64(e.Ini.Int("attachment", "max_size", attachment.AnySize)))
	for _, problem := range e.Ini.Problems() {
		e.Log.Warn("setting not usable", "err", problem)
	}
	return nil
}

// Project is the project's name: [project] name.
func (e *Environment) Project() string { return e.Ini.Get("project", "name", "My Project") }

// checkVersion tells by the file VERSION whether dir is an environment at all.
func checkVersion(dir string) error {
	text, err := os.ReadFile(filepath.Join(dir, "VERSION"))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is not a Trac environment: it has no file VERSION; make one with: tracrpc init %s", dir, dir)
	}
	if err != nil {
		return err
	}
	if first, _, _ := strings.Cut(string(text), "\n"); strings.TrimSpace(first) != "Trac Environment Version 1" {
		return fmt.Errorf("%s: VERSION says %q, not \"Trac Environment Version 1\"", dir, first)
	}
	return nil
}

// database is the URL of the database that [trac] database names. SQLite's is a
// path, which starts in the environment's folder (trac/db/sqlite_backend.py).
func (e *Environment) database() string {
	url := e.Ini.Get("trac", "database", "sqlite:db/trac.db")
	path, isSQLite := strings.CutPrefix(url, "sqlite:")
	if !isSQLite {
		return url
	}
	path, _, _ = strings.Cut(path, "?")
	return "sqlite:" + e.Path(path)
}

// Path is where a file of the settings is: relative names start in the
// environment's folder.
func (e *Environment) Path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(e.Dir, name)
}

// Name is the folder's name, by which the environment is known among others.
func (e *Environment) Name() string { return filepath.Base(e.Dir) }

// Close waits for writes in progress, and a while for mails that are on their
// way, and closes the environment.
func (e *Environment) Close() error {
	return errors.Join(e.mails.Close(), e.Attachments.Close(), e.DB.Close())
}
