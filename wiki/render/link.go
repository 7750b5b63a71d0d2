package render

import (
	"strings"

	"tracrpc/wiki/markup"
)

// unknown is the answer for a link that nobody resolves.
var unknown = markup.Anchor{Unknown: true}

// anchor resolves a link in the order in which Trac does (Formatter._make_link).
func (l *linker) anchor(k *markup.Link) markup.Anchor {
	switch k.Form {
	case markup.Page:
		return l.page(k.Target, l.pageLabel(k.Source), l.Settings.IgnoreMissingPages, k.Source)
	case markup.LabelledPage:
		return l.page(k.Target, strings.TrimSpace(k.Label), l.Settings.IgnoreMissingPages, k.Source)
	case markup.FreePage:
		label := k.Label
		if label == "" {
			label = l.labelFromTarget(k.Target)
		}
		return l.page(k.Target, strings.TrimSpace(label), false, "")
	case markup.Ticket:
		return l.shorthand("ticket", k, func() markup.Anchor { return l.ticket(k.Target, k.Source) })
	case markup.Report:
		return l.shorthand("report", k, func() markup.Anchor { return l.report(k.Target, k.Source) })
	case markup.Changeset:
		return l.shorthand("changeset", k, func() markup.Anchor { return noChangeset(k.Source) })
	case markup.Log:
		return l.shorthand("log", k, func() markup.Anchor { return noLog(k.Source) })
	case markup.Mail:
		return l.mail(k.Target)
	case markup.Short:
		return l.scheme(k, k.Scheme, k.Target, k.Source, false)
	case markup.Relative:
		return l.relative(k)
	}
	return l.long(k)
}

// long is a link in brackets; its label is made from its target if it has none.
func (l *linker) long(k *markup.Link) markup.Anchor {
	label := markup.Unquote(k.Label)
	if k.Label == "" {
		switch {
		case k.Target == "":
			label = k.Scheme
		case k.Scheme != "" && strings.HasPrefix(k.Target, "//"):
			label = k.Scheme + ":" + k.Target
		default:
			label = strings.TrimLeft(k.Target, "/")
		}
	}
	scheme := k.Scheme
	if scheme == "" {
		scheme = "wiki"
	}
	return l.scheme(k, scheme, k.Target, label, k.Scheme != "" && k.Label == "")
}

// scheme resolves scheme:target. bare tells that the author gave no label.
func (l *linker) scheme(k *markup.Link, scheme, target, label string, bare bool) markup.Anchor {
	if alias := l.Settings.InterTrac[strings.ToLower(scheme)]; alias != "" {
		scheme = alias
	}
	if resolve := l.Resolvers[scheme]; resolve != nil {
		return resolve(scheme, target, label)
	}
	if a, ok := l.realm(scheme, target, label, bare); ok {
		return a
	}
	if scheme == "mailto" {
		return l.mailto(target, label)
	}
	if strings.HasPrefix(target, "//") {
		if l.Settings.RenderUnsafeContent || contains(l.policy.Schemes, scheme) {
			return l.external(scheme+":"+target, label, "")
		}
		return unknown
	}
	if address, title, ok := l.interTrac(scheme, target); ok {
		return l.external(address, label, title)
	}
	if address, title, ok := l.interWikiURL(scheme, target); ok {
		return l.external(address, label, title)
	}
	return unknown
}

// realm resolves the links to what is in a Trac environment.
func (l *linker) realm(scheme, target, label string, bare bool) (markup.Anchor, bool) {
	switch scheme {
	case "wiki":
		if bare {
			label = l.labelFromTarget(target)
		}
		return l.page(target, label, false, ""), true
	case "ticket", "bug", "issue":
		return l.ticket(target, label), true
	case "comment":
		return l.comment(target, label), true
	case "report":
		return l.report(target, label), true
	case "milestone":
		return l.milestone(target, label), true
	case "attachment", "raw-attachment":
		return l.attachment(scheme == "raw-attachment", target, label), true
	case "query":
		return l.query(target, label), true
	case "search":
		return l.search(target, label), true
	case "timeline":
		return l.timeline(target, label), true
	case "htdocs":
		path, query, fragment := splitTarget(target)
		return linked("", href(l.base, "chrome", "site", path)+query+fragment, label), true
	case "changeset":
		return noChangeset(label), true
	case "log":
		return noLog(label), true
	case "source", "browser", "repos":
		return missing("missing source", label, ""), true
	case "export":
		return missing("missing export", label, ""), true
	case "diff":
		return l.diff(target, label), true
	}
	return markup.Anchor{}, false
}

func linked(class, address, label string) markup.Anchor {
	return markup.Anchor{Linked: true, Class: class, Href: address, Text: label}
}

// missing is a link that leads nowhere.
func missing(class, label, title string) markup.Anchor {
	return markup.Anchor{Linked: true, Class: class, Title: title, Text: label}
}

func text(label string) markup.Anchor { return markup.Anchor{Text: label} }

func contains(list []string, s string) bool {
	for _, item := range list {
		if item == s {
			return true
		}
	}
	return false
}

// relative resolves a link that begins with a slash, dots, a question mark or a
// hash.
func (l *linker) relative(k *markup.Link) markup.Anchor {
	label := markup.Unquote(k.Label)
	if label == "" {
		label = l.labelFromTarget(k.Target)
	}
	path, query, fragment := splitTarget(k.Target)
	switch {
	case strings.HasPrefix(path, "//"):
		return linked("", join("/"+strings.TrimLeft(path, "/"), query, fragment), label)
	case strings.HasPrefix(path, "/"):
		return linked("", join(l.base+quote(path, printable), query, fragment), label)
	case l.on.Realm == "":
		return l.relativeToNothing(path, query, fragment, label)
	}
	id := relativeID(l.on.ID, path)
	if id == "" {
		return linked("", join(href(l.base, l.on.Realm), query, fragment), label)
	}
	target := join(id, query, fragment)
	if l.on.Realm == "wiki" {
		target = "/" + target // never looked for in the pages above
	}
	return l.scheme(k, l.on.Realm, target, label, false)
}

// relativeToNothing is a relative link in a text that belongs to no resource: it
// can only lead to the start of the site.
func (l *linker) relativeToNothing(path, query, fragment, label string) markup.Anchor {
	if path != "" && path != "." && relativeID("nothing", path) != "" {
		return unknown
	}
	return linked("", join(href(l.base), query, fragment), label)
}

// relativeID follows a path from a resource to another one of its realm.
func relativeID(id, path string) string {
	if path == "" || path == "." {
		return id
	}
	parts := strings.Split(id, "/")
	for part := range strings.SplitSeq(path, "/") {
		switch part {
		case "..":
			if len(parts) > 0 {
				parts = parts[:len(parts)-1]
			}
		case "", ".":
		default:
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, "/")
}

// external is a link that leaves the site, unless it does not.
func (l *linker) external(address, label, title string) markup.Anchor {
	a := linked("", address, label)
	a.Title = title
	site := l.Settings.SiteURL
	if site == "" {
		site = l.base
	}
	if site == "" || !strings.HasPrefix(address, site) {
		a.Class, a.Icon = "ext-link", true
	}
	return a
}
