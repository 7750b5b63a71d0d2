package ticket

import (
	"strings"

	"tracrpc/publish"
)

// Component is a part of what tickets are about. Its owner gets its new tickets.
type Component struct {
	Name        string `json:"name"`
	Owner       string `json:"owner"`
	Description string `json:"description"`
}

var components = kind[Component]{
	realm:  publish.Component,
	words:  plainWords("Component"),
	id:     func(c Component) string { return c.Name },
	name:   func(c *Component) *string { return &c.Name },
	tidy:   func(c *Component) { c.Owner = simplifySpace(c.Owner) },
	choice: func(c Component) Choice { return Choice{Field: "component", Name: c.Name} },
}

// plainWords are the faults of lists that are no enums.
func plainWords(label string) words {
	noun := strings.ToLower(label)
	return words{
		missing:      label + " %s does not exist.",
		missingTitle: "Trac Error",
		taken:        label + ` "%s" already exists.`,
		noName:       "Invalid " + noun + " name.",
		noUpdate:     "Cannot update non-existent " + noun + ".",
		noDelete:     "Cannot delete non-existent " + noun + ".",
	}
}
