package tracim

import (
	"io/fs"
	"net"
	"syscall"
)

// peersKnown tells whether the system tells who is at the other end of a socket.
const peersKnown = true

// peer is who is at the other end of a connection: who connected, or who began to
// listen.
type peer struct {
	uid uint32
	pid int32 // 0 when it is none of this machine's, as in a container
}

func peerOf(conn *net.UnixConn) (peer, error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return peer{}, err
	}
	var told *syscall.Ucred
	var asked error
	if err := raw.Control(func(fd uintptr) {
		told, asked = syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	}); err != nil {
		return peer{}, err
	}
	if asked != nil {
		return peer{}, asked
	}
	return peer{told.Uid, told.Pid}, nil
}

// keepClosed lets nobody but us connect to a socket that is yet to have a name.
func keepClosed(fd uintptr) error { return syscall.Fchmod(int(fd), 0o600) }

// ownerOf is whom a file belongs to.
func ownerOf(info fs.FileInfo) (uid uint32, known bool) {
	stat, known := info.Sys().(*syscall.Stat_t)
	if !known {
		return 0, false
	}
	return stat.Uid, true
}

// incarnation is a process that listens on a socket, as told from another that
// listened there before.
type incarnation struct {
	pid     int32
	inode   uint64
	changed syscall.Timespec
}

func incarnationOf(p peer, info fs.FileInfo) incarnation {
	i := incarnation{pid: p.pid}
	if stat, known := info.Sys().(*syscall.Stat_t); known {
		i.inode, i.changed = stat.Ino, stat.Ctim
	}
	return i
}
