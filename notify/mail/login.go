package mail

import (
	"errors"
	"fmt"
	"net/smtp"
	"slices"
	"strings"
)

// logIn logs in by the safest of the ways that the server offers and we know.
func (s *SMTP) logIn(client *smtp.Client) error {
	_, offered := client.Extension("AUTH")
	ways := strings.Fields(strings.ToUpper(offered))
	if slices.Contains(ways, "CRAM-MD5") {
		return client.Auth(smtp.CRAMMD5Auth(s.User, s.Password.text))
	}
	if _, encrypted := client.TLSConnectionState(); !encrypted && !s.isLocal() && !s.ClearPassword {
		return &permanent{errors.New("the password would go over the network unencrypted: set [notification] use_tls, " +
			"or [tracrpc-notification] clear_password if that is no harm")}
	}
	for _, way := range []string{"PLAIN", "LOGIN"} {
		if slices.Contains(ways, way) {
			return client.Auth(&clearLogin{way, s.User, s.Password})
		}
	}
	return &permanent{fmt.Errorf("the server offers none of CRAM-MD5, PLAIN and LOGIN, but %q", offered)}
}

// clearLogin sends name and password as they are: PLAIN (RFC 4616) or LOGIN. The
// PLAIN of net/smtp decides itself whether it may, and there is no LOGIN.
type clearLogin struct {
	way      string
	user     string
	password Secret
}

// Start begins; PLAIN says everything at once.
func (c *clearLogin) Start(*smtp.ServerInfo) (string, []byte, error) {
	if c.way == "PLAIN" {
		return c.way, []byte("\x00" + c.user + "\x00" + c.password.text), nil
	}
	return c.way, nil, nil
}

// Next answers a question of LOGIN.
func (c *clearLogin) Next(question []byte, more bool) ([]byte, error) {
	if !more {
		return nil, nil
	}
	switch asked := strings.ToLower(string(question)); {
	case c.way == "LOGIN" && strings.HasPrefix(asked, "user"):
		return []byte(c.user), nil
	case c.way == "LOGIN" && strings.HasPrefix(asked, "pass"):
		return []byte(c.password.text), nil
	}
	return nil, fmt.Errorf("the server asks %q", question)
}
