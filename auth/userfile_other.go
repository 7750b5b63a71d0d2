//go:build !unix

package auth

import "os"

// sameOwner does nothing where files have no such owners.
func sameOwner(*os.File, string) error { return nil }
