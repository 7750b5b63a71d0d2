package auth

import (
	"context"
	"errors"
	"hash/maphash"
	"net/netip"
	"sync"
	"time"
)

// The brake on wrong guesses. Attempts for one name from one address take turns.
// The first few wrong ones are free; each further one makes the next wait twice
// as long, up to longestWait, and then only few may wait at once. One address
// has a larger allowance for all names together. A guess is forgiven after a
// while, so nobody is locked out for good: whoever knows the password waits
// for a few turns, or not at all from another address.
const (
	freeGuesses    = 10 // of one name from one address
	freeFromOne    = 100
	firstWait      = 100 * time.Millisecond
	longestWait    = 2 * time.Second
	forgiveAfter   = 5 * time.Second // one guess
	waitersBraked  = 4               // for one name from one address, when it has no free guess left
	waitersEach    = 100             // before that
	waitersAll     = 1000
	maxGuessed     = 10_000 // names and addresses that are kept in mind
	countedGuesses = 20     // beyond the free ones; more make no difference
)

// errTooManyGuesses refuses an attempt unseen: too many others wait for theirs.
var errTooManyGuesses = errors.New("too many login attempts")

// Guesses counts wrong guesses, of all schemes that share it. It is safe for
// concurrent use.
type Guesses struct {
	now  func() time.Time
	seed maphash.Seed

	mu      sync.Mutex
	by      map[uint64]*guessed // by a hash of name and address; of an address alone
	waiting int
}

// guessed is what is held against one name from one address, or one address.
type guessed struct {
	key  uint64
	free int
	turn chan struct{}

	wrong   int // as of when
	when    time.Time
	waiting int
}

// NewGuesses makes one that has heard of none.
func NewGuesses() *Guesses { return newGuesses(time.Now) }

func newGuesses(now func() time.Time) *Guesses {
	return &Guesses{now: now, seed: maphash.MakeSeed(), by: map[uint64]*guessed{}}
}

// attempt runs verify when its turn has come, and counts what came of it.
func (s *Guesses) attempt(ctx context.Context, name, address string, verify func() (bool, error)) (bool, error) {
	pair, all, err := s.enter(name, neighbourhood(address))
	if err != nil {
		return false, err
	}
	defer s.leave(pair, all)
	select {
	case pair.turn <- struct{}{}:
	case <-ctx.Done():
		return false, ctx.Err()
	}
	defer func() { <-pair.turn }()
	if err := pause(ctx, s.delay(pair, all)); err != nil {
		return false, err
	}
	right, err := verify()
	if err == nil {
		s.count(pair, all, right)
	}
	return right, err
}

// neighbourhood is the address; of IPv6, where one client has any number of
// addresses, their common prefix.
func neighbourhood(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil || ip.Is4() || ip.Is4In6() {
		return address
	}
	prefix, err := ip.Prefix(64)
	if err != nil {
		return address
	}
	return prefix.String()
}

func pause(ctx context.Context, wait time.Duration) error {
	if wait == 0 {
		return nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Guesses) enter(name, address string) (pair, all *guessed, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	pair, all = s.get(name, address, freeGuesses), s.get("", address, freeFromOne)
	s.waiting++
	most := waitersEach
	if pair.forgive(s.now()); pair.wrong >= pair.free {
		most = waitersBraked
	}
	if pair.waiting > most || s.waiting > waitersAll {
		s.drop(pair, all)
		return nil, nil, errTooManyGuesses
	}
	return pair, all, nil
}

func (s *Guesses) leave(pair, all *guessed) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop(pair, all)
}

func (s *Guesses) drop(pair, all *guessed) {
	s.waiting--
	for _, g := range []*guessed{pair, all} {
		if g.waiting--; g.waiting == 0 && g.wrong == 0 {
			delete(s.by, g.key)
		}
	}
}

func (s *Guesses) delay(pair, all *guessed) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return max(pair.delay(s.now()), all.delay(s.now()))
}

func (s *Guesses) count(pair, all *guessed, right bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if right {
		pair.wrong = 0
		return
	}
	pair.blame(s.now())
	all.blame(s.now())
}

// get is the record of a name and address, which waits for one more attempt.
func (s *Guesses) get(name, address string, free int) *guessed {
	key := maphash.Comparable(s.seed, [2]string{name, address})
	g := s.by[key]
	if g == nil {
		s.makeRoom()
		g = &guessed{key: key, free: free, turn: make(chan struct{}, 1)}
		s.by[key] = g
	}
	g.waiting++
	return g
}

// makeRoom drops what is forgiven when there is no room left, and else any tenth
// of what nobody waits for.
func (s *Guesses) makeRoom() {
	if len(s.by) < maxGuessed {
		return
	}
	for key, g := range s.by {
		if g.forgive(s.now()); g.wrong == 0 && g.waiting == 0 {
			delete(s.by, key)
		}
	}
	for key, g := range s.by {
		if len(s.by) < maxGuessed*9/10 {
			return
		}
		if g.waiting == 0 {
			delete(s.by, key)
		}
	}
}

// forgive takes off what is old enough.
func (g *guessed) forgive(now time.Time) {
	if n := int(now.Sub(g.when) / forgiveAfter); n > 0 {
		g.wrong = max(0, g.wrong-n)
		g.when = g.when.Add(time.Duration(n) * forgiveAfter)
	}
}

func (g *guessed) blame(now time.Time) {
	if g.forgive(now); g.wrong == 0 {
		g.when = now
	}
	g.wrong = min(g.wrong+1, g.free+countedGuesses)
}

func (g *guessed) delay(now time.Time) time.Duration {
	g.forgive(now)
	over := g.wrong - g.free
	if over < 0 {
		return 0
	}
	return min(longestWait, firstWait<<min(over, 10))
}
