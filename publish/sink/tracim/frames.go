package tracim

import (
	"sync"
	"sync/atomic"

	"tracrpc/publish"
	"tracrpc/publish/encode"
)

// frameCache has the frames of the newest events, which all clients share: by
// number, the newest of each place.
type frameCache [64]atomic.Pointer[eventFrames]

// eventFrames are the frames about an event. They are made by whoever needs them
// first.
type eventFrames struct {
	seq    int64
	once   sync.Once
	frames [][]byte
}

// frames are the frames about an event; none when there is nothing to tell.
func (s *Server) frames(e publish.Event) [][]byte {
	place := &s.recent[e.Seq%int64(len(s.recent))]
	f := place.Load()
	if f == nil || f.seq < e.Seq {
		fresh := &eventFrames{seq: e.Seq}
		if place.CompareAndSwap(f, fresh) {
			f = fresh
		} else {
			f = place.Load()
		}
	}
	if f.seq != e.Seq {
		f = &eventFrames{seq: e.Seq}
	}
	f.once.Do(func() { f.frames = s.encode(e) })
	return f.frames
}

func (s *Server) encode(e publish.Event) [][]byte {
	messages, err := s.encoder.Messages(e)
	if err != nil {
		s.Logger.Error("event not understood, TracimDaemon's clients do not get it", "event", e.Seq, "err", err)
	}
	var frames [][]byte
	for _, m := range messages {
		if frame := s.frame(encode.TracimEvent, string(m.Text)); frame != nil {
			frames = append(frames, frame)
		}
	}
	return frames
}

// frame is a frame of ours; nil when it cannot be written, which has been logged
// then. Data is nil for none.
func (s *Server) frame(kind string, data any) []byte {
	f, err := encode.NewTracimFrame(s.Path, kind, data)
	if err == nil {
		var text []byte
		if text, err = f.Bytes(); err == nil {
			return text
		}
	}
	s.Logger.Error("frame not written", "type", kind, "err", err)
	return nil
}
