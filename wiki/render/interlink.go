package render

import (
	"strconv"
	"strings"

	"tracrpc/wiki/markup"
)

// interTrac is the address of target in another Trac.
func (l *linker) interTrac(scheme, target string) (address, title string, ok bool) {
	settings := l.Settings.InterTrac
	address = settings[strings.ToLower(scheme)+".url"]
	name := "Trac project " + scheme
	if address == "" && strings.EqualFold(scheme, "trac") {
		address, name = "https://trac.edgewall.org", "The Trac Project"
	}
	if address == "" {
		return "", "", false
	}
	if given, ok := settings[strings.ToLower(scheme)+".title"]; ok {
		name = given
	}
	title = name
	if target != "" {
		title = target + " in " + name
	}
	return address + "/intertrac/" + quote(target, "/"), title, true
}

// shorthand resolves a link such as #T1 in another Trac, and one without prefix
// by here.
func (l *linker) shorthand(scheme string, k *markup.Link, here func() markup.Anchor) markup.Anchor {
	if k.Prefix == "" {
		return here()
	}
	target := k.Target[len(k.Prefix):]
	if k.Form == markup.Log {
		path := k.Path
		if path == "" {
			path = "/"
		}
		target = path + "@" + k.Revisions
	}
	alias := strings.TrimSpace(k.Prefix)
	if name := l.Settings.InterTrac[strings.ToLower(alias)]; name != "" {
		alias = name
	}
	if address, title, ok := l.interTrac(alias, scheme+":"+target); ok {
		return l.external(address, k.Source, title)
	}
	return text(k.Source)
}

// interWikiMap is the prefixes of other wikis, by their names in capitals.
type interWikiMap map[string]interWiki

type interWiki struct {
	prefix, address, title string
	fromPage               bool // and not from trac.ini
}

// interMapPage is the page with the prefixes, between two horizontal rules.
const interMapPage = "InterMapTxt"

func (l *linker) askInterWiki() error {
	if !l.wikiAsked {
		return nil
	}
	m, err := l.readInterWiki(l.ctx)
	l.interWiki = m
	return err
}

// interWikiURL is the address of target in another wiki.
func (l *linker) interWikiURL(scheme, target string) (address, title string, ok bool) {
	if l.rehearsing {
		l.wikiAsked = true
		return "", "", false
	}
	w, ok := l.interWiki[strings.ToUpper(scheme)]
	if !ok {
		return "", "", false
	}
	address, title = w.expand(target)
	if !l.safeAddress(address) {
		return "", "", false
	}
	return address, title, address != ""
}

func (r *Renderer) safeAddress(address string) bool {
	scheme, _, absolute := strings.Cut(address, ":")
	return r.Settings.RenderUnsafeContent || !absolute || contains(r.policy.Schemes, scheme)
}

// expand puts the parts of target, cut at its colons, into the address and the
// title.
func (w interWiki) expand(target string) (address, title string) {
	path, query, fragment := splitTarget(target)
	args := []string{path}
	if n := highestArg(w.address); n > 0 {
		args = strings.SplitN(path, ":", n)
	}
	address = expandArgs(w.address, args)
	if address == w.address {
		address += args[0]
	}
	ownPath, ownQuery, ownFragment := splitTarget(address)
	switch {
	case query != "" && ownQuery != "":
		ownQuery += "&" + query[1:]
	case ownQuery == "":
		ownQuery = query
	}
	if fragment != "" {
		ownFragment = fragment
	}
	title = expandArgs(w.title, args)
	if title == w.title {
		title = path + " in " + w.title
	}
	return ownPath + ownQuery + ownFragment, title
}

func highestArg(s string) int {
	highest := 0
	for i := 0; i+1 < len(s); i++ {
		if s[i] == '$' && s[i+1] >= '0' && s[i+1] <= '9' {
			n, _ := strconv.Atoi(s[i+1 : i+2])
			highest = max(highest, n)
		}
	}
	return highest
}

func expandArgs(s string, args []string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '$' && i+1 < len(s) && s[i+1] >= '0' && s[i+1] <= '9' {
			if n := int(s[i+1] - '0'); n > 0 && n <= len(args) {
				b.WriteString(args[n-1])
			}
			i++
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
