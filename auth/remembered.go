package auth

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"sync"
	"time"
)

const (
	// rememberFor is how long a password that was verified need not be again.
	rememberFor = 5 * time.Minute
	// maxRemembered bounds how many are remembered; when there are more, all are
	// forgotten.
	maxRemembered = 4096
)

// remembered is a memory of credentials that were verified, so that a script of
// ten thousand calls pays for one slow hash. It holds no passwords, only a hash
// of each pair that nobody without the key can compute. It is safe for
// concurrent use.
type remembered struct {
	key [sha256.Size]byte
	now func() time.Time

	mu    sync.Mutex
	until map[[sha256.Size]byte]time.Time
}

func newRemembered(now func() time.Time) *remembered {
	m := &remembered{now: now, until: map[[sha256.Size]byte]time.Time{}}
	rand.Read(m.key[:]) // never fails (crypto/rand)
	return m
}

func (m *remembered) sum(name, password string) (sum [sha256.Size]byte) {
	mac := hmac.New(sha256.New, m.key[:])
	text := binary.AppendUvarint(make([]byte, 0, 128), uint64(len(name)))
	text = append(text, name...)
	mac.Write(append(text, password...))
	mac.Sum(sum[:0])
	return sum
}

func (m *remembered) has(name, password string) bool {
	sum := m.sum(name, password)
	m.mu.Lock()
	defer m.mu.Unlock()
	until, found := m.until[sum]
	if found && m.now().After(until) {
		delete(m.until, sum)
		return false
	}
	return found
}

func (m *remembered) add(name, password string) {
	sum := m.sum(name, password)
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.until) >= maxRemembered {
		clear(m.until)
	}
	m.until[sum] = m.now().Add(rememberFor)
}
