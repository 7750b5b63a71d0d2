package auth

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func guess(s *Guesses, name, address string, right bool) (time.Duration, error) {
	begin := time.Now()
	_, err := s.attempt(context.Background(), name, address, func() (bool, error) { return right, nil })
	return time.Since(begin), err
}

func TestWrongGuessesAreSlowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newGuesses(time.Now)
		var took time.Duration
		for i := range 100 {
			var err error
			if took, err = guess(s, "ann", "192.0.2.1", false); err != nil {
				t.Fatal(err)
			}
			if i < freeGuesses && took != 0 {
				t.Errorf("guess %d took %v, want nothing", i, took)
			}
		}
		if took != longestWait {
			t.Errorf("guess 100 took %v, want %v", took, longestWait)
		}
		if took, _ := guess(s, "ann", "192.0.2.2", true); took != 0 {
			t.Errorf("from elsewhere: %v, want nothing", took)
		}
		if took, _ := guess(s, "bob", "192.0.2.1", true); took != 0 {
			t.Errorf("another user: %v, want nothing", took)
		}
		if took, _ := guess(s, "ann", "192.0.2.1", true); took > longestWait {
			t.Errorf("with the right password: %v, want at most %v", took, longestWait)
		}
		if took, _ := guess(s, "ann", "192.0.2.1", false); took != 0 {
			t.Errorf("after the right password: %v, want nothing", took)
		}
	})
}

func TestGuessesAreForgiven(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newGuesses(time.Now)
		for range freeGuesses + 5 {
			guess(s, "ann", "::1", false)
		}
		time.Sleep((freeGuesses + 6) * forgiveAfter)
		for i := range freeGuesses {
			if took, _ := guess(s, "ann", "::1", false); took != 0 {
				t.Errorf("guess %d after a while took %v", i, took)
			}
		}
		time.Sleep((freeFromOne + 6) * forgiveAfter)
		guess(s, "ann", "::1", true)
		if len(s.by) > 1 { // the address is only looked at when it fails again
			t.Errorf("%d records are kept", len(s.by))
		}
	})
}

func TestOneAddressGuessesManyNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newGuesses(time.Now)
		var took time.Duration
		for i := range freeFromOne + 10 {
			address := fmt.Sprintf("2001:db8::%x", i) // one network
			took, _ = guess(s, fmt.Sprint("user", i), address, false)
		}
		if took != longestWait {
			t.Errorf("the last guess took %v, want %v", took, longestWait)
		}
		if took, _ := guess(s, "ann", "2001:db8:1::1", true); took != 0 {
			t.Errorf("from another network: %v, want nothing", took)
		}
	})
}

func TestManyGuessesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newGuesses(time.Now)
		for range freeGuesses + 20 {
			guess(s, "ann", "192.0.2.1", false)
		}
		begin := time.Now()
		var all sync.WaitGroup
		var mu sync.Mutex
		refused := 0
		for range 50 {
			all.Go(func() {
				if _, err := guess(s, "ann", "192.0.2.1", false); errors.Is(err, errTooManyGuesses) {
					mu.Lock()
					defer mu.Unlock()
					refused++
				}
			})
		}
		all.Wait()
		if made := 50 - refused; made != waitersBraked {
			t.Errorf("%d guesses were made, want %d", made, waitersBraked)
		}
		if took := time.Since(begin); took != waitersBraked*longestWait {
			t.Errorf("they took %v, want %v", took, waitersBraked*longestWait)
		}
	})
}

func TestManyRightAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newGuesses(time.Now)
		begin := time.Now()
		var all sync.WaitGroup
		for range waitersEach {
			all.Go(func() {
				if _, err := guess(s, "ann", "192.0.2.1", true); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if took := time.Since(begin); took != 0 {
			t.Errorf("took %v, want nothing", took)
		}
		if len(s.by) != 0 || s.waiting != 0 {
			t.Errorf("%d records are kept, %d wait", len(s.by), s.waiting)
		}
	})
}

func TestGuessesAreBounded(t *testing.T) {
	s := newGuesses(time.Now)
	for i := range maxGuessed + 500 {
		if _, err := guess(s, fmt.Sprint(i), fmt.Sprintf("192.0.%d.%d", i/250, i%250), false); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(s.by); n > maxGuessed+1 || n < maxGuessed/2 {
		t.Errorf("%d records are kept, want at most %d", n, maxGuessed)
	}
}

func TestGuessEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newGuesses(time.Now)
		for range freeGuesses + 20 {
			guess(s, "ann", "", false)
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		defer cancel()
		_, err := s.attempt(ctx, "ann", "", func() (bool, error) { return true, nil })
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("attempt: %v, want %v", err, context.DeadlineExceeded)
		}
	})
}
