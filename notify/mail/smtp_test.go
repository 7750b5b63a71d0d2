package mail_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tracrpc/notify/mail"
)

func TestSend(t *testing.T) {
	t.Parallel()
	server := startSMTP(t)
	if err := server.client().Send(t.Context(), letter()); err != nil {
		t.Fatal(err)
	}
	got := server.take()
	if got.From != "trac@example.org" || !slices.Equal(got.To, letter().Recipients) || got.TLS || got.User != "" {
		t.Errorf("envelope %+v", got)
	}
	if !slices.Equal(got.Options, []string{"BODY=8BITMIME"}) {
		t.Errorf("options %q: a server that knows SMTPUTF8 is not to be asked for it", got.Options)
	}
	if got.Host == "localhost" || got.Host == "" {
		t.Errorf("EHLO %q", got.Host)
	}
	if want := string(letter().Bytes()); latin1(want) != got.Mail {
		t.Errorf("sent\n%s\ngot\n%s", want, got.Mail)
	}
}

// latin1 is a text as the server prints it: each byte as a character.
func latin1(text string) string {
	var b strings.Builder
	for i := range len(text) {
		b.WriteRune(rune(text[i]))
	}
	return b.String()
}

func TestStartTLS(t *testing.T) {
	t.Parallel()
	file, pool := certificate(t, "mail.test")
	for _, c := range []struct {
		name   string
		change func(*mail.SMTP)
		why    string // the error; "" for none
	}{
		{"on this machine any certificate will do", func(*mail.SMTP) {}, ""},
		{"another machine, unknown authority", func(s *mail.SMTP) { s.Server = "mail.test" }, "certificate signed by unknown authority"},
		{"another machine, known authority", func(s *mail.SMTP) { s.Server, s.Roots = "mail.test", pool }, ""},
		{"another machine, unchecked", func(s *mail.SMTP) { s.Server, s.AnyCertificate = "mail.test", true }, ""},
		{"another name than the certificate's", func(s *mail.SMTP) { s.Server, s.Roots = "other.test", pool }, "valid for mail.test, not other.test"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			server := startSMTP(t, "--cert", file)
			s := server.client()
			s.StartTLS = true
			c.change(s)
			s.Dial = dialTo(server)
			err := s.Send(t.Context(), letter())
			if c.why == "" {
				if err != nil {
					t.Fatal(err)
				}
				if got := server.take(); !got.TLS {
					t.Errorf("not encrypted: %+v", got)
				}
				return
			}
			wantFailure(t, err, c.why, mail.Failure{Refused: letter().Recipients})
		})
	}
}

// dialTo connects to a server under any name.
func dialTo(server *smtpd) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, fmt.Sprintf("127.0.0.1:%d", server.port))
	}
}

func TestStartTLSIsNotOffered(t *testing.T) {
	t.Parallel()
	s := startSMTP(t).client()
	s.StartTLS = true
	wantFailure(t, s.Send(t.Context(), letter()), "does not offer STARTTLS", mail.Failure{Refused: letter().Recipients})
}

// certificate makes a certificate that signs itself, and a file with it and its
// key.
func certificate(t *testing.T, name string) (file string, pool *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	blocks := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: private})...)
	if _, err := tls.X509KeyPair(blocks, blocks); err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "server.pem")
	if err := os.WriteFile(file, blocks, 0o600); err != nil {
		t.Fatal(err)
	}
	pool = x509.NewCertPool()
	pool.AppendCertsFromPEM(blocks)
	return file, pool
}

func TestLogIn(t *testing.T) {
	t.Parallel()
	file, pool := certificate(t, "mail.test")
	right, wrong := mail.NewSecret("påsswörd"), mail.NewSecret("wrong-secret")
	for _, c := range []struct {
		name   string
		auth   string
		change func(*mail.SMTP)
		why    string
	}{
		{"plain", "PLAIN", func(s *mail.SMTP) { s.Password = right }, ""},
		{"login", "LOGIN", func(s *mail.SMTP) { s.Password = right }, ""},
		{"wrong", "PLAIN", func(s *mail.SMTP) { s.Password = wrong }, "log in as trac: 535"},
		{"not at all", "PLAIN", func(s *mail.SMTP) { s.User = "" }, "530"},
		{"unencrypted to another machine", "PLAIN", func(s *mail.SMTP) { s.Password, s.Server = right, "mail.test" }, "unencrypted"},
		{"unencrypted by wish", "LOGIN", func(s *mail.SMTP) { s.Password, s.Server, s.ClearPassword = right, "mail.test", true }, ""},
		{"encrypted", "PLAIN", func(s *mail.SMTP) { s.Password, s.Server, s.StartTLS, s.Roots = right, "mail.test", true, pool }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			server := startSMTP(t, "--auth", c.auth, "--cert", file)
			s := server.client()
			s.User, s.Dial = "trac", dialTo(server)
			c.change(s)
			err := s.Send(t.Context(), letter())
			if c.why != "" {
				wantFailure(t, err, c.why, mail.Failure{Refused: letter().Recipients})
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := server.take(); got.User != "trac" || got.TLS != s.StartTLS {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestRefusal(t *testing.T) {
	t.Parallel()
	both := letter().Recipients
	for _, c := range []struct {
		refuse string
		why    string
		want   mail.Failure
		taken  []string // by the server, in spite of the failure
	}{
		{"EHLO=421 4.3.2 closing*", "421", mail.Failure{Later: both, Unreachable: true}, nil},
		{"MAIL=451 4.3.0 busy", "451", mail.Failure{Later: both}, nil},
		{"MAIL=550 5.7.1 no relaying", "550", mail.Failure{Refused: both}, nil},
		{"bob@example.org=450 4.2.1 greylisted", "450", mail.Failure{Later: both[1:]}, both[:1]},
		{"ann@example.org=550 5.1.1 no such user", "550", mail.Failure{Refused: both[:1]}, both[1:]},
		{"DATA=452 4.3.1 disk full", "452", mail.Failure{Later: both}, nil},
		{"DATA=554 5.7.1 spam", "554", mail.Failure{Refused: both}, nil},
	} {
		t.Run(c.refuse, func(t *testing.T) {
			t.Parallel()
			server := startSMTP(t, "--refuse", c.refuse)
			wantFailure(t, server.client().Send(t.Context(), letter()), c.why, c.want)
			if c.taken != nil {
				if got := server.take(); !slices.Equal(got.To, c.taken) {
					t.Errorf("delivered to %q, want %q", got.To, c.taken)
				}
			}
		})
	}
}

func TestEverybodyIsRefused(t *testing.T) {
	t.Parallel()
	server := startSMTP(t, "--refuse", "ann@example.org=550 no", "--refuse", "bob@example.org=450 later")
	want := mail.Failure{Refused: letter().Recipients[:1], Later: letter().Recipients[1:]}
	wantFailure(t, server.client().Send(t.Context(), letter()), "450", want)
}

func TestNobodyListens(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	s := &mail.SMTP{Server: "127.0.0.1", Port: port}
	wantFailure(t, s.Send(t.Context(), letter()), "refused", mail.Failure{Later: letter().Recipients, Unreachable: true})
}

func TestServerHangs(t *testing.T) {
	t.Parallel()
	for _, where := range []string{"greeting", "EHLO", "MAIL", "DATA"} {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			s := startSMTP(t, "--hang", where).client()
			s.Patience = 300 * time.Millisecond
			want := mail.Failure{Later: letter().Recipients, Unreachable: true}
			wantFailure(t, s.Send(t.Context(), letter()), "timeout", want)
			s.Patience = 0
			ctx, stop := context.WithCancel(t.Context())
			time.AfterFunc(100*time.Millisecond, stop)
			if err := s.Send(ctx, letter()); !errors.As(err, new(*mail.Failure)) {
				t.Errorf("Send = %v after its context ended", err)
			}
		})
	}
}

// wantFailure checks that an error is the failure that was expected, and tells no
// password.
func wantFailure(t *testing.T, err error, why string, want mail.Failure) {
	t.Helper()
	var got *mail.Failure
	if !errors.As(err, &got) {
		t.Fatalf("Send = %v, want a failure that says %q", err, why)
	}
	if !strings.Contains(err.Error(), why) || strings.Contains(err.Error(), "secret") {
		t.Errorf("Send = %v, want one that says %q", err, why)
	}
	if !slices.Equal(got.Later, want.Later) || !slices.Equal(got.Refused, want.Refused) || got.Unreachable != want.Unreachable {
		t.Errorf("Send: later %q, refused %q, unreachable %v, want %+v", got.Later, got.Refused, got.Unreachable, want)
	}
}

func TestPasswordIsHidden(t *testing.T) {
	t.Parallel()
	s := &mail.SMTP{Server: "mail.test", Port: 25, User: "u", Password: mail.NewSecret("hush")}
	for _, text := range []string{fmt.Sprint(s), fmt.Sprintf("%v %+v %#v %s %q", *s, *s, *s, s.Password, s.Password)} {
		if strings.Contains(text, "hush") {
			t.Errorf("printed: %s", text)
		}
	}
}
