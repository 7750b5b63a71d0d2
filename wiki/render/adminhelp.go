package render

import (
	"context"

	"tracrpc/wiki/markup"
)

// adminHelpMacro is known because Trac's guide calls it.
func adminHelpMacro() Macro {
	return Macro{
		Name: "TracAdminHelp",
		Description: `Shows the help of the command ` + "`trac-admin`" + `. It is part of Trac and not of this server, whose own
commands ` + "`tracrpc help`" + ` lists.`,
		Expand: func(context.Context, *Place, *markup.Call) (string, error) {
			return "", &markup.MacroError{Message: "The command <code>trac-admin</code> is part of Trac. " +
				"This server's own commands are listed by <code>tracrpc help</code>."}
		},
	}
}
