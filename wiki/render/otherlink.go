package render

import (
	"strings"

	"tracrpc/auth"
	"tracrpc/wiki/markup"
)

// attachment resolves name (attached to the text's resource), name:realm:id, or
// in the old way realm:id:name.
func (l *linker) attachment(raw bool, target, label string) markup.Anchor {
	path, query, _ := splitTarget(target)
	ref := AttachmentRef{Realm: l.on.Realm, ID: l.on.ID, Name: path}
	if parts := strings.SplitN(path, ":", 3); len(parts) == 3 {
		switch {
		case knownRealm(parts[1]):
			ref = AttachmentRef{Realm: parts[1], ID: parts[2], Name: parts[0]}
		case knownRealm(parts[0]):
			ref = AttachmentRef{Realm: parts[0], ID: parts[1], Name: parts[2]}
		default:
			return missing("missing attachment", label, "")
		}
	}
	exists := ref.Name == "" && ref.Realm != "" // all that hang there
	if !exists {
		_, exists = l.attachments.get(ref, l.rehearsing)
	}
	on := ref.resource()
	if !exists || !l.allowed("ATTACHMENT_VIEW", on) {
		return missing("missing attachment", label, "")
	}
	rawAddress := ref.href(l.base, "raw-attachment") + query
	a := linked("attachment", rawAddress, label)
	a.Title = l.resourceName(on)
	if !raw {
		a.Href = ref.href(l.base, "attachment") + query
		a.Download = rawAddress
	}
	return a
}

func (a AttachmentRef) resource() auth.Resource {
	return auth.Resource{Realm: "attachment", ID: a.Name, Parent: &auth.Resource{Realm: a.Realm, ID: a.ID}}
}

// resourceName is the name of a resource as readers see it.
func (r *Renderer) resourceName(on auth.Resource) string {
	if on.Parent != nil {
		parent := *on.Parent
		on.Parent = &parent
	}
	for at := &on; at != nil; at = at.Parent {
		if at.Realm == "wiki" {
			at.ID = r.pageLabel(at.ID)
		}
	}
	return on.String()
}

// parentName is the name of what the attachment hangs on, in Trac's words.
func (r *Renderer) parentName(a AttachmentRef) string {
	switch {
	case a.Realm == "":
		return "None:None"
	case a.Realm == "wiki" || a.Realm == "ticket" || a.Realm == "milestone":
		return r.resourceName(auth.Resource{Realm: a.Realm, ID: a.ID})
	case a.Realm == "source":
		return "path " + a.ID
	case a.Realm == "attachment":
		return "Unparented attachment " + a.ID
	}
	return a.Realm + ":" + a.ID
}

func (a AttachmentRef) href(base, kind string) string {
	return href(base, kind, a.Realm+"/"+a.ID, a.Name)
}

func knownRealm(realm string) bool {
	switch realm {
	case "wiki", "ticket", "milestone", "report", "attachment", "changeset", "source", "repository", "component", "version":
		return true
	}
	return false
}

func (l *linker) search(target, label string) markup.Anchor {
	path, query, fragment := splitTarget(target)
	address := href(l.base, "search")
	if path != "" {
		address += parameters("q", path)
		if query != "" {
			address += "&" + quotePlus(query[1:], printable)
		}
	} else {
		address += quotePlus(query, printable)
	}
	return linked("search", address+fragment, label)
}

func (l *linker) milestone(target, label string) markup.Anchor {
	name, query, fragment := splitTarget(target)
	if target == "" {
		return text("")
	}
	on := auth.Resource{Realm: "milestone", ID: name}
	address := href(l.base, "milestone", name) + query + fragment
	m, exists := l.milestones.get(name, l.rehearsing)
	switch {
	case exists && l.allowed("MILESTONE_VIEW", on):
		a := linked("milestone", address, label)
		if m.Completed != 0 {
			a.Class = "closed milestone"
		}
		a.Title = m.when(l.Now())
		return a
	case exists:
		return missing("milestone", label, "")
	case l.allowed("MILESTONE_CREATE", on):
		a := linked("missing milestone", address, label)
		a.Rel = "nofollow"
		return a
	}
	return missing("milestone missing", label, "")
}

// Version control is not part of the program: its links tell that there is no
// repository, as Trac does without one.

const noRepository = "No default repository defined"

func noChangeset(label string) markup.Anchor {
	return missing("missing changeset", label, noRepository)
}

func noLog(label string) markup.Anchor { return missing("missing source", label, noRepository) }

// diff resolves old@1//new@2 or path@1:2.
func (l *linker) diff(target, label string) markup.Anchor {
	path, query, _ := splitTarget(target)
	var oldPath, oldRev, newPath, newRev string
	if first, second, ok := strings.Cut(path, "//"); ok {
		oldPath, oldRev, _ = strings.Cut(first, "@")
		newPath, newRev, _ = strings.Cut(second, "@")
	} else {
		oldPath, oldRev, _ = strings.Cut(path, "@")
		oldRev, newRev, _ = strings.Cut(oldRev, ":")
		newPath = oldPath
	}
	a := missing("changeset", label, diffTitle(oldPath, oldRev, newPath, newRev))
	if oldPath+oldRev+newPath+newRev != "" {
		if query != "" {
			query = "&" + query[1:]
		}
		a.Href = href(l.base, "changeset") +
			parameters("new", newRev, "new_path", newPath, "old", oldRev, "old_path", oldPath) + query
	}
	return a
}

func diffTitle(oldPath, oldRev, newPath, newRev string) string {
	named := func(s, def string) string {
		if s == "" {
			return def
		}
		return s
	}
	if oldPath == newPath {
		return "Diff [" + named(oldRev, "latest") + ":" + named(newRev, "latest") + "] for " + named(newPath, "/")
	}
	return "Diff from " + named(oldPath, "/") + "@" + named(oldRev, "latest") +
		" to " + named(newPath, "/") + "@" + named(newRev, "latest")
}
