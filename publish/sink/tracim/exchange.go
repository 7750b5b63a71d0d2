package tracim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Why a client could not be reached. Anything else means that nobody is there.
var (
	errSlow     = errors.New("the client reads nothing")
	errStranger = errors.New("the socket is somebody else's")
)

const (
	longestPath = 107 // of a Unix socket
	firstPause  = time.Millisecond
	longPause   = 50 * time.Millisecond
)

// checkSocket finds out whose a socket is that somebody names, and refuses one
// that is not theirs: whoever could name any socket could have us write to it.
func (s *Server) checkSocket(path string, who peer) (owner uint32, err error) {
	if !filepath.IsAbs(path) || len(path) > longestPath || strings.ContainsRune(path, 0) {
		return 0, errors.New("no path of a socket")
	}
	if len(s.Directories) > 0 && !s.allowed(path) {
		return 0, errors.New("it is in none of the directories that are allowed")
	}
	info, err := os.Lstat(path)
	if err != nil {
		return 0, err
	}
	if info.Mode().Type() != fs.ModeSocket {
		return 0, errors.New("it is no socket")
	}
	if own, err := os.Lstat(s.Path); err == nil && os.SameFile(own, info) {
		return 0, errors.New("it is the server's own socket")
	}
	owner, known := ownerOf(info)
	if !known || who.uid != owner && who.uid != 0 {
		return 0, errStranger
	}
	return owner, nil
}

// allowed tells whether a socket is in one of the directories, or below it.
func (s *Server) allowed(path string) bool {
	folder, err := filepath.EvalSymlinks(filepath.Dir(path))
	return err == nil && slices.ContainsFunc(s.Directories, func(d string) bool {
		real, err := filepath.EvalSymlinks(d)
		if err != nil {
			return false
		}
		rest, err := filepath.Rel(real, folder)
		return err == nil && rest != ".." && !strings.HasPrefix(rest, "../")
	})
}

// dial connects to a socket of a user's, and tells who listens there. While its
// queue of connections is full, it is tried again and again: TracimDaemon's Python
// clients have one of one place.
func dial(ctx context.Context, path string, uid uint32, patience time.Duration) (*net.UnixConn, incarnation, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, incarnation{}, err
	}
	if info.Mode().Type() != fs.ModeSocket {
		return nil, incarnation{}, fmt.Errorf("%s is no socket", path)
	}
	conn, err := dialBusy(ctx, path, patience)
	if err != nil {
		return nil, incarnation{}, err
	}
	who, err := peerOf(conn)
	if err == nil && who.uid != uid && who.uid != 0 {
		err = errStranger
	}
	if err != nil {
		conn.Close() // nothing was said
		return nil, incarnation{}, err
	}
	return conn, incarnationOf(who, info), nil
}

func dialBusy(ctx context.Context, path string, patience time.Duration) (*net.UnixConn, error) {
	began, wait := time.Now(), firstPause
	for {
		conn, err := new(net.Dialer).DialContext(ctx, "unix", path)
		if err == nil {
			return conn.(*net.UnixConn), nil
		}
		if !errors.Is(err, syscall.EAGAIN) {
			return nil, err
		}
		if time.Since(began) > patience {
			return nil, errSlow
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		wait = min(2*wait, longPause)
	}
}

// exchange writes a frame and waits until whoever reads it has closed the
// connection: then it has been read, and dealt with by all who do that before they
// close. It closes the connection. Written says that the frame may have been read
// although there is an error.
func exchange(ctx context.Context, conn *net.UnixConn, frame []byte, patience time.Duration) (written bool, err error) {
	defer conn.Close() // all has been said
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return false, err
	}
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) }) // a closed connection needs none
	defer stop()
	if _, err := conn.Write(frame); err != nil {
		return false, wasSlow(ctx, err)
	}
	if err := conn.CloseWrite(); err != nil {
		return false, err
	}
	var answer [64]byte
	for range 64 { // nobody answers on the same connection, but it would do no harm
		if _, err := conn.Read(answer[:]); errors.Is(err, io.EOF) {
			return true, nil
		} else if err != nil {
			return errors.Is(err, os.ErrDeadlineExceeded), wasSlow(ctx, err)
		}
	}
	return true, nil
}

// wasSlow tells what an error of a connection means.
func wasSlow(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, os.ErrDeadlineExceeded):
		return errSlow
	}
	return err
}
