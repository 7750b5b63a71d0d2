package auth

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestRemoteUser(t *testing.T) {
	g, _ := gate(t, io.Discard)
	g.Trusted = []Ambient{RemoteUser("X-Remote-User")}
	var got string
	handler := g.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = FromContext(r.Context()).Name() }))
	for _, c := range []struct {
		header []string
		want   string // "" is a refusal
	}{
		{nil, "anonymous"}, {[]string{""}, "anonymous"}, {[]string{"ann"}, "ann"}, {[]string{"j\xf6rg"}, "jörg"},
		{[]string{"ann", "bob"}, ""}, {[]string{"ann", ""}, ""}, {[]string{"anonymous"}, ""}, {[]string{"authenticated"}, ""},
		{[]string{"a:b"}, ""}, {[]string{strings.Repeat("a", 256)}, ""}, {[]string{"a\x00"}, ""},
	} {
		request := httptest.NewRequest(http.MethodPost, "/rpc", nil)
		request.Header["X-Remote-User"] = c.header
		answer := httptest.NewRecorder()
		got = ""
		handler.ServeHTTP(answer, request)
		if got != c.want || c.want == "" && answer.Code != http.StatusUnauthorized {
			t.Errorf("%q: %d %q, want %q", c.header, answer.Code, got, c.want)
		}
	}
}

func TestCertificates(t *testing.T) {
	certificate := func(name string, emails ...string) *tls.ConnectionState {
		c := &x509.Certificate{Subject: pkix.Name{CommonName: name}, EmailAddresses: emails, NotAfter: time.Now().Add(time.Hour)}
		return &tls.ConnectionState{PeerCertificates: []*x509.Certificate{c}, VerifiedChains: [][]*x509.Certificate{{c}}}
	}
	unverified := certificate("ann")
	unverified.VerifiedChains = nil
	expired, twice := certificate("ann"), certificate("admin")
	expired.VerifiedChains[0][0].NotAfter = time.Now().Add(-time.Second)
	commonName := asn1.ObjectIdentifier{2, 5, 4, 3}
	twice.VerifiedChains[0][0].Subject.Names = []pkix.AttributeTypeAndValue{{Type: commonName, Value: "ann"}, {Type: commonName, Value: "admin"}}
	for _, c := range []struct {
		name  string
		from  func(*x509.Certificate) string
		state *tls.ConnectionState
		want  string
		ok    bool
	}{
		{"no TLS", CommonName, nil, "", true},
		{"not verified", CommonName, unverified, "", true},
		{"common name", CommonName, certificate("ann", "x@example.org"), "ann", true},
		{"email", EmailAddress, certificate("ann", "x@example.org"), "x@example.org", true},
		{"two emails", EmailAddress, certificate("ann", "x@example.org", "y@example.org"), "", false},
		{"no name", CommonName, certificate(""), "", false},
		{"everybody", CommonName, certificate("authenticated"), "", false},
		{"nobody", CommonName, certificate("anonymous"), "", false},
		{"two names", CommonName, twice, "", false},
		{"expired since the connection was made", CommonName, expired, "", false},
		{"a name and more", CommonName, certificate("admin\x00.example.org"), "", false},
		{"two lines", CommonName, certificate("ann\nadmin"), "", false},
		{"a colon", CommonName, certificate("ann:admin"), "", false},
		{"spaces", CommonName, certificate(" admin"), "", false},
		{"not UTF-8", CommonName, certificate("adm\xedn"), "", false},
		{"any other", CommonName, certificate("CN=ann, O=Trac/ú"), "CN=ann, O=Trac/ú", true},
	} {
		login, err := Certificates{Name: c.from}.Identify(&http.Request{TLS: c.state})
		if login.Name != c.want || (err == nil) != c.ok {
			t.Errorf("%s: %+v, %v, want %q", c.name, login, err, c.want)
		}
	}
}
