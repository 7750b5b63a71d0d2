package notify

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
	"hash"
	"strings"
	"time"

	"tracrpc/notify/mail"
)

// Config is what trac.ini says about mail of tickets: [notification] where
// nothing else is said.
type Config struct {
	From       string // smtp_from
	FromName   string // smtp_from_name
	FromAuthor bool   // smtp_from_author
	ReplyTo    string // smtp_replyto

	AlwaysCC      []string // smtp_always_cc
	AlwaysBCC     []string // smtp_always_bcc
	DefaultDomain string   // smtp_default_domain
	IgnoreDomains []string // ignore_domains
	AdmitDomains  []string // admit_domains
	PublicCC      bool     // use_public_cc
	ShortAddress  bool     // use_short_addr
	RequireView   bool     // [tracrpc-notification] require_view

	Encoding      mail.Encoding // mime_encoding
	Prefix        string        // smtp_subject_prefix; "__default__" is the project's name in brackets
	Subject       string        // ticket_subject_template
	WideAmbiguous bool          // ambiguous_char_width = double
	MessageIDHash string        // message_id_hash
	Format        string        // default_format.email

	// Defaults are the rules of [notification-subscriber].
	Defaults []Subscription

	// From other sections.
	ProjectName    string // [project] name
	ProjectURL     string // [project] url
	Description    string // [project] descr
	BaseURL        string // [trac] base_url; "" is where the caller reached us
	Zone           *time.Location
	ShowEmails     bool
	ShowFullNames  bool
	ProgramVersion string // of this program
}

// hashes are those that message_id_hash may name.
var hashes = map[string]func() hash.Hash{
	"md5": md5.New, "sha1": sha1.New, "sha224": sha256.New224, "sha256": sha256.New,
	"sha384": sha512.New384, "sha512": sha512.New,
}

// check refuses settings that no mail can be made by.
func (c *Config) check() error {
	if c.From == "" && c.ReplyTo == "" {
		return errors.New("[notification] smtp_from and smtp_replyto are both empty: mail must come from somewhere")
	}
	for _, option := range []struct{ name, value string }{
		{"smtp_from", c.From}, {"smtp_replyto", c.ReplyTo}, {"smtp_default_domain", c.DefaultDomain},
	} {
		if option.value != "" && !mail.Usable(option.value) {
			return fmt.Errorf("[notification] %s: %q is no address", option.name, option.value)
		}
	}
	if hashes[strings.ToLower(c.MessageIDHash)] == nil {
		return fmt.Errorf("[notification] message_id_hash: %q is none of md5, sha1, sha224, sha256, sha384 and sha512",
			c.MessageIDHash)
	}
	return nil
}
