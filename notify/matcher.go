package notify

import (
	"regexp"
	"slices"
	"strings"

	"tracrpc/auth"
)

// matcher finds addresses in what tickets and settings say of people
// (trac/notification/mail.py, RecipientMatcher).
type matcher struct {
	config  Config
	address *regexp.Regexp // an address
	named   *regexp.Regexp // a name and an address
}

// login is a name without a domain that can be part of an address.
var login = regexp.MustCompile(`^[-A-Za-z0-9!*+/=_.]+$`)

func newMatcher(c Config) matcher {
	domains := []string{`(?:[a-zA-Z0-9_-]+\.)+[a-zA-Z](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?`}
	for _, domain := range c.AdmitDomains {
		domains = append(domains, regexp.QuoteMeta(domain))
	}
	address := `([a-zA-Z0-9.'+_-]+@(?:` + strings.Join(domains, "|") + `))`
	return matcher{
		config:  c,
		address: regexp.MustCompile(`(?i)^<?` + address + `>?$`),
		named:   regexp.MustCompile(`(?i)^(.*)\s+<\s*` + address + `\s*>$`),
	}
}

// recipient is somebody with an address. Name is "" for an address alone.
type recipient struct {
	session
	address string
}

// find finds the recipient that a text stands for: a user, an address, or a name
// with an address.
func (m matcher) find(text string, users map[string]Profile) (r recipient, found bool) {
	if text == "" || text == auth.Anonymous {
		return r, false
	}
	address := strip(text)
	if user, known := users[text]; known {
		r.session = session{text, true}
		if address = strip(user.Email); address == "" {
			address = text
		}
	}
	if login.MatchString(address) {
		r.address = m.complete(address)
		return r, r.address != ""
	}
	r.address = m.bare(address)
	if r.address == "" {
		if match := m.named.FindStringSubmatch(address); match != nil {
			r.address = m.bare(match[2])
		}
	}
	return r, r.address != ""
}

// complete makes an address of a login name, if the settings allow it.
func (m matcher) complete(name string) string {
	switch {
	case m.config.ShortAddress:
		return name
	case m.config.DefaultDomain != "":
		return name + "@" + m.config.DefaultDomain
	}
	return ""
}

// bare is the address that a text is; "" when it is none, or one of a domain
// that is to be ignored.
func (m matcher) bare(text string) string {
	match := m.address.FindStringSubmatch(text)
	if match == nil {
		return ""
	}
	_, domain, _ := strings.Cut(match[1], "@")
	if slices.ContainsFunc(m.config.IgnoreDomains, func(d string) bool { return strings.EqualFold(d, domain) }) {
		return ""
	}
	return match[1]
}

// deliverable is the address of a session as mail can be sent to it; "" when it
// cannot.
func (m matcher) deliverable(address string) string {
	if login.MatchString(address) {
		return m.complete(address)
	}
	return m.bare(address)
}
