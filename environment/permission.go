package environment

import (
	"tracrpc/attachment"
	"tracrpc/auth"
	"tracrpc/ticket"
	"tracrpc/wiki"
)

// makeAuthority makes what decides on permissions: the permission table, the
// actions that trac.ini adds to Trac's, and the policies in its order.
func (e *Environment) makeAuthority() (*auth.Authority, error) {
	actions := auth.DefaultActions()
	for _, o := range e.Ini.Section("extra-permissions") {
		actions.Extend(o.Name, o.Value)
	}
	policies, err := auth.OrderPolicies(
		e.Ini.List("trac", "permission_policies",
			"DefaultWikiPolicy, DefaultTicketPolicy, DefaultPermissionPolicy, LegacyAttachmentPolicy"),
		map[string]auth.Policy{
			"DefaultWikiPolicy":       wiki.Policy{Store: e.DB},
			"DefaultTicketPolicy":     ticket.NewPolicy(e.DB.Tickets(false)),
			"DefaultPermissionPolicy": auth.GrantedPolicy{},
			"LegacyAttachmentPolicy":  attachment.Policy{Store: e.DB},
		})
	if err != nil {
		return nil, err
	}
	return auth.NewAuthority(e.DB, actions, policies), nil
}
