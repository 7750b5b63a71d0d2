package resp

// ending is why a connection ended.
type ending int

const (
	left    ending = iota // the client is gone, or said that it goes
	slow                  // it took nothing for too long
	idle                  // it did nothing for too long, or did not finish its command
	broken                // it did not speak the protocol
	behind                // the next events for it were gone
	revoked               // its password is no good any more
	full                  // there was no room for it
	failed                // we could not go on
	stopped               // the server was stopped
)

var endings = [...]string{
	left: "left", slow: "slow", idle: "idle", broken: "broken", behind: "behind", revoked: "revoked", full: "full",
	failed: "failed", stopped: "stopped",
}

// Endings are the causes by which a Server's Attendance tells why somebody left.
func Endings() []string { return endings[:] }
