package resp

import (
	"context"
	"sync"

	"tracrpc/publish"
	"tracrpc/publish/encode"
)

// message is an event as all subscribers share it. It is made by whoever needs it
// first.
type message struct {
	seq  int64
	once sync.Once

	// What once makes.
	parts []encode.RedisMessage
	err   error
}

// message is the message of an event. The last few are kept.
func (s *Server) message(ctx context.Context, e publish.Event) *message {
	place := &s.recent[e.Seq%int64(len(s.recent))]
	m := place.Load()
	if m == nil || m.seq < e.Seq {
		fresh := &message{seq: e.Seq}
		if place.CompareAndSwap(m, fresh) {
			m = fresh
		} else {
			m = place.Load()
		}
	}
	if m.seq != e.Seq {
		m = &message{seq: e.Seq}
	}
	m.once.Do(func() { m.parts, m.err = s.encode(context.WithoutCancel(ctx), e) })
	return m
}

// encode writes an event, in the private channels if it is not for everybody. An
// event that cannot be written is logged, and nobody gets it.
func (s *Server) encode(ctx context.Context, e publish.Event) ([]encode.RedisMessage, error) {
	marked := []publish.Event{e}
	if s.Private != nil {
		if err := s.Private(ctx, marked); err != nil {
			return nil, err
		}
	}
	parts, err := s.Encode.Messages(marked[0])
	if err != nil {
		s.Logger.Error("event not published", "err", err)
	}
	return parts, nil
}
