package publish

import (
	"sync"
	"sync/atomic"
)

// Shared keeps what the newest events were made into, such as the bytes of a
// message, so that it is made once for all subscribers. It is safe for concurrent
// use.
type Shared[T any] struct {
	places [256]atomic.Pointer[shared[T]] // by number; the newest of each place
}

type shared[T any] struct {
	seq  int64
	once sync.Once
	made T
}

// Of is what e was made into. It is made by whoever needs it first; that of old
// events, which only those read who were away, is made again for each.
func (s *Shared[T]) Of(e Event, with func(Event) T) T {
	place := &s.places[e.Seq%int64(len(s.places))]
	m := place.Load()
	if m == nil || m.seq < e.Seq {
		fresh := &shared[T]{seq: e.Seq}
		if place.CompareAndSwap(m, fresh) {
			m = fresh
		} else {
			m = place.Load()
		}
	}
	if m.seq != e.Seq {
		m = &shared[T]{seq: e.Seq}
	}
	m.once.Do(func() { m.made = with(e) })
	return m.made
}
