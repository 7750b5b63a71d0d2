package resp

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"tracrpc/publish"
)

// dialogues are what clients may say, up to the point where the connection ends.
var dialogues = []struct{ name, text string }{
	{"ping", say("PING") + say("ping", "x") + say("PING", "x", "y") + say("QUIT")},
	{"inline", "PING\r\n\r\n  \r\nping \"a\\x41 \\\"\\n\"\nPING 'it\\'s'\r\nQUIT\r\n"},
	{"quit is the last", say("QUIT") + say("PING")},
	{"empty", "*0\r\n*-1\r\n" + say("PING") + say("QUIT")},
	{"subscribe", say("SUBSCRIBE", "a", "b", "a") + say("PSUBSCRIBE", "x*") + say("PING") + say("PING", "y") + say("UNSUBSCRIBE", "a", "c") +
		say("PUNSUBSCRIBE") + say("UNSUBSCRIBE") + say("UNSUBSCRIBE") + say("PUNSUBSCRIBE") + say("PING") + say("QUIT")},
	{"while subscribed", say("SUBSCRIBE", "a") + say("SELECT", "1") + say("HELLO", "3") + say("CLIENT", "ID") + say("RESET") + say("SELECT", "1") + say("QUIT")},
	{"subscribed, and quit", say("PSUBSCRIBE", "a") + say("QUIT")},
	{"version 3", say("HELLO", "3") + say("SUBSCRIBE", "a") + say("PING") + say("SELECT", "0") + say("CLIENT", "GETNAME") +
		say("UNSUBSCRIBE") + say("UNSUBSCRIBE") + say("HELLO", "2") + say("CLIENT", "GETNAME") + say("QUIT")},
	{"too few words", say("SUBSCRIBE") + say("PSUBSCRIBE") + say("AUTH") + say("CLIENT") + say("SELECT") + say("QUIT")},
	{"too many words", say("RESET", "x") + say("SELECT", "0", "1") + say("CLIENT", "SETNAME") + say("CLIENT", "ID", "x") + say("QUIT")},
	{"bad hello", say("HELLO", "4") + say("HELLO", "1") + say("HELLO", "x") + say("HELLO", "3", "FOO") + say("HELLO", "3", "SETNAME", "a b") +
		say("HELLO", "3", "AUTH", "ann", "wrong") + say("HELLO", "3", "SETNAME") + say("PING") + say("QUIT")},
	{"good hello", say("HELLO") + say("HELLO", "3", "AUTH", "ann", "ann", "SETNAME", "me") + say("CLIENT", "GETNAME") + say("QUIT")},
	{"auth", say("AUTH", "ann") + say("AUTH", "ann", "wrong") + say("AUTH", "nobody", "ann") + say("AUTH", "ann", "ann") + say("AUTH", "a", "b", "c") + say("QUIT")},
	{"names", say("CLIENT", "SETNAME", "me") + say("CLIENT", "getname") + say("CLIENT", "SETNAME", "a b") + say("CLIENT", "SETNAME", "") + say("CLIENT", "GETNAME") + say("QUIT")},
	{"unknown", say("FOO") + say("foo", "a b", "c") + say("FOO\r\nx", "\r\n") + say(strings.Repeat("x", 200), strings.Repeat("y", 100), strings.Repeat("z", 200)) + say("CLIENT", "FOO") + say("QUIT")},
	{"select", say("SELECT", "15") + say("SELECT", "16") + say("SELECT", "-1") + say("SELECT", "x") + say("QUIT")},
	{"a count that is none", "*x\r\n" + say("PING")},
	{"a count that is huge", "*10000000000\r\n" + say("PING")},
	{"a length that is none", "*1\r\n$x\r\n"},
	{"a length that is huge", "*1\r\n$10000000000\r\n"},
	{"a length below zero", "*2\r\n$4\r\nPING\r\n$-1\r\n"},
	{"a deep array", "*1\r\n*1\r\n*1\r\n*1\r\n$4\r\nPING\r\n"},
	{"an integer", "*1\r\n:1\r\n"},
	{"no end of a line", "*" + strings.Repeat("1", 70000)},
	{"no end of words", strings.Repeat("x", 70000)},
	{"quotes", "PING \"x\r\n"},
	{"quotes with something behind", "PING \"x\"y\r\n"},
	{"pipelined", strings.Repeat(say("PING"), 2000) + say("QUIT")},
	{"a browser", "POST / HTTP/1.1\r\nHost: localhost\r\n\r\nSUBSCRIBE a\r\n"},
}

// masked are parts of answers that differ from server to server.
var masked = regexp.MustCompile(`(id\r\n:)\d+|(version\r\n)\$\d+\r\n[0-9.]+|(CLIENT ID\r\n)`)

// TestAnswersAsRedis says the same to us and to a Redis server.
func TestAnswersAsRedis(t *testing.T) {
	t.Parallel()
	theirs := startRedis(t, "--user", "ann", "on", ">ann", "allchannels", "+@all")
	ours := newWorld(t, Options{}, 0)
	for _, d := range dialogues {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			answers := map[string]string{}
			for name, address := range map[string]string{"ours": ours.address, "theirs": theirs} {
				l := dial(t, address)
				go l.conn.Write([]byte(d.text)) // ends when it is read, or the connection is closed
				answers[name] = masked.ReplaceAllString(l.rest(), "$1$2$3")
			}
			if answers["ours"] != answers["theirs"] {
				t.Errorf("ours:   %.600q\ntheirs: %.600q", answers["ours"], answers["theirs"])
			}
		})
	}
}

// TestMessagesAsRedis publishes the same on a Redis server, and compares every
// byte that subscribers get.
func TestMessagesAsRedis(t *testing.T) {
	t.Parallel()
	address := startRedis(t)
	w := newWorld(t, Options{}, 0)
	events := recorded(t)
	publisher := redis.NewClient(&redis.Options{Addr: address})
	t.Cleanup(func() { publisher.Close() })
	begin := func(address string, version string) *line {
		l := dial(t, address)
		l.send(say("HELLO", version) + say("PSUBSCRIBE", "*") + say("SUBSCRIBE", "trac.env.ticket.created") + say("PING", "x"))
		l.through(bulk("x"))
		return l
	}
	ours, theirs := []*line{begin(w.address, "2"), begin(w.address, "3")}, []*line{begin(address, "2"), begin(address, "3")}
	count := 0
	for _, e := range events {
		e.Env = "env"
		parts, err := w.server.Encode.Messages(e)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range parts {
			if err := publisher.Publish(t.Context(), p.Channel, p.Body).Err(); err != nil {
				t.Fatal(err)
			}
			if count++; p.Channel == "trac.env.ticket.created" {
				count++
			}
		}
	}
	w.log.add(events...)
	for i := range ours {
		for n := range count {
			want := theirs[i].message()
			if got := ours[i].message(); got != want {
				t.Fatalf("version %d, message %d:\n%.300q\nwant\n%.300q", i+2, n, got, want)
			}
		}
	}
}

// TestGoRedis subscribes with a client for Go, in both versions of the protocol.
func TestGoRedis(t *testing.T) {
	t.Parallel()
	for _, version := range []int{2, 3} {
		w := newWorld(t, Options{}, 0)
		client := redis.NewClient(&redis.Options{Addr: w.address, Username: "ann", Password: "ann", Protocol: version, ClientName: "test", DB: 1})
		t.Cleanup(func() { client.Close() })
		if err := client.Ping(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		subscription := client.PSubscribe(t.Context(), "trac.*")
		t.Cleanup(func() { subscription.Close() })
		if _, err := subscription.Receive(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.log.add(page("Hers", "ann", "é"), page("His", "bob", ""), page("All", "", ""))
		for _, want := range []string{`"name": "Hers"`, `"name": "All"`} {
			m, err := subscription.ReceiveMessage(t.Context())
			if err != nil || m.Channel != "trac.env.wiki.created" || !strings.Contains(m.Payload, want) {
				t.Errorf("RESP%d: %v, %v, want %s", version, m, err, want)
			}
		}
		wrong := redis.NewClient(&redis.Options{Addr: w.address, Username: "ann", Password: "bob", Protocol: version})
		if err := wrong.Ping(t.Context()).Err(); err == nil || !strings.Contains(err.Error(), "WRONGPASS") {
			t.Errorf("RESP%d: a wrong password: %v", version, err)
		}
		wrong.Close()
	}
}

func TestEverybodySeesWhatTheyMay(t *testing.T) {
	t.Parallel()
	hide := func(_ context.Context, events []publish.Event) error {
		for i := range events {
			events[i].Private = events[i].Author != ""
		}
		return nil
	}
	w := newWorld(t, Options{Private: hide}, 0)
	lines := map[string]*line{"": w.dial(), "ann": w.dial(), "bob": w.dial()}
	for user, l := range lines {
		if user != "" {
			l.send(say("AUTH", user, user))
			l.want("+OK\r\n")
		}
		l.send(say("PSUBSCRIBE", "*.wiki.*"))
		l.want("*3\r\n" + bulk("psubscribe") + bulk("*.wiki.*") + ":1\r\n")
	}
	w.log.add(page("Hers", "ann", ""), page("His", "bob", ""), page("All", "", ""))
	for user, l := range lines {
		var got []string
		for len(got) == 0 || got[len(got)-1] != "trac.env.wiki.created All" {
			words := strings.Split(l.message(), "\r\n")
			_, name, _ := strings.Cut(words[8], `"name": "`)
			name, _, _ = strings.Cut(name, `"`)
			got = append(got, words[6]+" "+name)
		}
		want := map[string]string{"": "", "ann": "trac-private.env.wiki.created Hers ", "bob": "trac-private.env.wiki.created His "}[user] + "trac.env.wiki.created All"
		if strings.Join(got, " ") != want {
			t.Errorf("%q gets %q, want %q", user, got, want)
		}
	}
}

// ended waits until so many connections have ended for a reason.
func (w *world) ended(name string, n int64) {
	w.t.Helper()
	w.until(name, func(s publish.AttendanceReport) bool { return s.Left[name] == n })
}

func TestIdleConnectionsEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{Command: 50 * time.Millisecond, Idle: 100 * time.Millisecond}, 0)
	w.ended("left", 1) // the one that waited until it listens
	for _, half := range []string{"*1\r\n$4\r\nPI", "PI", "*", "*2\r\n"} {
		w.dial().send(half)
	}
	w.ended("idle", 4)
	if got := w.dial().rest(); got != "" {
		t.Errorf("an idle connection is told %q", got)
	}
	w.ended("idle", 5)
}

func TestPasswordsAreAskedForAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{Recheck: 5 * time.Millisecond}, 0)
	ann, bob := w.dial(), w.dial()
	for user, l := range map[string]*line{"ann": ann, "bob": bob} {
		l.send(say("AUTH", user, user) + say("SUBSCRIBE", "x"))
		l.want("+OK\r\n*3\r\n" + bulk("subscribe") + bulk("x") + ":1\r\n")
	}
	w.people.mu.Lock()
	w.people.blocked = "ann"
	w.people.mu.Unlock()
	ann.rest()
	w.ended("revoked", 1)
	w.stop()
	w.ended("stopped", 1)
	if s := w.server.Attendance.Report(); s.Now != 0 || s.Came != 3 {
		t.Errorf("after the end: %+v", s)
	}
}

// TestWhoTakesNothingIsCut has one subscriber who reads, and one who does not,
// which keeps nobody waiting.
func TestWhoTakesNothingIsCut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{Patience: 2 * time.Second}, 0)
	slow, quick := w.dial(), w.dial()
	slow.send(say("PSUBSCRIBE", "*"))
	slow.want("*3\r\n" + bulk("psubscribe") + bulk("*") + ":1\r\n")
	quick.send(say("SUBSCRIBE", "trac.env.wiki.created"))
	quick.want("*3\r\n" + bulk("subscribe") + bulk("trac.env.wiki.created") + ":1\r\n")
	big := strings.Repeat("x", 1<<20)
	// Ends when all are written.
	go func() {
		for n := range 40 {
			w.log.add(page(fmt.Sprintf("P%d", n), "", big))
		}
	}()
	for n := range 40 {
		if got := quick.message(); !strings.Contains(got, fmt.Sprintf(`"name": "P%d"`, n)) {
			t.Fatalf("message %d is %.200q", n, got)
		}
	}
	w.ended("slow", 1)
}

func TestThereIsRoomForSoMany(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, 2)
	w.until("nobody is there", func(s publish.AttendanceReport) bool { return s.Came == 1 && s.Now == 0 })
	for range 2 {
		l := w.dial()
		l.send("PING\r\n")
		l.want("+PONG\r\n")
	}
	if got := w.dial().rest(); got != "-ERR max number of clients reached\r\n" {
		t.Errorf("one too many is told %q", got)
	}
	l := newWorld(t, Options{}, 0).dial()
	var names []string
	for n := range maxSubscriptions {
		names = append(names, fmt.Sprint(n))
	}
	l.send(say(append([]string{"SUBSCRIBE"}, names...)...) + say("SUBSCRIBE", "0", "more") + say("QUIT"))
	text := l.rest()
	if !strings.HasSuffix(text, bulk("0")+":1000\r\n-ERR too many subscriptions\r\n+OK\r\n") {
		t.Errorf("one too many is told %.100q", text[max(0, len(text)-100):])
	}
}
