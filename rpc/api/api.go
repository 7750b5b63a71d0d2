// Package api is the tables of methods, one file a namespace. A row names a
// method, its arguments, permission and help, and translates between wire values
// and a service; what the method means is the service's business.
package api

import (
	"slices"

	"tracrpc/environment"
	"tracrpc/rpc"
)

// Methods are all methods of an environment, in the order that
// system.listMethods tells them.
func Methods(env *environment.Environment) []rpc.Method {
	return slices.Concat(Query(env), Ticket(env), TicketModels(env), Wiki(env), Search(env), Timeline(env), Events(env))
}

// Namespaces describes each namespace in a line of wiki text.
func Namespaces() map[string]string {
	return map[string]string{
		"system":            "The API speaking of itself, and several calls in one request.",
		"ticket":            "Tickets: finding, reading, making and changing them, and their attachments.",
		"ticket.status":     "The states that the workflow knows. They cannot be changed through the API.",
		"ticket.component":  "The components that tickets belong to.",
		"ticket.version":    "The versions that tickets are about.",
		"ticket.milestone":  "The milestones that tickets are planned for.",
		"ticket.type":       "The types of tickets.",
		"ticket.resolution": "The resolutions of closed tickets.",
		"ticket.priority":   "The priorities of tickets.",
		"ticket.severity":   "The severities of tickets.",
		"wiki":              "Wiki pages, their versions and their attachments.",
		"search":            "Searching tickets, milestones and wiki pages.",
		"events":            "The log of all changes, and the buses that it goes to.",
		"timeline":          "What happened, in the order of time.",
	}
}
