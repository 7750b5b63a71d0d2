// Package auth knows who calls and what they may do.
//
// Who: a Gate stands before the handlers of an environment. It hands the
// Authorization header to the Scheme that it names, Basic over an Htpasswd file or
// Digest over an Htdigest file, and puts a Principal into the request's context; whoever is
// wrong about a password is refused there, and slowed down. UserFiles changes
// the files.
//
// What: an Authority makes Principals from the permission table: Actions with
// what they imply, groups in groups, and the policies that decide on one
// resource. It knows no tickets and no pages; their packages bring their own
// policies. Below HTTP a Principal is an argument of whatever may be forbidden.
package auth

import (
	"context"
	"fmt"

	"tracrpc/fault"
)

// Permission is one of Trac's actions, such as TICKET_VIEW.
type Permission string

// XMLRPC is the permission that every call needs.
const XMLRPC Permission = "XML_RPC"

// Resource names what a permission is asked for: Trac's realm, id and version
// (0 for the latest), and the parent that an attachment hangs on. The zero
// Resource stands for the environment as a whole.
type Resource struct {
	Realm   string
	ID      string
	Version int
	Parent  *Resource
}

// String is the name that Trac gives the resource in messages (each realm's
// get_resource_description): "Ticket #1", "WikiStart", "Attachment 'a.txt' in
// Ticket #1".
func (r Resource) String() string {
	switch r.Realm {
	case "":
		return ""
	case "ticket":
		return "Ticket #" + r.ID
	case "milestone":
		return "Milestone " + r.ID
	case "attachment":
		if r.Parent == nil {
			return fmt.Sprintf("Attachment '%s'", r.ID)
		}
		if r.ID == "" {
			return "Attachments of " + r.Parent.String()
		}
		return fmt.Sprintf("Attachment '%s' in %s", r.ID, r.Parent)
	default:
		return r.ID
	}
}

// Decision is a policy's answer.
type Decision uint8

// A policy that is Undecided leaves the question to the next one; when all are,
// the answer is no.
const (
	Undecided Decision = iota
	Allow
	Deny
)

// Policy decides whether a user may do action on a resource. Policies are asked
// in the order of [trac] permission_policies (Trac's perm.py). Implementations
// must be safe for concurrent use, and may ask who about other permissions.
type Policy interface {
	Check(ctx context.Context, who Principal, action Permission, on Resource) (Decision, error)
}

// Selective is what a Policy implements that can tell beforehand for which
// questions it looks at the single resource. Check must answer all others alike
// for every resource of the realm.
type Selective interface {
	Selects(action Permission, realm string) bool
}

// Changing is what a Policy implements that changes with something outside, such
// as a file. Now is the policy that decides for a whole request: a pointer, and
// the same one until something changes.
type Changing interface {
	Now() Policy
}

// Forbidden is the fault for a missing permission, in Trac's words. They name
// the resource when it has an id.
func Forbidden(action Permission, on Resource) error {
	place := ""
	if on.ID != "" {
		place = " on " + on.String()
	}
	return fault.Titled(fault.Forbidden, "Forbidden",
		"%s privileges are required to perform this operation%s. You don't have the required permissions.", action, place)
}
