package auth

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// digestFile is a user of each kind; all passwords are "secret".
func digestFile(t testing.TB) string {
	t.Helper()
	var text strings.Builder
	for _, u := range []struct{ name, realm, algorithms string }{
		{"ann", "trac", "MD5"}, {"sha", "trac", "SHA-256"}, {"both", "trac", "MD5, SHA-256"}, {"jörg", "trac", ""},
		{"elsewhere", "other", "MD5"},
	} {
		sums, err := UserFiles{Realm: u.realm, Algorithms: u.algorithms}.digests(u.name, "secret")
		if err != nil {
			t.Fatal(err)
		}
		for _, sum := range sums {
			fmt.Fprintf(&text, "%s:%s:%s\n", u.name, u.realm, sum)
		}
	}
	return writeUsers(t, text.String())
}

func newDigest(t testing.TB, algorithms string) *Digest {
	t.Helper()
	users, err := OpenHtdigest(digestFile(t), "trac", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	d, err := NewDigest(users, algorithms, DefaultNonceLifetime, NewGuesses())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// digestGate is a server that knows both schemes.
func digestGate(t testing.TB, algorithms string) (*Digest, *httptest.Server) {
	t.Helper()
	g, server := gate(t, io.Discard)
	d := newDigest(t, algorithms)
	g.Schemes = slices.Insert(g.Schemes, 0, Scheme(d))
	return d, server
}

// challenge is what a server says of one algorithm.
func challenge(t testing.TB, response *http.Response, algorithm string) map[string]string {
	t.Helper()
	for _, header := range response.Header.Values("WWW-Authenticate") {
		word, rest, _ := strings.Cut(header, " ")
		params, ok := parseParams(rest)
		if word == "Digest" && ok && params["algorithm"] == algorithm {
			return params
		}
	}
	t.Fatalf("no challenge of %s in %q", algorithm, response.Header.Values("WWW-Authenticate"))
	return nil
}

// answer is a header that answers a challenge rightly, with some fields
// replaced; a field of "-" is left out.
func answer(c map[string]string, name, password string, replaced ...string) string {
	f := map[string]string{
		"username": name, "realm": c["realm"], "nonce": c["nonce"], "uri": "/login/rpc", "algorithm": c["algorithm"],
		"qop": "auth", "nc": "00000001", "cnonce": "0a4f113b", "opaque": c["opaque"],
	}
	for i := 0; i+1 < len(replaced); i += 2 {
		f[replaced[i]] = replaced[i+1]
	}
	var with digestAlgorithm
	for _, a := range digestAlgorithms {
		if a.name == c["algorithm"] {
			with = a
		}
	}
	of := digestFields{nonce: f["nonce"], nc: f["nc"], cnonce: f["cnonce"]}
	if _, given := f["response"]; !given {
		f["response"] = with.response(digestSum(with.hash, name, f["realm"], password), of, "POST:"+f["uri"])
	}
	var b strings.Builder
	b.WriteString("Digest ")
	for field, value := range f {
		switch {
		case value == "-":
		case field == "nc" || field == "qop" || field == "algorithm" || field == "userhash":
			fmt.Fprintf(&b, "%s=%s, ", field, value)
		default:
			fmt.Fprintf(&b, "%s=\"%s\", ", field, strings.ReplaceAll(value, `"`, `\"`))
		}
	}
	return strings.TrimSuffix(b.String(), ", ")
}

func TestDigestOffersWhatTheFileHas(t *testing.T) {
	for _, c := range []struct {
		users, algorithms string
		want              string
	}{
		{"ann:trac:" + strings.Repeat("0", 32), "", "MD5"},
		{"ann:trac:" + strings.Repeat("0", 64), "", "SHA-256"},
		{"ann:trac:" + strings.Repeat("0", 64), "MD5", ""},
		{"ann:trac:" + strings.Repeat("0", 64) + "\nbob:trac:" + strings.Repeat("1", 32), "", "SHA-256 MD5"},
		{"ann:trac:" + strings.Repeat("0", 64) + "\nbob:trac:" + strings.Repeat("1", 32), "md5-sess, sha-256-sess,MD5, SHA-256",
			"SHA-256-sess SHA-256 MD5-sess MD5"},
		{"ann:other:" + strings.Repeat("0", 32), "", ""},
		{"", "", ""},
	} {
		users, err := OpenHtdigest(writeUsers(t, c.users), "trac", slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		d, err := NewDigest(users, c.algorithms, time.Minute, NewGuesses())
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, challenge := range d.Challenges(nil, nil) {
			params, ok := parseParams(strings.TrimPrefix(challenge, "Digest "))
			if !ok || params["qop"] != "auth" || params["realm"] != "trac" || params["stale"] != "" {
				t.Errorf("challenge %s", challenge)
			}
			got = append(got, params["algorithm"])
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%q offering %q: %q, want %q", c.users, c.algorithms, got, c.want)
		}
	}
	if _, err := NewDigest(nil, "MD5, SHA-1", time.Minute, NewGuesses()); err == nil || !strings.Contains(err.Error(), `"SHA-1"`) {
		t.Errorf("SHA-1: %v, want an error that names it", err)
	}
}

func TestDigest(t *testing.T) {
	const all = "SHA-256-sess, SHA-256, MD5-sess, MD5"
	for _, c := range []struct {
		name, user, algorithm, password string
		replaced                        []string
		want                            bool
	}{
		{"MD5", "ann", "MD5", "secret", nil, true},
		{"MD5-sess", "ann", "MD5-sess", "secret", nil, true},
		{"SHA-256", "sha", "SHA-256", "secret", nil, true},
		{"SHA-256-sess", "sha", "SHA-256-sess", "secret", nil, true},
		{"both, MD5", "both", "MD5", "secret", nil, true},
		{"both, SHA-256", "both", "SHA-256", "secret", nil, true},
		{"UTF-8", "jörg", "MD5", "secret", nil, true},
		{"UTF-8, extended", "jörg", "MD5", "secret", []string{"username", "-", "username*", "UTF-8''j%C3%B6rg"}, true},
		{"no algorithm", "ann", "MD5", "secret", []string{"algorithm", "-"}, true},
		{"no opaque", "ann", "MD5", "secret", []string{"opaque", "-"}, true},
		{"unknown field", "ann", "MD5", "secret", []string{"auth-param", "x"}, true},

		{"wrong password", "ann", "MD5", "wrong", nil, false},
		{"unknown user", "ghost", "MD5", "secret", nil, false},
		{"user of another realm", "elsewhere", "MD5", "secret", nil, false},
		{"wrong realm", "elsewhere", "MD5", "secret", []string{"realm", "other"}, false},
		{"wrong uri", "ann", "MD5", "secret", []string{"uri", "/login/rpc?x"}, false},
		{"beginning of the uri", "ann", "MD5", "secret", []string{"uri", "/login"}, false},
		{"whole URL", "ann", "MD5", "secret", []string{"uri", "http://example.org/login/rpc"}, false},
		{"MD5 of a SHA-256 user", "sha", "MD5", "secret", nil, false},
		{"SHA-256 of an MD5 user", "ann", "SHA-256", "secret", nil, false},
		{"nonce of another algorithm", "both", "SHA-256", "secret", []string{"algorithm", "MD5"}, false},
		{"no such algorithm", "ann", "MD5", "secret", []string{"algorithm", "SHA-1"}, false},
		{"no qop", "ann", "MD5", "secret", []string{"qop", "-"}, false},
		{"qop=auth-int", "ann", "MD5", "secret", []string{"qop", "auth-int"}, false},
		{"no nc", "ann", "MD5", "secret", []string{"nc", "-"}, false},
		{"nc +", "ann", "MD5", "secret", []string{"nc", "+0000001"}, false},
		{"short nc", "ann", "MD5", "secret", []string{"nc", "1"}, false},
		{"nc no number", "ann", "MD5", "secret", []string{"nc", "0000000g"}, false},
		{"no cnonce", "ann", "MD5", "secret", []string{"cnonce", "-"}, false},
		{"no response", "ann", "MD5", "secret", []string{"response", "-"}, false},
		{"empty response", "ann", "MD5", "secret", []string{"response", ""}, false},
		{"no uri", "ann", "MD5", "secret", []string{"uri", "-"}, false},
		{"no nonce", "ann", "MD5", "secret", []string{"nonce", "-"}, false},
		{"own nonce", "ann", "MD5", "secret", []string{"nonce", "dcd98b7102dd2f0e8b11d0f600bfb0c093"}, false},
		{"no user", "ann", "MD5", "secret", []string{"username", "-"}, false},
		{"two names", "ann", "MD5", "secret", []string{"username*", "UTF-8''ann"}, false},
		{"name in Latin-1", "jörg", "MD5", "secret", []string{"username", "-", "username*", "ISO-8859-1''j%F6rg"}, false},
		{"userhash", "ann", "MD5", "secret", []string{"userhash", "true"}, false},
		{"wrong opaque", "ann", "MD5", "secret", []string{"opaque", "5ccc069c403ebaf9f0171e9517f40e41"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, server := digestGate(t, all)
			first, _ := ask(t, server.URL+"/login/rpc")
			header := answer(challenge(t, first, c.algorithm), c.user, c.password, c.replaced...)
			response, body := ask(t, server.URL+"/login/rpc", "Authorization", header)
			if c.want && (response.StatusCode != http.StatusOK || body != c.user) {
				t.Errorf("%s: %d %q, want 200 and the name", header, response.StatusCode, body)
			}
			if !c.want && response.StatusCode != http.StatusUnauthorized {
				t.Errorf("%s: %d %q, want 401", header, response.StatusCode, body)
			}
		})
	}
}

// TestDigestQuoting sends the same answer with and without quotes.
func TestDigestQuoting(t *testing.T) {
	for _, quote := range []string{"", `"`} {
		_, server := digestGate(t, "")
		first, _ := ask(t, server.URL+"/login/rpc")
		c := challenge(t, first, "MD5")
		params, _ := parseParams(strings.TrimPrefix(answer(c, "ann", "secret"), "Digest "))
		var fields []string
		for name, value := range params {
			if name == "uri" && quote == "" {
				value = `"` + value + `"` // no token
			}
			fields = append(fields, strings.ToUpper(name)+" = "+quote+value+quote)
		}
		if _, body := ask(t, server.URL+"/login/rpc", "Authorization", "digest  , "+strings.Join(fields, " ,,")+" ,"); body != "ann" {
			t.Errorf("fields in %q: %q, want ann", quote, body)
		}
	}
}

func TestDigestReplays(t *testing.T) {
	_, server := digestGate(t, "")
	first, _ := ask(t, server.URL+"/login/rpc")
	c := challenge(t, first, "MD5")
	for _, step := range []struct {
		nc   string
		want int
	}{
		{"00000000", 200}, {"00000000", 401}, {"00000001", 200}, {"00000001", 401}, {"00000003", 200}, {"00000002", 200}, {"00000002", 401}, {"00000003", 401},
		{"00000500", 200}, {"00000100", 401}, {"00000101", 200}, {"00000101", 401}, {"ffffffff", 200}, {"ffffffff", 401},
		{"00000004", 401}, {"fffffffe", 200},
	} {
		response, _ := ask(t, server.URL+"/login/rpc", "Authorization", answer(c, "ann", "secret", "nc", step.nc))
		if response.StatusCode != step.want {
			t.Errorf("nc=%s: %d, want %d", step.nc, response.StatusCode, step.want)
		}
		if step.want == 401 && challenge(t, response, "MD5")["stale"] != "true" {
			t.Errorf("nc=%s: the challenge is not stale", step.nc)
		}
	}
	response, _ := ask(t, server.URL+"/login/rpc", "Authorization", answer(c, "both", "secret", "nc", "00000600"))
	if response.StatusCode != 401 {
		t.Errorf("another's nonce: %d, want 401", response.StatusCode)
	}
}

// TestDigestNonces lets nonces grow old, with the clock in hand.
func TestDigestNonces(t *testing.T) {
	d, server := digestGate(t, "")
	now := time.Unix(1_700_000_000, 0)
	d.nonces.now = func() time.Time { return now }
	first, _ := ask(t, server.URL+"/login/rpc")
	c := challenge(t, first, "MD5")

	response, _ := ask(t, server.URL+"/login/rpc", "Authorization", answer(c, "ann", "secret"))
	info, _ := parseParams(response.Header.Get("Authentication-Info"))
	f := digestFields{nonce: c["nonce"], nc: "00000001", cnonce: "0a4f113b"}
	md5 := digestAlgorithm{"MD5", md5Digest, false}
	if want := md5.response(digestSum(md5Digest, "ann", "trac", "secret"), f, ":/login/rpc"); info["rspauth"] != want || info["nextnonce"] != "" {
		t.Errorf("young nonce: %q, want rspauth %s and no nextnonce", info, want)
	}
	now = now.Add(DefaultNonceLifetime)
	response, _ = ask(t, server.URL+"/login/rpc", "Authorization", answer(c, "ann", "secret", "nc", "00000002"))
	info, _ = parseParams(response.Header.Get("Authentication-Info"))
	if response.StatusCode != 200 || info["nextnonce"] == "" {
		t.Fatalf("old nonce: %d %q, want a nextnonce", response.StatusCode, info)
	}
	now = now.Add(time.Nanosecond)
	response, _ = ask(t, server.URL+"/login/rpc", "Authorization", answer(c, "ann", "secret", "nc", "00000003"))
	if again := challenge(t, response, "MD5"); response.StatusCode != 401 || again["stale"] != "true" || again["nonce"] == c["nonce"] {
		t.Errorf("expired nonce: %d %q, want a stale challenge with a new one", response.StatusCode, again)
	}
	response, _ = ask(t, server.URL+"/login/rpc", "Authorization", answer(c, "ann", "wrong", "nc", "00000003"))
	if again := challenge(t, response, "MD5"); again["stale"] != "" {
		t.Errorf("expired nonce and wrong password: %q, want no stale", again)
	}
	c["nonce"] = info["nextnonce"]
	if _, body := ask(t, server.URL+"/login/rpc", "Authorization", answer(c, "ann", "secret")); body != "ann" {
		t.Errorf("nextnonce: %q, want ann", body)
	}
}

func TestNoncesAreBounded(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	n := newNonces(time.Hour, func() time.Time { return now })
	var kept []string
	for range 3 * maxNonces {
		now = now.Add(time.Millisecond)
		nonce := n.make("MD5")
		id, v := n.judge(nonce, "MD5")
		if v != nonceGood || n.take(id, "ann", 1) != nonceGood {
			t.Fatalf("a fresh nonce is refused")
		}
		kept = append(kept, nonce)
	}
	if len(n.used) > maxNonces {
		t.Errorf("%d nonces are kept, want at most %d", len(n.used), maxNonces)
	}
	for i, nonce := range kept {
		id, _ := n.judge(nonce, "MD5")
		if n.take(id, "ann", 1) == nonceGood {
			t.Fatalf("nonce %d can be used again", i)
		}
	}
	if _, v := n.judge(kept[0], "SHA-256"); v != nonceForged {
		t.Errorf("for another algorithm: %v, want forged", v)
	}
	other := newNonces(time.Hour, n.now)
	if _, v := other.judge(kept[0], "MD5"); v != nonceForged {
		t.Errorf("with another key: %v, want forged", v)
	}
}

// TestDigestBrake has overheard headers not help who guesses.
func TestDigestBrake(t *testing.T) {
	d := newDigest(t, "")
	request := httptest.NewRequest(http.MethodPost, "/login/rpc", nil)
	params, _ := parseParams(strings.TrimPrefix(d.Challenges(nil, nil)[1], "Digest "))
	heard := strings.TrimPrefix(answer(params, "ann", "secret", "nonce", "overheard"), "Digest ")
	for range freeGuesses + 2 {
		if _, err := d.Authenticate(request, strings.TrimPrefix(answer(params, "ann", "wrong"), "Digest ")); err == nil {
			t.Fatal("a wrong password is let in")
		}
		if _, err := d.Authenticate(request, heard); err == nil {
			t.Fatal("a nonce that is not ours is let in")
		}
	}
	pair, _, err := d.guesses.enter("ann", "192.0.2.1")
	if err != nil || pair.wrong <= freeGuesses {
		t.Errorf("%d wrong guesses, %v, want them all counted", pair.wrong, err)
	}
}

func TestHtdigestLog(t *testing.T) {
	var log bytes.Buffer
	text := "# users\nann:trac:" + strings.Repeat("a", 32) + "\nann:trac:" + strings.Repeat("b", 32) + "\nbob:trac:short\n" +
		"ann:trac:" + strings.Repeat("C", 64) + "\nanonymous:trac:" + strings.Repeat("a", 32) + "\nweak:trac:" + strings.Repeat("a", 32) +
		"\nother:realm:nonsense\n\xffne:trac:" + strings.Repeat("d", 32) + " # Latin-1\n"
	users, err := OpenHtdigest(writeUsers(t, text), "trac", slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	d, _ := users.file.current(0)
	if len(d.by) != 4 || d.by[digestKey{"ann", sha256Digest}] != strings.Repeat("c", 64) || d.by[digestKey{"ÿne", md5Digest}] == "" {
		t.Errorf("users: %v", d.by)
	}
	for _, want := range []string{"line=3 user=ann", "line=4 user=bob", "line=6 user=anonymous", `users="[weak ÿne]"`} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log has no %q:\n%s", want, &log)
		}
	}
	for _, secret := range []string{"aaaa", "bbbb", "short"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log has %q:\n%s", secret, &log)
		}
	}
}

// TestDigestConcurrently has many requests share a nonce, each with its own
// count.
func TestDigestConcurrently(t *testing.T) {
	_, server := digestGate(t, "")
	first, _ := ask(t, server.URL+"/login/rpc")
	c := challenge(t, first, "MD5")
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 10 {
				header := answer(c, "ann", "secret", "nc", fmt.Sprintf("%08x", 1+10*i+j))
				if _, body := ask(t, server.URL+"/login/rpc", "Authorization", header); body != "ann" {
					t.Errorf("%q, want ann", body)
				}
			}
		})
	}
	all.Wait()
}

// FuzzDigestHeader checks that what is read was sent, and that a header which is
// written anew from what was read says the same.
func FuzzDigestHeader(f *testing.F) {
	for _, seed := range []string{
		`username="a", realm=trac, nonce="n", uri="/", response="0", qop=auth, nc=00000001, cnonce="c"`,
		`username*=UTF-8''%61, qop="auth"`, `a="\"", b=c,, d = e`, `=,`, `a=`, `a="`, `a="\`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		params, ok := parseParams(header)
		if !ok {
			return
		}
		var again []string
		for name, value := range params {
			again = append(again, name+`="`+strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value)+`"`)
		}
		read, ok := parseParams(strings.Join(again, ","))
		if !ok || fmt.Sprint(read) != fmt.Sprint(params) {
			t.Errorf("%q: %q, and then %q", header, params, read)
		}
		if fields, problem := parseDigest(header); problem == "" && (fields.name == "" || len(fields.nc) != 8) {
			t.Errorf("%q: %+v", header, fields)
		}
	})
}

// FuzzParseDigests checks that whoever is a user has a hash of the right length.
func FuzzParseDigests(f *testing.F) {
	f.Add("ann:trac:" + strings.Repeat("0", 32) + "\n#\nann:trac:" + strings.Repeat("f", 64) + ":x\nbob:trac\n\xff:trac:0")
	f.Fuzz(func(t *testing.T, text string) {
		d := parseDigests(text, "trac", func(line int, _, problem string) {
			if line < 1 || problem == "" {
				t.Errorf("complaint %q about line %d", problem, line)
			}
		})
		for key, sum := range d.by {
			if key.name == "" || strings.Contains(key.name, ":") || len(sum) != 2*digestHashes[key.hash].size || !d.has[key.hash] {
				t.Errorf("%q has %q", key.name, sum)
			}
		}
	})
}
