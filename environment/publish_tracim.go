package environment

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"tracrpc/fault"
	"tracrpc/publish"
	"tracrpc/publish/sink/tracim"
	"tracrpc/store"
)

const tracimSection = "tracrpc-tracim"

// tracimBus reads how events are served on a Unix socket as TracimDaemon does, in
// [tracrpc-tracim]:
//
//	socket_path       the socket; none by default. Where it is missing, config may name TracimDaemon's config.json,
//	                  of which the member of the same name counts.
//	socket_mode       0660 by default
//	socket_owner      a user of this machine, by name or number; whoever runs the server by default
//	socket_group      a group
//	user              whose view of events the clients get; anonymous by default
//	user.NAME         whose view the clients of a user of this machine get, by name or number
//	directories       where the sockets of clients may be; anywhere by default
//	max_clients       how many there may be, 1000 by default
//	max_clients_each  how many each user of this machine may have, 100 by default
//	remember_days     for how long a client that is away is remembered, 30 by default
func tracimBus(p *Publisher, e *Environment) (ways, error) {
	s, err := e.tracimSettings()
	if err != nil || s.Path == "" {
		return ways{}, err
	}
	serve := func(ctx context.Context) error {
		return tracim.New(s, tracim.Options{
			Feed: p.Feed, Book: tracimBook{e.DB}, Logger: e.Log, View: p.View,
			Attendance: p.Attendance("tracim", tracim.Endings()...),
		}).Serve(ctx)
	}
	return ways{servers: []publish.Server{{Name: "tracim", Settings: s, Serve: serve}}}, nil
}

// tracimBook keeps how far clients are among the sinks.
type tracimBook struct{ *store.DB }

// RemoveSink forgets a client, also one that is forgotten.
func (b tracimBook) RemoveSink(ctx context.Context, name string) error {
	if err := b.DB.RemoveSink(ctx, name); err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	return nil
}

func (e *Environment) tracimSettings() (s tracim.Settings, err error) {
	wrong := func(err error) (tracim.Settings, error) { return s, fmt.Errorf("[%s] %w", tracimSection, err) }
	get := func(option, otherwise string) string { return e.Ini.Get(tracimSection, option, otherwise) }
	if s.Path, err = e.tracimSocket(); err != nil {
		return wrong(err)
	}
	if s.Path == "" {
		return s, nil
	}
	s.Env, s.User = e.Name(), tracimUser(get("user", ""))
	s.Most, s.MostEach = e.Ini.Int(tracimSection, "max_clients", 1000), e.Ini.Int(tracimSection, "max_clients_each", 100)
	s.Keep = time.Duration(e.Ini.Int(tracimSection, "remember_days", 30)) * day
	mode, err := strconv.ParseUint(get("socket_mode", "0660"), 8, 9)
	if err != nil {
		return wrong(fmt.Errorf("socket_mode: want an octal number such as 0660, got %q", get("socket_mode", "")))
	}
	s.Mode = fs.FileMode(mode)
	if s.UID, err = idOf(get("socket_owner", ""), lookupUser); err != nil {
		return wrong(fmt.Errorf("socket_owner: %w", err))
	}
	if s.GID, err = idOf(get("socket_group", ""), lookupGroup); err != nil {
		return wrong(fmt.Errorf("socket_group: %w", err))
	}
	for _, folder := range strings.Fields(get("directories", "")) {
		s.Directories = append(s.Directories, e.confPath(folder))
	}
	if s.Users, err = e.tracimUsers(); err != nil {
		return wrong(err)
	}
	return s, nil
}

// tracimSocket is the socket that the settings, or TracimDaemon's own, name; "" for
// none.
func (e *Environment) tracimSocket() (string, error) {
	path := e.Ini.Get(tracimSection, "socket_path", "")
	if config := e.Ini.Get(tracimSection, "config", ""); path == "" && config != "" {
		text, err := os.ReadFile(e.confPath(config))
		if err != nil {
			return "", fmt.Errorf("config: %w", err)
		}
		var daemon struct {
			SocketPath string `json:"socket_path"`
		}
		if err := json.Unmarshal(text, &daemon); err != nil {
			return "", fmt.Errorf("config: %s: %w", config, err)
		}
		path = daemon.SocketPath
	}
	if path == "" {
		return "", nil
	}
	path = e.confPath(path)
	if !filepath.IsAbs(path) {
		return filepath.Abs(path) // the environment was named by a relative path
	}
	return path, nil
}

// tracimUsers are whom of ours the users of this machine are.
func (e *Environment) tracimUsers() (map[uint32]string, error) {
	users := map[uint32]string{}
	for _, o := range e.Ini.Section(tracimSection) {
		name, is := strings.CutPrefix(o.Name, "user.")
		if !is {
			continue
		}
		uid, err := idOf(name, lookupUser)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", o.Name, err)
		}
		users[uint32(uid)] = tracimUser(o.Value)
	}
	return users, nil
}

// tracimUser is the name of a user of ours; "" is anonymous.
func tracimUser(name string) string {
	if name == "anonymous" {
		return ""
	}
	return name
}

// idOf is the number of a user or group of this machine; -1 for none.
func idOf(name string, lookup func(string) (string, error)) (int, error) {
	if name == "" {
		return -1, nil
	}
	if n, err := strconv.ParseUint(name, 10, 31); err == nil {
		return int(n), nil
	}
	number, err := lookup(name)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(number)
}

func lookupUser(name string) (string, error) {
	u, err := user.Lookup(name)
	if err != nil {
		return "", err
	}
	return u.Uid, nil
}

func lookupGroup(name string) (string, error) {
	g, err := user.LookupGroup(name)
	if err != nil {
		return "", err
	}
	return g.Gid, nil
}
