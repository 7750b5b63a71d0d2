//go:build !linux

package tracim

import (
	"errors"
	"io/fs"
	"net"
)

const peersKnown = false

type peer struct {
	uid uint32
	pid int32
}

func peerOf(*net.UnixConn) (peer, error) { return peer{}, errors.ErrUnsupported }

func keepClosed(uintptr) error { return errors.ErrUnsupported }

func ownerOf(fs.FileInfo) (uid uint32, known bool) { return 0, false }

type incarnation struct{ pid int32 }

func incarnationOf(p peer, _ fs.FileInfo) incarnation { return incarnation{p.pid} }
