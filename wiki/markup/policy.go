package markup

import (
	"maps"
	"slices"
	"strings"
	"unicode"
)

// Policy says which HTML is safe. Its lists are Trac's (trac/util/html.py,
// [wiki] safe_schemes and safe_origins).
type Policy struct {
	// Unsafe lets everything through, for sites that trust all their authors.
	Unsafe bool
	// Schemes are the schemes of addresses that may appear in attributes.
	Schemes []string
	// Origins are the sites whose images may be shown and whose URLs may appear
	// in styles; "*" is all of them.
	Origins []string
}

// DefaultPolicy is what Trac has when nothing is configured.
func DefaultPolicy() Policy {
	return Policy{
		Schemes: []string{
			"cvs", "file", "ftp", "git", "irc", "http", "https", "news", "sftp", "smb", "ssh", "svn", "svn+ssh",
		},
		Origins: []string{"data:"},
	}
}

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

var safeElements = set(`a abbr acronym address area b big blockquote br button caption center cite code col colgroup
	dd del dfn dir div dl dt em fieldset font form h1 h2 h3 h4 h5 h6 hr i img input ins kbd label legend li map menu
	ol optgroup option p pre q s samp select small span strike strong sub sup table tbody td textarea tfoot th thead
	tr tt u ul var`)

var safeAttributes = set(`abbr accept accept-charset accesskey action align alt axis bgcolor border cellpadding
	cellspacing char charoff charset checked cite class clear cols colspan color compact coords datetime dir disabled
	enctype for frame headers height href hreflang hspace id ismap label lang longdesc maxlength media method multiple
	name nohref noshade nowrap prompt readonly rel rev rows rowspan rules scope selected shape size span src start
	style summary tabindex target title type usemap valign value vspace width`)

// addressAttributes hold addresses.
var addressAttributes = set("action background dynsrc href lowsrc src")

// flagAttributes have no value but their presence.
var flagAttributes = set("checked disabled ismap multiple readonly selected")

// safeAddress tells whether an address is relative or has an allowed scheme.
// Characters that browsers ignore in a scheme do not hide it.
func (p *Policy) safeAddress(address string) bool {
	address, _, _ = strings.Cut(address, "#")
	scheme, _, absolute := strings.Cut(address, ":")
	if !absolute {
		return true
	}
	scheme = strings.Map(func(r rune) rune {
		if r == '_' || !isWord(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, scheme)
	return slices.Contains(p.Schemes, scheme)
}

// SafeOrigin tells whether an address is on this site or on an allowed one.
func (p *Policy) SafeOrigin(address string) bool {
	if !strings.Contains(address, ":") && !strings.HasPrefix(address, "//") {
		return true
	}
	address = withRoot(address)
	for _, origin := range p.Origins {
		if origin == "*" {
			return true
		}
		origin = withRoot(origin)
		switch {
		case origin == address:
			return true
		case strings.HasSuffix(origin, ":") && strings.HasPrefix(address, origin):
			return true
		case strings.HasPrefix(address, strings.TrimSuffix(origin, "/")+"/"):
			return true
		}
	}
	return false
}

// withRoot adds the slash to an address that has a host and no path.
func withRoot(address string) string {
	rest := address
	if n := skip(address, 0, asciiScheme); n > 0 && n < len(address) && address[n] == ':' {
		rest = address[n+1:]
	}
	if host, ok := strings.CutPrefix(rest, "//"); ok && host != "" && !strings.Contains(host, "/") {
		return address + "/"
	}
	return address
}

// sanitized is the safe part of the attributes of an element.
func (p *Policy) sanitized(element string, attributes map[string]string) map[string]string {
	if p.Unsafe {
		return attributes
	}
	safe := map[string]string{}
	for name, value := range attributes {
		switch {
		case !safeAttributes[name]:
			continue
		case addressAttributes[name]:
			if !p.safeAddress(value) {
				continue
			}
		case name == "style":
			if value = p.style(value); value == "" {
				continue
			}
		}
		safe[name] = value
	}
	if src, ok := safe["src"]; ok && element == "img" && !(p.safeAddress(src) && p.SafeOrigin(src)) {
		safe["crossorigin"] = "anonymous"
	}
	return safe
}

// attributes are the safe ones of the arguments of a processor, as HTML.
func (p *Policy) attributes(element string, args []Arg) string {
	if len(args) == 0 {
		return ""
	}
	values := map[string]string{}
	for _, a := range args {
		name := strings.TrimSuffix(a.Name, "_")
		if flagAttributes[name] {
			if a.Value == "" || a.IsFlag && a.Value == "False" {
				delete(values, name)
				continue
			}
			a.Value = name
		}
		values[name] = a.Value
	}
	return formatAttributes(p.sanitized(element, values))
}

// formatAttributes writes attributes in the order of their names and leaves out
// the empty ones.
func formatAttributes(attributes map[string]string) string {
	var b []byte
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		if attributes[name] == "" {
			continue
		}
		b = append(b, ' ')
		b = append(b, name...)
		b = append(b, '=', '"')
		b = AppendEscaped(b, attributes[name], true)
		b = append(b, '"')
	}
	return string(b)
}
