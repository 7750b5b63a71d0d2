package rpc

import (
	"net/http"
	"strconv"
)

// pieceSize is from how many bytes on an answer is sent in pieces.
const pieceSize = 1 << 20

// Answer is the body of an answer on its way out. A short one is sent as a whole,
// with its length; a long one in pieces, so that it need not be in memory as a
// whole beside the values that it is made of.
type Answer struct {
	w      http.ResponseWriter
	status int
	begun  bool
}

// NewAnswer makes an answer that nothing has been sent of.
func NewAnswer(w http.ResponseWriter, status int) *Answer { return &Answer{w: w, status: status} }

// Piece sends what a codec has written so far, if it is enough for a piece, and
// returns the buffer to go on with. To a nil Answer everything is too little.
func (a *Answer) Piece(written []byte) []byte {
	if a == nil || len(written) < pieceSize {
		return written
	}
	if !a.begun {
		a.begun = true
		a.w.WriteHeader(a.status)
	}
	a.w.Write(written) // a client that is gone needs no error
	return written[:0]
}

// End sends the rest.
func (a *Answer) End(written []byte) {
	if !a.begun {
		a.w.Header().Set("Content-Length", strconv.Itoa(len(written)))
		a.w.WriteHeader(a.status)
	}
	a.w.Write(written) // a client that is gone needs no error
}
