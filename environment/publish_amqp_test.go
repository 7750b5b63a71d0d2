package environment

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"tracrpc/publish/encode"
	"tracrpc/publish/sink"
	"tracrpc/publish/sink/amqp"
)

func TestMessagebusSettings(t *testing.T) {
	t.Parallel()
	type settings = amqp.MessagebusSettings
	for _, c := range []struct {
		name, ini string
		broken    bool
		check     func(settings) bool // nil when it is not to be served
	}{
		{name: "nothing"},
		{name: "urls alone", ini: "[broker]\nurls = amqp://h\n"},
		{name: "test mode", ini: "[broker]\nhost = h\ntest_mode = true\n"},
		{name: "host alone", ini: "[broker]\nhost = h\n", check: func(s settings) bool {
			return s.Host == "h" && s.Port == 5671 && s.TLS.On && s.VHost == "/" && s.Auth == amqp.Plain && s.User == "guest" &&
				s.Exchange == "trac.events" && s.PrivateExchange == "trac.private" && s.Type == "topic" && s.Durable && s.Declare &&
				s.Heartbeat == time.Minute && s.ConnectTimeout == time.Minute && s.SendTimeout == time.Minute &&
				s.Persistent && s.TTL == 0 && !s.Hold && s.Encode.KeyPrefix == "trac.event" && s.Encode.ExtraLimit == 0
		}},
		{name: "no TLS", ini: "[broker]\nhost = h\nssl = false\n", check: func(s settings) bool { return s.Port == 5672 && !s.TLS.On }},
		{name: "a port without TLS", ini: "[broker]\nhost = h\nport = 5672\n", check: func(s settings) bool { return s.Port == 5672 && !s.TLS.On }},
		{name: "EXTERNAL", ini: "[broker]\nhost = h\nauth = external\ncert = c.pem\ncacert = /ca.pem\n", check: func(s settings) bool {
			return s.Auth == amqp.External && strings.HasSuffix(s.TLS.Cert, "/conf/c.pem") && s.TLS.CA == "/ca.pem"
		}},
		{name: "GSSAPI", ini: "[broker]\nhost = h\nauth = GSSAPI\n", broken: true},
		{name: "no such type", ini: "[broker]\nhost = h\n[exchange]\ntype = fanout\n", broken: true},
		{name: "no such word", ini: "[broker]\nhost = h\n[message]\nunroutable = lose\n", broken: true},
	} {
		w, err := messagebusBus(&Publisher{}, withSettings(t, c.ini))
		if (err != nil) != c.broken || (len(w.outlets) == 1) != (c.check != nil) {
			t.Errorf("%s: %d sinks, %v", c.name, len(w.outlets), err)
		} else if c.check != nil && !c.check(w.outlets[0].Settings.(settings)) {
			t.Errorf("%s: settings %+v", c.name, w.outlets[0].Settings)
		}
	}
}

// Files as they lie beside Koji's hub are inherited, both at once, and may be left
// where they are.
func TestKojiFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	files := map[string]string{
		"messagebus.conf": `[broker]
host = amqp.example.com
port = 5671
ssl = true
timeout = 10
heartbeat = 30
auth = PLAIN
username = hub
password = pass:w@rd
[exchange]
name = koji.events
type = headers
durable = false
[topic]
prefix = koji.event
`,
		"protonmsg.conf": `[broker]
urls = amqps://one.example.com:5671 amqps://two.example.com:5671
cert = /etc/client.pem
cacert = /etc/ca.pem
topic_prefix = koji
connect_timeout = 11
send_timeout = 61
[message]
extra_limit = -2048
ttl = 86400
[queue]
enabled = true
batch_size = 50
max_age = 24
`,
	}
	var names []string
	for name, text := range files {
		path := filepath.Join(dir, name)
		names = append(names, path)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	e := withSettings(t, "[inherit]\nfile = "+strings.Join(names, ", ")+"\n[ticket-custom]\ndue = time\n")
	first, err := messagebusBus(&Publisher{}, e)
	if err != nil || len(first.outlets) != 1 {
		t.Fatalf("%d sinks, %v", len(first.outlets), err)
	}
	secure := sink.TLS{On: true, CA: "/etc/ca.pem", Cert: "/etc/client.pem"}
	message := amqp.Settings{TLS: secure,
		ConnectTimeout: 10 * time.Second, SendTimeout: 10 * time.Second, Persistent: true, TTL: 24 * time.Hour,
		Encode: encode.AMQP{KeyPrefix: "koji.event", ExtraLimit: 2048, TimeFields: []string{"due"}}}
	want := amqp.MessagebusSettings{Settings: message, Host: "amqp.example.com", Port: 5671, VHost: "/",
		Auth: amqp.Plain, User: "hub", Password: "pass:w@rd", Heartbeat: 30 * time.Second,
		Exchange: "koji.events", PrivateExchange: "trac.private", Type: "headers", Declare: true}
	if got := first.outlets[0].Settings; !reflect.DeepEqual(got, want) {
		t.Errorf("messagebus: %+v, want %+v", got, want)
	}
	second, err := protonmsgBus(&Publisher{}, e)
	if err != nil || len(second.outlets) != 1 || second.outlets[0].Policy.Batch != 50 {
		t.Fatalf("%+v, %v", second.outlets, err)
	}
	message.ConnectTimeout, message.SendTimeout = 11*time.Second, 61*time.Second
	message.Encode = encode.AMQP{AddressPrefix: "topic://koji", PrivateAddressPrefix: "topic://koji-private", ExtraLimit: 2048, TimeFields: []string{"due"}}
	proton := amqp.ProtonmsgSettings{Settings: message, URLs: []string{"amqps://one.example.com:5671", "amqps://two.example.com:5671"}}
	if got := second.outlets[0].Settings; !reflect.DeepEqual(got, proton) {
		t.Errorf("protonmsg: %+v, want %+v", got, proton)
	}
}

func TestProtonmsgSettings(t *testing.T) {
	t.Parallel()
	for ini, check := range map[string]func(amqp.ProtonmsgSettings) bool{
		"urls = amqp://h": func(s amqp.ProtonmsgSettings) bool {
			return !s.TLS.On && s.TLS.Cert == "" && s.Encode.AddressPrefix == "topic://trac" &&
				s.ConnectTimeout == 10*time.Second && s.SendTimeout == time.Minute
		},
		"urls = amqps://h\ncert = /c.pem": func(s amqp.ProtonmsgSettings) bool {
			return s.TLS.On && s.TLS.Cert == "/c.pem"
		},
		"urls = amqp://h\ntopic_prefix = /topic/trac": func(s amqp.ProtonmsgSettings) bool {
			return s.Encode.AddressPrefix == "/topic/trac" && s.Encode.PrivateAddressPrefix == "/topic/trac-private"
		},
	} {
		w, err := protonmsgBus(&Publisher{}, withSettings(t, "[broker]\n"+ini+"\n"))
		if err != nil || len(w.outlets) != 1 || !check(w.outlets[0].Settings.(amqp.ProtonmsgSettings)) {
			t.Errorf("%s: %+v, %v", ini, w.outlets, err)
		}
	}
	w, err := protonmsgBus(&Publisher{}, withSettings(t, "[broker]\nurls = amqp://h\ntest_mode = yes\n"))
	if err != nil || len(w.outlets) != 0 {
		t.Errorf("in test mode: %d sinks, %v", len(w.outlets), err)
	}
}
