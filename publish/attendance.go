package publish

import (
	"maps"
	"sync"
	"sync/atomic"
)

// Attendance counts who subscribes to a server, for those who watch it. It is
// safe for concurrent use.
type Attendance struct {
	sent atomic.Int64

	mu   sync.Mutex
	now  int64
	came int64
	left map[string]int64 // by cause
}

// AttendanceReport is what an Attendance has counted.
type AttendanceReport struct {
	Now  int64            // subscribers that there are
	Came int64            // that there ever were
	Sent int64            // events that were written to them
	Left map[string]int64 // those who are gone, by why
}

// NewAttendance makes an Attendance that tells of these causes of leaving also
// while nobody has left for them.
func NewAttendance(causes ...string) *Attendance {
	a := &Attendance{left: make(map[string]int64, len(causes))}
	for _, cause := range causes {
		a.left[cause] = 0
	}
	return a
}

// Come counts one who has come.
func (a *Attendance) Come() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.now++
	a.came++
}

// Leave counts one who had come and is gone, and why.
func (a *Attendance) Leave(cause string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.now--
	a.left[cause]++
}

// Send counts events that were written to one of them.
func (a *Attendance) Send(events int) { a.sent.Add(int64(events)) }

// Report tells the numbers as they are.
func (a *Attendance) Report() AttendanceReport {
	a.mu.Lock()
	defer a.mu.Unlock()
	return AttendanceReport{Now: a.now, Came: a.came, Sent: a.sent.Load(), Left: maps.Clone(a.left)}
}
