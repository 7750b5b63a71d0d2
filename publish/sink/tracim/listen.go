package tracim

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"syscall"
)

// listen makes the socket. Until it has the right owner and mode, nobody but us
// can connect to it. A socket that nobody listens on is what a server left behind
// that was killed.
func (s *Server) listen(ctx context.Context) (*listener, error) {
	if !peersKnown {
		return nil, errors.New("this system does not tell who connects to a socket")
	}
	if err := clearStale(ctx, s.Path); err != nil {
		return nil, err
	}
	var config net.ListenConfig
	config.Control = func(_, _ string, raw syscall.RawConn) error {
		var err error
		if e := raw.Control(func(fd uintptr) { err = keepClosed(fd) }); e != nil {
			return e
		}
		return err
	}
	l, err := config.Listen(ctx, "unix", s.Path)
	if err != nil {
		return nil, err
	}
	unix := l.(*net.UnixListener)
	unix.SetUnlinkOnClose(false)
	own := &listener{UnixListener: unix, path: s.Path}
	if own.info, err = os.Lstat(s.Path); err == nil {
		err = s.own()
	}
	if err != nil {
		own.remove()
		return nil, err
	}
	return own, nil
}

// own gives the socket to whom the settings say.
func (s *Server) own() error {
	if s.UID >= 0 || s.GID >= 0 {
		if err := os.Lchown(s.Path, s.UID, s.GID); err != nil {
			return err
		}
	}
	return os.Chmod(s.Path, s.Mode)
}

// clearStale takes away a socket that nobody listens on.
func clearStale(ctx context.Context, path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("%s is there, and is no socket", path)
	}
	conn, err := new(net.Dialer).DialContext(ctx, "unix", path)
	switch {
	case err == nil:
		conn.Close() // nothing was said
		return fmt.Errorf("%s: another server listens there", path)
	case errors.Is(err, syscall.EAGAIN):
		return fmt.Errorf("%s: another server listens there, and is busy", path)
	case !errors.Is(err, syscall.ECONNREFUSED):
		return err
	}
	return os.Remove(path)
}
