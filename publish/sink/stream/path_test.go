package stream

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"tracrpc/publish/encode"
)

func TestFilters(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		path   string
		wanted string // of the paths below, those that it wants; the others it does not
		prefix string // the same, when paths match by their first characters
		topics string // the same, to PyPubSub
	}{
		{"/", "all", "all", "all"},
		{"", "all", "all", "all"},
		{"//", "all", "all", "all"},
		{"/*", "all", "all", ""},
		{"/json", "/json /json/sub", "/json /json/sub /jsonx", "/json /json/sub"},
		{"/json/", "/json /json/sub", "/json/sub", "/json /json/sub"},
		{"/json/*", "/json /json/sub", "/json /json/sub /jsonx", ""},
		{"/js", "", "/json /json/sub /jsonx", ""},
		{"/j.on", "", "", ""},
		{"/j%73on", "/json /json/sub", "/json /json/sub /jsonx", "/json /json/sub"},
		{"/trac/mine/wiki/A/B%20c", "/trac/mine/wiki/A/B%20c", "/trac/mine/wiki/A/B%20c", "/trac/mine/wiki/A/B%20c"},
		{"/trac/mine/wiki/A", "/trac/mine/wiki/A/B%20c", "/trac/mine/wiki/A/B%20c", "/trac/mine/wiki/A/B%20c"},
		{"/trac/mine/ticket/1", "/trac/mine/ticket/1 /trac/mine/ticket/1/attachment", "/trac/mine/ticket/1 /trac/mine/ticket/1/attachment /trac/mine/ticket/17", "/trac/mine/ticket/1 /trac/mine/ticket/1/attachment"},
		{"/1/ticket", "", "", "/trac/mine/ticket/1 /trac/mine/ticket/1/attachment"},
		{"/wiki,json/sub", "", "", "/trac/mine/wiki/A/B%20c /json/sub"},
		{"/private/json", "", "", "/json /json/sub"},
		{"/%6", "", "", ""},
		{"/[", "", "", ""},
		{"/%00", "", "", ""},
		{"/../json", "", "", ""},
		{"/" + strings.Repeat("a/", 5000), "", "", ""},
	} {
		check(t, c.path, false, false, c.wanted)
		check(t, c.path, false, true, c.prefix)
		check(t, c.path, true, false, c.topics)
	}
}

func check(t *testing.T, path string, topics, prefix bool, wanted string) {
	t.Helper()
	f, ok := newFilter(path, topics, prefix)
	if !ok {
		t.Errorf("%.50s is refused", path)
		return
	}
	for _, other := range []string{
		"/json", "/json/sub", "/jsonx", "/trac/mine/ticket/1", "/trac/mine/ticket/1/attachment", "/trac/mine/ticket/17", "/trac/mine/wiki/A/B%20c", "/",
	} {
		want := wanted == "all" || strings.Contains(" "+wanted+" ", " "+other+" ")
		if got := f.wants(encode.SplitPath(other)); got != want {
			t.Errorf("%.50s (topics %v, prefix %v) wants %s: %v, want %v", path, topics, prefix, other, got, want)
		}
	}
}

// Hostile paths get what is at such a path, and harm nobody.
func TestHostilePaths(t *testing.T) {
	t.Parallel()
	for _, settings := range []Settings{{}, {PyPubSub: true}, {Prefix: true}} {
		x := serve(t, settings, nil)
		all := x.subscribe(t, "/")
		for i, path := range []string{
			"/%6e", "/[", "/%", "/%zz", "/a%00b", "/" + strings.Repeat("x", 10000), "/" + strings.Repeat("/", 10000),
			"/" + strings.Repeat("%25", 3000), "/(((((", "/^$()%.[]*+-?", "/..%2f..%2fetc/passwd", "/" + strings.Repeat("a/", 5000),
		} {
			if _, err := url.ParseRequestURI(path); err != nil {
				if c := x.dial(t, "GET "+path+" HTTP/1.1", "Host: x"); !strings.Contains(c.status, " 400 ") {
					t.Errorf("GET %s: %s", path, c.status)
				}
				continue
			}
			x.subscribe(t, path).chunk()
			// What is posted there comes to who asks for everything.
			if len(path) < maxPath {
				response, text := x.request(t, "POST", path, fmt.Sprintf(`{"n":%d}`, i), nil)
				if response.StatusCode >= 300 {
					t.Errorf("POST %s: %s %s", path, response.Status, text)
				} else if got := all.line(); !strings.HasPrefix(got, fmt.Sprintf(`{"n":%d`, i)) {
					t.Errorf("POST %s: subscribers get %q", path, got)
				}
			}
		}
		x.shelf.write(1)
		all.wantNumbers(len(x.shelf.events), len(x.shelf.events))
	}
	x := serve(t, Settings{PyPubSub: true}, nil)
	if c := x.dial(t, "GET /"+strings.Repeat("a,", 5000)+" HTTP/1.1", "Host: x"); c.status != "HTTP/1.1 400 Bad Request" {
		t.Errorf("5000 sets of topics: %s", c.status)
	}
}

// A path asks for itself and what lies below, whatever it is made of.
func FuzzFilter(f *testing.F) {
	for _, path := range []string{"/", "/json/*", "/%6e/[", "/a//b/", "/*/*", "/private/x", "/a,b/c"} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		segments := encode.SplitPath(path)
		canonical := encode.JoinPath(segments)
		again := encode.SplitPath(canonical)
		for _, form := range []struct {
			path           string
			topics, prefix bool
		}{{canonical, false, false}, {canonical, false, true}} {
			filter, ok := newFilter(form.path, form.topics, form.prefix)
			if !ok || !filter.wants(again) || !filter.wants(append(again, "below")) {
				t.Errorf("%q (%+v) does not ask for itself, or not for what lies below", canonical, form)
			}
		}
		if filter, ok := newFilter(path, true, false); ok {
			filter.wants(segments)
		}
	})
}
