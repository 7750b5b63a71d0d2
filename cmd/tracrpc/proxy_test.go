package main

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

func proxied(t testing.TB, flags string) config {
	t.Helper()
	c, err := readConfig(append(strings.Fields(flags), "env"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestUnproxied(t *testing.T) {
	t.Parallel()
	const proxy = "--trusted-proxy 10.0.0.0/8,::1 --trusted-proxy 192.0.2.7 --remote-user-header X-Remote-User"
	for _, c := range []struct {
		name, flags, peer, headers string
		want                       string // address, host, scheme and user
	}{
		{"trusted", proxy, "10.1.2.3:4000", "X-Forwarded-For: 203.0.113.9\nX-Forwarded-Proto: https\nX-Forwarded-Host: trac.example.org\nX-Remote-User: ann",
			"203.0.113.9 trac.example.org https ann"},
		{"two hops", proxy, "192.0.2.7:4000", "X-Forwarded-For: 203.0.113.9, 10.0.0.1\nX-Forwarded-For: 10.9.9.9", "203.0.113.9 example.com  "},
		{"invented hops", proxy, "10.1.2.3:4000", "X-Forwarded-For: 198.51.100.1, 203.0.113.9", "203.0.113.9 example.com  "},
		{"nonsense hop", proxy, "10.1.2.3:4000", "X-Forwarded-For: 198.51.100.1, unknown, 10.0.0.2", "10.0.0.2 example.com  "},
		{"proxies only", proxy, "10.1.2.3:4000", "X-Forwarded-For: 10.0.0.1", "10.0.0.1 example.com  "},
		{"IPv6 and port", proxy, "[::1]:4000", "X-Forwarded-For: [2001:db8::1]:99", "2001:db8::1 example.com  "},
		{"mapped IPv4 peer", proxy, "[::ffff:10.1.2.3]:4000", "X-Remote-User: ann", "::ffff:10.1.2.3 example.com  ann"},
		{"odd host", proxy, "10.1.2.3:4000", "X-Forwarded-Host: a/b@c", "10.1.2.3 example.com  "},
		{"hosts", proxy, "10.1.2.3:4000", "X-Forwarded-Host: a:80, b", "10.1.2.3 a:80  "},
		{"untrusted", proxy, "203.0.113.5:4000", "X-Forwarded-For: 10.0.0.1\nX-Forwarded-Proto: https\nX-Forwarded-Host: evil\nX-Remote-User: ann",
			"203.0.113.5 example.com  "},
		{"other case", proxy, "203.0.113.5:4000", "x-remote-USER: ann", "203.0.113.5 example.com  "},
		{"nobody trusted", "", "10.1.2.3:4000", "X-Forwarded-For: 203.0.113.9\nX-Forwarded-Proto: https", "10.1.2.3 example.com  "},
		{"no address", proxy, "@", "X-Remote-User: ann", "@ example.com  "},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := proxied(t, c.flags)
			request := httptest.NewRequest(http.MethodPost, "https://example.com/rpc", nil)
			request.RemoteAddr = c.peer
			for line := range strings.SplitSeq(c.headers, "\n") {
				name, value, _ := strings.Cut(line, ": ")
				request.Header.Add(name, value)
			}
			got := ""
			config.unproxied(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				address := r.RemoteAddr
				if pair, err := netip.ParseAddrPort(address); err == nil {
					address = pair.Addr().String()
				}
				got = strings.Join([]string{address, r.Host, r.URL.Scheme, r.Header.Get("X-Remote-User")}, " ")
			})).ServeHTTP(nil, request)
			if got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// TestRemoteUser logs in by a proxy's header, where the proxy is this machine,
// and where it is not.
func TestRemoteUser(t *testing.T) {
	t.Parallel()
	dir := testEnvironment(t)
	for _, c := range []struct {
		flags, user, basic string
		want               string
	}{
		{"--trusted-proxy 127.0.0.0/8 --remote-user-header X-Remote-User", "admin", "", "200 OK"},
		{"--trusted-proxy 127.0.0.0/8 --remote-user-header X-Remote-User", "noperm", "", "fault"},
		{"--trusted-proxy 127.0.0.0/8 --remote-user-header X-Remote-User", "", "", "401 Unauthorized"},
		{"--trusted-proxy 127.0.0.0/8 --remote-user-header X-Remote-User", "anonymous", "", "401 Unauthorized"},
		// The proxy has checked the password against its own file, and passes it on.
		{"--trusted-proxy 127.0.0.0/8 --remote-user-header X-Remote-User", "admin", "Basic YWRtaW46b3RoZXI=", "200 OK"},
		{"--trusted-proxy 192.0.2.1 --remote-user-header X-Remote-User", "admin", "", "401 Unauthorized"},
		{"--trusted-proxy 127.0.0.0/8", "admin", "", "401 Unauthorized"},
		{"", "admin", "", "401 Unauthorized"},
	} {
		address := serveTest(t, append(strings.Fields(c.flags), dir)...)
		headers := []string{"X-Remote-User", c.user}
		if c.basic != "" {
			headers = append(headers, "Authorization", c.basic)
		}
		if got := status(t, http.DefaultClient, address+"/login/rpc", headers...); got != c.want {
			t.Errorf("%s, %s: %s, want %s", c.flags, c.user, got, c.want)
		}
	}
}

// TestLinksBehindAProxy looks for the proxy's name in the links of an answer.
func TestLinksBehindAProxy(t *testing.T) {
	t.Parallel()
	address := serveTest(t, testEnvironment(t), "--trusted-proxy", "127.0.0.1")
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address+"/login/rpc",
		strings.NewReader(`{"method": "wiki.wikiToHtml", "params": ["WikiStart"]}`))
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth("admin", "admin")
	for name, value := range map[string]string{
		"Content-Type": "application/json", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "trac.example.org",
	} {
		request.Header.Set(name, value)
	}
	if got := bodyOf(t, request); !strings.Contains(got, "https://trac.example.org/wiki/WikiStart") {
		t.Errorf("%s, want a link to https://trac.example.org", got)
	}
}

func bodyOf(t testing.TB, request *http.Request) string {
	t.Helper()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var b strings.Builder
	if err := response.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
