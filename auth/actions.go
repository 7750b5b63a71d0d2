package auth

import (
	"maps"
	"slices"
	"strings"
)

// Admin is the meta-permission that implies every action.
const Admin Permission = "TRAC_ADMIN"

// Actions are the permission actions that there are, and what each implies
// besides itself; for most that is nothing.
type Actions map[Permission][]Permission

// defaultActions are those of Trac 1.6 with all of its default components, and
// of the RPC plugin (each component's get_permission_actions).
var defaultActions = Actions{
	Admin:  nil, // everything, see Expand
	XMLRPC: nil,

	"CONFIG_VIEW":   nil,
	"EMAIL_VIEW":    nil,
	"SEARCH_VIEW":   nil,
	"TIMELINE_VIEW": nil,

	"BROWSER_VIEW":         nil,
	"CHANGESET_VIEW":       nil,
	"FILE_VIEW":            nil,
	"LOG_VIEW":             nil,
	"VERSIONCONTROL_ADMIN": {"BROWSER_VIEW", "CHANGESET_VIEW", "FILE_VIEW", "LOG_VIEW"},

	"MILESTONE_CREATE": nil,
	"MILESTONE_DELETE": nil,
	"MILESTONE_MODIFY": nil,
	"MILESTONE_VIEW":   nil,
	"MILESTONE_ADMIN":  {"MILESTONE_CREATE", "MILESTONE_DELETE", "MILESTONE_MODIFY", "MILESTONE_VIEW"},
	"ROADMAP_VIEW":     nil,
	"ROADMAP_ADMIN":    {"MILESTONE_CREATE", "MILESTONE_DELETE", "MILESTONE_MODIFY", "MILESTONE_VIEW", "ROADMAP_VIEW"},

	"PERMISSION_GRANT":  nil,
	"PERMISSION_REVOKE": nil,
	"PERMISSION_ADMIN":  {"PERMISSION_GRANT", "PERMISSION_REVOKE"},

	"REPORT_CREATE":   nil,
	"REPORT_DELETE":   nil,
	"REPORT_MODIFY":   nil,
	"REPORT_SQL_VIEW": nil,
	"REPORT_VIEW":     nil,
	"REPORT_ADMIN":    {"REPORT_CREATE", "REPORT_DELETE", "REPORT_MODIFY", "REPORT_SQL_VIEW", "REPORT_VIEW"},

	"TICKET_APPEND":           nil,
	"TICKET_CHGPROP":          nil,
	"TICKET_CREATE":           nil,
	"TICKET_EDIT_CC":          nil,
	"TICKET_EDIT_COMMENT":     nil,
	"TICKET_EDIT_DESCRIPTION": nil,
	"TICKET_VIEW":             nil,
	"TICKET_MODIFY":           {"TICKET_APPEND", "TICKET_CHGPROP"},
	"TICKET_BATCH_MODIFY":     {"TICKET_MODIFY"},
	"TICKET_ADMIN": {"TICKET_BATCH_MODIFY", "TICKET_CREATE", "TICKET_EDIT_CC", "TICKET_EDIT_COMMENT",
		"TICKET_EDIT_DESCRIPTION", "TICKET_MODIFY", "TICKET_VIEW"},

	"WIKI_CREATE": nil,
	"WIKI_DELETE": nil,
	"WIKI_MODIFY": nil,
	"WIKI_RENAME": nil,
	"WIKI_VIEW":   nil,
	"WIKI_ADMIN":  {"WIKI_CREATE", "WIKI_DELETE", "WIKI_MODIFY", "WIKI_RENAME", "WIKI_VIEW"},
}

// DefaultActions are the actions of a Trac 1.6 with its default components and
// the RPC plugin. The table is the caller's, to extend.
func DefaultActions() Actions { return maps.Clone(defaultActions) }

// Extend adds one line of trac.ini's [extra-permissions]: the actions of a
// comma-separated list, and meta, which implies them. A meta that begins with an
// underscore only names the line.
func (a Actions) Extend(meta, list string) {
	var implied []Permission
	for name := range strings.SplitSeq(list, ",") {
		if name = strings.ToUpper(strings.TrimSpace(name)); name != "" {
			action := Permission(name)
			if _, known := a[action]; !known {
				a[action] = nil
			}
			implied = append(implied, action)
		}
	}
	meta = strings.ToUpper(strings.TrimSpace(meta))
	if meta != "" && meta[0] != '_' {
		a[Permission(meta)] = slices.Concat(a[Permission(meta)], implied)
	}
}

// Names are all actions, sorted.
func (a Actions) Names() []Permission { return slices.Sorted(maps.Keys(a)) }

// Has tells whether there is such an action.
func (a Actions) Has(action Permission) bool {
	_, found := a[action]
	return found
}

// Expand is what actions imply, all the way down, and themselves. TRAC_ADMIN
// implies all there are.
func (a Actions) Expand(actions []Permission) map[Permission]bool {
	expanded := make(map[Permission]bool, len(actions))
	for len(actions) > 0 {
		last := len(actions) - 1
		action := actions[last]
		actions = actions[:last:last]
		if expanded[action] {
			continue
		}
		expanded[action] = true
		if action == Admin {
			actions = append(actions, a.Names()...)
		}
		actions = append(actions, a[action]...)
	}
	return expanded
}

// IsAction tells whether name is an action by its looks: all in upper case. In
// the permission table any other name is that of a group.
func IsAction(name string) bool {
	return name == strings.ToUpper(name) && name != strings.ToLower(name)
}
