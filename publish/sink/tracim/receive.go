package tracim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"time"

	"tracrpc/publish/encode"
)

const (
	// readPatience is how long somebody may take to send a frame, and answerPatience
	// how long an answer may take to one who has not registered.
	readPatience   = 2 * time.Second
	answerPatience = 2 * time.Second
	// mostDoors is how many connections each user of this machine may have at once.
	mostDoors = 64
)

// doors counts the connections that each user of this machine has.
type doors struct {
	mu   sync.Mutex
	open map[uint32]int
}

func (d *doors) enter(uid uint32) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.open[uid] >= mostDoors {
		return false
	}
	d.open[uid]++
	return true
}

func (d *doors) leave(uid uint32) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.open[uid]--; d.open[uid] == 0 {
		delete(d.open, uid)
	}
}

// receive reads a frame from a connection and does what it asks. What is no frame,
// or comes from nobody who may send it, does nothing.
func (s *Server) receive(ctx context.Context, conn *net.UnixConn) {
	who, err := peerOf(conn)
	if err != nil || !s.doors.enter(who.uid) {
		conn.Close() // nothing is said on it
		return
	}
	defer s.doors.leave(who.uid)
	f, err := readFrame(ctx, conn)
	conn.Close() // all was said; answers go to the sender's own socket
	if err == nil {
		err = s.do(ctx, f, who)
	}
	if err != nil && ctx.Err() == nil {
		s.Logger.Debug("frame refused", "uid", who.uid, "pid", who.pid, "type", f.Type, "path", f.Path, "err", err)
	}
}

// readFrame reads a frame: until it is complete, or the connection's end.
func readFrame(ctx context.Context, conn *net.UnixConn) (encode.TracimFrame, error) {
	if err := conn.SetReadDeadline(time.Now().Add(readPatience)); err != nil {
		return encode.TracimFrame{}, err
	}
	stop := context.AfterFunc(ctx, func() { conn.SetReadDeadline(time.Unix(1, 0)) }) // a closed connection needs none
	defer stop()
	text := make([]byte, 0, encode.TracimFrameSize+1)
	for len(text) < cap(text) {
		n, err := conn.Read(text[len(text):cap(text)])
		text = text[:len(text)+n]
		if errors.Is(err, io.EOF) || err == nil && json.Valid(text) {
			break
		}
		if err != nil {
			return encode.TracimFrame{}, err
		}
	}
	return encode.ParseTracimFrame(text)
}

// do does what a frame asks.
func (s *Server) do(ctx context.Context, f encode.TracimFrame, who peer) error {
	switch f.Type {
	case encode.TracimClientAdd:
		return s.clientAdd(ctx, f, who)
	case encode.TracimClientDelete:
		return s.clientDelete(ctx, f, who)
	case encode.TracimGetClients:
		return s.answer(ctx, f.Path, who, s.frame(encode.TracimClients, s.list()))
	case encode.TracimGetAccount:
		return s.tellAccount(ctx, f.Path, who)
	case encode.TracimDoRequest:
		return s.answer(ctx, f.Path, who, s.frame(encode.TracimRequestResult, noRequest))
	case encode.TracimPing:
		return s.answer(ctx, f.Path, who, s.frame(encode.TracimPong, nil))
	case encode.TracimAck:
		s.heard(f.Path, who)
		return nil
	}
	s.heard(f.Path, who) // a pong, or what nobody knows
	return s.answer(ctx, f.Path, who, s.frame(encode.TracimAck, nil))
}

// heard has somebody who was away looked for again.
func (s *Server) heard(path string, who peer) {
	if c := s.client(path); c != nil && (who.uid == c.uid || who.uid == 0) && !c.isHere() {
		c.rouse()
	}
}

// noRequest is the answer to who wants something of Tracim's API: there is none
// behind this socket.
var noRequest = struct {
	Request struct {
		Method, Endpoint string
		Body             []byte
	}
	StatusCode int
	Status     string
	Data       []byte `json:"data"`
}{StatusCode: 501, Status: "501 Not Implemented"}

// clientAdd registers a client. Whoever was not there is made known to all.
func (s *Server) clientAdd(ctx context.Context, f encode.TracimFrame, who peer) error {
	told := f.Client()
	if told.Path == "" {
		told.Path = f.Path
	}
	owner, err := s.checkSocket(told.Path, who)
	if err != nil {
		return err
	}
	told.PID = readPID(told, who)
	var first []byte
	if f.Path == told.Path || f.Path == "" {
		first = s.account(owner)
	}
	c, fresh, err := s.register(ctx, told, owner, first)
	if err != nil {
		if errors.Is(err, errFull) {
			s.Logger.Warn("client of TracimDaemon refused", "client", told.Path, "uid", owner, "err", err)
		}
		return err
	}
	if fresh {
		added := s.frame(encode.TracimClientAdded, told)
		c.tell(added)
		s.tellOthers(c, added)
	}
	if first != nil {
		return nil
	}
	return s.tellAccount(ctx, f.Path, who)
}

// readPID is the number of a client's process as it told, or else as the system
// does.
func readPID(told encode.TracimClient, who peer) string {
	if told.PID == "" || len(told.PID) > 20 {
		return strconv.Itoa(int(who.pid))
	}
	return told.PID
}

// clientDelete lets a client go, and makes that known to all others. Its socket may
// be gone already.
func (s *Server) clientDelete(ctx context.Context, f encode.TracimFrame, who peer) error {
	c := s.client(f.Path)
	if c == nil {
		return nil // TracimDaemon's Python clients say it twice
	}
	if who.uid != c.uid && who.uid != 0 {
		return errStranger
	}
	s.dismiss(ctx, c)
	s.tellOthers(c, s.frame(encode.TracimClientDeleted, encode.TracimClient{Path: c.path, PID: readPID(f.Client(), who)}))
	return nil
}

// account is the frame that tells a user of this machine whom of ours he is. It is
// a number, and yet a text.
func (s *Server) account(uid uint32) []byte {
	return s.frame(encode.TracimAccount, struct {
		UserID string `json:"user_id"`
	}{fmt.Sprint(encode.TracimUserID(s.userOf(uid)))})
}

func (s *Server) tellAccount(ctx context.Context, path string, who peer) error {
	owner, err := s.checkSocket(path, who)
	if err != nil {
		return err
	}
	return s.answer(ctx, path, who, s.account(owner))
}

// answer sends a frame to somebody's socket: to a client before any further event,
// and to all others at once.
func (s *Server) answer(ctx context.Context, path string, who peer, frame []byte) error {
	if c := s.client(path); c != nil && c.isHere() {
		if who.uid != c.uid && who.uid != 0 {
			return errStranger
		}
		c.tell(frame)
		return nil
	}
	owner, err := s.checkSocket(path, who)
	if err != nil || frame == nil {
		return err
	}
	conn, _, err := dial(ctx, path, owner, answerPatience)
	if err != nil {
		return err
	}
	_, err = exchange(ctx, conn, frame, answerPatience)
	return err
}
