package tracim

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"tracrpc/publish/encode"
)

// What is no frame, or names what it must not, does nothing.
func TestHostileFrames(t *testing.T) {
	t.Parallel()
	x := serve(t, nil)
	good := x.join("good")
	link, plainFile := filepath.Join(x.dir, "link"), filepath.Join(x.dir, "file")
	if err := os.Symlink(good.path, link); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(plainFile, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	frames := []string{
		"", "\x00", "{", "[]", "null", `"x"`, `{"type":`, strings.Repeat("[", 4096), strings.Repeat("{\"path\":", 500), strings.Repeat("x", 1<<20),
		`{"path":"/x","type":"daemon_client_add"` + strings.Repeat(" ", 1<<16) + "}",
		`{"type":"daemon_client_add"}`, `{"path":"","type":"daemon_client_add","data":{}}`, `{"path":"relative","type":"daemon_client_add"}`,
		`{"path":"@abstract","type":"daemon_client_add"}`, `{"path":"/\u0000","type":"daemon_client_add"}`, `{"path":"/` + strings.Repeat("x", 3000) + `","type":"daemon_ping"}`,
		fmt.Sprintf(`{"path":%q,"type":"daemon_client_add","data":{"path":"/etc/passwd","pid":[]}}`, good.path),
	}
	for _, path := range []string{link, plainFile, x.dir, x.settings.Path, filepath.Join(x.dir, "nothing"), "/dev/null", "/proc/self/mem"} {
		for _, kind := range []string{encode.TracimClientAdd, encode.TracimPing, encode.TracimGetClients, encode.TracimClientDelete} {
			frames = append(frames, fmt.Sprintf(`{"path":%q,"type":%q}`, path, kind))
		}
	}
	for _, text := range frames {
		x.send(text)
	}
	x.shelf.write(3)
	good.wantEvents(1, 3)
	if n := len(x.book.sinks); n != 1 {
		t.Errorf("%d clients are known, want 1", n)
	}
}

// Thousands register, and thousands connect and say nothing.
func TestHostileCrowd(t *testing.T) {
	t.Parallel()
	x := serve(t, func(s *Settings, _ *Options) { s.MostEach = 20 })
	good := x.join("good")
	var crowd sync.WaitGroup
	for n := range 8 {
		crowd.Go(func() { // ends with its frames
			for i := range 500 {
				x.send(fmt.Sprintf(`{"path":"%s/%d-%d","type":"daemon_client_add"}`, x.dir, n, i))
			}
		})
	}
	for range mostDoors + 20 {
		conn, err := net.Dial("unix", x.settings.Path)
		if err == nil {
			defer conn.Close()
			io.WriteString(conn, `{"path":`) // and nothing more
		}
	}
	for i := range 30 {
		x.open(fmt.Sprint("many", i)).register()
	}
	x.shelf.write(300)
	for range 300 {
		for good.next().Type != encode.TracimEvent {
		}
	}
	crowd.Wait()
	x.book.mu.Lock()
	defer x.book.mu.Unlock()
	if n := len(x.book.sinks); n > 20 {
		t.Errorf("%d clients are known, want 20 at most", n)
	}
}

// Who is away longest makes room.
func TestNoMoreThanSoMany(t *testing.T) {
	t.Parallel()
	x := serve(t, func(s *Settings, _ *Options) { s.MostEach = 2 })
	a, b := x.join("a"), x.join("b")
	a.want(encode.TracimClientAdded)
	full := x.open("c")
	full.register()
	x.shelf.write(1)
	a.wantEvents(1, 1)
	b.wantEvents(1, 1)
	full.quiet()
	b.listener.Close()
	x.shelf.write(1)
	a.wantEvents(2, 2)
	await(t, "it is found gone", func() bool { return x.attendance.Report().Left[gone] == 1 })
	full.register()
	full.want(encode.TracimAccount)
}

func TestDirectories(t *testing.T) {
	t.Parallel()
	x := serve(t, nil)
	x.stop()
	inside := filepath.Join(x.dir, "in")
	if err := os.Mkdir(inside, 0o700); err != nil {
		t.Fatal(err)
	}
	x.settings.Directories = []string{inside}
	x.start()
	outside := x.open("out")
	outside.register()
	x.send(fmt.Sprintf(`{"path":"%s/../out","type":"daemon_client_add"}`, inside))
	x.join("in/a")
	outside.quiet()
}

// The socket is put in order before anybody can use it.
func TestSocket(t *testing.T) {
	t.Parallel()
	x := serve(t, func(s *Settings, _ *Options) { s.Mode = 0o640 })
	info, err := os.Lstat(x.settings.Path)
	if err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if err := New(x.settings, x.options).Serve(t.Context()); err == nil || !strings.Contains(err.Error(), "another server listens") {
		t.Errorf("a second server: %v", err)
	}
	x.stop()
	stale := listenOne(t, x.settings.Path) // a server that is killed leaves this behind
	stale.Close()
	os.Remove(x.settings.Path)
	raw, err := net.ListenUnix("unix", &net.UnixAddr{Name: x.settings.Path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	raw.SetUnlinkOnClose(false)
	raw.Close()
	x.start()
	x.join("a")
	x.stop()
	if err := os.WriteFile(x.settings.Path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := New(x.settings, x.options).Serve(t.Context()); err == nil || !strings.Contains(err.Error(), "is no socket") {
		t.Errorf("in place of a file: %v", err)
	}
}
