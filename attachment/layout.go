package attachment

import (
	"crypto/sha1"
	"encoding/hex"
	"path/filepath"
	"strconv"
	"strings"

	"tracrpc/auth"
)

// Trac's layout (trac/attachment.py, Attachment._get_path): a file lies at
// <realm>/<first 3 of hash of id>/<hash of id>/<hash of name><extension>, so
// that nothing in a name can lead out of the folder.

// folder is where the attachments of a parent lie, below the root.
func folder(parent auth.Resource) string {
	hash := hashed(parent.ID)
	return filepath.Join(parent.Realm, hash[:3], hash)
}

// file is where an attachment lies, below the root.
func (a Attachment) file() string {
	return filepath.Join(folder(a.Parent()), hashed(a.Filename)+extension(a.Filename))
}

func hashed(text string) string {
	sum := sha1.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}

// extension is the ending that a stored file keeps: a dot and ASCII letters and
// digits at the very end of the name, or nothing.
func extension(filename string) string {
	for i := len(filename) - 1; i >= 0; i-- {
		switch c := filename[i]; {
		case c == '.' && i < len(filename)-1:
			return filename[i:]
		case c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
		default:
			return ""
		}
	}
	return ""
}

// numbered is the n-th name to try for a file whose own name is taken:
// "name.2.ext".
func numbered(filename string, n int) string {
	if n == 1 {
		return filename
	}
	stem, ext := splitExt(filename)
	return stem + "." + strconv.Itoa(n) + ext
}

// splitExt parts a name before the last dot of its last path component, unless
// nothing but dots stands before that dot (Python's os.path.splitext).
func splitExt(filename string) (stem, ext string) {
	base := strings.LastIndexByte(filename, '/') + 1
	dot := strings.LastIndexByte(filename, '.')
	if dot < base || strings.Trim(filename[base:dot], ".") == "" {
		return filename, ""
	}
	return filename[:dot], filename[dot:]
}
