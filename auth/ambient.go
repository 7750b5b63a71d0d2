package auth

import (
	"crypto/x509"
	"net/http"
	"time"
)

// Ambient is a way to know who sent a request by what came along with it, without
// an Authorization header. It is asked by many requests at once.
type Ambient interface {
	// Identify finds who sent a request; nobody when the request does not say. It
	// returns a *Refusal for what may not count, and any other error when it could
	// not tell.
	Identify(r *http.Request) (Login, error)
}

// identify asks some ways in turn.
func identify(ways []Ambient, r *http.Request) (Login, error) {
	for _, way := range ways {
		if login, err := way.Identify(r); err != nil || login.Name != "" {
			return login, err
		}
	}
	return Login{}, nil
}

// RemoteUser is the header in which a proxy in front of the server says who is
// logged in there. Whoever else sends it must have been relieved of it before.
type RemoteUser string

// Identify reads the header. A name that could not be a user's is refused: the
// proxy would have let nobody through for nothing.
func (h RemoteUser) Identify(r *http.Request) (Login, error) {
	values := r.Header.Values(string(h))
	if len(values) == 0 || len(values) == 1 && values[0] == "" {
		return Login{}, nil
	}
	name := asUTF8(values[0])
	if len(values) > 1 || CheckName(name) != nil {
		return Login{}, &Refusal{User: name, Reason: "a name from the proxy that is none"}
	}
	return Login{Name: name}, nil
}

// Certificates are client certificates that TLS has verified. Their holder is
// logged in under the name in them.
type Certificates struct {
	Name func(*x509.Certificate) string
}

// CommonName is the name in a certificate's subject; "" where it has several, of
// which whoever signed it may have looked at another one.
func CommonName(c *x509.Certificate) string {
	names := 0
	for _, attribute := range c.Subject.Names {
		if attribute.Type.String() == "2.5.4.3" { // id-at-commonName (RFC 5280, appendix A.1)
			names++
		}
	}
	if names > 1 {
		return ""
	}
	return c.Subject.CommonName
}

// EmailAddress is a certificate's only address; "" where it has several.
func EmailAddress(c *x509.Certificate) string {
	if len(c.EmailAddresses) != 1 {
		return ""
	}
	return c.EmailAddresses[0]
}

// Identify finds the name in the client's certificate.
func (a Certificates) Identify(r *http.Request) (Login, error) {
	if r.TLS == nil || len(r.TLS.VerifiedChains) == 0 {
		return Login{}, nil
	}
	certificate := r.TLS.VerifiedChains[0][0]
	name := a.Name(certificate)
	if time.Now().After(certificate.NotAfter) { // a connection may live on
		return Login{}, &Refusal{User: name, Reason: "a certificate that has expired"}
	}
	if err := CheckName(name); err != nil {
		return Login{}, &Refusal{User: name, Reason: "a certificate without a name: " + err.Error()}
	}
	return Login{Name: name}, nil
}
