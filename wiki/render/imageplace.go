package render

import (
	"context"
	"strings"
)

// locate finds out which image is meant, if any.
func (p *Place) locate(ctx context.Context, m *image, spec string) (ok bool, err error) {
	if unquoted(spec) != spec && strings.ContainsRune(`"'`, rune(spec[0])) {
		spec = strings.Trim(spec, `"'`)
	}
	parts := splitQuoted(spec, ':')
	for i := range parts {
		parts[i] = strings.Trim(parts[i], `"'`)
	}
	if len(parts) == 0 {
		return false, nil
	}
	before, _, _ := strings.Cut(spec, "?")
	switch parts[0] {
	case "http", "https", "ftp", "data":
		m.source, m.address, m.summary = spec, spec, before
		return true, nil
	}
	wikis, err := p.host.interWikis(ctx)
	if err != nil {
		return false, err
	}
	if site, ok := wikis[strings.ToUpper(parts[0])]; ok {
		address, title := site.expand(strings.Join(parts[1:], ":"))
		if !p.safeAddress(address) {
			address = ""
		}
		m.source, m.address, m.summary = address, address, title
		return true, nil
	}
	switch {
	case strings.HasPrefix(spec, "//"):
		m.source, m.address, m.summary = spec[1:], spec[1:], before[1:]
	case strings.HasPrefix(spec, "/"):
		m.summary = spec
		address := href(p.base, spec)
		if i := strings.LastIndexByte(spec, '?'); i >= 0 {
			m.summary = spec[:i]
			address = href(p.base, spec[:i]) + spec[i:]
		}
		m.source, m.address = address, address
	default:
		return len(parts) <= 3, p.locateParts(ctx, m, spec, parts)
	}
	return true, nil
}

func (p *Place) locateParts(ctx context.Context, m *image, spec string, parts []string) error {
	switch len(parts) {
	case 1:
		return p.attached(ctx, m, AttachmentRef{Realm: p.on.Realm, ID: p.on.ID, Name: spec})
	case 2:
		return p.locatePair(ctx, m, spec, parts[0], parts[1])
	case 3:
		l := newLinker(ctx, p.Renderer, p.view)
		if address, title, ok := l.interTrac(parts[0], parts[1]+":"+parts[2]); ok {
			m.address, m.source, m.summary = address, address+quote("?format=raw", "/"), title
			return nil
		}
		return p.attached(ctx, m, AttachmentRef{Realm: parts[0], ID: parts[1], Name: parts[2]})
	}
	return nil
}

func (p *Place) locatePair(ctx context.Context, m *image, spec, id, name string) error {
	switch id {
	case "source", "browser", "repos", "export":
		path, revision := name, ""
		if at := strings.LastIndexByte(name, '@'); at >= 0 {
			path, revision = name[:at], name[at+1:]
		}
		m.address = href(p.base, "browser", path) + parameters("rev", revision)
		m.source = href(p.base, "browser", path) + parameters("format", "raw", "rev", revision)
		m.summary = spec
		return nil
	case "htdocs", "shared":
		folder := "site"
		if id == "shared" {
			folder = id
		}
		m.source = href(p.base, "chrome", folder, name)
		m.address = m.source
		m.summary = name[strings.LastIndexByte(name, '/')+1:]
		return nil
	}
	ref := AttachmentRef{Realm: "wiki", ID: id, Name: name}
	if number, ok := strings.CutPrefix(id, "#"); ok {
		ref.Realm, ref.ID = "ticket", number
	}
	return p.attached(ctx, m, ref)
}

func (p *Place) attached(ctx context.Context, m *image, ref AttachmentRef) error {
	var found map[AttachmentRef]string
	if p.Attachments != nil {
		var err error
		if found, err = p.Attachments.Attachments(ctx, []AttachmentRef{ref}); err != nil {
			return err
		}
	}
	summary, exists := found[ref]
	exists = exists || ref.Name == "" && ref.Realm != "" // the list of all
	if exists {                                          // for the reader; Trac shows the description to everybody
		var err error
		if exists, err = p.who.May(ctx, "ATTACHMENT_VIEW", ref.resource()); err != nil {
			return err
		}
	}
	if !exists {
		m.linked = false
		m.source = p.chrome("common/attachment.png")
		m.summary = `No image "` + ref.Name + `" attached to ` + p.parentName(ref)
		return nil
	}
	m.summary = summary
	m.address = ref.href(p.base, "attachment")
	m.source = ref.href(p.base, "raw-attachment")
	return nil
}

// chrome is the address of a file that comes with Trac. It begins at the server,
// even where other addresses are absolute.
func (p *Place) chrome(path string) string {
	if at := p.Settings.HtdocsLocation; at != "" {
		if rest, ok := strings.CutPrefix(path, "common/"); ok {
			return strings.TrimRight(at, "/") + "/" + rest
		}
	}
	return href(sitePath(p.base), "chrome", path)
}
