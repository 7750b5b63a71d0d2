package environment

import (
	"fmt"
	"slices"

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
	policies, err := e.policies(actions)
	if err != nil {
		return nil, err
	}
	return auth.NewAuthority(e.DB, actions, policies), nil
}

// The policies that Trac asks where trac.ini does not say.
const defaultPolicies = "DefaultWikiPolicy, DefaultTicketPolicy, DefaultPermissionPolicy, LegacyAttachmentPolicy"

// policies are those of [trac] permission_policies, in its order.
func (e *Environment) policies(actions auth.Actions) ([]auth.Policy, error) {
	if store := e.Ini.Get("trac", "permission_store", "DefaultPermissionStore"); store != "DefaultPermissionStore" {
		return nil, fmt.Errorf("[trac] permission_store: %q is not DefaultPermissionStore, and no other is known", store)
	}
	known := map[string]auth.Policy{
		"DefaultWikiPolicy":       wiki.Policy{Store: e.DB},
		"ReadonlyWikiPolicy":      wiki.Policy{Store: e.DB}, // its name before Trac 1.3.2
		"DefaultTicketPolicy":     ticket.NewPolicy(e.DB.Tickets(false)),
		"DefaultPermissionPolicy": auth.GrantedPolicy{},
		"LegacyAttachmentPolicy":  attachment.Policy{Store: e.DB},
	}
	names := e.Ini.List("trac", "permission_policies", defaultPolicies)
	if slices.Contains(names, "AuthzPolicy") {
		var err error
		if known["AuthzPolicy"], err = e.openAuthz(actions); err != nil {
			return nil, err
		}
	}
	names = slices.DeleteFunc(names, func(name string) bool {
		if name != "AuthzSourcePolicy" {
			return false
		}
		e.Log.Warn("permission policy ignored: it is about repositories, and there are none", "policy", name)
		return true
	})
	return auth.OrderPolicies(names, known)
}
