package auth

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"hash"
	"strconv"
	"strings"
)

// shaCrypt is $5$ (SHA-256) and $6$ (SHA-512), by U. Drepper's specification,
// "Unix crypt using SHA-256 and SHA-512".
type shaCrypt struct {
	shaCryptKind
	rounds       int
	salt, digest string
}

type shaCryptKind struct {
	new    func() hash.Hash
	digits int
	step   int // from one group of three bytes to the next, see encode
	last   int // how many bytes the last group has
}

func parseSHACrypt(entry string) (passwordHash, error) {
	damaged := errors.New("damaged SHA hash")
	h := shaCrypt{rounds: 5000, shaCryptKind: shaCryptKind{sha256.New, 43, 21, 2}}
	if strings.HasPrefix(entry, "$6$") {
		h.shaCryptKind = shaCryptKind{sha512.New, 86, 22, 1}
	}
	rest := entry[len("$5$"):]
	if text, found := strings.CutPrefix(rest, "rounds="); found {
		text, after, _ := strings.Cut(text, "$")
		rounds, err := strconv.Atoi(text)
		if err != nil || rounds < 1000 || rounds > 999_999_999 {
			return nil, damaged
		}
		h.rounds, rest = rounds, after
	}
	var found bool
	h.salt, h.digest, found = strings.Cut(rest, "$")
	if !found || len(h.salt) > 16 || !cryptText(h.digest, h.digits) {
		return nil, damaged
	}
	return h, nil
}

func (h shaCrypt) matches(password string) bool {
	return sameText(h.encode(h.sum([]byte(password))), h.digest)
}

func (h shaCrypt) sum(password []byte) []byte {
	state := h.first(password)
	passwords := h.spread(bytes.Repeat(password, len(password)), len(password))
	salts := h.spread(bytes.Repeat([]byte(h.salt), 16+int(state[0])), len(h.salt))
	digest := h.new()
	for i := range h.rounds {
		digest.Reset()
		odd := i&1 != 0
		digest.Write(choose(odd, passwords, state))
		if i%3 != 0 {
			digest.Write(salts)
		}
		if i%7 != 0 {
			digest.Write(passwords)
		}
		digest.Write(choose(odd, state, passwords))
		state = digest.Sum(state[:0])
	}
	return state
}

func choose(first bool, a, b []byte) []byte {
	if first {
		return a
	}
	return b
}

// first is the state before the rounds: steps 1 to 12.
func (h shaCrypt) first(password []byte) []byte {
	digest := h.new()
	digest.Write(password)
	digest.Write([]byte(h.salt))
	digest.Write(password)
	other := digest.Sum(nil)

	digest.Reset()
	digest.Write(password)
	digest.Write([]byte(h.salt))
	digest.Write(fill(other, len(password)))
	for bits := len(password); bits > 0; bits >>= 1 {
		digest.Write(choose(bits&1 != 0, other, password))
	}
	return digest.Sum(nil)
}

// spread is text's digest, repeated up to n bytes: steps 13 to 20.
func (h shaCrypt) spread(text []byte, n int) []byte {
	digest := h.new()
	digest.Write(text)
	return fill(digest.Sum(nil), n)
}

// fill repeats text up to n bytes.
func fill(text []byte, n int) []byte {
	return bytes.Repeat(text, n/len(text)+1)[:n]
}

// encode writes groups of three bytes. The first takes one byte from each third
// of the sum; each further group is step places on, modulo the whole.
func (h shaCrypt) encode(sum []byte) []byte {
	whole := len(sum) - h.last
	var digits []byte
	at := [3]int{0, whole / 3, whole / 3 * 2}
	for range whole / 3 {
		digits = cryptDigits(digits, uint32(sum[at[0]])<<16|uint32(sum[at[1]])<<8|uint32(sum[at[2]]), 4)
		for i := range at {
			at[i] = (at[i] + h.step) % whole
		}
	}
	if h.last == 1 {
		return cryptDigits(digits, uint32(sum[63]), 2)
	}
	return cryptDigits(digits, uint32(sum[31])<<8|uint32(sum[30]), 3)
}
