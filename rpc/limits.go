package rpc

import (
	"context"
	"runtime"
	"sync"
	"time"

	"tracrpc/fault"
)

// Limits bound what one request may ask for, and what all of them together may
// take. Past each of them the caller gets a fault.
type Limits struct {
	Body    int64 // the bytes of a body, unpacked
	Depth   int   // how deep arrays and structs nest
	Values  int   // the values in a body; each takes more memory than it has bytes
	Text    int   // the bytes of one string in a body; 0 for as many as the body may have
	Calls   int   // the calls of one request, multicalls of multicalls included
	Nesting int   // multicalls in multicalls
	Markup  int   // the bytes of a wiki text that is made into HTML
	Answer  int64 // the bytes, roughly, that the calls of one multicall answer with
	Memory  int64 // the bytes, roughly, of all bodies and answers at the same time

	// Wait is for how long a request waits for memory that others have.
	Wait time.Duration
}

// Limit names a limit that somebody has come to, by the flag of the server that
// sets it.
type Limit string

const (
	BodyLimit    Limit = "max-body"
	DepthLimit   Limit = "max-depth"
	ValuesLimit  Limit = "max-values"
	TextLimit    Limit = "max-text"
	CallsLimit   Limit = "max-calls"
	NestingLimit Limit = "max-nesting"
	MarkupLimit  Limit = "max-markup"
	AnswerLimit  Limit = "max-answer"
	MemoryLimit  Limit = "max-memory"
	// SlowBody is not for this package to set, but for it to see.
	SlowBody Limit = "body-timeout"
)

// DefaultLimits are beyond what any known client asks for.
func DefaultLimits() Limits {
	return Limits{
		Body: 32 << 20, Depth: 1000, Values: 250_000, Calls: 100_000, Nesting: 10, Markup: 256 << 10,
		Answer: 64 << 20, Memory: 96 << 20, Wait: 10 * time.Second,
	}
}

// Memory is what the bodies and answers of all requests may take together. Who
// finds too little waits for others to give some back. It is safe for concurrent
// use, by any number of handlers.
type Memory struct {
	all  int64
	wait time.Duration

	mu    sync.Mutex
	free  int64
	freed chan struct{} // closed when some is given back
}

// NewMemory is all of what limits allow.
func NewMemory(l Limits) *Memory {
	return &Memory{all: l.Memory, wait: l.Wait, free: l.Memory, freed: make(chan struct{})}
}

func (m *Memory) take(ctx context.Context, n int64) bool {
	var late <-chan time.Time
	for {
		m.mu.Lock()
		if n <= m.free {
			m.free -= n
			m.mu.Unlock()
			return true
		}
		freed := m.freed
		m.mu.Unlock()
		if late == nil {
			timer := time.NewTimer(m.wait)
			defer timer.Stop()
			late = timer.C
		}
		select {
		case <-freed:
		case <-late:
			return false
		case <-ctx.Done():
			return false
		}
	}
}

func (m *Memory) give(n int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.free += n
	close(m.freed)
	m.freed = make(chan struct{})
}

const (
	// ownMemory is what a request may take without asking: nearly all take less.
	ownMemory = 64 << 10
	// memoryStep is how much is asked for at once.
	memoryStep = 256 << 10
)

// Meter counts what one request takes. It is for one goroutine; a nil one counts
// nothing.
type Meter struct {
	limits  Limits
	memory  *Memory
	reached func(Limit)
	used    int64 // of ownMemory and held
	held    int64
	kept    int64 // of used: for whatever needs memory for a while
	calls   int
	answer  int64
}

// Reached tells that the request has come to a limit.
func (m *Meter) Reached(limit Limit) {
	if m != nil && m.reached != nil {
		m.reached(limit)
	}
}

// refuse tells that the request has come to a limit, and is the fault for it.
func (m *Meter) refuse(limit Limit, format string, args ...any) error {
	m.Reached(limit)
	return fault.New(fault.TooLarge, format, args...)
}

// TooManyValues is the fault for a body with more values than Limits.Values.
func (m *Meter) TooManyValues(most int) error {
	return m.refuse(ValuesLimit, "The request has more than %d values.", most)
}

// TooLong is the fault for a string that is longer than Limits.Text.
func (m *Meter) TooLong(most int) error {
	return m.refuse(TextLimit, "The request has a string of more than %d bytes.", most)
}

// Take is called before n more bytes are used. Its error is a fault.
func (m *Meter) Take(ctx context.Context, n int64) error {
	if m == nil {
		return nil
	}
	m.used += n
	if m.used <= ownMemory+m.held {
		return nil
	}
	more := max(memoryStep, m.used-ownMemory-m.held)
	if m.held+more > m.memory.all {
		return m.refuse(MemoryLimit, "The request takes more memory than the server has. Ask for less at once.")
	}
	if !m.memory.take(ctx, more) {
		return m.refuse(MemoryLimit, "The server has no memory to spare for this request now. Try again later, or ask for less at once.")
	}
	m.held += more
	return nil
}

// ValuesStep is how many values of a body are read between two calls of
// TakeValues.
const ValuesStep = 1024

// TakeValues is called for each ValuesStep values that are read from a body.
func (m *Meter) TakeValues(ctx context.Context) error {
	const each = 64 // a member of a struct, and what its value points at
	return m.Take(ctx, ValuesStep*each)
}

// TakeCopy is called before the text of a body is written anew in UTF-8, which may
// be twice as long, and grows while it is written.
func (m *Meter) TakeCopy(ctx context.Context, body string) error {
	return m.Take(ctx, 3*int64(len(body)))
}

// Keep is called before about n bytes are used for a while, and not at the same
// time as others that Keep was called for. Who needs more than most of what there is
// gets that, so that whoever holds a little does not keep them out. Its error is a
// fault.
func (m *Meter) Keep(ctx context.Context, n int64) error {
	if m == nil {
		return nil
	}
	more := min(n-m.kept, m.memory.all*2/3-m.held)
	if more <= 0 {
		return nil
	}
	m.kept += more
	return m.Take(ctx, more)
}

// KeepMarkup is called before a wiki text is made into HTML, or looked through for
// what is in it. Its error is a fault.
func (m *Meter) KeepMarkup(ctx context.Context, size int) error {
	const each = 300 // the nodes of a table of single letters, and their HTML
	if m == nil {
		return nil
	}
	if size > m.limits.Markup {
		return m.refuse(MarkupLimit, "A text of more than %d bytes is not made into HTML.", m.limits.Markup)
	}
	return m.Keep(ctx, each*int64(size))
}

// muchMemory is from how much on a request waits for the collector before it gives
// memory back: the next one would take it twice.
const muchMemory = 8 << 20

// close gives back what was taken.
func (m *Meter) close() {
	if m.held >= muchMemory {
		runtime.GC()
	}
	if m.held > 0 {
		m.memory.give(m.held)
		m.held = 0
	}
}

// addCalls counts the calls of a request or a multicall.
func (m *Meter) addCalls(n int) error {
	if m == nil {
		return nil
	}
	if m.calls += n; m.calls > m.limits.Calls {
		return m.refuse(CallsLimit, "The request makes more than %d calls.", m.limits.Calls)
	}
	return nil
}

// nests is a fault when a multicall is too deep inside others.
func (m *Meter) nests(depth int) error {
	if m != nil && depth > m.limits.Nesting {
		return m.refuse(NestingLimit, "Multicalls are nested deeper than %d.", m.limits.Nesting)
	}
	return nil
}

// spend counts a value of a multicall's answer. Its error is a fault for the calls
// after this one, which are not to be made.
func (m *Meter) spend(ctx context.Context, value any) error {
	if m == nil {
		return nil
	}
	size := sizeOf(value)
	if m.answer += size; m.answer > m.limits.Answer {
		return m.refuse(AnswerLimit, "The answer is larger than %d bytes already, so this call was not made. Make fewer at once.", m.limits.Answer)
	}
	return m.Take(ctx, size)
}

// sizeOf is about how much memory a value takes.
func sizeOf(value any) int64 {
	const word = 16
	switch v := value.(type) {
	case string:
		return word + int64(len(v))
	case []byte:
		return word + int64(len(v))
	case []any:
		size := int64(2 * word)
		for _, element := range v {
			size += word + sizeOf(element)
		}
		return size
	case Struct:
		size := int64(2 * word)
		for _, member := range v {
			size += 2*word + sizeOf(member.Value) // names are shared
		}
		return size
	case []Outcome:
		return 2*word + 4*word*int64(len(v)) // what is in it was counted before
	default:
		return word
	}
}

type meterKey struct{}

// MeterOf is the meter of the request that ctx belongs to: nil outside of one.
func MeterOf(ctx context.Context) *Meter {
	m, _ := ctx.Value(meterKey{}).(*Meter)
	return m
}
