package tracim

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"tracrpc/publish"
	"tracrpc/publish/encode"
)

// What TracimDaemon says to its clients, frame by frame.
func TestConversation(t *testing.T) {
	t.Parallel()
	x := serve(t, func(s *Settings, _ *Options) { s.User = "ann" })
	one := x.open("one.sock")
	one.register()
	if f := one.want(encode.TracimAccount); string(f.Data) != fmt.Sprintf(`{"user_id":"%d"}`, encode.TracimUserID("ann")) {
		t.Errorf("account %s", f.Data)
	}
	pid := os.Getpid()
	wantData := func(a *app, kind, want string) {
		t.Helper()
		want = strings.NewReplacer("PID", fmt.Sprint(pid), "DIR", x.dir).Replace(want)
		if f := a.want(kind); string(f.Data) != want {
			t.Errorf("%s %s, want %s", kind, f.Data, want)
		}
	}
	wantData(one, encode.TracimClientAdded, `{"path":"DIR/one.sock","pid":"PID"}`)
	two := x.join("two.sock")
	wantData(one, encode.TracimClientAdded, `{"path":"DIR/two.sock","pid":"PID"}`)
	one.register() // once more
	one.want(encode.TracimAccount)
	ask := func(kind string) { x.send(fmt.Sprintf(`{"path":%q,"type":%q,"data":null}`, one.path, kind)) }
	ask(encode.TracimGetClients)
	var clients []encode.TracimClient
	if err := json.Unmarshal(one.want(encode.TracimClients).Data, &clients); err != nil || len(clients) != 2 {
		t.Errorf("clients %v, %v", clients, err)
	}
	ask(encode.TracimGetAccount)
	one.want(encode.TracimAccount)
	ask(encode.TracimPing)
	one.want(encode.TracimPong)
	for _, kind := range []string{encode.TracimPong, "what is this?"} {
		ask(kind)
		if f := <-one.heard; f.Type != encode.TracimAck || f.Data != nil {
			t.Errorf("%s is answered by %s %s", kind, f.Type, f.Data)
		}
	}
	ask(encode.TracimAck)
	ask(encode.TracimDoRequest)
	wantData(one, encode.TracimRequestResult, `{"Request":{"Method":"","Endpoint":"","Body":null},"StatusCode":501,"Status":"501 Not Implemented","data":null}`)
	x.shelf.write(1)
	one.wantEvents(1, 1)
	two.wantEvents(1, 1)
	await(t, "both are known to have read it", func() bool { return x.attendance.Report().Sent == 2 })
	ask(encode.TracimClientDelete)
	ask(encode.TracimClientDelete)
	wantData(two, encode.TracimClientDeleted, `{"path":"DIR/one.sock","pid":"PID"}`)
	x.shelf.write(1)
	two.wantEvents(2, 2)
	one.quiet()
	await(t, "it is known to be read", func() bool { return x.attendance.Report().Sent == 3 })
	if report := x.attendance.Report(); report.Now != 1 || report.Came != 2 || report.Left[left] != 1 || report.Sent != 3 {
		t.Errorf("attendance %+v", report)
	}
}

// A question of one who never registered is answered, too.
func TestAnswersToStrangers(t *testing.T) {
	t.Parallel()
	x := serve(t, nil)
	a := x.open("a.sock")
	x.send(fmt.Sprintf(`{"path":%q,"type":"daemon_get_clients"}`, a.path))
	if f := a.want(encode.TracimClients); string(f.Data) != "[]" {
		t.Errorf("clients %s", f.Data)
	}
}

// The queue of a client has one place, and yet it gets every event, once and in
// order, while others come and go.
func TestEveryEventInOrder(t *testing.T) {
	t.Parallel()
	x := serve(t, nil)
	const events = 600
	var apps []*app
	for i := range 5 {
		apps = append(apps, x.join(fmt.Sprint(i)))
		for _, a := range apps[:i] {
			a.want(encode.TracimClientAdded)
		}
	}
	var writing sync.WaitGroup
	writing.Go(func() { // ends when all is written
		for range events / 20 {
			x.shelf.write(20)
		}
	})
	for _, a := range apps {
		a.wantEvents(1, events)
	}
	writing.Wait()
}

func TestOnlyWhatMayBeSeen(t *testing.T) {
	t.Parallel()
	everybody := serve(t, nil)
	ann := serve(t, func(s *Settings, _ *Options) { s.Users = map[uint32]string{uint32(os.Getuid()): "ann"} })
	for _, c := range []struct {
		x    *site
		sees int
	}{{everybody, 900}, {ann, 1000}} {
		a := c.x.join("a")
		c.x.shelf.write(1000)
		a.wantEvents(1, c.sees)
		await(t, "all was read", func() bool { return c.x.book.only().Cursor >= 999 || c.sees == 900 && c.x.book.only().Cursor >= 899 })
		a.quiet()
	}
}

// Who ends in the middle of an event gets it again, however it ends.
func TestUnconfirmedEventComesAgain(t *testing.T) {
	t.Parallel()
	x := serve(t, nil)
	a := x.join("a")
	x.shelf.write(3)
	a.wantEvents(1, 3)
	a.listener.Close() // nobody can tell whether it was killed in the middle of the third
	x.shelf.write(2)
	await(t, "it is found gone", func() bool { return x.attendance.Report().Left[gone] == 1 })
	x.shelf.write(2)
	b := x.open("a")
	b.register()
	b.wantEventsAmid(3, 7)
	x.shelf.write(1)
	b.wantEvents(8, 8)
}

// wantEventsAmid hears of these events, and of registering somewhere among them.
func (a *app) wantEventsAmid(from, to int) {
	a.x.t.Helper()
	for n := from; n <= to; {
		switch f := a.next(); f.Type {
		case encode.TracimEvent:
			if !strings.Contains(string(f.Data), fmt.Sprintf(`{\"event_id\":%d,`, n)) {
				a.x.t.Fatalf("heard %.60s, want event %d", f.Data, n)
			}
			n++
		case encode.TracimAccount, encode.TracimClientAdded:
		default:
			a.x.t.Fatalf("heard %s", f.Type)
		}
	}
}

// A ping asks whether the last event was dealt with, if nothing else tells.
func TestConfirm(t *testing.T) {
	t.Parallel()
	x := serve(t, func(_ *Settings, o *Options) { o.Confirm = time.Millisecond })
	a := x.join("a")
	x.shelf.write(3)
	a.wantEvents(1, 3)
	await(t, "the third is known to be dealt with", func() bool { return x.book.only().Cursor == 3 })
	a.listener.Close()
	b := x.open("a")
	b.register()
	x.shelf.write(1)
	b.wantEventsAmid(4, 4)
}

// Clients need not register again when the server comes back.
func TestServerComesBack(t *testing.T) {
	t.Parallel()
	x := serve(t, nil)
	a, b := x.join("a"), x.join("b")
	a.want(encode.TracimClientAdded)
	x.shelf.write(3)
	a.wantEvents(1, 3)
	b.wantEvents(1, 3)
	await(t, "all are known to be read", func() bool { return x.attendance.Report().Sent == 6 })
	x.stop()
	if _, err := os.Lstat(x.settings.Path); err == nil {
		t.Error("the socket is there still")
	}
	x.shelf.write(5)
	x.start()
	a.wantEvents(3, 8) // the third was not confirmed
	b.wantEvents(3, 8)
	if report := x.attendance.Report(); report.Now != 2 || report.Left[stopped] != 2 {
		t.Errorf("attendance %+v", report)
	}
}

// Who reads nothing holds up nobody, and loses nothing.
func TestStalledClient(t *testing.T) {
	t.Parallel()
	x := serve(t, func(_ *Settings, o *Options) { o.Patience = 50 * time.Millisecond })
	quick, stalls := x.join("quick"), x.join("stalls")
	quick.want(encode.TracimClientAdded)
	wakeUp := stalls.stall()
	x.shelf.write(400)
	quick.wantEvents(1, 400)
	await(t, "it is found to be slow", func() bool { return x.attendance.Report().Left[slow] >= 1 })
	wakeUp()
	stalls.wantEvents(1, 400)
	x.shelf.write(1)
	quick.wantEvents(401, 401)
	stalls.wantEvents(401, 401)
}

func TestGoneEventsAreMissed(t *testing.T) {
	t.Parallel()
	x := serve(t, nil)
	a := x.join("a")
	x.shelf.write(1)
	a.wantEvents(1, 1)
	x.stop()
	x.shelf.write(30_000)
	x.shelf.mu.Lock()
	x.shelf.gone = 890
	x.shelf.mu.Unlock()
	await(t, "all is in the log", func() bool {
		last, err := x.options.Feed.Last(t.Context())
		return last == 30_001 && err == nil
	})
	x.start()
	a.wantEvents(891, 900)
	await(t, "it is counted", func() bool { return x.book.only().Missed == 890 })
}

func TestAdministratorsMoveAndPause(t *testing.T) {
	t.Parallel()
	x := serve(t, func(_ *Settings, o *Options) { o.Confirm = time.Millisecond })
	a := x.join("a")
	x.shelf.write(5)
	a.wantEvents(1, 5)
	x.book.change(func(s *publish.SinkState) { s.Turn++; s.Cursor = 2 })
	a.wantEvents(3, 5)
	await(t, "it is confirmed", func() bool { return x.book.only().Cursor == 5 })
	x.book.change(func(s *publish.SinkState) { s.Paused = time.Now() })
	x.shelf.write(1)
	x.book.change(func(s *publish.SinkState) { s.Paused = time.Time{}; s.Turn++; s.Cursor = 6 })
	x.shelf.write(1)
	for a.next().Type != encode.TracimEvent {
	}
}
