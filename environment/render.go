package environment

import (
	"cmp"
	"context"
	"strings"

	"tracrpc/store"
	"tracrpc/wiki"
	"tracrpc/wiki/render"
)

// makeRenderer makes the renderer of wiki texts, with the settings of trac.ini.
func (e *Environment) makeRenderer() *render.Renderer {
	links := links{e.DB}
	return render.New(render.Options{
		Settings:    renderSettings(e.Ini),
		Pages:       links,
		Tickets:     links,
		Milestones:  links,
		Attachments: links,
		Reports:     links,
		Queries:     queries{e.Tickets},
	})
}

func renderSettings(ini *Ini) render.Settings {
	return render.Settings{
		SiteURL:   cmp.Or(ini.Get("project", "url", ""), ini.Get("trac", "base_url", "")),
		InterTrac: options(ini, "intertrac"),
		InterWiki: options(ini, "interwiki"),
		SafeSchemes: ini.List("wiki", "safe_schemes",
			"cvs, file, ftp, git, irc, http, https, news, sftp, smb, ssh, svn, svn+ssh"),
		SafeOrigins:          ini.List("wiki", "safe_origins", "data:"),
		RenderUnsafeContent:  ini.Bool("wiki", "render_unsafe_content", false),
		IgnoreMissingPages:   ini.Bool("wiki", "ignore_missing_pages", false),
		SplitPageNames:       ini.Bool("wiki", "split_page_names", false),
		ShowEmailAddresses:   ini.Bool("trac", "show_email_addresses", false),
		NeverObfuscateMailto: ini.Bool("trac", "never_obfuscate_mailto", false),
		HtdocsLocation:       ini.Get("trac", "htdocs_location", ""),
		ItemsPerPage:         ini.Int("query", "items_per_page", 100),
		MilestoneGroups:      orderedOptions(ini, "milestone-groups"),
		Documentation:        documentation(),
		Workflow:             workflow(ini).Steps(),
	}
}

// options are the options of a section by their names.
func options(ini *Ini, section string) map[string]string {
	all := map[string]string{}
	for _, o := range ini.Section(section) {
		all[o.Name] = o.Value
	}
	return all
}

// orderedOptions are the options of a section in its order.
func orderedOptions(ini *Ini, section string) []render.Setting {
	var all []render.Setting
	for _, o := range ini.Section(section) {
		all = append(all, render.Setting{Name: o.Name, Value: o.Value})
	}
	return all
}

// links looks up what the links of a text point to. Whether the reader may see
// it, the renderer asks itself.
type links struct {
	db *store.DB
}

// Existing tells which of names are pages.
func (l links) Existing(ctx context.Context, names []string) (map[string]bool, error) {
	return l.db.ExistingPages(ctx, names)
}

// Names are the names of all pages that begin with prefix.
func (l links) Names(ctx context.Context, prefix string) ([]string, error) {
	all, err := l.db.PageNames(ctx)
	names := all[:0]
	for _, name := range all {
		if strings.HasPrefix(name, prefix) {
			names = append(names, name)
		}
	}
	return names, err
}

// Recent are the last versions of pages, the latest change first.
func (l links) Recent(ctx context.Context, prefix string, limit int) ([]render.PageVersion, error) {
	pages, err := l.db.RecentPages(ctx, 0)
	var recent []render.PageVersion
	for _, p := range pages {
		if strings.HasPrefix(p.Name, prefix) && (limit == 0 || len(recent) < limit) {
			recent = append(recent, render.PageVersion{Name: p.Name, Version: p.Version, Time: p.Time})
		}
	}
	return recent, err
}

// Text is the text of a page; "" when there is none.
func (l links) Text(ctx context.Context, name string) (string, error) {
	pages, err := l.db.Pages(ctx, []wiki.Ref{{Name: name, Version: wiki.Latest}})
	if err != nil {
		return "", err
	}
	return pages[0].Text, nil
}

// Briefs are what links to tickets show.
func (l links) Briefs(ctx context.Context, ids []int) (map[int]render.Brief, error) {
	tickets, err := l.db.TicketBriefs(ctx, ids)
	briefs := make(map[int]render.Brief, len(tickets))
	for _, t := range tickets {
		briefs[t.ID] = render.Brief{ID: t.ID, Type: t.Type, Summary: t.Summary, Status: t.Status, Resolution: t.Resolution}
	}
	return briefs, err
}

// Comments tells which of the comments there are.
func (l links) Comments(ctx context.Context, refs []render.CommentRef) (map[render.CommentRef]bool, error) {
	asked := make(map[render.CommentRef]bool, len(refs))
	ids := make([]int, len(refs))
	for i, ref := range refs {
		asked[ref], ids[i] = true, ref.Ticket
	}
	numbers, err := l.db.CommentNumbers(ctx, ids)
	found := map[render.CommentRef]bool{}
	for id, list := range numbers {
		for _, number := range list {
			ref := render.CommentRef{Ticket: id, Number: number[strings.LastIndexByte(number, '.')+1:]}
			if asked[ref] {
				found[ref] = true
			}
		}
	}
	return found, err
}

// Milestones are what links to milestones show.
func (l links) Milestones(ctx context.Context, names []string) (map[string]render.Milestone, error) {
	list, err := l.db.MilestonesNamed(ctx, names)
	found := make(map[string]render.Milestone, len(list))
	for _, m := range list {
		found[m.Name] = render.Milestone{Name: m.Name, Due: m.Due, Completed: m.Completed}
	}
	return found, err
}

// Attachments are the descriptions of those attachments that there are.
func (l links) Attachments(ctx context.Context, refs []render.AttachmentRef) (map[render.AttachmentRef]string, error) {
	parents := map[string][]string{}
	asked := make(map[render.AttachmentRef]bool, len(refs))
	for _, ref := range refs {
		asked[ref] = true
		parents[ref.Realm] = append(parents[ref.Realm], ref.ID)
	}
	found := map[render.AttachmentRef]string{}
	for realm, ids := range parents {
		list, err := l.db.Attachments(ctx, realm, ids)
		if err != nil {
			return nil, err
		}
		for _, a := range list {
			ref := render.AttachmentRef{Realm: realm, ID: a.ParentID, Name: a.Filename}
			if !asked[ref] {
				continue
			}
			found[ref] = ""
			if a.Description != nil {
				found[ref] = *a.Description
			}
		}
	}
	return found, nil
}

// Reports tells which of ids are reports.
func (l links) Reports(ctx context.Context, ids []int) (map[int]bool, error) {
	return l.db.ExistingReports(ctx, ids)
}
