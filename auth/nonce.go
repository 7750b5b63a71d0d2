package auth

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"slices"
	"sync"
	"time"
)

// A nonce is the time it was made at, some random bytes and a signature over
// these, so that nothing has to be kept of those that nobody comes back with.
const (
	nonceTime   = 8
	nonceRandom = 8
	nonceID     = nonceTime + nonceRandom
	nonceSize   = nonceID + 16
)

const (
	// nonceWindow is how far the counts of a nonce may come out of order, as they
	// do when a client sends several requests at once.
	nonceWindow = 1024
	// maxNonces bounds the nonces whose counts are kept. When there are more, the
	// older half is taken for expired, and their clients are sent new ones.
	maxNonces = 8192
)

// verdict is what is thought of a nonce, or of one more use of it.
type verdict uint8

const (
	nonceGood     verdict = iota
	nonceForged           // not one of ours, or not for this purpose
	nonceExpired          // too old
	nonceReplayed         // its count was used before, or is too far behind
)

// nonces makes the nonces of Digest and watches over their use. It is safe for
// concurrent use.
type nonces struct {
	key      [sha256.Size]byte
	lifetime time.Duration
	now      func() time.Time

	mu    sync.Mutex
	used  map[[nonceID]byte]*nonceUse
	floor time.Time // those made before this are expired
}

// nonceUse is how one nonce was used so far: the highest count, and which of the
// counts below it have come.
type nonceUse struct {
	name    string // of the only user who may
	highest uint32
	seen    [nonceWindow / 64]uint64 // bit count%nonceWindow
}

func newNonces(lifetime time.Duration, now func() time.Time) *nonces {
	n := &nonces{lifetime: lifetime, now: now, used: map[[nonceID]byte]*nonceUse{}}
	rand.Read(n.key[:]) // never fails (crypto/rand)
	return n
}

// make makes a nonce for a purpose: one for another purpose is none.
func (n *nonces) make(purpose string) string {
	nonce := binary.BigEndian.AppendUint64(make([]byte, 0, nonceSize), uint64(n.now().UnixNano()))
	nonce = nonce[:nonceID]
	rand.Read(nonce[nonceTime:])
	return base64.RawURLEncoding.EncodeToString(n.sign(nonce, purpose))
}

// sign appends the signature to the first part of a nonce.
func (n *nonces) sign(id []byte, purpose string) []byte {
	mac := hmac.New(sha256.New, n.key[:])
	mac.Write(id)
	mac.Write([]byte(purpose))
	var sum [sha256.Size]byte
	return append(id, mac.Sum(sum[:0])[:nonceSize-nonceID]...)
}

// judge tells what to think of a nonce before its count is looked at.
func (n *nonces) judge(nonce, purpose string) (id [nonceID]byte, v verdict) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(nonce)
	if err != nil || len(raw) != nonceSize {
		return id, nonceForged
	}
	copy(id[:], raw)
	if !hmac.Equal(raw, n.sign(raw[:nonceID:nonceID], purpose)) {
		return id, nonceForged
	}
	if n.age(id) > n.lifetime {
		return id, nonceExpired
	}
	return id, nonceGood
}

func madeAt(id [nonceID]byte) time.Time {
	return time.Unix(0, int64(binary.BigEndian.Uint64(id[:])))
}

func (n *nonces) age(id [nonceID]byte) time.Duration { return n.now().Sub(madeAt(id)) }

// proven tells whether name has logged in with the nonce before.
func (n *nonces) proven(id [nonceID]byte, name string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	use := n.used[id]
	return use != nil && use.name == name
}

// take uses up one count of a good nonce, which belongs to the first user who
// does so.
func (n *nonces) take(id [nonceID]byte, name string, count uint32) verdict {
	n.mu.Lock()
	defer n.mu.Unlock()
	if madeAt(id).Before(n.floor) {
		return nonceExpired
	}
	use := n.used[id]
	if use == nil {
		n.makeRoom()
		use = &nonceUse{name: name}
		n.used[id] = use
	}
	if use.name != name || !use.take(count) {
		return nonceReplayed
	}
	return nonceGood
}

// take marks a count, and reports false when that is marked already or so far
// behind that nobody knows.
func (u *nonceUse) take(count uint32) bool {
	if u.highest >= nonceWindow && count <= u.highest-nonceWindow {
		return false
	}
	if count > u.highest {
		u.advance(count)
	}
	word, bit := &u.seen[count%nonceWindow/64], uint64(1)<<(count%64)
	if *word&bit != 0 {
		return false
	}
	*word |= bit
	return true
}

// advance moves the window up to count, and clears what comes into it.
func (u *nonceUse) advance(count uint32) {
	if count-u.highest >= nonceWindow {
		clear(u.seen[:])
	} else {
		for c := u.highest + 1; c <= count && c != 0; c++ {
			u.seen[c%nonceWindow/64] &^= 1 << (c % 64)
		}
	}
	u.highest = count
}

// makeRoom drops what is expired when there is no room left, and else raises the
// floor so that half of what is there is.
func (n *nonces) makeRoom() {
	if len(n.used) < maxNonces {
		return
	}
	var times []time.Time
	for id := range n.used {
		if n.age(id) > n.lifetime {
			delete(n.used, id)
		} else {
			times = append(times, madeAt(id))
		}
	}
	if len(times) < maxNonces/2 {
		return
	}
	slices.SortFunc(times, time.Time.Compare)
	n.floor = times[len(times)/2]
	for id := range n.used {
		if madeAt(id).Before(n.floor) {
			delete(n.used, id)
		}
	}
}
