//go:build !unix

package auth

import "os"

// canLock tells whether lockFolder does lock.
const canLock = false

// lockFolder does nothing where folders cannot be locked.
func lockFolder(string) (unlock func() error, err error) {
	return func() error { return nil }, nil
}

// sameOwner does nothing where files have no such owners.
func sameOwner(*os.File, string) error { return nil }
