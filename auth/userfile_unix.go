//go:build unix

package auth

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// canLock tells whether lockFolder does lock.
const canLock = true

const (
	lockTries = 1500 // half a minute; who has the lock needs it for a moment
	lockPause = 20 * time.Millisecond
)

// lockFolder keeps other processes from changing the files in a folder, as far as
// they ask. unlock also sees to it that what was done there survives a crash.
func lockFolder(path string) (unlock func() error, err error) {
	folder, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	for range lockTries {
		err = syscall.Flock(int(folder.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() error { return errors.Join(folder.Sync(), folder.Close()) }, nil
		}
		if err != syscall.EWOULDBLOCK && err != syscall.EINTR {
			break
		}
		time.Sleep(lockPause)
	}
	return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), folder.Close())
}

// sameOwner gives a new file the mode and owner of the one at path, or the owner
// of its folder when there is none: when root adds a user, the server, which is
// another, must still be able to read the file. Who may not give files away
// keeps it.
func sameOwner(fresh *os.File, path string) error {
	like, err := os.Stat(path)
	if err == nil {
		err = fresh.Chmod(like.Mode().Perm())
	} else if errors.Is(err, fs.ErrNotExist) {
		like, err = os.Stat(filepath.Dir(path))
	}
	if err != nil {
		return err
	}
	owner, ok := like.Sys().(*syscall.Stat_t)
	if !ok || os.Geteuid() != 0 {
		return nil
	}
	return fresh.Chown(int(owner.Uid), int(owner.Gid))
}
