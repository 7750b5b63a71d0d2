package environment

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"tracrpc/publish"
	"tracrpc/publish/sink/stream"
)

// bus reads the settings of one way out, and tells which sinks and servers they
// ask for. An error says which of them are of no use.
type bus func(*Publisher, *Environment) (ways, error)

// buses are the ways out. Adding one here publishes on it.
var buses = []bus{
	redisBus,
	respBus,
	streamBus,
	messagebusBus,
	protonmsgBus,
	tracimBus,
	webhookBus,
}

// ways are what events go out by.
type ways struct {
	outlets []publish.Outlet
	servers []publish.Server
}

// Login tells whether this is a user's password; see publish.Audience.
type Login func(ctx context.Context, user, password, address string) (bool, error)

// Publisher publishes the events of an environment as its settings say. It is
// what the buses know of the environment, and is safe for concurrent use.
type Publisher struct {
	Feed *publish.Feed
	// Callers knows who subscribes over HTTP. It is to be set before Run.
	Callers stream.Callers

	relay   *publish.Relay
	servers *publish.Servers
	login   Login
	current atomic.Pointer[Environment]

	using    sync.Mutex // held while settings are put to use
	webhooks []publish.Webhook

	mu          sync.Mutex
	attendances map[string]*publish.Attendance // by the server's name
	unroutable  map[string]*atomic.Int64       // by the sink's name
}

// pollEvery is how often to look for events that other processes wrote.
const pollEvery = time.Second

// NewPublisher makes the publisher of an environment. It publishes what happens
// from now on, but not before Run.
func NewPublisher(ctx context.Context, e *Environment, login Login) *Publisher {
	p := &Publisher{
		Feed:    publish.NewFeed(e.Name(), e.DB, e.Log, pollEvery),
		servers: publish.NewServers(e.Log),
		login:   login,
	}
	p.relay = publish.NewRelay(publish.Options{
		Env: e.Name(), Log: e.DB, Ledger: e.DB, Logger: e.Log, Poll: pollEvery, Private: p.markPrivate,
		Lease: time.Duration(e.Ini.Float("tracrpc-events", "lease", 6) * float64(time.Second)),
	})
	p.Use(ctx, e)
	return p
}

// Use publishes by the settings that e was opened with. What has not changed in
// them goes on undisturbed.
func (p *Publisher) Use(ctx context.Context, e *Environment) {
	p.using.Lock()
	defer p.using.Unlock()
	p.current.Store(e)
	p.loadWebhooks(ctx)
	p.use(ctx)
}

// use publishes by the settings and the webhooks that there are.
func (p *Publisher) use(ctx context.Context) {
	e := p.Environment()
	var all ways
	for _, bus := range buses {
		w, err := bus(p, e)
		if err != nil {
			e.Log.Error("settings of a bus not usable, it is not served", "err", err)
			continue
		}
		all.outlets = append(all.outlets, w.outlets...)
		all.servers = append(all.servers, w.servers...)
	}
	p.relay.Use(ctx, all.outlets)
	p.servers.Use(all.servers)
}

// Run publishes until ctx ends. What is not published by then is when it runs
// again.
func (p *Publisher) Run(ctx context.Context) {
	var running sync.WaitGroup
	defer running.Wait()
	// They end with ctx, and are waited for above.
	running.Go(func() { p.Feed.Run(ctx) })
	running.Go(func() { p.relay.Run(ctx) })
	running.Go(func() { p.servers.Run(ctx) })
	running.Go(func() { p.forget(ctx) })
	running.Go(func() { p.followWebhooks(ctx) })
}

// Environment is the environment with the settings that are in force.
func (p *Publisher) Environment() *Environment { return p.current.Load() }

// Attendance counts the subscribers of the server with a name, also when it
// begins anew. The causes are those by which its subscribers leave.
func (p *Publisher) Attendance(server string, causes ...string) *publish.Attendance {
	p.mu.Lock()
	defer p.mu.Unlock()
	a := p.attendances[server]
	if a == nil {
		a = publish.NewAttendance(causes...)
		if p.attendances == nil {
			p.attendances = map[string]*publish.Attendance{}
		}
		p.attendances[server] = a
	}
	return a
}

// AttendanceReports tell of the subscribers of all servers, by name.
func (p *Publisher) AttendanceReports() map[string]publish.AttendanceReport {
	p.mu.Lock()
	defer p.mu.Unlock()
	reports := make(map[string]publish.AttendanceReport, len(p.attendances))
	for name, a := range p.attendances {
		reports[name] = a.Report()
	}
	return reports
}

// Unroutable counts the messages of a sink that its broker had nobody for, also
// when the sink is opened anew.
func (p *Publisher) Unroutable(sink string) *atomic.Int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := p.unroutable[sink]
	if n == nil {
		n = new(atomic.Int64)
		if p.unroutable == nil {
			p.unroutable = map[string]*atomic.Int64{}
		}
		p.unroutable[sink] = n
	}
	return n
}

// UnroutableCounts are those of all sinks that count, by name.
func (p *Publisher) UnroutableCounts() map[string]int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	counts := make(map[string]int64, len(p.unroutable))
	for name, n := range p.unroutable {
		counts[name] = n.Load()
	}
	return counts
}

// Login tells whether this is a user's password.
func (p *Publisher) Login(ctx context.Context, user, password, address string) (bool, error) {
	return p.login(ctx, user, password, address)
}

// View tells what a user may see, as things are now.
func (p *Publisher) View(ctx context.Context, user string) (publish.View, error) {
	e := p.current.Load()
	who, err := e.Authority.Principal(ctx, user)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, event publish.Event) (bool, error) { return e.MayView(ctx, who, event) }, nil
}

// markPrivate marks the events that the user whom [tracrpc-events] audience names
// may not see. Without that setting none is private: whoever may read a broker
// reads everything on it.
func (p *Publisher) markPrivate(ctx context.Context, events []publish.Event) error {
	user := p.current.Load().Ini.Get("tracrpc-events", "audience", "")
	if user == "" {
		return nil
	}
	may, err := p.View(ctx, user)
	if err != nil {
		return err
	}
	for i, e := range events {
		seen, err := may(ctx, e)
		if err != nil {
			return err
		}
		events[i].Private = !seen
	}
	return nil
}
