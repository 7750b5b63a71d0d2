package auth

import (
	"crypto/md5"
	"errors"
	"strings"
)

// md5Crypt is $apr1$ and $1$: a thousand rounds of MD5, as Apache and FreeBSD
// devised them.
type md5Crypt struct {
	magic, salt, digest string
}

func parseMD5Crypt(entry string) (passwordHash, error) {
	magic := entry[:strings.IndexByte(entry[1:], '$')+2]
	salt, digest, found := strings.Cut(entry[len(magic):], "$")
	if !found || len(salt) > 8 || !cryptText(digest, 22) {
		return nil, errors.New("damaged MD5 hash")
	}
	return md5Crypt{magic, salt, digest}, nil
}

func (h md5Crypt) matches(password string) bool {
	return sameText(h.sum(password), h.digest)
}

func (h md5Crypt) sum(password string) []byte {
	state := h.first(password)
	var text []byte
	for i := range 1000 {
		text = text[:0]
		if i&1 != 0 {
			text = append(text, password...)
		} else {
			text = append(text, state[:]...)
		}
		if i%3 != 0 {
			text = append(text, h.salt...)
		}
		if i%7 != 0 {
			text = append(text, password...)
		}
		if i&1 != 0 {
			text = append(text, state[:]...)
		} else {
			text = append(text, password...)
		}
		state = md5.Sum(text)
	}
	var digits []byte
	for _, at := range [5][3]int{{0, 6, 12}, {1, 7, 13}, {2, 8, 14}, {3, 9, 15}, {4, 10, 5}} {
		digits = cryptDigits(digits, uint32(state[at[0]])<<16|uint32(state[at[1]])<<8|uint32(state[at[2]]), 4)
	}
	return cryptDigits(digits, uint32(state[11]), 2)
}

// first is the state before the rounds.
func (h md5Crypt) first(password string) [md5.Size]byte {
	other := md5.Sum([]byte(password + h.salt + password))
	text := []byte(password + h.magic + h.salt)
	for left := len(password); left > 0; left -= md5.Size {
		text = append(text, other[:min(left, md5.Size)]...)
	}
	for bits := len(password); bits > 0; bits >>= 1 {
		if bits&1 != 0 {
			text = append(text, 0)
		} else {
			text = append(text, password[0])
		}
	}
	return md5.Sum(text)
}
