package resp

import (
	"context"

	"tracrpc/publish"
	"tracrpc/publish/encode"
)

// message is an event as all subscribers share it.
type message struct {
	parts []encode.RedisMessage
	err   error
}

// message is the message of an event.
func (s *Server) message(ctx context.Context, e publish.Event) message {
	return s.recent.Of(e, func(e publish.Event) (m message) {
		m.parts, m.err = s.encode(context.WithoutCancel(ctx), e)
		return m
	})
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
