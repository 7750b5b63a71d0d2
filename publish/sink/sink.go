// Package sink is the buses that events go out on, one file each: brokers that
// they are handed to, and servers of our own that subscribers come to. What they
// send is written by package encode; which events, and how often it is tried, is
// for package publish to say. Clients of brokers are imported here and nowhere
// else.
package sink

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
)

// TLS is how a connection is protected.
type TLS struct {
	On       bool
	CA       string // file of certificates to trust; "" for the system's
	Cert     string // file of our certificate; "" for none
	Key      string // file of its key; "" when it is in the same file
	Name     string // the name in the server's certificate; "" for the host's
	Insecure bool   // take any certificate
}

// Config reads the files; nil when it is off.
func (t TLS) Config() (*tls.Config, error) {
	if !t.On {
		return nil, nil
	}
	c := &tls.Config{ServerName: t.Name, InsecureSkipVerify: t.Insecure, MinVersion: tls.VersionTLS12}
	if t.CA != "" {
		text, err := os.ReadFile(t.CA)
		if err != nil {
			return nil, err
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("%s: no certificate in it", t.CA)
		}
	}
	if t.Cert != "" {
		key := t.Key
		if key == "" {
			key = t.Cert
		}
		pair, err := tls.LoadX509KeyPair(t.Cert, key)
		if err != nil {
			return nil, err
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}
