package render

import (
	"strings"

	"tracrpc/auth"
	"tracrpc/wiki/markup"
)

// mail is an address in the text: a link, or the part of it that everybody may
// see.
func (l *linker) mail(address string) markup.Anchor {
	if shown := l.obfuscated(address); shown != address {
		return text(shown)
	}
	return mailLink(address, address)
}

func (l *linker) mailto(target, label string) markup.Anchor {
	shownTarget, shownLabel := target, label
	if !l.Settings.NeverObfuscateMailto {
		shownTarget, shownLabel = l.obfuscated(target), l.obfuscated(label)
	}
	switch {
	case shownTarget == target && shownLabel == label:
		return mailLink(target, label)
	case shownLabel != "":
		return text(shownLabel)
	}
	return text(shownTarget)
}

func mailLink(address, label string) markup.Anchor {
	return markup.Anchor{Linked: true, Class: "mail-link", Href: "mailto:" + address, Icon: true, Text: label}
}

// obfuscated is a list of addresses, separated by commas or semicolons, as the
// reader may see it.
func (l *linker) obfuscated(list string) string {
	var shown []string
	for _, author := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ';' }) {
		author = strings.TrimSpace(author)
		if author == "" {
			continue
		}
		if at := strings.IndexByte(author, '@'); at >= 0 && !l.seesMail() {
			end := ""
			if strings.HasSuffix(author, ">") {
				end = ">"
			}
			author = author[:at] + "@…" + end
		}
		shown = append(shown, author)
	}
	return strings.Join(shown, ", ")
}

func (l *linker) seesMail() bool {
	return l.Settings.ShowEmailAddresses || l.allowed("EMAIL_VIEW", auth.Resource{})
}
