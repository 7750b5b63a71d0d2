package environment

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tracrpc/auth"
	"tracrpc/publish"
	"tracrpc/publish/sink"
)

// withSettings opens a fresh environment whose trac.ini ends with these lines.
func withSettings(t *testing.T, lines string) *Environment {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "env")
	if err := Create(t.Context(), dir, "Test"); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "conf", "trac.ini")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(text, lines...), 0o600); err != nil {
		t.Fatal(err)
	}
	e, err := Open(t.Context(), dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func TestRedisSettings(t *testing.T) {
	t.Parallel()
	const client = "tracext.redispub.redis.redisclient = enabled\n"
	for _, c := range []struct {
		name, ini      string
		served, broken bool
		tickets, pages bool
	}{
		{name: "nothing"},
		{name: "all", ini: "[components]\ntracext.redispub.* = enabled\n", served: true, tickets: true, pages: true},
		{name: "one by one", ini: "[components]\n" + client + "tracext.redispub.wiki.rediswikistream = on\n", served: true, pages: true},
		{name: "all but one", ini: "[components]\ntracext.redispub.* = enabled\ntracext.redispub.wiki.* = disabled\n", served: true, tickets: true},
		{name: "other case", ini: "[components]\nTracExt.RedisPub.* = Enabled\n", served: true, tickets: true, pages: true},
		{name: "no client", ini: "[components]\ntracext.redispub.ticket.redisticketstream = enabled\n", broken: true},
		{name: "bad channels", ini: "[components]\ntracext.redispub.* = enabled\n[redispub]\nchannels = some\n", broken: true},
	} {
		e := withSettings(t, c.ini)
		w, err := redisBus(nil, e)
		if (err != nil) != c.broken || (len(w.outlets) == 1) != c.served {
			t.Errorf("%s: %d sinks, %v", c.name, len(w.outlets), err)
			continue
		}
		if c.served {
			s := w.outlets[0].Settings.(sink.RedisSettings)
			if s.Encode.Tickets != c.tickets || s.Encode.Pages != c.pages || s.Host != "localhost" || s.Port != 6379 ||
				s.Encode.Prefix != "trac" || s.Encode.PrivatePrefix != "trac-private" || s.Encode.All {
				t.Errorf("%s: settings %+v", c.name, s)
			}
		}
	}
}

func TestRedisSettingsOfOurOwn(t *testing.T) {
	t.Parallel()
	e := withSettings(t, `[components]
tracext.redispub.* = enabled
[redis_client]
username = me
password = secret
tls = yes
tls_ca = ca.pem
unix_socket_path = /run/redis.sock
[redispub]
channel_prefix =
channels = all
stream = events
[ticket-custom]
due = time
due.label = Due
note = text
`)
	w, err := redisBus(nil, e)
	if err != nil || len(w.outlets) != 1 {
		t.Fatalf("%d sinks, %v", len(w.outlets), err)
	}
	s := w.outlets[0].Settings.(sink.RedisSettings)
	if s.User != "me" || s.Password != "secret" || !s.TLS.On || s.TLS.CA != filepath.Join(e.Dir, "conf", "ca.pem") ||
		s.Socket != "/run/redis.sock" || s.Encode.Prefix != "" || s.Encode.PrivatePrefix != "private" || !s.Encode.All ||
		s.Stream != "events" || len(s.Encode.TimeFields) != 1 || s.Encode.TimeFields[0] != "due" {
		t.Errorf("settings %+v", s)
	}
}

// grants writes so many events.
func grants(t *testing.T, e *Environment, count int) {
	t.Helper()
	for i := range count {
		if err := e.DB.Grant(t.Context(), "me", auth.Grant{Subject: string(rune('a' + i)), Action: "TICKET_VIEW"}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestForgetEvents(t *testing.T) {
	t.Parallel()
	days := func(n int) time.Time { return time.Now().Add(time.Duration(n) * day) }
	for _, c := range []struct {
		name, ini string
		now       time.Time
		cursor    int64 // of a sink that is served; -1 for none
		paused    bool
		oldest    int64
	}{
		{"young", "", days(29), -1, false, 1},
		{"old", "", days(31), -1, false, 10},
		{"old, and kept for ever", "[tracrpc-events]\nkeep_days = 0\nkeep_at_most_days = 0\n", days(3100), -1, false, 1},
		{"many", "[tracrpc-events]\nkeep_rows = 4\n", days(1), -1, false, 7},
		{"many, and a sink lags", "[tracrpc-events]\nkeep_rows = 4\n", days(1), 3, false, 4},
		{"many, and a sink has just been paused", "[tracrpc-events]\nkeep_rows = 4\n", days(1), 3, true, 4},
		{"old, and nobody has served the sink since", "", days(31), 3, false, 10},
		{"older than anybody is waited for", "[tracrpc-events]\nkeep_days = 0\nkeep_at_most_days = 90\n", days(91), 3, false, 10},
	} {
		e := withSettings(t, c.ini)
		grants(t, e, 10)
		if c.cursor >= 0 {
			if err := e.DB.AddSink(t.Context(), "bus", c.cursor); err != nil {
				t.Fatal(err)
			}
		}
		if c.paused {
			if err := e.DB.PauseSink(t.Context(), "bus"); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := e.ForgetEvents(t.Context(), c.now); err != nil {
			t.Fatal(err)
		}
		if oldest, newest, err := e.DB.EventRange(t.Context()); oldest != c.oldest || newest != 10 || err != nil {
			t.Errorf("%s: %d to %d are kept, %v, want %d to 10", c.name, oldest, newest, err, c.oldest)
		}
	}
}

func TestEventPageTellsWhatIsGone(t *testing.T) {
	t.Parallel()
	e := withSettings(t, "[tracrpc-events]\nkeep_rows = 4\n")
	grants(t, e, 10)
	if _, err := e.ForgetEvents(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	admin := auth.NewPrincipal("admin", map[auth.Permission]bool{auth.Admin: true}, nil)
	if page, err := e.EventPage(t.Context(), admin, 3, 10, EventFilter{}); err == nil {
		t.Errorf("EventPage after 3 = %+v, want a fault: up to 6 all are gone", page)
	}
	for _, after := range []int64{0, 6} {
		page, err := e.EventPage(t.Context(), admin, after, 10, EventFilter{})
		if err != nil || len(page.Events) != 4 || page.Next != 10 || page.Oldest != 7 {
			t.Errorf("EventPage after %d = %+v, %v, want 7 to 10", after, page, err)
		}
	}
}

// The audience decides what is private on a bus.
func TestAudience(t *testing.T) {
	t.Parallel()
	login := func(context.Context, string, string, string) (bool, error) { return false, nil }
	for ini, want := range map[string][]bool{
		"": {false, false},
		"[tracrpc-events]\naudience = anonymous\n": {false, true},
	} {
		e := withSettings(t, ini)
		p := NewPublisher(t.Context(), e, login)
		events := []publish.Event{
			{Realm: publish.Ticket, Verb: publish.Changed, ID: "1"},
			{Realm: publish.Permission, Verb: publish.Created, ID: "ann"},
		}
		if err := p.markPrivate(t.Context(), events); err != nil {
			t.Fatal(err)
		}
		for i, e := range events {
			if e.Private != want[i] {
				t.Errorf("%q: the event of a %s is private: %v", ini, e.Realm, e.Private)
			}
		}
	}
}

func TestRESPSettings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, ini      string
		address        string
		broken         bool
		tickets, pages bool
		sinks          int // of redispub, for the same settings
	}{
		{name: "nothing"},
		{name: "on", ini: "[tracrpc-resp]\nlisten = enabled\n", address: "127.0.0.1:6379", tickets: true, pages: true},
		{name: "a port", ini: "[tracrpc-resp]\nlisten = :7000\n", address: ":7000", tickets: true, pages: true},
		{name: "tickets alone, and no server", ini: "[components]\ntracext.redispub.ticket.* = enabled\n[tracrpc-resp]\nlisten = ::1\n", address: "[::1]:6379", tickets: true},
		{name: "beside a server", ini: "[components]\ntracext.redispub.* = enabled\n[tracrpc-resp]\nlisten = on\n", address: "127.0.0.1:6379", tickets: true, pages: true, sinks: 1},
		{name: "bad channels", ini: "[redispub]\nchannels = some\n[tracrpc-resp]\nlisten = on\n", broken: true},
		{name: "bad address", ini: "[tracrpc-resp]\nlisten = a:b:c\n", broken: true},
	} {
		e := withSettings(t, c.ini)
		w, err := respBus(&Publisher{}, e)
		if (err != nil) != c.broken || (len(w.servers) == 1) != (c.address != "") {
			t.Errorf("%s: %d servers, %v", c.name, len(w.servers), err)
			continue
		}
		if c.address == "" {
			continue
		}
		if s := w.servers[0].Settings.(respSettings); s.Address != c.address || s.Encode.Tickets != c.tickets || s.Encode.Pages != c.pages {
			t.Errorf("%s: settings %+v", c.name, s)
		}
		if redis, err := redisBus(nil, e); err != nil || len(redis.outlets) != c.sinks {
			t.Errorf("%s: %d sinks, %v, want %d", c.name, len(redis.outlets), err, c.sinks)
		}
	}
}
