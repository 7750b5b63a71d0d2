package api

import (
	"time"

	"tracrpc/fault"
	"tracrpc/rpc"
	"tracrpc/ticket"
)

func componentFields() []field[ticket.Component] {
	return []field[ticket.Component]{
		nameField("name", func(c *ticket.Component) *string { return &c.Name }),
		nameField("owner", func(c *ticket.Component) *string { return &c.Owner }),
		textField("description", func(c *ticket.Component) *string { return &c.Description }),
	}
}

func versionFields() []field[ticket.Version] {
	return []field[ticket.Version]{
		nameField("name", func(v *ticket.Version) *string { return &v.Name }),
		dateField("time", func(v *ticket.Version) *int64 { return &v.Time }),
		textField("description", func(v *ticket.Version) *string { return &v.Description }),
	}
}

func milestoneFields() []field[ticket.Milestone] {
	return []field[ticket.Milestone]{
		nameField("name", func(m *ticket.Milestone) *string { return &m.Name }),
		dateField("due", func(m *ticket.Milestone) *int64 { return &m.Due }),
		dateField("completed", func(m *ticket.Milestone) *int64 { return &m.Completed }),
		textField("description", func(m *ticket.Milestone) *string { return &m.Description }),
	}
}

// nameField is a field that takes strings only, or nothing.
func nameField[T any](name string, at func(*T) *string) field[T] {
	return field[T]{
		name: name,
		get:  func(item T) any { return *at(&item) },
		set: func(item *T, value any) error {
			text, isText := value.(string)
			if !isText && rpc.Truth(value) {
				return unfit(name, "string", value)
			}
			*at(item) = text
			return nil
		},
	}
}

// textField is a field that takes whatever the database can keep as text.
func textField[T any](name string, at func(*T) *string) field[T] {
	return field[T]{
		name: name,
		get:  func(item T) any { return *at(&item) },
		set: func(item *T, value any) error {
			text, ok := rpc.Stored(value)
			if !ok {
				return unfit(name, "string", value)
			}
			*at(item) = text
			return nil
		},
	}
}

// dateField is a date: int 0 where it is not set, and cleared by whatever stands
// for nothing.
func dateField[T any](name string, at func(*T) *int64) field[T] {
	return field[T]{
		name: name,
		get: func(item T) any {
			if micros := *at(&item); micros != 0 {
				return time.UnixMicro(micros).UTC()
			}
			return 0
		},
		set: func(item *T, value any) error {
			switch when, isTime := value.(time.Time); {
			case isTime:
				*at(item) = when.UnixMicro()
			case rpc.Truth(value):
				return unfit(name, "DateTime", value)
			default:
				*at(item) = 0
			}
			return nil
		},
	}
}

func unfit(attribute, want string, value any) error {
	return fault.New(fault.BadCall, "attribute '%s' must be %s, not %s", attribute, want, rpc.TypeName(value))
}
