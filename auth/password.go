package auth

import (
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/bcrypt"
)

// passwordHash is one user's entry in a password file, read and ready.
type passwordHash interface {
	matches(password string) bool
}

// hashKinds are the kinds of entries that are understood, by how they begin.
// Plain text is none of them on purpose: a reader that takes anything for a
// plain password lets people log in with the text of a hash it does not know.
var hashKinds = []struct {
	prefix string
	parse  func(entry string) (passwordHash, error)
}{
	{"$2y$", parseBcrypt},
	{"$2a$", parseBcrypt},
	{"$2b$", parseBcrypt},
	{"$apr1$", parseMD5Crypt},
	{"$1$", parseMD5Crypt},
	{"$5$", parseSHACrypt},
	{"$6$", parseSHACrypt},
	{"{SHA}", parseSHA1},
	{"{SSHA}", parseSHA1},
	{"", parseDESCrypt},
}

var errHashKind = errors.New("unknown kind of password hash")

// parseHash reads an entry. Its errors do not repeat the entry.
func parseHash(entry string) (passwordHash, error) {
	for _, kind := range hashKinds {
		if strings.HasPrefix(entry, kind.prefix) {
			return kind.parse(entry)
		}
	}
	return nil, errHashKind
}

type bcryptHash []byte

func parseBcrypt(entry string) (passwordHash, error) {
	_, err := bcrypt.Cost([]byte(entry))
	if err != nil || len(entry) != 60 || !cryptText(entry[7:], 53) {
		return nil, errors.New("damaged bcrypt hash")
	}
	return bcryptHash(entry), nil
}

func (h bcryptHash) matches(password string) bool {
	return bcrypt.CompareHashAndPassword(h, []byte(password)) == nil
}

// newHash is the entry for a new password. A cost of 0 is bcrypt's default.
func newHash(password string, cost int) (string, error) {
	hash, err := bcrypt.GenerateFromPassword([]byte(password), cost)
	if err != nil {
		return "", fmt.Errorf("hash the password: %w", err)
	}
	return "$2y$" + strings.TrimPrefix(string(hash), "$2a$"), nil // as htpasswd names the same thing
}

// sha1Hash is {SHA} and {SSHA}, the latter with a salt behind the digest (LDAP's
// notation).
type sha1Hash struct {
	digest, salt []byte
}

func parseSHA1(entry string) (passwordHash, error) {
	salted := strings.HasPrefix(entry, "{SSHA}")
	data, err := base64.StdEncoding.DecodeString(entry[strings.IndexByte(entry, '}')+1:])
	if err != nil || len(data) < sha1.Size || len(data) > sha1.Size && !salted {
		return nil, errors.New("damaged SHA-1 hash")
	}
	return sha1Hash{data[:sha1.Size], data[sha1.Size:]}, nil
}

func (h sha1Hash) matches(password string) bool {
	sum := sha1.Sum(append([]byte(password), h.salt...))
	return subtle.ConstantTimeCompare(sum[:], h.digest) == 1
}

// cryptAlphabet is the base 64 of crypt(3): least significant digit first.
const cryptAlphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// cryptDigits appends the n lowest digits of v.
func cryptDigits(to []byte, v uint32, n int) []byte {
	for range n {
		to = append(to, cryptAlphabet[v&63])
		v >>= 6
	}
	return to
}

// cryptText tells whether text is made of n of crypt's digits.
func cryptText(text string, n int) bool {
	return len(text) == n && strings.Trim(text, cryptAlphabet) == ""
}

func sameText(a []byte, b string) bool {
	return subtle.ConstantTimeCompare(a, []byte(b)) == 1
}

// weakHash tells whether passwords can be tried out against h by the million.
func weakHash(h passwordHash) bool {
	switch h.(type) {
	case bcryptHash, shaCrypt:
		return false
	}
	return true
}
