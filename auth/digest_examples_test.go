package auth

import (
	"crypto/md5"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// digestExample is a worked example of an RFC: the header as it is printed there,
// the user's password, and the hash that a file has of it.
type digestExample struct {
	name, header, password string
	hash                   int
	want                   digestFields
}

const (
	rfc7616Nonce  = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
	rfc7616Cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
	rfc7616Opaque = "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"
)

// rfc7616 is the header of section 3.9.1, which is there for two algorithms.
func rfc7616(algorithm, response string) string {
	return `username="Mufasa",
       realm="http-auth@example.org",
       uri="/dir/index.html",
       algorithm=` + algorithm + `,
       nonce="` + rfc7616Nonce + `",
       nc=00000001,
       cnonce="` + rfc7616Cnonce + `",
       qop=auth,
       response="` + response + `",
       opaque="` + rfc7616Opaque + `"`
}

func digestExamples() []digestExample {
	newer := digestFields{
		name: "Mufasa", realm: "http-auth@example.org", uri: "/dir/index.html", nonce: rfc7616Nonce, nc: "00000001", count: 1,
		cnonce: rfc7616Cnonce, opaque: rfc7616Opaque,
	}
	md5, sha := newer, newer
	md5.algorithm, md5.response = "MD5", "8ca523f5e9506fed4657c9700eebdbec"
	sha.algorithm, sha.response = "SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"
	return []digestExample{
		{"RFC 2617, section 3.5", `username="Mufasa",
                 realm="testrealm@host.com",
                 nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093",
                 uri="/dir/index.html",
                 qop=auth,
                 nc=00000001,
                 cnonce="0a4f113b",
                 response="6629fae49393a05397450978507c4ef1",
                 opaque="5ccc069c403ebaf9f0171e9517f40e41"`, "Circle Of Life", md5Digest,
			digestFields{
				name: "Mufasa", realm: "testrealm@host.com", nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093", uri: "/dir/index.html",
				nc: "00000001", count: 1, cnonce: "0a4f113b", response: "6629fae49393a05397450978507c4ef1", opaque: "5ccc069c403ebaf9f0171e9517f40e41",
			}},
		{"RFC 7616, MD5", rfc7616("MD5", md5.response), "Circle of Life", md5Digest, md5},
		{"RFC 7616, SHA-256", rfc7616("SHA-256", sha.response), "Circle of Life", sha256Digest, sha},
	}
}

// TestDigestExamples reads the headers and checks the responses of the examples in
// RFC 2617 and RFC 7616.
func TestDigestExamples(t *testing.T) {
	for _, c := range digestExamples() {
		f, problem := parseDigest(strings.ReplaceAll(c.header, "\n", ""))
		if problem != "" || f != c.want {
			t.Errorf("%s: %+v, %q, want %+v", c.name, f, problem, c.want)
		}
		for password, want := range map[string]bool{c.password: true, c.password + "!": false} {
			line := "Mufasa:" + f.realm + ":" + digestSum(c.hash, "Mufasa", f.realm, password)
			users := parseDigests(line, f.realm, func(_ int, _, problem string) { t.Errorf("%s: %s", line, problem) })
			a := digestAttempt{digestFields: f, with: digestAlgorithm{hash: c.hash}}
			if _, right := users.check("GET", a); right != want {
				t.Errorf("%s with %q: %v", c.name, password, right)
			}
			if _, right := users.check("POST", a); right {
				t.Errorf("%s with %q and another method: right", c.name, password)
			}
		}
	}
}

// TestDigestExampleNotOffered reads the header of RFC 7616, section 3.9.2, which
// has a hashed user name and an algorithm that is never offered here.
func TestDigestExampleNotOffered(t *testing.T) {
	const header = `username="488869477bf257147b804c45308cd62ac4e25eb717b12b298c79e62dcea254ec", realm="api@example.org", uri="/doe.json", ` +
		`algorithm=SHA-512-256, nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", nc=00000001, cnonce="NTg6RKcb9boFIAS3KrFK9BGeh+niz/sm", ` +
		`qop=auth, response="ae66e67d6b427bd3f120414a82e4acff38e8ecd9101d6c861229025f607a79dd", opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDssOS"`
	if _, problem := parseDigest(header + ", userhash=true"); problem != "a hashed user name, which was not asked for" {
		t.Errorf("with userhash: %q", problem)
	}
	f, problem := parseDigest(header)
	if _, offered := newDigest(t, "SHA-256-sess, SHA-256, MD5-sess, MD5").algorithm(f.algorithm); problem != "" || offered {
		t.Errorf("without: %q, offered: %v", problem, offered)
	}
}

// TestDigestIsNotDowngraded has clients answer with less than they were asked for.
func TestDigestIsNotDowngraded(t *testing.T) {
	g, server := gate(t, io.Discard)
	d := newDigest(t, "SHA-256")
	g.Schemes = []Scheme{d}
	first, _ := ask(t, server.URL+"/login/rpc")
	c := challenge(t, first, "SHA-256")
	if got := first.Header.Values("WWW-Authenticate"); len(got) != 1 {
		t.Errorf("challenges %q, want one", got)
	}
	weaker := map[string]string{"realm": c["realm"], "nonce": c["nonce"], "opaque": c["opaque"], "algorithm": "MD5"}
	for name, header := range map[string]string{
		"Basic":                         basic("user:user"),
		"MD5":                           answer(weaker, "both", "secret"),
		"MD5, which is what none means": answer(weaker, "both", "secret", "algorithm", "-"),
		"SHA-256-sess":                  answer(c, "both", "secret", "algorithm", "SHA-256-sess"),
		"RFC 2069":                      answer(c, "both", "secret", "qop", "-", "nc", "-", "cnonce", "-"),
		"auth-int":                      answer(c, "both", "secret", "qop", "auth-int"),
		"two headers' worth":            answer(c, "both", "secret") + ", " + answer(c, "both", "secret"),
	} {
		response, body := ask(t, server.URL+"/login/rpc", "Authorization", header)
		if response.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: %d %q, want 401", name, response.StatusCode, body)
		}
	}
	if _, body := ask(t, server.URL+"/login/rpc", "Authorization", answer(c, "both", "secret")); body != "both" {
		t.Errorf("as it was asked: %q, want both", body)
	}
}

// FuzzDigest checks that only who knows the password gets in, and only once with
// the same header.
func FuzzDigest(f *testing.F) {
	now := time.Unix(1_700_000_000, 0)
	fixed := func(d *Digest) {
		d.nonces = newNonces(DefaultNonceLifetime, func() time.Time { return now })
		d.nonces.key = [sha256.Size]byte{1}
	}
	d := newDigest(f, "MD5, MD5-sess")
	fixed(d)
	for _, challenge := range d.Challenges(nil, nil) {
		c, _ := parseParams(strings.TrimPrefix(challenge, "Digest "))
		for _, header := range []string{
			answer(c, "ann", "secret"), answer(c, "ann", "wrong"), answer(c, "ann", "secret", "nc", "00000002"), answer(c, "jörg", "secret"),
			answer(c, "ann", "secret", "uri", "/login"), answer(c, "ann", "secret", "qop", "-"), answer(c, "ann", "secret", "realm", "other"),
		} {
			f.Add(strings.TrimPrefix(header, "Digest "))
		}
	}
	f.Fuzz(func(t *testing.T, header string) {
		d.guesses = NewGuesses() // or who guesses all the time waits
		fixed(d)
		request := httptest.NewRequest(http.MethodPost, "/login/rpc", nil)
		login, err := d.Authenticate(request, header)
		if err != nil {
			if login.Name != "" {
				t.Errorf("%q: refused, and yet %q", header, login.Name)
			}
			return
		}
		p, _ := parseParams(header)
		sum := func(parts ...string) string { return fmt.Sprintf("%x", md5.Sum([]byte(strings.Join(parts, ":")))) }
		password := sum(login.Name, "trac", "secret")
		if strings.EqualFold(p["algorithm"], "MD5-sess") {
			password = sum(password, p["nonce"], p["cnonce"])
		}
		want := sum(password, p["nonce"], p["nc"], p["cnonce"], "auth", sum("POST", "/login/rpc"))
		if !strings.EqualFold(p["response"], want) || p["realm"] != "trac" || p["uri"] != "/login/rpc" || p["qop"] != "auth" {
			t.Errorf("%q was let in as %s, want the response %s", header, login.Name, want)
		}
		if again, err := d.Authenticate(request, header); err == nil {
			t.Errorf("%q was let in twice, as %s", header, again.Name)
		}
	})
}
