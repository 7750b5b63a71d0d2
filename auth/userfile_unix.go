//go:build unix

package auth

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

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
