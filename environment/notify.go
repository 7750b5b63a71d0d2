package environment

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strings"

	"tracrpc/auth"
	"tracrpc/notify"
	"tracrpc/notify/mail"
	"tracrpc/store"
	"tracrpc/ticket"
)

// makeNotifier makes what mails about tickets; nil when [notification]
// smtp_enabled is not set.
func (e *Environment) makeNotifier() (ticket.Notifier, error) {
	if !e.Ini.Bool("notification", "smtp_enabled", false) {
		return nil, nil
	}
	config, err := notifyConfig(e.Ini)
	if err != nil {
		return nil, err
	}
	sender, err := e.mailSender()
	if err != nil {
		return nil, err
	}
	people := mailPeople{e.DB.People(), people{db: e.DB, authority: e.Authority}}
	service, err := notify.New(config, people, sender, e.mails, e.Log)
	if err != nil {
		return nil, err
	}
	return service, nil
}

// mailPeople is the notify.Store of an environment.
type mailPeople struct {
	*store.People
	people people
}

// Groups lists the members of each permission group.
func (p mailPeople) Groups(ctx context.Context) (map[string][]string, error) {
	return p.people.Groups(ctx)
}

// Principal is the user of a name.
func (p mailPeople) Principal(ctx context.Context, name string) (auth.Principal, error) {
	return p.people.authority.Principal(ctx, name)
}

// notifyConfig reads what trac.ini says about mail of tickets.
func notifyConfig(ini *Ini) (notify.Config, error) {
	text := func(option, otherwise string) string {
		return strings.TrimFunc(ini.Get("notification", option, otherwise), isSpace)
	}
	words := func(option string) []string {
		return strings.FieldsFunc(text(option, ""), func(r rune) bool { return r == ',' || isSpace(r) })
	}
	c := notify.Config{
		From: text("smtp_from", "trac@localhost"), FromName: text("smtp_from_name", ""),
		FromAuthor: ini.Bool("notification", "smtp_from_author", false), ReplyTo: text("smtp_replyto", "trac@localhost"),
		AlwaysCC: words("smtp_always_cc"), AlwaysBCC: words("smtp_always_bcc"),
		DefaultDomain: text("smtp_default_domain", ""),
		IgnoreDomains: ini.List("notification", "ignore_domains", ""),
		AdmitDomains:  ini.List("notification", "admit_domains", ""),
		PublicCC:      ini.Bool("notification", "use_public_cc", false),
		ShortAddress:  ini.Bool("notification", "use_short_addr", false),
		RequireView:   ini.Bool("tracrpc-notification", "require_view", false),
		Prefix:        text("smtp_subject_prefix", "__default__"),
		Subject:       text("ticket_subject_template", "${prefix} #${ticket.id}: ${summary}"),
		WideAmbiguous: text("ambiguous_char_width", "single") == "double",
		MessageIDHash: text("message_id_hash", "md5"), Format: text("default_format.email", "text/plain"),
		ProjectName: ini.Get("project", "name", "My Project"), ProjectURL: ini.Get("project", "url", ""),
		Description: ini.Get("project", "descr", "My example project"), BaseURL: ini.Get("trac", "base_url", ""),
		Zone:       zone(ini.Get("trac", "default_timezone", "")),
		ShowEmails: ini.Bool("trac", "show_email_addresses", false), ShowFullNames: ini.Bool("trac", "show_full_names", true),
		ProgramVersion: programVersion(),
	}
	var options [][2]string
	for _, o := range ini.Section("notification-subscriber") {
		options = append(options, [2]string{o.Name, o.Value})
	}
	c.Defaults = notify.ParseDefaults(options)
	var err error
	if c.Encoding, err = mail.ParseEncoding(text("mime_encoding", "none")); err != nil {
		return c, fmt.Errorf("[notification] mime_encoding: %w", err)
	}
	return c, nil
}

// programVersion is the version of this program as its module has it; "" when
// that is not known.
func programVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return ""
}

// mailSender makes what hands mails over: an SMTP server or a program.
func (e *Environment) mailSender() (mail.Sender, error) {
	const ours = "tracrpc-notification"
	switch kind := e.Ini.Get("notification", "email_sender", "SmtpEmailSender"); kind {
	case "SmtpEmailSender":
	case "SendmailEmailSender":
		return &mail.Sendmail{Path: e.Ini.Get("notification", "sendmail_path", "sendmail")}, nil
	default:
		return nil, fmt.Errorf("[notification] email_sender: there is no %s; known are SmtpEmailSender and SendmailEmailSender", kind)
	}
	s := &mail.SMTP{
		Server:         e.Ini.Get("notification", "smtp_server", "localhost"),
		Port:           e.Ini.Int("notification", "smtp_port", 25),
		User:           e.Ini.Get("notification", "smtp_user", ""),
		Password:       mail.NewSecret(e.Ini.Get("notification", "smtp_password", "")),
		StartTLS:       e.Ini.Bool("notification", "use_tls", false),
		AnyCertificate: !e.Ini.Bool(ours, "tls_verify", true),
		ClearPassword:  e.Ini.Bool(ours, "clear_password", false),
	}
	var err error
	if s.Roots, err = authorities(e.Ini.Get(ours, "tls_ca", ""), e.Path); err != nil {
		return nil, fmt.Errorf("[%s] tls_ca: %w", ours, err)
	}
	return s, nil
}

// authorities reads the certificates of a PEM file; nil without a file.
func authorities(file string, path func(string) string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(path(file))
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, errors.New(file + " holds no certificate")
	}
	return pool, nil
}
