package render

import (
	"context"
	"errors"
	"strings"

	"tracrpc/wiki/markup"
)

func guideTocMacro() Macro {
	return Macro{
		Name:        "TracGuideToc",
		Description: `Shows the table of contents of the Trac guide: the pages that come with Trac.`,
		Expand:      expandGuideToc,
	}
}

// guide is the pages of the Trac guide.
var guide = [...]struct{ page, title string }{
	{"TracGuide", "Index"}, {"TracInstall", "Installation"}, {"TracInterfaceCustomization", "Customization"},
	{"TracPlugins", "Plugins"}, {"TracUpgrade", "Upgrading"}, {"TracIni", "Configuration"},
	{"TracAdmin", "Administration"}, {"TracBackup", "Backup"}, {"TracLogging", "Logging"},
	{"TracPermissions", "Permissions"}, {"TracWiki", "The Wiki"}, {"WikiFormatting", "Wiki Formatting"},
	{"TracTimeline", "Timeline"}, {"TracBrowser", "Repository Browser"}, {"TracRevisionLog", "Revision Log"},
	{"TracChangeset", "Changesets"}, {"TracTickets", "Tickets"}, {"TracWorkflow", "Workflow"},
	{"TracRoadmap", "Roadmap"}, {"TracQuery", "Ticket Queries"}, {"TracBatchModify", "Batch Modify"},
	{"TracReports", "Reports"}, {"TracRss", "RSS Support"}, {"TracNotification", "Notification"},
}

func expandGuideToc(ctx context.Context, p *Place, _ *markup.Call) (string, error) {
	if p.on.ID == "" {
		return "", errors.New("the guide's contents can only be shown on a page")
	}
	// A guide may have a prefix, such as 1.4/ or TranslateRu/.
	prefix := ""
	if i := strings.IndexByte(p.on.ID, '/'); i > 0 {
		prefix = p.on.ID[:i+1]
	}
	names := make([]string, len(guide))
	for i, g := range guide {
		names[i] = prefix + g.page
	}
	var existing map[string]bool
	if p.Pages != nil {
		var err error
		if existing, err = p.Pages.Existing(ctx, names); err != nil {
			return "", err
		}
	}
	w := &writer{}
	w.open("div", "class", "wiki-toc").element("h4", "Table of Contents").open("ul")
	for i, g := range guide {
		// Trac writes its truth values as classes, so clients have seen "False".
		active, missing := "False", "False"
		if names[i] == p.on.ID {
			active = "active"
		}
		if !existing[names[i]] {
			missing = "missing"
		}
		w.open("li", "class", active)
		w.element("a", g.title, "class", missing, "href", href(p.base, "wiki", names[i])).close("li")
	}
	return w.close("ul").close("div").String(), nil
}
