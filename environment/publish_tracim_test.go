package environment

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tracrpc/publish/sink/tracim"
)

func TestTracimSettings(t *testing.T) {
	t.Parallel()
	const section = "[tracrpc-tracim]\n"
	for _, c := range []struct {
		name, ini      string
		served, broken bool
	}{
		{name: "nothing"},
		{name: "a path", ini: section + "socket_path = /run/x.sock\n", served: true},
		{name: "TracimDaemon's settings", ini: section + "config = daemon.json\n", served: true},
		{name: "no such settings", ini: section + "config = nothing.json\n", broken: true},
		{name: "bad mode", ini: section + "socket_path = /x\nsocket_mode = 999\n", broken: true},
		{name: "no such user", ini: section + "socket_path = /x\nuser.nobody-here = ann\n", broken: true},
		{name: "no such group", ini: section + "socket_path = /x\nsocket_group = nobody-here\n", broken: true},
	} {
		e := withSettings(t, c.ini)
		daemon := []byte(`{"tracim": {"url": "http://localhost:8080/api"}, "socket_path": "/run/user/master.sock"}`)
		if err := os.WriteFile(filepath.Join(e.Dir, "conf", "daemon.json"), daemon, 0o600); err != nil {
			t.Fatal(err)
		}
		w, err := tracimBus(&Publisher{}, e)
		if (err != nil) != c.broken || (len(w.servers) == 1) != c.served {
			t.Errorf("%s: %d servers, %v", c.name, len(w.servers), err)
		}
	}
}

func TestTracimSettingsOfMine(t *testing.T) {
	t.Parallel()
	e := withSettings(t, fmt.Sprintf(`[tracrpc-tracim]
socket_path = tracim.sock
socket_mode = 0600
socket_owner = root
socket_group = %d
user = ann
user.root = anonymous
user.4711 = bob
directories = /run /home
max_clients_each = 3
remember_days = 2
`, os.Getgid()))
	s, err := e.tracimSettings()
	if err != nil {
		t.Fatal(err)
	}
	want := tracim.Settings{Path: filepath.Join(e.Dir, "conf", "tracim.sock"), Mode: 0o600, UID: 0, GID: os.Getgid(), User: "ann"}
	if s.Path != want.Path || s.Mode != want.Mode || s.UID != want.UID || s.GID != want.GID || s.User != want.User ||
		s.Users[0] != "" || s.Users[4711] != "bob" || len(s.Users) != 2 || len(s.Directories) != 2 ||
		s.MostEach != 3 || s.Most != 1000 || s.Keep != 48*time.Hour {
		t.Errorf("settings %+v", s)
	}
}
