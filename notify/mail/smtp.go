package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"net/textproto"
	"os"
	"strconv"
	"strings"
	"time"
)

// patience is how long handing over one message may take.
const patience = time.Minute

// SMTP sends by an SMTP server. The zero value of a field that is not named here
// means what it says.
type SMTP struct {
	Server string
	Port   int
	// User logs in when it is not empty.
	User     string
	Password Secret
	// StartTLS encrypts the connection; the server must offer that. Its
	// certificate is checked against Roots, nil for those of the system, unless
	// the server is on this machine or AnyCertificate is set.
	StartTLS       bool
	AnyCertificate bool
	Roots          *x509.CertPool
	// ClearPassword lets the password go to another machine unencrypted.
	ClearPassword bool
	// Patience is how long handing over one message may take; 0 is a minute.
	Patience time.Duration
	// Dial connects to an address; nil is a net.Dialer's way.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// String says where the server is.
func (s *SMTP) String() string { return "smtp://" + s.address() }

func (s *SMTP) address() string { return net.JoinHostPort(s.Server, strconv.Itoa(s.Port)) }

// isLocal tells whether the server is on this machine.
func (s *SMTP) isLocal() bool {
	ip := net.ParseIP(s.Server)
	return s.Server == "localhost" || ip != nil && ip.IsLoopback()
}

// Send hands m over in a connection of its own.
func (s *SMTP) Send(ctx context.Context, m *Message) error {
	limit := s.Patience
	if limit == 0 {
		limit = patience
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	dial := s.Dial
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	conn, err := dial(ctx, "tcp", s.address())
	if err != nil {
		return &Failure{Later: m.Recipients, Unreachable: true, Err: err}
	}
	defer conn.Close()
	// Whoever waits for the server stops waiting when ctx ends.
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	client, err := s.greet(conn)
	if err != nil {
		return failure(m, err)
	}
	defer client.Close()
	err = transfer(client, m)
	if err == nil || errors.As(err, new(*Failure)) {
		// The server has answered for the message; whether it also says goodbye
		// does not matter.
		_ = client.Quit()
	}
	return failure(m, err)
}

// greet introduces us to the server on the other end of conn, encrypts the
// connection and logs in, as far as that is wished.
func (s *SMTP) greet(conn net.Conn) (*smtp.Client, error) {
	client, err := smtp.NewClient(conn, s.Server)
	if err != nil {
		return nil, unreachable(err)
	}
	if err := client.Hello(ownName(conn)); err != nil {
		return nil, unreachable(err)
	}
	if s.StartTLS {
		if err := s.encrypt(client); err != nil {
			return nil, err
		}
	}
	if s.User == "" {
		return client, nil
	}
	if err := s.logIn(client); err != nil {
		return nil, fmt.Errorf("log in as %s: %w", s.User, err)
	}
	return client, nil
}

func (s *SMTP) encrypt(client *smtp.Client) error {
	if offered, _ := client.Extension("STARTTLS"); !offered {
		return &permanent{errors.New("the server does not offer STARTTLS, which use_tls asks for")}
	}
	err := client.StartTLS(&tls.Config{
		ServerName: s.Server, RootCAs: s.Roots, InsecureSkipVerify: s.AnyCertificate || s.isLocal(),
	})
	var bad *tls.CertificateVerificationError
	if errors.As(err, &bad) {
		return &permanent{fmt.Errorf("%w ([tracrpc-notification] tls_ca names the file of another authority)", err)}
	}
	return err
}

// ownName is what we call ourselves: the machine's full name, or else its address
// (RFC 5321, section 4.1.4).
func ownName(conn net.Conn) string {
	if name, err := os.Hostname(); err == nil && strings.Contains(name, ".") && Usable(name) {
		return name
	}
	host, _, err := net.SplitHostPort(conn.LocalAddr().String())
	switch {
	case err != nil:
		return "localhost"
	case strings.Contains(host, ":"):
		return "[IPv6:" + host + "]"
	}
	return "[" + host + "]"
}

// transfer hands m over. It is delivered to those recipients that the server
// takes; a *Failure tells of the others.
func transfer(client *smtp.Client, m *Message) error {
	if err := begin(client, m); err != nil {
		return err
	}
	var missed Failure
	for _, to := range m.Recipients {
		err := client.Rcpt(to)
		switch {
		case err == nil:
			continue
		case isTemporary(err):
			missed.Later = append(missed.Later, to)
		case isAnswer(err):
			missed.Refused = append(missed.Refused, to)
		default:
			return err
		}
		missed.Err = err
	}
	if len(missed.Later)+len(missed.Refused) < len(m.Recipients) {
		if err := writeData(client, m); err != nil {
			return err
		}
	}
	if missed.Err != nil {
		return &missed
	}
	return nil
}

// begin says who sends. The client's own Mail would ask for SMTPUTF8 wherever
// that is offered, and servers further on that do not know it would send the mail
// back.
func begin(client *smtp.Client, m *Message) error {
	if m.Sender != "" && !Usable(m.Sender) {
		return &permanent{fmt.Errorf("%q is no address to send from", m.Sender)}
	}
	command := "MAIL FROM:<" + m.Sender + ">"
	if eightBit, _ := client.Extension("8BITMIME"); eightBit {
		command += " BODY=8BITMIME"
	}
	id, err := client.Text.Cmd("%s", command)
	if err != nil {
		return err
	}
	client.Text.StartResponse(id)
	defer client.Text.EndResponse(id)
	_, _, err = client.Text.ReadResponse(250)
	return err
}

func writeData(client *smtp.Client, m *Message) error {
	w, err := client.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(m.Bytes()); err != nil {
		return err
	}
	return w.Close()
}

// permanent is an error that trying again does not mend.
type permanent struct{ error }

func (p *permanent) Unwrap() error { return p.error }

// away is the error of a server that was not there, or not ready.
type away struct{ error }

func (a *away) Unwrap() error { return a.error }

// unreachable is the error of a server that did not even greet.
func unreachable(err error) error {
	if isAnswer(err) && !isTemporary(err) {
		return err
	}
	return &away{err}
}

// isAnswer tells whether an error is what the server answered.
func isAnswer(err error) bool { return errors.As(err, new(*textproto.Error)) }

// isTemporary tells whether the server answered that it may be otherwise later.
func isTemporary(err error) bool {
	var answer *textproto.Error
	return errors.As(err, &answer) && answer.Code >= 400 && answer.Code < 500
}

// failure says of an error who did not get m.
func failure(m *Message, err error) error {
	switch {
	case err == nil || errors.As(err, new(*Failure)):
		return err
	case errors.As(err, new(*permanent)), isAnswer(err) && !isTemporary(err):
		return &Failure{Refused: m.Recipients, Err: err}
	}
	return &Failure{Later: m.Recipients, Unreachable: errors.As(err, new(*away)) || !isAnswer(err), Err: err}
}
