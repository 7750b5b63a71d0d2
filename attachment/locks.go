package attachment

import (
	"sync"

	"tracrpc/auth"
)

// locks lets one change at a time happen to the attachments of a parent.
type locks struct {
	mu sync.Mutex

	held map[auth.Resource]*lock
}

type lock struct {
	sync.Mutex
	waiting int // how many hold it or wait for it; guarded by locks.mu
}

// take waits for the lock of a parent, and hands the way to give it back.
func (l *locks) take(parent auth.Resource) (release func()) {
	l.mu.Lock()
	if l.held == nil {
		l.held = map[auth.Resource]*lock{}
	}
	k := l.held[parent]
	if k == nil {
		k = &lock{}
		l.held[parent] = k
	}
	k.waiting++
	l.mu.Unlock()
	k.Lock()
	return func() {
		k.Unlock()
		l.mu.Lock()
		if k.waiting--; k.waiting == 0 {
			delete(l.held, parent)
		}
		l.mu.Unlock()
	}
}
