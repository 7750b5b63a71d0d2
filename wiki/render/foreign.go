package render

import (
	"context"

	"tracrpc/wiki/markup"
)

// foreignMacros are macros of Trac that speak of parts of Trac which are not in
// this program. Pages that were written for Trac call them, so they are known;
// they say why there is nothing to see.
func foreignMacros() []Macro {
	var list []Macro
	for _, m := range []struct{ name, subject string }{
		{"TracAdminHelp", "trac-admin"},
		{"SubscriberList", "notification"},
		{"Workflow", "the drawing of workflows"},
	} {
		list = append(list, Macro{
			Name: m.name, Hidden: true,
			Expand: func(context.Context, *Place, *markup.Call) (string, error) {
				return "", &markup.MacroError{Message: "This server has no part of Trac for " + m.subject}
			},
		})
	}
	// Without repositories, Trac lists none.
	return append(list, Macro{
		Name: "RepositoryIndex", Hidden: true,
		Expand: func(context.Context, *Place, *markup.Call) (string, error) { return "", nil },
	})
}
