package ticket

import "time"

// Lists are all the lists that tickets choose from.
type Lists struct {
	Components  *List[Component]
	Versions    *List[Version]
	Milestones  *List[Milestone]
	Types       *List[Enum]
	Resolutions *List[Enum]
	Priorities  *List[Enum]
	Severities  *List[Enum]
}

// ListStores are the stores of the lists.
type ListStores struct {
	Components ListStore[Component]
	Versions   ListStore[Version]
	Milestones ListStore[Milestone]
	Enums      func(field string) ListStore[Enum] // type, resolution, priority or severity
}

// NewLists makes the lists of an environment.
func NewLists(stores ListStores, attachments ListAttachments) Lists {
	enum := func(field, label string) *List[Enum] {
		return newList(enums(field, label), stores.Enums(field), attachments)
	}
	return Lists{
		Components:  newList(components, stores.Components, attachments),
		Versions:    newList(versions, stores.Versions, attachments),
		Milestones:  newList(milestones, stores.Milestones, attachments),
		Types:       enum("type", "Ticket Type"),
		Resolutions: enum("resolution", "Resolution"),
		Priorities:  enum("priority", "Priority"),
		Severities:  enum("severity", "Severity"),
	}
}

func newList[T any](k kind[T], store ListStore[T], attachments ListAttachments) *List[T] {
	return &List[T]{kind: k, store: store, attachments: attachments, now: time.Now}
}
