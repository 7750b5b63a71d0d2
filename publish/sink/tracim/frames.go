package tracim

import (
	"tracrpc/publish"
	"tracrpc/publish/encode"
)

// frames are the frames about an event, which all clients share; none when there
// is nothing to tell.
func (s *Server) frames(e publish.Event) [][]byte { return s.recent.Of(e, s.encode) }

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
