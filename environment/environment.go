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
	"tracrpc/store"
	"tracrpc/wiki"
)

// Environment is an opened environment. Its services are safe for concurrent use.
type Environment struct {
	Dir string // the folder's absolute path
	Log *slog.Logger
	Ini *Ini
	DB  *store.DB

	Wiki        *wiki.Service
	Attachments *attachment.Service
}

// Project is the project's name: [project] name.
func (e *Environment) Project() string { return e.Ini.Get("project", "name", "My Project") }

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
	if e.Ini, err = ReadIni(filepath.Join(dir, "conf", "trac.ini")); err != nil {
		return nil, fmt.Errorf("open environment %s: %w", dir, err)
	}
	if e.DB, err = store.Open(ctx, "sqlite:"+filepath.Join(dir, "db", "trac.db")); err != nil {
		return nil, fmt.Errorf("open environment %s: %w", dir, err)
	}
	e.Attachments = e.openAttachments(ctx)
	e.Wiki = wiki.New(e.DB, e.Attachments)
	return e, nil
}

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

// Name is the folder's name, by which the environment is known among others.
func (e *Environment) Name() string { return filepath.Base(e.Dir) }

// Close waits for writes in progress and closes the environment.
func (e *Environment) Close() error { return errors.Join(e.Attachments.Close(), e.DB.Close()) }
