package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kolo/xmlrpc"
)

// signed is a certificate and its key, and the files that they are in.
type signed struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	certFile    string
	keyFile     string
}

// sign makes a certificate; one that signs itself when by is nil. Its name in the
// folder is also its common name.
func sign(t testing.TB, dir, name string, by *signed, change func(*x509.Certificate)) *signed {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		DNSNames:    []string{"localhost"},
	}
	parent, signer := template, key
	if by == nil {
		template.IsCA, template.BasicConstraintsValid = true, true
		template.KeyUsage, template.ExtKeyUsage = x509.KeyUsageCertSign, nil
	} else {
		parent, signer = by.certificate, by.key
	}
	if change != nil {
		change(template)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	made := &signed{key: key, certFile: filepath.Join(dir, name+".pem"), keyFile: filepath.Join(dir, name+".key")}
	if made.certificate, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	writePEM(t, made.certFile, "CERTIFICATE", der)
	writePEM(t, made.keyFile, "PRIVATE KEY", private)
	return made
}

func writePEM(t testing.TB, path, kind string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: data}), 0o600); err != nil {
		t.Fatal(err)
	}
}

// pki are the certificates of one test: the server's, those of clients, and one
// by somebody whom nobody trusts.
type pki struct {
	dir                                string
	ca, server, admin, email, stranger *signed
}

func newPKI(t testing.TB) *pki {
	t.Helper()
	p := &pki{dir: t.TempDir()}
	p.ca = sign(t, p.dir, "ca", nil, nil)
	p.server = sign(t, p.dir, "server", p.ca, nil)
	p.admin = sign(t, p.dir, "admin", p.ca, nil)
	p.email = sign(t, p.dir, "whoever", p.ca, func(c *x509.Certificate) { c.EmailAddresses = []string{"admin@example.org"} })
	other := sign(t, p.dir, "other", nil, nil)
	p.stranger = sign(t, p.dir, "stranger", other, func(c *x509.Certificate) { c.Subject.CommonName = "admin" })
	return p
}

// serve serves an environment by TLS, at a name that the server's certificate has.
func (p *pki) serve(t testing.TB, args ...string) string {
	t.Helper()
	args = append([]string{"--tls-cert", p.server.certFile, "--tls-key", p.server.keyFile}, args...)
	return strings.Replace(serveTest(t, args...), "127.0.0.1", "localhost", 1)
}

// client is a client that trusts the server, and shows a certificate if there is
// one.
func (p *pki) client(t testing.TB, own *signed) *http.Client {
	t.Helper()
	made := &tls.Config{RootCAs: x509.NewCertPool()}
	made.RootCAs.AddCert(p.ca.certificate)
	if own != nil {
		pair, err := tls.LoadX509KeyPair(own.certFile, own.keyFile)
		if err != nil {
			t.Fatal(err)
		}
		// Not Certificates: a client does not send those that the server does not ask for.
		made.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
	}
	transport := &http.Transport{TLSClientConfig: made, ForceAttemptHTTP2: true, DisableKeepAlives: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

const versionCall = "<methodCall><methodName>system.getAPIVersion</methodName></methodCall>"

// status posts a call and is the status of the answer, or the error.
func status(t testing.TB, client *http.Client, url string, headers ...string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(versionCall))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "text/xml")
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := client.Do(request)
	if err != nil {
		return err.Error()
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err.Error()
	}
	if strings.Contains(string(body), "<fault>") && response.StatusCode == http.StatusOK {
		return "fault"
	}
	return response.Status
}

func TestClientCertificates(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	dir := testEnvironment(t)
	runCommand(t, "", "permission", "add", dir, "admin@example.org", "XML_RPC")
	const basic, wrong = "Basic YWRtaW46YWRtaW4=", "Basic YWRtaW46d3Jvbmc="
	for _, c := range []struct {
		flags string
		own   *signed
		basic string
		want  string
	}{
		{"login", p.admin, "", "200"},
		{"login", p.admin, wrong, "401"},
		{"login", nil, "", "401"},
		{"login", nil, basic, "200"},
		{"login", p.stranger, "", "remote error"},
		{"login", p.email, "", "fault"}, // whoever, who has no permission
		{"login --client-name email", p.email, "", "200"},
		{"login --client-name email", p.admin, "", "401"}, // no address
		{"required", p.admin, "", "200"},
		{"required", nil, basic, "remote error"},
		{"with-password", p.email, "", "401"},
		{"with-password", p.email, basic, "200"},
		{"with-password", nil, basic, "remote error"},
	} {
		arguments := append([]string{dir, "--client-ca", p.ca.certFile, "--client-cert"}, strings.Fields(c.flags)...)
		address := p.serve(t, arguments...)
		var headers []string
		if c.basic != "" {
			headers = []string{"Authorization", c.basic}
		}
		if got := status(t, p.client(t, c.own), address+"/login/rpc", headers...); !strings.Contains(got, c.want) {
			t.Errorf("%s, %v, %q: %s, want %s", c.flags, c.own != nil, c.basic, got, c.want)
		}
	}
}

// TestTLSClients has clients of several languages show a certificate.
func TestTLSClients(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	need(t, "apt-get install openssl", "openssl", "version")
	store := filepath.Join(p.dir, "admin.p12")
	export := exec.CommandContext(t.Context(), "openssl", "pkcs12", "-export", "-in", p.admin.certFile, "-inkey", p.admin.keyFile,
		"-certfile", p.ca.certFile, "-out", store, "-passout", "pass:secret")
	if output, err := export.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	address := p.serve(t, testEnvironment(t), "--client-ca", p.ca.certFile)
	for _, c := range []client{
		{"curl", []string{"bash", "tls.sh"}, []string{"curl", "--version"}, "apt-get install curl"},
		{"python", []string{"python3", "tls.py"}, []string{"python3", "-c", "import xmlrpc.client, ssl"}, "apt-get install python3"},
		{"ruby", []string{"ruby", "tls.rb"}, []string{"ruby", "-rxmlrpc/client", "-ropenssl", "-e", ""}, "apt-get install ruby-xmlrpc"},
	} {
		t.Run(c.name, func(t *testing.T) {
			need(t, c.install, c.probe...)
			arguments := append(c.command[1:], address, p.ca.certFile, p.admin.certFile, p.admin.keyFile, store)
			runScript(t, 3, exec.CommandContext(t.Context(), c.command[0], arguments...))
		})
	}
	t.Run("go", func(t *testing.T) {
		client, err := xmlrpc.NewClient(address+"/login/rpc", p.client(t, p.admin).Transport)
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		var version []int
		if err := client.Call("system.getAPIVersion", nil, &version); err != nil || len(version) != 3 {
			t.Errorf("%v, %v", version, err)
		}
	})
}

func TestHTTP2IsOffByDefault(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	dir := testEnvironment(t)
	for _, c := range []struct {
		arguments []string
		want      string
	}{{nil, "HTTP/1.1"}, {[]string{"--http2"}, "HTTP/2.0"}} {
		response, err := p.client(t, nil).Get(p.serve(t, append(c.arguments, dir)...) + "/rpc")
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.Proto != c.want || response.TLS.Version < tls.VersionTLS12 {
			t.Errorf("serve %q: %s, want %s", c.arguments, response.Proto, c.want)
		}
	}
}

// TestCertificatesFollowTheirFiles replaces the certificate while it is in use.
func TestCertificatesFollowTheirFiles(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	c := defaultConfig()
	c.TLSCert, c.TLSKey, c.ClientCA = p.server.certFile, p.server.keyFile, p.ca.certFile
	var log serverLog
	outer, err := newTLS(c, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	files := &certificates{config: c, log: slog.New(slog.NewTextHandler(&log, nil)), now: func() time.Time { return now }, current: outer}
	serial := func() *big.Int {
		t.Helper()
		now = now.Add(2 * filesAge)
		certificate, err := x509.ParseCertificate(files.latest().Certificates[0].Certificate[0])
		if err != nil {
			t.Fatal(err)
		}
		return certificate.SerialNumber
	}
	if got := serial(); got.Cmp(p.server.certificate.SerialNumber) != 0 {
		t.Errorf("serial %v, want %v", got, p.server.certificate.SerialNumber)
	}
	fresh := sign(t, p.dir, "server", p.ca, func(c *x509.Certificate) { c.NotAfter = c.NotAfter.Add(time.Hour) })
	later := time.Now().Add(time.Minute)
	if err := os.Chtimes(fresh.certFile, later, later); err != nil {
		t.Fatal(err)
	}
	if got := serial(); got.Cmp(fresh.certificate.SerialNumber) != 0 {
		t.Errorf("serial %v, want the new %v", got, fresh.certificate.SerialNumber)
	}
	if err := os.WriteFile(fresh.keyFile, []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := serial(); got.Cmp(fresh.certificate.SerialNumber) != 0 || !strings.Contains(log.String(), "certificates not usable") {
		t.Errorf("serial %v, want %v still, and a complaint:\n%s", got, fresh.certificate.SerialNumber, log.String())
	}
}

func TestTLSFlags(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	for _, c := range []struct{ arguments, want string }{
		{"--tls-cert x", "want each other"},
		{"--client-ca x", "--client-ca wants"},
		{"--client-cert required", "wants --client-ca"},
		{"--client-cert sometimes", "want login, required"},
		{"--client-name dn", "want cn or email"},
		{"--remote-user-header X-User", "wants --trusted-proxy"},
		{"--remote-user-header X-User --trusted-proxy 10.0.0.0/8,0.0.0.0/0", "anybody could be any user"},
		{"--remote-user-header X-User --trusted-proxy ::/0", "anybody could be any user"},
		{"--trusted-proxy everybody", "neither an address nor a range"},
		{"--tls-cert /none --tls-key /none", "no such file"},
		{"--tls-cert " + p.server.certFile + " --tls-key " + p.admin.keyFile, "does not match"},
		{"--tls-cert " + p.server.certFile + " --tls-key " + p.server.keyFile + " --client-ca " + p.server.keyFile, "has no certificates"},
	} {
		c2, err := readConfig(append(strings.Fields(c.arguments), "env"))
		if err == nil && c2.TLSCert != "" {
			_, err = newTLS(c2, slog.New(slog.DiscardHandler))
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.arguments, err, c.want)
		}
	}
}
